//! Reports of several processes as one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::cohorts::shorter;
use super::{BehaviorReport, CandidateReport, LatencyReport, Report};
use crate::latency::merged;

impl Report {
    /// Adds what another process, or an earlier one, knows about the same experiment. Counts and distributions are
    /// added exactly; of the
    /// examples, the first twenty are kept. Numbers of runs in examples are those of their own process. What holds at a
    /// moment, as the rate, is that of `other` then. An experiment tells six cohorts apart, so the seventh name and those
    /// that follow are added to `other` ones.
    ///
    /// ```
    /// use experiment::Lab;
    ///
    /// let report = |wrong: bool| {
    ///     let lab = Lab::new();
    ///     lab.experiment("users").control(|| 1).candidate("new", || if wrong { 2 } else { 1 }).run();
    ///     lab.experiment("users").report()
    /// };
    /// let mut both = report(false);
    /// both.merge(&report(true))?;
    /// assert_eq!((both.runs, both.candidates[0].matches(), both.candidates[0].mismatches()), (2, 1, 1));
    /// # Ok::<(), experiment::MergeError>(())
    /// ```
    ///
    /// # Errors
    /// [`MergeError::OtherExperiment`] when the reports are about different ones; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), MergeError> {
        if self.experiment != other.experiment {
            return Err(MergeError::OtherExperiment { this: self.experiment.clone(), other: other.experiment.clone() });
        }
        self.add(other);
        Ok(())
    }

    /// Adds a report that is known to be about the same experiment.
    pub(crate) fn add(&mut self, other: &Self) {
        self.runs = self.runs.saturating_add(other.runs);
        self.still_running = self.still_running.saturating_add(other.still_running);
        self.cancelled_runs = self.cancelled_runs.saturating_add(other.cancelled_runs);
        // What holds at a moment is that of the other; the two processes may have had different ones.
        self.rate = other.rate;
        self.switched_off = other.switched_off;
        self.decided_elsewhere = other.decided_elsewhere;
        self.promoted.clone_from(&other.promoted);
        self.control.merge(&other.control);
        let other = &*self.merge_cohorts(other);
        for candidate in &other.candidates {
            match self.candidates.iter_mut().find(|known| known.behavior.name == candidate.behavior.name) {
                Some(known) => known.merge(candidate),
                None => self.candidates.push(candidate.clone()),
            }
        }
        match (&mut self.control_again, &other.control_again) {
            (Some(known), Some(more)) => known.merge(more),
            (known @ None, more) => known.clone_from(more),
            (Some(_), None) => {}
        }
        self.merge_heaviest(other);
        add_counts(&mut self.held_back, &other.held_back);
        add_counts(&mut self.internal_failures, &other.internal_failures);
    }
}

impl Report {
    fn merge_heaviest(&mut self, other: &Self) {
        #[allow(clippy::float_cmp, reason = "the same rate gives the very same weight")]
        let differ = self.heaviest_run != 0.0 && other.heaviest_run != 0.0 && self.heaviest_run != other.heaviest_run;
        let grew = self.heaviest_run_grew.saturating_add(other.heaviest_run_grew);
        self.heaviest_run_grew = grew.saturating_add(u32::from(differ));
        self.heaviest_run = self.heaviest_run.max(other.heaviest_run);
    }
}

/// Why two reports cannot become one.
///
/// ```
/// use experiment::{Lab, MergeError};
///
/// let lab = Lab::new();
/// let mut users = lab.experiment("users").report();
/// let refused = users.merge(&lab.experiment("orders").report());
/// assert!(matches!(refused, Err(MergeError::OtherExperiment { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// They are about different experiments.
    #[error("reports of {this:?} and {other:?} cannot be merged")]
    #[non_exhaustive]
    OtherExperiment {
        /// The experiment of the report that was to grow.
        this: String,
        /// The experiment of the one that was to be added.
        other: String,
    },
}

/// Enough to show what differs, and a bound on what merging many processes takes.
const KEPT_SAMPLES: usize = 20;

