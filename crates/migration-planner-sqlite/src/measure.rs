//! What is recorded through the `metrics` facade; nothing without the feature of that name.

#[cfg(feature = "metrics")]
pub use recording::describe_metrics;
#[cfg(feature = "metrics")]
pub(crate) use recording::{backfilled, phase, step_done};
#[cfg(not(feature = "metrics"))]
pub(crate) use silent::{backfilled, phase, step_done};

#[cfg(feature = "metrics")]
mod recording {
    use std::time::Duration;

    use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
    use migration_planner::Plan;

    /// Describes the metrics this crate records. Call it once, after a recorder was installed.
    ///
    /// - `migration_step_seconds{plan,step}`: how long a step took, waiting included
    /// - `migration_phase_info{plan,phase,state}`: 1 for the state a phase was last seen in
    /// - `migration_backfill_rows_total{plan}`: rows that backfills have looked at
    ///
    /// `plan` is the short hash; a database has one plan at a time, so labels are few.
    pub fn describe_metrics() {
        describe_histogram!("migration_step_seconds", Unit::Seconds, "How long a step of a plan took");
        describe_gauge!("migration_phase_info", "1 for the state a phase was last seen in");
        describe_counter!("migration_backfill_rows_total", Unit::Count, "Rows that backfills have looked at");
    }

    pub(crate) fn step_done(plan: &Plan, step: &str, took: Duration) {
        let plan = plan.hash().short().to_owned();
        histogram!("migration_step_seconds", "plan" => plan, "step" => step.to_owned()).record(took);
    }

    pub(crate) fn phase(plan: &Plan, phase: &str, state: &'static str) {
        for known in ["held", "paused", "done", "rolled-back"] {
            let value = if known == state { 1.0 } else { 0.0 };
            let plan = plan.hash().short().to_owned();
            gauge!("migration_phase_info", "plan" => plan, "phase" => phase.to_owned(), "state" => known).set(value);
        }
    }

    pub(crate) fn backfilled(plan: &str, rows: u64) {
        counter!("migration_backfill_rows_total", "plan" => plan.get(..12).unwrap_or(plan).to_owned()).increment(rows);
    }
}

#[cfg(not(feature = "metrics"))]
mod silent {
    use std::time::Duration;

    use migration_planner::Plan;

    pub(crate) fn step_done(_: &Plan, _: &str, _: Duration) {}

    pub(crate) fn phase(_: &Plan, _: &str, _: &'static str) {}

    pub(crate) fn backfilled(_: &str, _: u64) {}
}
