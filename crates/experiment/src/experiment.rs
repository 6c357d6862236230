//! One experiment of a lab: the handle that call sites and operators use.

use std::fmt;
use std::time::Duration;

use crate::asynchronous::Asynchronous;
use crate::cohorts::CohortError;
use crate::definition::Setup;
use crate::failure::{Operation, contain};
use crate::mismatch::Reaction;
use crate::name::{self, NameError};
use crate::promotion::PromoteError;
use crate::rate::Rate;
use crate::report::Report;
use crate::run::Run;

/// One experiment of a [`Lab`](crate::Lab): start a call with [`control`](Experiment::control), change who takes part,
/// read the report.
///
/// The handle is a reference: copying it costs nothing, and keeping it saves the look-up of the name.
///
/// There is no way to run an experiment without a control:
/// ```compile_fail
/// experiment::Lab::new().experiment("users-query").run();
/// ```
#[derive(Clone, Copy)]
pub struct Experiment<'lab> {
    setup: Setup<'lab>,
}

impl<'lab> Experiment<'lab> {
    pub(crate) fn new(setup: Setup<'lab>) -> Self {
        Self { setup }
    }

    /// Starts a call with the code whose value, error or panic is always the one the caller gets.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let answer = lab.experiment("answer").control(|| 42).candidate("new", || 43).run();
    /// assert_eq!(answer, 42);
    /// ```
    #[inline]
    #[must_use = "nothing runs until `run` is called"]
    pub fn control<T, F: FnOnce() -> T>(self, control: F) -> Run<'lab, T, F> {
        Run::new(self.setup, control)
    }

    /// Starts a call whose behaviours are futures. See [`Run`](crate::Run) for what may follow; candidates are futures
    /// too, and `run` is awaited.
    ///
    /// ```
    /// # async fn old_query(id: u32) -> u32 { id }
    /// # async fn new_query(id: u32) -> u32 { id }
    /// # async fn answer(lab: &experiment::Lab) -> u32 {
    /// lab.experiment("users-query")
    ///     .control_async(old_query(7))
    ///     .candidate("new", new_query(7))
    ///     .run()
    ///     .await
    /// # }
    /// # let lab = experiment::Lab::new();
    /// # let mut run = std::pin::pin!(answer(&lab));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(run.as_mut().poll(&mut context).is_ready());
    /// # assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    /// ```
    #[must_use = "nothing runs until `run` is called and awaited"]
    pub fn control_async<F: Future>(self, control: F) -> Run<'lab, F::Output, Asynchronous<F>> {
        Run::new(self.setup, Asynchronous(control))
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.setup.definition.name()
    }

    /// The share of calls that take part.
    pub fn rate(&self) -> Rate {
        self.setup.definition.rate()
    }

    /// Changes the share of calls that take part, from the next call of any thread on. Costs one store.
    ///
    /// ```
    /// use experiment::Rate;
    ///
    /// let lab = experiment::Lab::new();
    /// lab.experiment("users-query").set_rate(Rate::percent(5.0)?);
    /// assert!((lab.experiment("users-query").rate().as_f64() - 0.05).abs() < 1e-9);
    /// # Ok::<(), experiment::RateError>(())
    /// ```
    pub fn set_rate(&self, rate: Rate) {
        self.setup.definition.set_rate(rate);
    }

    /// The share of calls of a cohort that take part, where the cohort has one of its own.
    pub fn cohort_rate(&self, cohort: &str) -> Option<Rate> {
        let cohorts = self.setup.definition.cohorts();
        cohorts.get(cohorts.find(cohort)?)?.rate()
    }

    /// Gives a cohort a share of its own, from the next call of any thread on: more for one that is rare, none for one
    /// that must be spared. `None` leaves it to the experiment's rate. `other` stands for all cohorts that are not told
    /// apart.
    ///
    /// Figures of all runs are about the runs that took part, in which such a cohort counts for more than it does in the
    /// traffic; [`CandidateVerdict::all_calls`](crate::CandidateVerdict::all_calls) weighs each run by the inverse of
    /// its rate.
    ///
    /// # Errors
    /// [`CohortError`] when the name cannot be used, or the experiment tells as many cohorts apart as it can.
    pub fn set_cohort_rate(&self, cohort: &'static str, rate: Option<Rate>) -> Result<(), CohortError> {
        self.setup.definition.cohorts().define(cohort)?.set_rate(rate);
        Ok(())
    }

    /// Sets what a mismatch does in this experiment; `None` leaves it to the lab.
    ///
    /// ```
    /// use experiment::{Lab, Reaction};
    ///
    /// // All mismatches fail the tests of this lab, but for one experiment that is known to differ.
    /// let lab = Lab::new().reaction(Reaction::Raise);
    /// lab.experiment("known").set_reaction(Some(Reaction::Record));
    /// assert_eq!(lab.experiment("known").control(|| 1).candidate("new", || 2).run(), 1);
    /// ```
    pub fn set_reaction(&self, reaction: Option<Reaction>) {
        self.setup.definition.set_reaction(reaction);
    }

    /// How long a candidate may run in the background before it is reported as timed out.
    pub fn deadline(&self) -> Duration {
        self.setup.definition.deadline()
    }

    /// Changes the deadline, also for candidates that are running. It is 10 seconds at first.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lab = experiment::Lab::new();
    /// lab.experiment("users-query").set_deadline(Duration::from_secs(2));
    /// assert_eq!(lab.experiment("users-query").deadline(), Duration::from_secs(2));
    /// ```
    pub fn set_deadline(&self, deadline: Duration) {
        self.setup.definition.set_deadline(deadline);
    }

    /// Stops running candidates, from the next call of any thread on: the kill switch. The rate is kept. Those that wait in the
    /// queue of a [`Pool`](crate::Pool) are cancelled right here.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let answer = lab.experiment("answer");
    /// answer.switch_off();
    /// assert_eq!(answer.control(|| 42).candidate("new", || unreachable!("it is off")).run(), 42);
    /// ```
    pub fn switch_off(&self) {
        self.setup.definition.set_switched_off(true);
        self.purge();
    }

    /// Undoes [`switch_off`](Experiment::switch_off).
    pub fn switch_on(&self) {
        self.setup.definition.set_switched_off(false);
    }

    /// Has the executor cancel what is called off, in all experiments of the lab.
    pub(crate) fn purge(&self) {
        let Some(executor) = self.setup.equipment.executor.get() else { return };
        if let Err(panic) = contain(|| executor.purge()) {
            self.setup.failed(Operation::Execute, None, panic.message());
        }
    }

    /// Whether candidates are kept from running by this experiment's switch or its lab's.
    pub fn is_switched_off(&self) -> bool {
        self.setup.is_switched_off()
    }

    /// Makes a candidate's value, error or panic the one that callers get, from the next call of any thread on: the
    /// reverse experiment. The old code goes on running beside it, in the calls that take part, is compared as before,
    /// and its panics no longer reach anybody.
    ///
    /// - Calls that do not take part, by the rate, the sampler or a limit, run the promoted candidate alone.
    /// - The [switch](Experiment::switch_off), a gate that is closed, and a condition that says no give the old code
    ///   back: they say that candidates must not run.
    /// - Its breaker no longer stops it.
    /// - A call without that candidate, or with one of another type than the control's, returns the control's value.
    /// - Calls [in the background](crate::Run::run_in_background) and [at the same time](crate::Run::run_concurrently) run
    ///   it alone, as the control may borrow; those whose control owns what it holds run the old code
    ///   [behind it](crate::Run::run_in_background_with_shadow).
    ///
    /// The report is kept, and its figures mean what they meant: `control` is the old code.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let answer = || lab.experiment("answer").control(|| "old").candidate("new", || "new").run();
    /// assert_eq!(answer(), "old");
    /// lab.experiment("answer").promote("new")?;
    /// assert_eq!(answer(), "new");
    /// lab.experiment("answer").demote();
    /// assert_eq!(answer(), "old");
    /// # Ok::<(), experiment::PromoteError>(())
    /// ```
    ///
    /// # Errors
    /// [`PromoteError::UnknownCandidate`] when no call has had a candidate of that name, and none was declared.
    pub fn promote(&self, candidate: &str) -> Result<(), PromoteError> {
        let seen = self.setup.recorder().candidates().into_iter().map(|(name, _)| name);
        let known: Vec<_> = seen.filter(|name| name::check(name).is_ok()).collect();
        if let Some(name) = known.iter().find(|name| **name == candidate) {
            self.setup.definition.set_promoted(Some(name));
            return Ok(());
        }
        let (experiment, candidate) = (self.name(), candidate.to_owned());
        Err(PromoteError::UnknownCandidate { experiment, candidate, known })
    }

    /// Gives callers the control's value again.
    pub fn demote(&self) {
        self.setup.definition.set_promoted(None);
    }

    /// The candidate whose value callers get, if one is promoted.
    pub fn promoted(&self) -> Option<&'static str> {
        self.setup.promoted()
    }

    /// Says that calls will have a candidate of that name, so that it can be promoted before the first one.
    ///
    /// # Errors
    /// [`NameError`] when the name is empty, longer than 64 bytes, or the control's.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// let users = lab.experiment("users-query");
    /// users.declare_candidate("new")?;
    /// users.promote("new")?; // before the first call
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn declare_candidate(&self, candidate: &'static str) -> Result<(), NameError> {
        name::check(candidate)?;
        self.setup.recorder().candidate(candidate);
        Ok(())
    }

    /// What is known so far. Costs a walk over all buckets, some tens of microseconds; calls go on meanwhile, so counts
    /// of
    /// runs that end in that moment may be missing from one figure and present in another.
    pub fn report(&self) -> Report {
        Report::of(self.setup)
    }
}

impl fmt::Debug for Experiment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Experiment")
            .field("name", &self.name())
            .field("rate", &self.rate())
            .field("switched_off", &self.is_switched_off())
            .finish_non_exhaustive()
    }
}
