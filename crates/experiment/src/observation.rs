//! What one run found out: the material of publishers.

use std::fmt;
use std::time::Duration;

use crate::context::{ContextValue, Entries};
use crate::description::Sample;
use crate::name::CONTROL_AGAIN;
use crate::outcome::{Outcome, Reason};
use crate::who::Seat;

/// What was observed of one behaviour, control or candidate, in one run.
///
/// ```
/// use experiment::{Lab, Order};
///
/// Lab::new()
///     .order(Order::ControlFirst)
///     .experiment("x")
///     .control(|| 1)
///     .candidate("new", || 1)
///     .after(|result| assert_eq!((result.control().behavior, result.control().position), ("control", Some(0))))
///     .run();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// `control`, or the candidate's name.
    pub behavior: &'static str,
    /// How long it ran until it returned or panicked; `None` if it was not started.
    pub duration: Option<Duration>,
    /// How long it kept its thread on a processor; `None` where the clock does not know, and for futures.
    pub cpu: Option<Duration>,
    /// Its place in the order of this run, 0 for the behaviour that ran first; `None` if it was not started, or all of
    /// the run were started at the same moment.
    pub position: Option<usize>,
    /// Whether the others of the run ran at the same time: then each may have been slowed down by the others.
    pub concurrent: bool,
    /// Whether it panicked.
    pub panicked: bool,
}

impl Observation {
    pub(crate) const fn not_started(behavior: &'static str) -> Self {
        Self { behavior, duration: None, cpu: None, position: None, concurrent: false, panicked: false }
    }

    /// The duration, where the behaviour returned: the time up to a panic says nothing about speed.
    pub(crate) fn returned_after(&self) -> Option<Duration> {
        if self.panicked { None } else { self.duration }
    }
}

/// What was found out about one candidate in one run.
///
/// ```
/// use experiment::{Lab, Outcome};
///
/// Lab::new()
///     .experiment("x")
///     .control(|| 1)
///     .candidate("new", || 2)
///     .after(|result| {
///         let new = result.candidates().next().expect("there is one candidate");
///         assert_eq!((new.name(), new.outcome), ("new", Outcome::Mismatch));
///     })
///     .run();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CandidateResult {
    /// How long it took, when it ran.
    pub observation: Observation,
    /// How it fared.
    pub outcome: Outcome,
    /// Why it was skipped or dropped, or timed out although it had ended.
    pub reason: Option<Reason>,
    /// The mismatch or panic in words, where the call site said how and this one was kept as an example.
    pub sample: Option<Box<Sample>>,
}

impl CandidateResult {
    /// The candidate's name.
    pub fn name(&self) -> &'static str {
        self.observation.behavior
    }

    /// How long it ran, where it returned within its deadline.
    pub(crate) fn returned_after(&self) -> Option<Duration> {
        if self.is_cut_off() { None } else { self.observation.returned_after() }
    }

    /// After which time it was no longer waited for, where it passed its deadline.
    pub(crate) fn timed_out_after(&self) -> Option<Duration> {
        if self.is_cut_off() { self.observation.duration } else { None }
    }

    /// Whether it had not ended at its deadline.
    fn is_cut_off(&self) -> bool {
        self.outcome == Outcome::TimedOut && self.reason != Some(Reason::LateComparison)
    }

    pub(crate) fn skipped(name: &'static str, reason: Option<Reason>) -> Self {
        Self { observation: Observation::not_started(name), outcome: Outcome::Skipped, reason, sample: None }
    }
}

/// The result of one run of an experiment, as publishers see it. It borrows from the run and holds no result of a
/// behaviour.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x")
///     .control(|| 1)
///     .candidate("new", || 1)
///     .after(|result| assert_eq!((result.experiment(), result.run(), result.matched()), ("x", 1, true)))
///     .run();
/// ```
#[derive(Clone, Copy)]
pub struct RunResult<'a> {
    pub(crate) experiment: &'static str,
    pub(crate) run: u64,
    pub(crate) control: &'a Observation,
    pub(crate) candidates: &'a dyn CandidateResults,
    pub(crate) context: &'a dyn Entries,
    pub(crate) seat: Seat,
}

impl<'a> RunResult<'a> {
    /// The name of the experiment.
    pub fn experiment(&self) -> &'static str {
        self.experiment
    }

    /// The number of this run: the first one of the experiment is 1. Calls that did not take part are not counted.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// What was observed of the control.
    pub fn control(&self) -> &'a Observation {
        self.control
    }

    /// The candidates, in the order in which they were given; among them, where it ran, the control's second run, as
    /// `control again`.
    pub fn candidates(&self) -> impl Iterator<Item = &'a CandidateResult> + use<'a> {
        let candidates = self.candidates;
        (0..candidates.count()).filter_map(move |index| candidates.result(index))
    }

    /// What the call site attached, in the order in which it did; empty if nothing was.
    pub fn context(&self) -> impl Iterator<Item = (&'static str, ContextValue<'a>)> + use<'a> {
        let context = self.context;
        (0..context.count()).filter_map(move |index| context.entry(index))
    }

    /// The cohort the call belongs to, where the call site said it; `other` once an experiment has too many of them.
    pub fn cohort(&self) -> Option<&'static str> {
        self.seat.cohort.map(|(_, name)| name)
    }

    /// For how many calls this one stands, where the call site said whom it is for: the inverse of the share of such
    /// calls that take part. 1 where it did not.
    pub fn weight(&self) -> f64 {
        self.seat.weight.calls()
    }

    /// Whether every candidate's outcome is a match. The control's second run is none.
    pub fn matched(&self) -> bool {
        self.candidates()
            .filter(|candidate| candidate.name() != CONTROL_AGAIN)
            .all(|candidate| candidate.outcome == Outcome::Match)
    }
}

impl fmt::Debug for RunResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let candidates: Vec<_> = self.candidates().map(|candidate| (candidate.name(), candidate.outcome)).collect();
        f.debug_struct("RunResult")
            .field("experiment", &self.experiment)
            .field("run", &self.run)
            .field("candidates", &candidates)
            .finish_non_exhaustive()
    }
}

/// The candidates of a run without their types.
pub trait CandidateResults {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them, in the order in which they were given.
    fn result(&self, index: usize) -> Option<&CandidateResult>;
}

impl CandidateResults for Vec<CandidateResult> {
    fn count(&self) -> usize {
        self.len()
    }

    fn result(&self, index: usize) -> Option<&CandidateResult> {
        self.get(index)
    }
}
