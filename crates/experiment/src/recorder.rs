//! Counts and latencies of one experiment, kept without a lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use crate::failure::Operation;
use crate::latency::Latency;
use crate::observation::{CandidateResult, Observation, RunResult};
use crate::outcome::Outcome;
use crate::samples::{SampleGate, Samples};
use crate::table::Table;

/// What is known about one experiment since its lab was made.
pub(crate) struct Recorder {
    runs: AtomicU64,
    control: BehaviorRecord,
    candidates: Table<CandidateRecord>,
    candidates_seen: AtomicUsize,
    failures: [AtomicU64; Operation::ALL.len()],
}

/// What is known about one candidate.
pub(crate) struct CandidateRecord {
    /// The order in which candidates were first seen, for reports.
    place: usize,
    behavior: BehaviorRecord,
    outcomes: [AtomicU64; Outcome::ALL.len()],
    gate: SampleGate,
    samples: Mutex<Samples>,
}

/// What control and candidates have in common.
#[derive(Default)]
pub(crate) struct BehaviorRecord {
    panicked: AtomicU64,
    /// Apart, because whoever runs first pays for cold caches.
    first: Latency,
    later: Latency,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            runs: AtomicU64::new(0),
            control: BehaviorRecord::default(),
            candidates: Table::new(3),
            candidates_seen: AtomicUsize::new(0),
            failures: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Counts a run and gives its number, the first being 1.
    #[inline]
    pub(crate) fn start_run(&self) -> u64 {
        self.runs.fetch_add(1, Ordering::Relaxed) + 1
    }

    #[inline]
    pub(crate) fn candidate(&self, name: &'static str) -> &CandidateRecord {
        self.candidates.get_or_insert_with(name, || CandidateRecord {
            place: self.candidates_seen.fetch_add(1, Ordering::Relaxed),
            behavior: BehaviorRecord::default(),
            outcomes: std::array::from_fn(|_| AtomicU64::new(0)),
            gate: SampleGate::default(),
            samples: Mutex::default(),
        })
    }

    #[inline]
    pub(crate) fn record(&self, result: &RunResult<'_>) {
        self.control.record(result.control());
        for candidate in result.candidates() {
            self.candidate(candidate.name()).record(candidate);
        }
    }

    pub(crate) fn count_failure(&self, operation: Operation) {
        self.failures[operation.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    pub(crate) fn control(&self) -> &BehaviorRecord {
        &self.control
    }

    /// The candidates in the order in which they were first seen.
    pub(crate) fn candidates(&self) -> Vec<(&'static str, &CandidateRecord)> {
        let mut candidates: Vec<_> = self.candidates.iter().collect();
        candidates.sort_by_key(|(_, record)| record.place);
        candidates
    }

    /// The operations that failed, with how often.
    pub(crate) fn failures(&self) -> BTreeMap<Operation, u64> {
        let counts =
            Operation::ALL.map(|operation| (operation, self.failures[operation.index()].load(Ordering::Relaxed)));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

impl CandidateRecord {
    #[inline]
    fn record(&self, result: &CandidateResult) {
        self.outcomes[result.outcome.index()].fetch_add(1, Ordering::Relaxed);
        self.behavior.record(&result.observation);
        if let Some(sample) = &result.sample {
            self.samples.lock().keep(sample.clone());
        }
    }

    /// Whether a mismatch at this moment would be kept as an example.
    pub(crate) fn wants_sample(&self, now: Instant) -> bool {
        self.gate.admits(now)
    }

    pub(crate) fn behavior(&self) -> &BehaviorRecord {
        &self.behavior
    }

    pub(crate) fn outcomes(&self) -> BTreeMap<Outcome, u64> {
        Outcome::ALL.map(|outcome| (outcome, self.outcomes[outcome.index()].load(Ordering::Relaxed))).into()
    }

    pub(crate) fn samples(&self) -> Samples {
        self.samples.lock().clone()
    }
}

impl BehaviorRecord {
    #[inline]
    fn record(&self, observation: &Observation) {
        if let Some(duration) = observation.returned_after() {
            let latency = if observation.position == Some(0) { &self.first } else { &self.later };
            latency.record(duration);
        } else if observation.panicked {
            self.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn panicked(&self) -> u64 {
        self.panicked.load(Ordering::Relaxed)
    }

    pub(crate) fn first(&self) -> &Latency {
        &self.first
    }

    pub(crate) fn later(&self) -> &Latency {
        &self.later
    }
}
