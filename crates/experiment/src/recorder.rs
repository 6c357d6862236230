//! Counts and latencies of one experiment, kept without a lock.

use std::collections::BTreeMap;
#[cfg(feature = "serde")]
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::{Breaker, BreakerPolicy, Finished};
use crate::cohorts::CohortIndex;
use crate::description::Sample;
#[cfg(feature = "serde")]
use crate::diff::DifferenceRecord;
use crate::failure::Operation;
use crate::latency::{Cut, Latency};
use crate::name::{self, CONTROL_AGAIN};
use crate::observation::{CandidateResult, Observation, RunResult};
use crate::outcome::{HeldBack, Outcome, Reason};
use crate::samples::{SampleGate, Samples};
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, OnceLock};
use crate::table::Table;
use crate::tallies::{CohortRecord, Tallies};

/// What is known about one experiment since its lab was made.
pub(crate) struct Recorder {
    runs: AtomicU64,
    control: BehaviorRecord,
    candidates: Table<CandidateRecord, 8>,
    candidates_seen: AtomicUsize,
    /// Runs that were cancelled before their control was recorded.
    cancelled_runs: AtomicU64,
    /// Whether any breaker has ever opened: until then nobody asks them.
    tripped: AtomicBool,
    held_back: [AtomicU64; HeldBack::ALL.len()],
    failures: [AtomicU64; Operation::ALL.len()],
}

/// What is known about one candidate.
pub(crate) struct CandidateRecord {
    /// The order in which candidates were first seen, for reports.
    place: usize,
    behavior: BehaviorRecord,
    tallies: Tallies,
    cohorts: [OnceLock<Box<CohortRecord>>; CohortIndex::ALL],
    breaker: Breaker,
    gate: SampleGate,
    samples: Mutex<Samples>,
    #[cfg(feature = "serde")]
    differences: Arc<DifferenceRecord>,
}

/// What control and candidates have in common.
#[derive(Default)]
pub(crate) struct BehaviorRecord {
    panicked: AtomicU64,
    cpu_nanos: AtomicU64,
    cpu_measured: AtomicU64,
    /// Apart, because whoever runs first pays for cold caches.
    first: Latency,
    later: Latency,
    /// Apart too, and coarse, because behaviours that run at the same time slow each other down. There only if any did.
    concurrent: OnceLock<Latency>,
}

/// What a candidate may take at most: counters and distributions over all runs and in every cohort, samples, differences.
/// A breaker whose thresholds are above a hundred events takes up to 32 KB more for their places.
const _: () = {
    let distributions = 2 * Cut::FINE.buckets() + (1 + CohortIndex::ALL) * Cut::COARSE.buckets();
    let cohorts = CohortIndex::ALL * size_of::<CohortRecord>();
    let words = Samples::MOST_BYTES + DIFFERENCE_BYTES;
    let all = size_of::<CandidateRecord>() + distributions * size_of::<u32>() + cohorts + words;
    // The locks that schedules are tried with are larger.
    assert!(cfg!(shuttle) || all <= 64 << 10, "a candidate has at most 64 KB");
};

