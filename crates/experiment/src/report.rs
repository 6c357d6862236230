//! What is known about an experiment: do the results match, and how long does each take?

mod all_calls;
mod cohorts;
#[cfg(feature = "serde")]
mod differences;
mod figures;
mod finding;
mod first_runner;
mod html;
mod markdown;
mod merge;
mod merge_cohorts;
#[cfg(feature = "serde")]
mod paths;
mod plain;
mod text;
mod verdict_words;
mod verdicts;

pub use all_calls::WeightedRate;
pub use cohorts::{CandidateInCohort, CohortReport};
pub use finding::MatchFinding;
pub use html::html_page;
pub use merge::MergeError;
#[cfg(feature = "serde")]
pub use paths::{PathVerdict, PathsFinding, PathsVerdict};
pub use verdicts::{CandidateVerdict, Claims, CohortVerdict};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cohorts::Cohorts;
use crate::definition::Setup;
use crate::description::Sample;
#[cfg(feature = "serde")]
use crate::diff::DifferenceReport;
use crate::failure::Operation;
use crate::latency::{Cut, Latency, LatencyBucket, merged, quantile};
use crate::name::{CONTROL, CONTROL_AGAIN};
use crate::outcome::{HeldBack, Outcome};
use crate::rate::Rate;
use crate::recorder::{BehaviorRecord, CandidateRecord};

/// What is known about one experiment at one moment.
///
/// `Display`, [`to_markdown`](Report::to_markdown) and [`to_html`](Report::to_html) put it into words for people; with the
/// feature `serde` it can be stored.
///
/// ```
/// use experiment::Lab;
///
/// let lab = Lab::new();
/// for id in 0..100 {
///     lab.experiment("users-query")
///         .control(|| id)
///         .candidate("fancy", || if id == 17 { 0 } else { id })
///         .describe_with(|id| format!("user {id}"))
///         .run();
/// }
///
/// let report = lab.experiment("users-query").report();
/// assert_eq!(report.candidates[0].mismatches(), 1);
/// let text = report.to_string();
/// assert!(text.contains("fancy: 99 of 100 results match (99.0 %), 1 mismatch"), "{text}");
/// assert!(text.contains("run 18: control: user 17; candidate: user 0"), "{text}");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Report {
    /// The name of the experiment.
    pub experiment: String,
    /// How many calls took part. Calls that were sampled out, switched off or had no candidate are not counted.
    pub runs: u64,
    /// How many of these runs had not ended at the moment of the report: they are still running, or wait in the
    /// background.
    pub still_running: u64,
    /// How many of these runs were cancelled before their control was recorded: their future was dropped, or its task; or,
    /// behind a promoted candidate, the old code had no turn or was stopped at its deadline.
    pub cancelled_runs: u64,
    /// The share of calls that take part at the moment of the report, unless something else decides; it may have been
    /// another one before.
    pub rate: f64,
    /// Whether no call takes part at the moment of the report, whatever the rate says: the experiment or its lab is
    /// switched off.
    #[cfg_attr(feature = "serde", serde(default))]
    pub switched_off: bool,
    /// Whether a [`Sampler`](crate::Sampler) or a [gate](crate::Lab::enabled_by) of the lab decides about calls too, so
    /// that the rate alone does not say how many take part.
    #[cfg_attr(feature = "serde", serde(default))]
    pub decided_elsewhere: bool,
    /// The control.
    pub control: BehaviorReport,
    /// The control's second run, which tells how often the control differs from itself; `None` unless the call site
    /// asked for it.
    pub control_again: Option<CandidateReport>,
    /// The candidates, in the order in which they were first seen.
    pub candidates: Vec<CandidateReport>,
    /// The cohorts, in the order in which they were first seen, `other` last. Empty unless call sites say them. Runs of
    /// calls without a cohort are in none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cohorts: Vec<CohortReport>,
    /// For how many calls a run of a cohort may have stood at most: the inverse of the lowest rate there was; 0 if there
    /// are none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub heaviest_run: f64,
    /// How often that grew.
    #[cfg_attr(feature = "serde", serde(default))]
    pub heaviest_run_grew: u32,
    /// The candidate whose value callers get at the moment of the report, if one is promoted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub promoted: Option<String>,
    /// How many calls, picked by the rate, a limit held back.
    pub held_back: BTreeMap<HeldBack, u64>,
    /// How often the experiment itself failed, by what it was doing. None of it reached a caller.
    pub internal_failures: BTreeMap<Operation, u64>,
}

