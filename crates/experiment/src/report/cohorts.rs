//! What is known about each cohort.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::{LatencyReport, compared};
use crate::cohorts::{CohortIndex, Cohorts};
use crate::latency::Cut;
use crate::outcome::Outcome;
use crate::recorder::CandidateRecord;

/// One cohort: how many runs it had, and how long the control took there.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).cohort(|| "staff").run();
/// let report = lab.experiment("x").report();
///
/// let staff = report.cohort("staff").expect("it had a run");
/// assert_eq!((staff.runs, staff.calls, staff.rate), (1, 1.0, None));
/// assert_eq!(report.candidates[0].cohorts[0].mismatches(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CohortReport {
    /// Its name; `other` for all those that are not told apart.
    pub name: String,
    /// The share of its calls that take part at the moment of the report, where that is not the experiment's.
    pub rate: Option<f64>,
    /// How many of its runs ended.
    pub runs: u64,
    /// For how many calls these runs stand: each for the inverse of the rate at which it took part.
    pub calls: f64,
    /// How long the control took, with wider buckets than over all runs; `None` if it never returned.
    pub control: Option<LatencyReport>,
}

/// How a candidate fared in one cohort.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 1).cohort(|| "staff").run();
///
/// let report = lab.experiment("x").report();
/// let staff = &report.candidates[0].cohorts[0];
/// assert_eq!((staff.cohort.as_str(), staff.compared(), staff.mismatches(), staff.compared_calls), ("staff", 1, 0, 1.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CandidateInCohort {
    /// The name of the cohort.
    pub cohort: String,
    /// How many runs ended in each outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// As [`CandidateReport::cut_off`](super::CandidateReport::cut_off).
    #[cfg_attr(feature = "serde", serde(default))]
    pub cut_off: u64,
    /// As [`CandidateReport::shortest_time_out`](super::CandidateReport::shortest_time_out).
    #[cfg_attr(feature = "serde", serde(default))]
    pub shortest_time_out: Option<Duration>,
    /// In how many runs it was faster than the control.
    pub faster: u64,
    /// In how many runs it was slower than the control.
    pub slower: u64,
    /// In how many runs it took exactly as long as the control.
    pub as_fast: u64,
    /// In how many runs the control ran a second time, and both that and the candidate were compared.
    pub noise_runs: u64,
    /// In how many of those only the candidate differed from the control.
    pub candidate_only: u64,
    /// In how many of those only the control's second run did.
    pub noise_only: u64,
    /// For how many calls the compared runs stand.
    pub compared_calls: f64,
    /// For how many calls the mismatches stand.
    pub mismatch_calls: f64,
    /// For how many calls the runs stand that took part and were not compared: dropped, timed out, panicked or cancelled.
    /// 0 in reports stored before this was counted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub missing_calls: f64,
    /// How long it took, with wider buckets than over all runs; `None` if it never returned.
    pub latency: Option<LatencyReport>,
}

impl CohortReport {
    pub(super) fn all(cohorts: &Cohorts) -> Vec<Self> {
        let seen = CohortIndex::all().filter_map(|index| cohorts.get(index));
        let seen = seen.map(|cohort| Self {
            name: cohort.name().to_owned(),
            rate: cohort.rate().map(crate::Rate::as_f64),
            runs: cohort.runs(),
            calls: cohort.weight().calls(),
            control: cohort.control().and_then(|control| coarse(control.buckets())),
        });
        // The rest is always there; it is told of when there is something to tell.
        seen.filter(|cohort| cohort.runs > 0 || cohort.rate.is_some()).collect()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.rate = other.rate;
        self.runs = self.runs.saturating_add(other.runs);
        self.calls += other.calls;
        self.control = LatencyReport::merged(self.control.as_ref(), other.control.as_ref());
    }
}

impl CandidateInCohort {
    pub(super) fn all(record: &CandidateRecord, cohorts: &Cohorts) -> Vec<Self> {
        let ran = CohortIndex::all().filter_map(|index| Some((cohorts.name(index), record.in_cohort(index)?)));
        ran.map(|(name, record)| {
            let [faster, slower, as_fast] = record.tallies().signs();
            let [noise_runs, candidate_only, noise_only] = record.tallies().discordant();
            Self {
                cohort: name.to_owned(),
                outcomes: record.tallies().outcomes(),
                cut_off: record.tallies().cut_off(),
                shortest_time_out: record.tallies().shortest_time_out(),
                faster,
                slower,
                as_fast,
                noise_runs,
                candidate_only,
                noise_only,
                // In this order, and after the outcomes: what is counted meanwhile never leaves more mismatches than results.
                mismatch_calls: record.mismatches().calls(),
                compared_calls: record.compared().calls(),
                missing_calls: record.missing().calls(),
                latency: coarse(record.latency().buckets()),
            }
        })
        .collect()
    }

    /// How many runs ended in `outcome`.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// How many results differed, differences excused by a rule left out.
    pub fn mismatches(&self) -> u64 {
        self.count(Outcome::Mismatch)
    }

    /// How many results were compared: matches, mismatches and ignored ones.
    pub fn compared(&self) -> u64 {
        compared(&self.outcomes)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (outcome, more) in &other.outcomes {
            match self.outcomes.entry(*outcome) {
                Entry::Occupied(mut known) => *known.get_mut() = known.get().saturating_add(*more),
                Entry::Vacant(unknown) => {
                    unknown.insert(*more);
                }
            }
        }
        let counts = [
            (&mut self.faster, other.faster),
            (&mut self.slower, other.slower),
            (&mut self.as_fast, other.as_fast),
            (&mut self.noise_runs, other.noise_runs),
            (&mut self.candidate_only, other.candidate_only),
            (&mut self.noise_only, other.noise_only),
            (&mut self.cut_off, other.cut_off),
        ];
        for (count, more) in counts {
            *count = count.saturating_add(more);
        }
        self.shortest_time_out = shorter(self.shortest_time_out, other.shortest_time_out);
        self.compared_calls += other.compared_calls;
        self.mismatch_calls += other.mismatch_calls;
        self.missing_calls += other.missing_calls;
        self.latency = LatencyReport::merged(self.latency.as_ref(), other.latency.as_ref());
    }
}

/// The shorter one of those that are there.
pub(super) fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

fn coarse(buckets: Vec<crate::LatencyBucket>) -> Option<LatencyReport> {
    LatencyReport::of(buckets, Cut::COARSE.relative_error())
}
