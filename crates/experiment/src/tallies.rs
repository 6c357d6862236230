//! What is counted of a candidate, over all runs and once more in each cohort.

use std::cmp;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::latency::{Cut, Latency};
use crate::observation::{CandidateResult, RunResult};
use crate::outcome::Outcome;
use crate::rate::Weight;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How runs of a candidate ended, and how it compared to the control.
#[derive(Default)]
pub(crate) struct Tallies {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    /// In how many runs it was faster than the control, slower, and exactly as fast.
    signs: [AtomicU64; 3],
    /// Of the runs in which the control ran twice: all, those in which only this candidate differed, and those in which
    /// only the control's second run did.
    discordant: [AtomicU64; 3],
    /// In how many runs it had not ended at its deadline, up to 2^32 - 1: there are many of these counters, and four thousand
    /// million hangs are enough.
    cut_off: AtomicU32,
    /// The shortest time, in whole microseconds rounded down, after which it was no longer waited for, at most 71 minutes; 0
    /// if it never passed its deadline.
    shortest_time_out: AtomicU32,
}

impl Tallies {
    /// Counts the outcome of a run, and who was faster, where that is known of a control that returned after so long.
    #[inline]
    pub(crate) fn count(&self, candidate: &CandidateResult, control: Option<Duration>) {
        self.outcomes[candidate.outcome.index()].fetch_add(1, Ordering::Relaxed);
        if let (Some(control), Some(candidate)) = (control, candidate.returned_after()) {
            let sign = match candidate.cmp(&control) {
                cmp::Ordering::Less => 0,
                cmp::Ordering::Greater => 1,
                cmp::Ordering::Equal => 2,
            };
            self.signs[sign].fetch_add(1, Ordering::Relaxed);
        } else if let Some(after) = candidate.timed_out_after() {
            self.count_time_out(after, control);
        }
    }

    /// It took longer than `after`. Whether it took longer than a control that did too, nobody knows.
    #[cold]
    fn count_time_out(&self, after: Duration, control: Option<Duration>) {
        if control.is_some_and(|control| control <= after) {
            self.signs[1].fetch_add(1, Ordering::Relaxed);
        }
        // `Err` says that it is full, or that the known one is as short.
        let _more = self.cut_off.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_add(1));
        let micros = u32::try_from(after.as_micros()).unwrap_or(u32::MAX).max(1);
        let shorter = |known: u32| (known == 0 || micros < known).then_some(micros);
        let _shorter = self.shortest_time_out.fetch_update(Ordering::Relaxed, Ordering::Relaxed, shorter);
    }

    /// Counts a run in which the control ran twice: whether the candidate differed, and whether the second run did.
    pub(crate) fn count_noise(&self, differs: (bool, bool)) {
        let [runs, candidate_only, noise_only] = &self.discordant;
        runs.fetch_add(1, Ordering::Relaxed);
        match differs {
            (true, false) => candidate_only.fetch_add(1, Ordering::Relaxed),
            (false, true) => noise_only.fetch_add(1, Ordering::Relaxed),
            (true, true) | (false, false) => 0,
        };
    }

    /// In how many runs it had not ended at its deadline.
    pub(crate) fn cut_off(&self) -> u64 {
        self.cut_off.load(Ordering::Relaxed).into()
    }

    /// The shortest time after which it was no longer waited for; `None` if it never passed its deadline.
    pub(crate) fn shortest_time_out(&self) -> Option<Duration> {
        match self.shortest_time_out.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros.into())),
        }
    }

    pub(crate) fn outcomes(&self) -> BTreeMap<Outcome, u64> {
        Outcome::ALL.map(|outcome| (outcome, self.outcomes[outcome.index()].load(Ordering::Relaxed))).into()
    }

    /// In how many runs it was faster than the control, slower, and exactly as fast.
    pub(crate) fn signs(&self) -> [u64; 3] {
        self.signs.each_ref().map(|count| count.load(Ordering::Relaxed))
    }

    /// Of the runs in which the control ran twice: all, those in which only the candidate differed, and those in which
    /// only the noise did.
    pub(crate) fn discordant(&self) -> [u64; 3] {
        self.discordant.each_ref().map(|count| count.load(Ordering::Relaxed))
    }
}

/// What is known about a candidate in one cohort.
pub(crate) struct CohortRecord {
    tallies: Tallies,
    /// For how many calls the compared runs stand, those that were mismatches, and those that took part and are missing.
    compared: AtomicU64,
    mismatches: AtomicU64,
    missing: AtomicU64,
    latency: Latency,
}

impl Default for CohortRecord {
    fn default() -> Self {
        Self {
            tallies: Tallies::default(),
            compared: AtomicU64::new(0),
            mismatches: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            latency: Latency::new(Cut::COARSE),
        }
    }
}

impl CohortRecord {
    pub(crate) fn record(&self, result: &RunResult<'_>, candidate: &CandidateResult) {
        // Weights first: a report, which reads them last, then never finds a run without its weight.
        let weight = result.seat.weight.get();
        if candidate.outcome.was_compared() {
            self.compared.fetch_add(weight, Ordering::Relaxed);
            if candidate.outcome == Outcome::Mismatch {
                self.mismatches.fetch_add(weight, Ordering::Relaxed);
            }
        } else if candidate.outcome != Outcome::Skipped {
            self.missing.fetch_add(weight, Ordering::Relaxed);
        }
        self.tallies.count(candidate, result.control().returned_after());
        if let Some(duration) = candidate.returned_after() {
            self.latency.record(duration);
        }
    }

    pub(crate) fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// For how many calls the compared runs stand.
    pub(crate) fn compared(&self) -> Weight {
        Weight::from_sum(self.compared.load(Ordering::Relaxed))
    }

    /// For how many calls the mismatches stand.
    pub(crate) fn mismatches(&self) -> Weight {
        Weight::from_sum(self.mismatches.load(Ordering::Relaxed))
    }

    /// For how many calls the runs stand that took part and were not compared.
    pub(crate) fn missing(&self) -> Weight {
        Weight::from_sum(self.missing.load(Ordering::Relaxed))
    }

    pub(crate) fn latency(&self) -> &Latency {
        &self.latency
    }
}
