//! Results as metrics of the `metrics` facade.

use std::time::Duration;

use metrics::{Counter, Histogram, Unit};

use super::{PublishError, Publisher};
use crate::name::CONTROL;
use crate::observation::{CandidateResult, RunResult};
use crate::outcome::Outcome;
use crate::table::Table;

const RUNS: &str = "experiment_runs_total";
const DURATION: &str = "experiment_duration_seconds";

/// Says what the metrics of this crate mean, for recorders that show it. Call it once, after installing the recorder.
///
/// ```
/// experiment::describe_metrics();
/// ```
pub fn describe_metrics() {
    metrics::describe_counter!(RUNS, Unit::Count, "Runs of a candidate beside its control, by outcome");
    metrics::describe_histogram!(DURATION, Unit::Seconds, "How long control and candidates ran until they returned");
}

/// Counts outcomes as `experiment_runs_total{experiment,candidate,outcome}` and records durations as
/// `experiment_duration_seconds{experiment,behavior}`.
///
/// Labels are names of experiments, candidates and outcomes: bounded by the code that uses them. The handles are looked
/// up once, when an
/// experiment or candidate is first seen, in the recorder that is installed at that moment: install it first.
///
/// ```
/// let lab = experiment::Lab::new().publisher(experiment::MetricsPublisher::new());
/// # let _ = lab;
/// ```
pub struct MetricsPublisher {
    experiments: Table<ExperimentHandles, 64>,
}

struct ExperimentHandles {
    control: Histogram,
    candidates: Table<CandidateHandles, 8>,
}

struct CandidateHandles {
    outcomes: [Counter; Outcome::ALL.len()],
    duration: Histogram,
}

impl MetricsPublisher {
    /// A publisher that has looked nothing up yet.
    pub fn new() -> Self {
        Self { experiments: Table::new() }
    }
}

impl Default for MetricsPublisher {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MetricsPublisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetricsPublisher").finish_non_exhaustive()
    }
}

impl Publisher for MetricsPublisher {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        let experiment = result.experiment();
        let handles = self.experiments.get_or_insert_with(experiment, || ExperimentHandles::new(experiment));
        record_duration(&handles.control, result.control().returned_after());
        for candidate in result.candidates() {
            let name = candidate.name();
            handles.candidates.get_or_insert_with(name, || CandidateHandles::new(experiment, name)).publish(candidate);
        }
        Ok(())
    }
}

impl ExperimentHandles {
    fn new(experiment: &'static str) -> Self {
        Self { control: duration_handle(experiment, CONTROL), candidates: Table::new() }
    }
}

impl CandidateHandles {
    fn new(experiment: &'static str, candidate: &'static str) -> Self {
        Self {
            outcomes: Outcome::ALL.map(|outcome| {
                metrics::counter!(RUNS, "experiment" => experiment, "candidate" => candidate, "outcome" => outcome.as_str())
            }),
            duration: duration_handle(experiment, candidate),
        }
    }

    fn publish(&self, candidate: &CandidateResult) {
        self.outcomes[candidate.outcome.index()].increment(1);
        record_duration(&self.duration, candidate.returned_after());
    }
}

fn duration_handle(experiment: &'static str, behavior: &'static str) -> Histogram {
    metrics::histogram!(DURATION, "experiment" => experiment, "behavior" => behavior)
}

fn record_duration(handle: &Histogram, returned_after: Option<Duration>) {
    if let Some(duration) = returned_after {
        handle.record(duration.as_secs_f64());
    }
}
