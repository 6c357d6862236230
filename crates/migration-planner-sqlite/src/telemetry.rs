//! What is recorded through the `metrics` and `tracing` facades; nothing without the features of those names.

#![cfg_attr(not(all(feature = "metrics", feature = "tracing")), allow(unused_variables, reason = "nobody listens"))]

use std::time::Duration;

use migration_planner::Plan;

/// Describes the metrics this crate records. Call it once, after a recorder was installed.
///
/// - `migration_step_seconds{plan,step}`: how long a step took, waiting included
/// - `migration_phase_info{plan,phase,state}`: 1 for the state a phase was last seen in
/// - `migration_backfill_rows_total{plan}`: rows that batches have looked at
///
/// `plan` is the short hash; a database has one plan at a time, so labels are few.
#[cfg(feature = "metrics")]
pub fn describe_metrics() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_histogram!("migration_step_seconds", Unit::Seconds, "How long a step of a plan took");
    describe_gauge!("migration_phase_info", "1 for the state a phase was last seen in");
    describe_counter!("migration_backfill_rows_total", Unit::Count, "Rows that batches have looked at");
}

/// A step was done, or undone.
pub(crate) fn step_done(plan: &Plan, step: &str, took: Duration, undone: bool) {
    #[cfg(feature = "metrics")]
    metrics::histogram!("migration_step_seconds", "plan" => plan.hash().short().to_owned(), "step" => step.to_owned())
        .record(took);
    #[cfg(feature = "tracing")]
    tracing::info!(plan = plan.hash().short(), step, seconds = took.as_secs_f64(), undone, "a step is done");
}

/// A phase was left, is held by a gate, or was undone.
pub(crate) fn phase(plan: &Plan, phase: &str, state: &'static str) {
    #[cfg(feature = "metrics")]
    for known in ["held", "paused", "done", "rolled-back"] {
        let value = if known == state { 1.0 } else { 0.0 };
        let plan = plan.hash().short().to_owned();
        metrics::gauge!("migration_phase_info", "plan" => plan, "phase" => phase.to_owned(), "state" => known)
            .set(value);
    }
    #[cfg(feature = "tracing")]
    tracing::info!(plan = plan.hash().short(), phase, state, "a phase is in another state");
}

/// A batch has looked at rows.
pub(crate) fn batch(plan: &str, step: &str, rows: u64) {
    let plan = plan.get(..12).unwrap_or(plan);
    #[cfg(feature = "metrics")]
    metrics::counter!("migration_backfill_rows_total", "plan" => plan.to_owned()).increment(rows);
    #[cfg(feature = "tracing")]
    tracing::debug!(plan, step, rows, "a batch is done");
}

/// The database has changed under the plan.
pub(crate) fn drifted(plan: &Plan, differences: &[String]) {
    #[cfg(feature = "tracing")]
    tracing::warn!(plan = plan.hash().short(), differences = %differences.join("; "), "the database has changed under the plan");
}