/// What is known about one candidate.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// let report = lab.experiment("x").report();
///
/// let new = report.candidate("new").expect("it ran");
/// assert_eq!((new.compared(), new.matches(), new.mismatches()), (1, 0, 1));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CandidateReport {
    /// How it behaved by itself.
    pub behavior: BehaviorReport,
    /// Whether its breaker keeps it from running at the moment of the report.
    pub breaker_is_open: bool,
    /// In how many runs it was faster than the control.
    pub faster: u64,
    /// In how many runs it was slower than the control.
    pub slower: u64,
    /// In how many runs it took exactly as long as the control, as far as the clock could tell.
    pub as_fast: u64,
    /// In how many runs the control ran a second time, and both that and the candidate were compared.
    pub noise_runs: u64,
    /// In how many of those only the candidate differed from the control.
    pub candidate_only: u64,
    /// In how many of those only the control's second run did.
    pub noise_only: u64,
    /// How many runs ended in each outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// In how many runs it had not ended at its deadline. They are in no distribution: all that is known is that they took
    /// longer than [`shortest_time_out`](Self::shortest_time_out).
    #[cfg_attr(feature = "serde", serde(default))]
    pub cut_off: u64,
    /// The shortest time after which such a run was no longer waited for, in whole microseconds and at most 71 minutes, so that
    /// it never says more than is known; `None` if there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub shortest_time_out: Option<Duration>,
    /// Examples of mismatches and panics with different words: the first five, and the latest five. Empty unless the
    /// call site said how to put
    /// results into words.
    pub samples: Vec<Sample>,
    /// How many mismatches and panics were put into words: the first five, and then at most ten per second.
    pub put_into_words: u64,
    /// How it fared in each cohort, in the order of [`Report::cohorts`]. The sums over all cohorts are part of the figures
    /// above.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cohorts: Vec<CandidateInCohort>,
    /// Where its results differ, path by path; `None` unless the call site asked for that with
    /// [`Run::diff`](crate::Run::diff).
    #[cfg(feature = "serde")]
    #[serde(default)]
    pub differences: Option<DifferenceReport>,
}

/// How one behaviour, control or candidate, behaved.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// let report = lab.experiment("x").report();
///
/// assert_eq!((report.control.name.as_str(), report.control.panicked), ("control", 0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct BehaviorReport {
    /// `control`, or the candidate's name.
    pub name: String,
    /// How often it panicked.
    pub panicked: u64,
    /// How long it kept its thread on a processor, in the mean of the runs in which it returned; `None` unless the
    /// lab's clock knows.
    pub mean_cpu: Option<Duration>,
    /// In how many runs that was measured.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cpu_measured: u64,
    /// How long it ran in all runs in which it returned and had its turn by itself. Where there are none, in those in which
    /// the others ran at the same time; `None` if there are none of these either.
    pub latency: Option<LatencyReport>,
    /// The same for the runs in which it ran first, and so met cold caches.
    pub latency_when_first: Option<LatencyReport>,
    /// The same for the runs in which others ran before it.
    pub latency_when_later: Option<LatencyReport>,
    /// The same for the runs in which the others ran at the same time, and so slowed it down: in wider buckets.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub latency_when_concurrent: Option<LatencyReport>,
}

/// Quantiles of durations.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// let report = lab.experiment("x").report();
///
/// let latency = report.control.latency.expect("it returned");
/// assert!(latency.n == 1 && latency.p50 <= latency.p99 && latency.relative_error < 0.008);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LatencyReport {
    /// How many durations they are about.
    pub n: u64,
    /// The median.
    pub p50: Duration,
    /// The duration that 95 % stay within.
    pub p95: Duration,
    /// The duration that 99 % stay within.
    pub p99: Duration,
    /// How far each quantile may be from the recorded duration of that rank, as a share of it. It says nothing about
    /// the
    /// uncertainty of a quantile that comes from `n` being small.
    pub relative_error: f64,
    /// The distribution: the buckets that hold anything, ascending.
    pub buckets: Vec<LatencyBucket>,
}

impl Report {
    pub(crate) fn of(setup: Setup<'_>) -> Self {
        let Setup { definition, equipment } = setup;
        let recorder = definition.recorder();
        // The control first and the number of runs last: a run that ends in between counts as still running, never as
        // one without
        // candidates.
        let control = BehaviorReport::of(CONTROL, recorder.control());
        let cancelled_runs = recorder.cancelled_runs();
        let ended = control.returned() + control.panicked + cancelled_runs;
        let seen = recorder.candidates().into_iter();
        let cohorts = definition.cohorts();
        let seen = seen.map(|(name, record)| CandidateReport::of(name, record, cohorts));
        let (again, mut candidates): (Vec<_>, Vec<_>) =
            seen.partition(|candidate| candidate.behavior.name == CONTROL_AGAIN);
        let promoted = definition.promoted();
        if let Some(promoted) = candidates.iter_mut().find(|known| Some(known.behavior.name.as_str()) == promoted) {
            // Whatever its state, it does not stop what callers depend on.
            promoted.breaker_is_open = false;
        }
        let (heaviest, heavier) = cohorts.heaviest();
        let runs = recorder.runs();
        Self {
            cohorts: CohortReport::all(cohorts),
            promoted: promoted.map(str::to_owned),
            heaviest_run: heaviest.calls(),
            heaviest_run_grew: heavier,
            experiment: definition.name().to_owned(),
            runs,
            still_running: runs.saturating_sub(ended),
            cancelled_runs,
            rate: Rate::as_f64(definition.rate()),
            switched_off: definition.standing().now().is_switched_off(),
            decided_elsewhere: equipment.sampler.is_some() || equipment.gate.is_some(),
            control,
            control_again: again.into_iter().next(),
            candidates,
            held_back: recorder.held_back(),
            internal_failures: recorder.failures(),
        }
    }

