//! One run while it goes on: the stopwatch and the places in the order.

#[cfg(feature = "serde")]
use std::cell::OnceCell;
use std::fmt;
use std::task::Context;
use std::time::{Duration, Instant};

use crate::clock::Stopwatch;
use crate::definition::Setup;
#[cfg(feature = "serde")]
use crate::diff::Pairing;
use crate::failure::{Operation, Panic, contain};
use crate::how::Case;
use crate::name::{CONTROL, CONTROL_AGAIN};
use crate::observation::{CandidateResults, Observation};
use crate::watch::Ticket;

/// The behaviours that ran so far in one run, and when the last of them ended.
pub struct Progress<'c> {
    stopwatch: Stopwatch<'c>,
    run: u64,
    position: usize,
    /// What candidates took so far.
    spent: Duration,
    /// Where a deadline is watched, in the background.
    ticket: Option<&'c Ticket>,
    /// Whether the future that is being polled has its deadline.
    begun: bool,
    /// Whether the other behaviours of the run go on at the same time.
    concurrent: bool,
    /// Whether the control has run a second time.
    ran_again: bool,
    /// The mismatches of such a run, if results are taken apart.
    #[cfg(feature = "serde")]
    pairing: OnceCell<Box<Pairing>>,
}

/// What a behaviour gave. What was observed of it is written to its place, since copying it about would be seen in the
/// figures.
pub(crate) struct Ended<T> {
    pub(crate) returned: Result<T, Panic>,
    /// Whether it passed its deadline, and has been reported for that.
    pub(crate) timed_out: bool,
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("run", &self.run).field("position", &self.position).finish_non_exhaustive()
    }
}

impl<'c> Progress<'c> {
    pub(crate) fn new(stopwatch: Stopwatch<'c>, run: u64, ticket: Option<&'c Ticket>) -> Self {
        Self {
            stopwatch,
            run,
            position: 0,
            spent: Duration::ZERO,
            ticket,
            begun: false,
            concurrent: false,
            ran_again: false,
            #[cfg(feature = "serde")]
            pairing: OnceCell::new(),
        }
    }

    /// As [`Progress::new`], for what runs after the first behaviour of the run, which ran elsewhere.
    pub(crate) fn after_one(stopwatch: Stopwatch<'c>, run: u64, ticket: Option<&'c Ticket>) -> Self {
        Self { position: 1, ..Self::new(stopwatch, run, ticket) }
    }

    /// As [`Progress::new`], for one behaviour of a run whose others go on at the same time.
    pub(crate) fn beside(stopwatch: Stopwatch<'c>, run: u64, ticket: Option<&'c Ticket>) -> Self {
        Self { concurrent: true, ..Self::new(stopwatch, run, ticket) }
    }

    /// As [`Progress::new`], for the judgement of behaviours that have all run, each at the side of the others.
    pub(crate) fn of_all(
        stopwatch: Stopwatch<'c>,
        run: u64,
        candidates: &impl CandidateResults,
        ticket: Option<&'c Ticket>,
    ) -> Self {
        let mut results = (0..candidates.count()).filter_map(|index| candidates.result(index));
        let ran_again = results.any(|result| result.name() == CONTROL_AGAIN && result.observation.duration.is_some());
        Self { ran_again, ..Self::beside(stopwatch, run, ticket) }
    }

    /// The place of the next behaviour in the order of the run, if there is one.
    #[inline]
    fn place(&self) -> Option<usize> {
        (!self.concurrent).then_some(self.position)
    }

    /// Runs a behaviour, takes its time and keeps its panic.
    #[inline]
    pub(crate) fn observe<T>(&mut self, observation: &mut Observation, behavior: impl FnOnce() -> T) -> Ended<T> {
        if let Some(ticket) = self.ticket {
            ticket.start(observation.behavior, self.place(), self.stopwatch.last());
        }
        let before = self.stopwatch.thread_cpu();
        let returned = contain(behavior);
        let after = self.stopwatch.thread_cpu();
        observation.cpu = after.zip(before).map(|(after, before)| after.saturating_sub(before));
        self.end(observation, returned)
    }

    /// Starts measuring a future, ahead of its first poll: what the task waited for before is not its time.
    pub(crate) fn begin(&mut self) {
        self.stopwatch.lap();
        self.begun = false;
    }

    /// Whether the future that is about to be polled passed its deadline. On its first poll its deadline begins.
    pub(crate) fn is_late(&mut self, name: &'static str, context: &Context<'_>) -> bool {
        let Some(ticket) = self.ticket else { return false };
        if !self.begun {
            self.begun = true;
            ticket.start(name, self.place(), self.stopwatch.last());
        }
        !ticket.wake_when_late(context.waker())
    }

    /// Ends the measuring of a behaviour.
    #[inline]
    pub(crate) fn end<T>(&mut self, observation: &mut Observation, returned: Result<T, Panic>) -> Ended<T> {
        let duration = self.stopwatch.lap();
        observation.duration = Some(duration);
        observation.position = self.place();
        observation.concurrent = self.concurrent;
        observation.panicked = returned.is_err();
        self.position += 1;
        if observation.behavior != CONTROL {
            self.spent = self.spent.saturating_add(duration);
        }
        Ended { returned, timed_out: self.ticket.is_some_and(|ticket| !ticket.finish()) }
    }

    /// Says that what a behaviour gave is looked at now: its deadline, where there is one, begins anew when the last behaviour
    /// has ended.
    #[inline]
    pub(crate) fn compares(&self, observation: &Observation) {
        if let Some(ticket) = self.ticket {
            ticket.start_comparing(observation, self.stopwatch.last());
        }
    }

    /// Ends what `compares` began; `false` if it was reported as late meanwhile.
    #[inline]
    pub(crate) fn has_compared(&self) -> bool {
        self.ticket.is_none_or(Ticket::finish)
    }

    /// Says whether the behaviour that runs is the control's second run.
    #[inline]
    pub(crate) fn runs_again(&mut self, is_control: bool) {
        self.ran_again |= is_control;
    }

    /// Whose results are being judged.
    #[inline]
    pub(crate) fn case<'a>(&'a self, candidate: &'static str, setup: Setup<'a>) -> Case<'a> {
        Case {
            setup,
            candidate,
            run: self.run,
            now: self.now(),
            #[cfg(feature = "serde")]
            pairing: self.ran_again.then_some(&self.pairing),
        }
    }

    /// Called once all results are judged: what differed in a run in which the control ran twice is counted as pairs.
    #[inline]
    pub(crate) fn pair_up(&mut self, candidates: &impl CandidateResults, setup: Setup<'_>) {
        #[cfg(feature = "serde")]
        if let Some(pairing) = self.pairing.take() {
            pairing.submit(setup, self.run, candidates);
        }
        #[cfg(not(feature = "serde"))]
        let _ = (candidates, setup);
    }

    /// What the candidates took so far.
    pub(crate) fn spent(&self) -> Duration {
        self.spent
    }

    /// When the last behaviour ended.
    pub(crate) fn now(&self) -> Instant {
        self.stopwatch.last()
    }

    pub(crate) fn tell_clock_failure(&self, setup: Setup<'_>) {
        if let Some(panic) = self.stopwatch.failure() {
            setup.failed(Operation::Clock, None, panic.message());
        }
    }
}