impl CandidateReport {
    fn merge(&mut self, other: &Self) {
        self.behavior.merge(&other.behavior);
        self.breaker_is_open |= other.breaker_is_open;
        self.faster = self.faster.saturating_add(other.faster);
        self.slower = self.slower.saturating_add(other.slower);
        self.as_fast = self.as_fast.saturating_add(other.as_fast);
        self.noise_runs = self.noise_runs.saturating_add(other.noise_runs);
        self.candidate_only = self.candidate_only.saturating_add(other.candidate_only);
        self.noise_only = self.noise_only.saturating_add(other.noise_only);
        add_counts(&mut self.outcomes, &other.outcomes);
        self.cut_off = self.cut_off.saturating_add(other.cut_off);
        self.shortest_time_out = shorter(self.shortest_time_out, other.shortest_time_out);
        for cohort in &other.cohorts {
            match self.cohorts.iter_mut().find(|known| known.cohort == cohort.cohort) {
                Some(known) => known.merge(cohort),
                None => self.cohorts.push(cohort.clone()),
            }
        }
        #[cfg(feature = "serde")]
        match (&mut self.differences, &other.differences) {
            (Some(known), Some(more)) => known.add(more),
            (known @ None, more) => known.clone_from(more),
            (Some(_), None) => {}
        }
        self.put_into_words = self.put_into_words.saturating_add(other.put_into_words);
        for sample in &other.samples {
            let has_room = self.samples.len() < KEPT_SAMPLES;
            match self.samples.iter_mut().find(|known| known.says_the_same(sample)) {
                Some(known) => known.times = known.times.saturating_add(sample.times),
                None if has_room => self.samples.push(sample.clone()),
                None => {}
            }
        }
    }
}

impl BehaviorReport {
    fn merge(&mut self, other: &Self) {
        // Reports from before it was counted say nothing of how many runs it is the mean.
        let weight = |report: &Self| match report.cpu_measured {
            0 => report.latency.as_ref().map_or(0, |latency| latency.n),
            measured => measured,
        };
        self.mean_cpu = match (self.mean_cpu, other.mean_cpu) {
            (Some(one), Some(two)) => {
                let (n, m) = (u128::from(weight(self)), u128::from(weight(other)));
                // A stored report may hold any numbers.
                let sum = one.as_nanos().saturating_mul(n).saturating_add(two.as_nanos().saturating_mul(m));
                let nanos = sum.checked_div(n + m).unwrap_or(0);
                Some(std::time::Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
            }
            (one, two) => one.or(two),
        };
        self.cpu_measured = self.cpu_measured.saturating_add(other.cpu_measured);
        self.panicked = self.panicked.saturating_add(other.panicked);
        // Where all there was ran at the same time, that is what `latency` holds: it belongs to no other.
        let in_turns = |report: &Self| {
            let strata = [&report.latency_when_first, &report.latency_when_later];
            let has_turns = report.latency_when_concurrent.is_none() || strata.into_iter().any(Option::is_some);
            report.latency.clone().filter(|_| has_turns)
        };
        let in_turns = LatencyReport::merged(in_turns(self).as_ref(), in_turns(other).as_ref());
        let pairs = [
            (&mut self.latency_when_first, &other.latency_when_first),
            (&mut self.latency_when_later, &other.latency_when_later),
            (&mut self.latency_when_concurrent, &other.latency_when_concurrent),
        ];
        for (mine, theirs) in pairs {
            *mine = LatencyReport::merged(mine.as_ref(), theirs.as_ref());
        }
        self.latency = in_turns.or_else(|| self.latency_when_concurrent.clone());
    }
}

impl LatencyReport {
    /// Both together: exact, since all distributions of one kind have the same buckets.
    pub(super) fn merged(one: Option<&Self>, other: Option<&Self>) -> Option<Self> {
        let buckets = |latency: Option<&Self>| latency.map_or(Vec::new(), |latency| latency.buckets.clone());
        let error = |latency: Option<&Self>| latency.map_or(0.0, |latency| latency.relative_error);
        Self::of(merged(&buckets(one), &buckets(other)), error(one).max(error(other)))
    }
}

fn add_counts<K: Ord + Copy>(counts: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        match counts.entry(*key) {
            Entry::Occupied(mut known) => *known.get_mut() = known.get().saturating_add(*count),
            Entry::Vacant(unknown) => {
                unknown.insert(*count);
            }
        }
    }
}