#[cfg(feature = "serde")]
const DIFFERENCE_BYTES: usize = DifferenceRecord::MOST_BYTES;
#[cfg(not(feature = "serde"))]
const DIFFERENCE_BYTES: usize = 0;

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            runs: AtomicU64::new(0),
            control: BehaviorRecord::default(),
            candidates: Table::new(),
            candidates_seen: AtomicUsize::new(0),
            cancelled_runs: AtomicU64::new(0),
            tripped: AtomicBool::new(false),
            held_back: std::array::from_fn(|_| AtomicU64::new(0)),
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
            tallies: Tallies::default(),
            cohorts: std::array::from_fn(|_| OnceLock::new()),
            breaker: Breaker::default(),
            gate: SampleGate::default(),
            samples: Mutex::default(),
            #[cfg(feature = "serde")]
            differences: Arc::default(),
        })
    }

    /// Whether any breaker has ever opened.
    #[inline]
    pub(crate) fn has_tripped(&self) -> bool {
        self.tripped.load(Ordering::Relaxed)
    }

    /// Whether the candidate's breaker lets it run.
    pub(crate) fn admits(
        &self,
        name: &'static str,
        policy: &BreakerPolicy,
        run: u64,
        now_nanos: impl FnOnce() -> u64,
    ) -> bool {
        self.candidate(name).breaker.admits(policy, run, now_nanos)
    }

    #[inline]
    pub(crate) fn record(&self, result: &RunResult<'_>, policy: &BreakerPolicy, now_nanos: impl Fn() -> u64) {
        if let Some(again) = self.record_candidates(result, policy, now_nanos) {
            self.record_noise(again, result);
        }
        // Last: a run whose control is counted has ended, and reports, which read it first, find its candidates counted
        // too.
        self.control.record(result.control(), result.control().returned_after());
    }

    /// Compares each candidate's difference with that of the control's second run on the same input.
    #[cold]
    fn record_noise(&self, again: Outcome, result: &RunResult<'_>) {
        let compared = result.candidates().filter(|candidate| candidate.outcome.was_compared());
        for candidate in compared.filter(|candidate| again.was_compared() && candidate.name() != CONTROL_AGAIN) {
            let differs = (candidate.outcome == Outcome::Mismatch, again == Outcome::Mismatch);
            let record = self.candidate(candidate.name());
            record.tallies.count_noise(differs);
            if let Some((cohort, _)) = result.seat.cohort {
                record.cohort(cohort).tallies().count_noise(differs);
            }
        }
    }

    /// Records candidates of a run whose control was, or will be, recorded elsewhere. Gives the outcome of the
    /// control's second run, if
    /// it is among them.
    #[inline]
    pub(crate) fn record_candidates(
        &self,
        result: &RunResult<'_>,
        policy: &BreakerPolicy,
        now_nanos: impl Fn() -> u64,
    ) -> Option<Outcome> {
        let mut again = None;
        let control = result.control().returned_after();
        for candidate in result.candidates() {
            if candidate.reason == Some(Reason::InvalidName) && name::check(candidate.name()).is_err() {
                // It is told to the hook. A row of its own would take its share of the probability of error.
                continue;
            }
            let record = self.candidate(candidate.name());
            record.record(candidate);
            record.tallies.count(candidate, control);
            if let Some((cohort, _)) = result.seat.cohort {
                record.cohort(cohort).record(result, candidate);
            }
            // What was not run to its end says nothing of the candidate: neither for closing its breaker nor for opening it.
            if matches!(candidate.outcome, Outcome::Skipped | Outcome::Dropped | Outcome::Cancelled) {
                continue;
            }
            let duration = candidate.observation.returned_after();
            let finished = Finished { run: result.run(), outcome: candidate.outcome, control, candidate: duration };
            if record.breaker.note(policy, finished, || self.runs(), &now_nanos) {
                self.tripped.store(true, Ordering::Relaxed);
            }
            if candidate.name() == CONTROL_AGAIN {
                again = Some(candidate.outcome);
            }
        }
        again
    }

    /// Counts a run that was cancelled before its control was recorded.
    pub(crate) fn count_cancelled_run(&self) {
        self.cancelled_runs.fetch_add(1, Ordering::Relaxed);
    }

    /// How many runs were cancelled before their control was recorded.
    pub(crate) fn cancelled_runs(&self) -> u64 {
        self.cancelled_runs.load(Ordering::Relaxed)
    }

    #[cold]
    pub(crate) fn count_held_back(&self, limit: HeldBack) {
        self.held_back[limit.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// The limits that held calls back, with how many.
    pub(crate) fn held_back(&self) -> BTreeMap<HeldBack, u64> {
        let counts = HeldBack::ALL.map(|limit| (limit, self.held_back[limit.index()].load(Ordering::Relaxed)));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
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
        self.behavior.record(&result.observation, result.returned_after());
        if let Some(sample) = &result.sample {
            self.samples.lock().keep(Sample::clone(sample));
        }
    }

    /// What is known about it in one cohort, from now on.
    fn cohort(&self, index: CohortIndex) -> &CohortRecord {
        self.cohorts[index.get()].get_or_init(Box::default)
    }

    /// What is known about it in one cohort, if it ran there.
    pub(crate) fn in_cohort(&self, index: CohortIndex) -> Option<&CohortRecord> {
        self.cohorts[index.get()].get().map(|record| &**record)
    }

    pub(crate) fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Whether a mismatch at this moment would be kept as an example.
    pub(crate) fn wants_sample(&self, now_nanos: u64) -> bool {
        self.gate.admits(now_nanos)
    }

    /// A run of it has passed its deadline and cannot be stopped.
    pub(crate) fn hangs(&self) {
        self.breaker.hangs();
    }

    /// Such a run has returned after all.
    pub(crate) fn returned(&self) {
        self.breaker.returned();
    }

    pub(crate) fn breaker_is_open(&self) -> bool {
        self.breaker.is_open()
    }

    pub(crate) fn behavior(&self) -> &BehaviorRecord {
        &self.behavior
    }

    #[cfg(feature = "serde")]
    pub(crate) fn differences(&self) -> &Arc<DifferenceRecord> {
        &self.differences
    }

    pub(crate) fn samples(&self) -> Samples {
        self.samples.lock().clone()
    }
}

impl BehaviorRecord {
    #[inline]
    fn record(&self, observation: &Observation, returned_after: Option<Duration>) {
        if let Some(duration) = returned_after {
            let latency = match observation.position {
                Some(0) => &self.first,
                Some(_) => &self.later,
                None => self.at_the_same_time(),
            };
            latency.record(duration);
            if let Some(cpu) = observation.cpu {
                self.cpu_nanos.fetch_add(u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
                self.cpu_measured.fetch_add(1, Ordering::Relaxed);
            }
        } else if observation.panicked {
            self.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Out of line, since runs in turns are what is counted in nanoseconds.
    #[cold]
    fn at_the_same_time(&self) -> &Latency {
        self.concurrent.get_or_init(|| Latency::new(Cut::COARSE))
    }

    pub(crate) fn panicked(&self) -> u64 {
        self.panicked.load(Ordering::Relaxed)
    }

    /// The mean processor time of the runs that returned and were measured.
    pub(crate) fn mean_cpu(&self) -> Option<Duration> {
        let nanos = self.cpu_nanos.load(Ordering::Relaxed);
        nanos.checked_div(self.cpu_measured.load(Ordering::Relaxed)).map(Duration::from_nanos)
    }

    /// In how many runs it was measured.
    pub(crate) fn cpu_measured(&self) -> u64 {
        self.cpu_measured.load(Ordering::Relaxed)
    }

    pub(crate) fn first(&self) -> &Latency {
        &self.first
    }

    pub(crate) fn later(&self) -> &Latency {
        &self.later
    }

    pub(crate) fn concurrent(&self) -> Option<&Latency> {
        self.concurrent.get()
    }
}