    /// The candidate called `name`.
    pub fn candidate(&self, name: &str) -> Option<&CandidateReport> {
        self.candidates.iter().find(|candidate| candidate.behavior.name == name)
    }

    /// The control and the candidates, without the control's second run.
    fn behaviors(&self) -> impl Iterator<Item = &BehaviorReport> {
        std::iter::once(&self.control).chain(self.candidates.iter().map(|candidate| &candidate.behavior))
    }

    /// The cohort called `name`.
    pub fn cohort(&self, name: &str) -> Option<&CohortReport> {
        self.cohorts.iter().find(|cohort| cohort.name == name)
    }

    /// The report as Markdown: the answers as a list, the durations as a table, the examples as quotations.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// The report as a page for browsers: [`html_page`] of this one.
    pub fn to_html(&self) -> String {
        html_page(std::slice::from_ref(self))
    }
}

impl CandidateReport {
    fn of(name: &str, record: &CandidateRecord, cohorts: &Cohorts) -> Self {
        let samples = record.samples();
        let [faster, slower, as_fast] = record.tallies().signs();
        let [noise_runs, candidate_only, noise_only] = record.tallies().discordant();
        Self {
            cohorts: CandidateInCohort::all(record, cohorts),
            noise_runs,
            candidate_only,
            noise_only,
            faster,
            slower,
            as_fast,
            behavior: BehaviorReport::of(name, record.behavior()),
            breaker_is_open: record.breaker_is_open(),
            outcomes: record.tallies().outcomes(),
            cut_off: record.tallies().cut_off(),
            shortest_time_out: record.tallies().shortest_time_out(),
            put_into_words: samples.worded(),
            samples: samples.into_vec(),
            #[cfg(feature = "serde")]
            differences: record.differences().report(),
        }
    }

    /// How many runs ended in `outcome`.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// How many results were the same as the control's.
    pub fn matches(&self) -> u64 {
        self.count(Outcome::Match)
    }

    /// How many results differed, differences excused by a rule left out.
    pub fn mismatches(&self) -> u64 {
        self.count(Outcome::Mismatch)
    }

    /// How many results were compared: matches, mismatches and ignored ones.
    pub fn compared(&self) -> u64 {
        compared(&self.outcomes)
    }
}

fn compared(outcomes: &BTreeMap<Outcome, u64>) -> u64 {
    let compared = outcomes.iter().filter(|(outcome, _)| outcome.was_compared());
    // A stored report may hold any numbers.
    compared.fold(0, |sum, (_, count)| u64::saturating_add(sum, *count))
}

impl BehaviorReport {
    fn of(name: &str, record: &BehaviorRecord) -> Self {
        let (first, later) = (record.first().buckets(), record.later().buckets());
        let concurrent = record.concurrent().map_or_else(Vec::new, Latency::buckets);
        let concurrent = LatencyReport::of(concurrent, Cut::COARSE.relative_error());
        let error = Cut::FINE.relative_error();
        Self {
            name: name.to_owned(),
            panicked: record.panicked(),
            mean_cpu: record.mean_cpu(),
            cpu_measured: record.cpu_measured(),
            latency: LatencyReport::of(merged(&first, &later), error).or_else(|| concurrent.clone()),
            latency_when_first: LatencyReport::of(first, error),
            latency_when_later: LatencyReport::of(later, error),
            latency_when_concurrent: concurrent,
        }
    }

    /// In how many runs it returned.
    fn returned(&self) -> u64 {
        let strata = [&self.latency_when_first, &self.latency_when_later, &self.latency_when_concurrent];
        strata.into_iter().flatten().fold(0, |sum, latency| u64::saturating_add(sum, latency.n))
    }
}

impl LatencyReport {
    fn of(buckets: Vec<LatencyBucket>, relative_error: f64) -> Option<Self> {
        Some(Self {
            n: buckets.iter().fold(0, |sum, bucket| u64::saturating_add(sum, bucket.n)),
            p50: quantile(&buckets, 50)?,
            p95: quantile(&buckets, 95)?,
            p99: quantile(&buckets, 99)?,
            relative_error,
            buckets,
        })
    }
}
