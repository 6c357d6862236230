//! Keeps a storm of mismatches from becoming a storm of events and lines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::name::CONTROL_AGAIN;
use crate::observation::CandidateResult;
use crate::outcome::Outcome;
use crate::samples::SampleGate;
use crate::table::Table;

/// Lets the first five of each candidate through, and then at most ten per second.
pub(crate) struct Storms {
    candidates: Table<Table<Storm, 8>, 8>,
    epoch: Instant,
}

#[derive(Default)]
struct Storm {
    gate: SampleGate,
    passed_over: AtomicU64,
}

impl Storms {
    pub(crate) fn new() -> Self {
        Self { candidates: Table::new(), epoch: Instant::now() }
    }

    /// How many were held back before this one; `None` if it is held back, too.
    pub(crate) fn admit(&self, experiment: &'static str, candidate: &'static str) -> Option<u64> {
        let candidates = self.candidates.get_or_insert_with(experiment, Table::new);
        let storm = candidates.get_or_insert_with(candidate, Storm::default);
        let nanos = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if storm.gate.admits(nanos) {
            return Some(storm.passed_over.swap(0, Ordering::Relaxed));
        }
        storm.passed_over.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// Whether somebody should look at it. That the control differs from itself is what its second run is for.
pub(crate) fn is_alarming(candidate: &CandidateResult) -> bool {
    candidate.name() != CONTROL_AGAIN
        && matches!(candidate.outcome, Outcome::Mismatch | Outcome::Panicked | Outcome::TimedOut)
}
