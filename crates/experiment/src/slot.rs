//! One candidate during a run: its behaviour, what became of it, and what is told of it.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::around::let_go;
use crate::comparison::{Comparator, Projection, Rules};
use crate::concurrent::{Beside, Left, Place};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::{Operation, Panic, contain};
use crate::how::{How, Judgement, Shown};
use crate::name;
use crate::observation::CandidateResult;
use crate::outcome::{Outcome, Reason};
use crate::progress::{Ended, Progress};
use crate::promotion::Kinship;
use crate::rate::Rate;

/// A candidate during a run.
pub(crate) struct Slot<F, U> {
    state: State<F, U>,
    result: CandidateResult,
    /// Whether it has no part in the result of the run: it passed its deadline and was reported when it did, or it is
    /// the control's second run in a run that has none.
    hidden: bool,
    again: Option<Rate>,
}

enum State<F, U> {
    Pending(F),
    Refused(F),
    Returned(U),
    Panicked(Panic),
    /// It runs elsewhere, and leaves there what it gives.
    Away(Arc<Place<U>>),
    Gone,
}

impl<F, U> Slot<F, U> {
    #[inline]
    pub(crate) fn new(name: &'static str, again: Option<Rate>, behavior: F) -> Self {
        Self { state: State::Pending(behavior), result: CandidateResult::skipped(name, None), hidden: false, again }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.result.name()
    }

    /// What is told of it; `None` if it has no part in the result of the run.
    #[inline]
    pub(crate) fn result(&self) -> Option<&CandidateResult> {
        (!self.hidden).then_some(&self.result)
    }

    /// Whether it may run: its name can be used, no earlier candidate has it, and its breaker lets it run in the run of that
    /// number. The control's second run has a share of the runs besides, and a name that nobody else can have.
    #[inline]
    pub(crate) fn admit(&mut self, is_taken: impl FnOnce(&str) -> bool, setup: Setup<'_>, run: u64) -> bool {
        let name = self.name();
        let reason = match self.again {
            Some(rate) if !rate.takes_part() => {
                self.hidden = true;
                self.refuse();
                return false;
            }
            None if is_taken(name) || name::check(name).is_err() => {
                setup.failed(Operation::Name, Some(name), None);
                Reason::InvalidName
            }
            _ if setup.admits(name, run) => return true,
            _ => Reason::BreakerOpen,
        };
        self.result.reason = Some(reason);
        self.refuse();
        false
    }

    /// Compares its result with the control's.
    #[inline]
    pub(crate) fn judge<V, P, C, I, D, E>(
        &mut self,
        control: &Shown<'_, V>,
        how: &How<P, C, I, D, E>,
        progress: &Progress<'_>,
        setup: Setup<'_>,
    ) where
        P: Projection<U>,
        C: Comparator<V, P::Out>,
        I: Rules<V, P::Out>,
        D: Describe<V> + Describe<P::Out>,
        E: Explain<V, P::Out>,
    {
        let candidate = match &self.state {
            State::Returned(value) => Ok(value),
            State::Panicked(panic) => Err(panic),
            State::Pending(_) | State::Refused(_) | State::Away(_) | State::Gone => return,
        };
        progress.compares(&self.result.observation);
        let judgement = how.judge(control, candidate, &progress.case(self.result.name(), setup));
        if progress.has_compared() {
            self.decide(judgement);
        } else {
            // It was reported at the deadline.
            self.hidden = true;
        }
    }

    /// Takes a judgement.
    #[inline]
    pub(crate) fn decide(&mut self, judgement: Judgement) {
        self.result.outcome = judgement.outcome;
        self.result.reason = judgement.reason;
        self.result.sample = judgement.sample;
    }

    /// Whether it has that name, may run, and has not run yet.
    pub(crate) fn waits_as(&self, name: &str) -> bool {
        matches!(self.state, State::Pending(_)) && self.name() == name
    }

    /// Whether it ran, to whatever end.
    pub(crate) fn has_run(&self) -> bool {
        self.result.observation.duration.is_some()
    }

    /// Runs it if it has that name and has not run yet.
    pub(crate) fn call_named(&mut self, name: &str, progress: &mut Progress<'_>, setup: Setup<'_>)
    where
        F: FnOnce() -> U,
    {
        if self.waits_as(name) {
            let ran = self.call_pending(0, progress, setup);
            debug_assert!(ran.is_ok(), "it was pending");
        }
    }

    /// Ends it, unless it was refused or has ended, with an outcome that says why nothing was compared.
    pub(crate) fn end(&mut self, outcome: Outcome, reason: Option<Reason>) {
        if matches!(self.state, State::Refused(_) | State::Gone) {
            return;
        }
        if self.again.is_none() && name::check(self.name()).is_err() {
            // It would have been refused.
            self.set_outcome(Outcome::Skipped, Some(Reason::InvalidName));
        } else {
            self.set_outcome(outcome, reason);
        }
    }

    /// Leaves it out of the result of the run.
    pub(crate) fn hide(&mut self) {
        self.hidden = true;
    }

    fn set_outcome(&mut self, outcome: Outcome, reason: Option<Reason>) {
        self.result.outcome = outcome;
        self.result.reason = reason;
    }

    /// Drops what is left of it.
    #[inline]
    pub(crate) fn discard(&mut self, setup: Setup<'_>) {
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(closure) | State::Refused(closure) => let_go(setup, closure),
            State::Returned(value) => let_go(setup, value),
            State::Panicked(panic) => drop(panic),
            State::Away(place) => drop(place),
            State::Gone => {}
        }
    }

    /// Runs it if it is the `n`-th of those that have not run yet, counted from it on. `Err` holds how many places are
    /// left to go beyond it.
    #[inline]
    pub(crate) fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize>
    where
        F: FnOnce() -> U,
    {
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(candidate) if n == 0 => {
                progress.runs_again(self.again.is_some());
                let ended = progress.observe(&mut self.result.observation, candidate);
                self.finish(ended, setup);
                Ok(())
            }
            state => {
                let skipped = usize::from(matches!(state, State::Pending(_)));
                self.state = state;
                Err(n - skipped)
            }
        }
    }

    /// As [`Slot::call_pending`], for a future that is polled.
    pub(crate) fn poll_pending(
        &mut self,
        n: usize,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), usize>>
    where
        F: Future<Output = U> + Unpin,
    {
        let State::Pending(future) = &mut self.state else { return Poll::Ready(Err(n)) };
        if n > 0 {
            return Poll::Ready(Err(n - 1));
        }
        let name = self.result.name();
        if progress.is_late(name, context) {
            // Dropping a future is how it is stopped. It has been reported.
            self.hidden = true;
            if let State::Pending(future) = mem::replace(&mut self.state, State::Gone) {
                let_go(setup, future);
            }
            return Poll::Ready(Ok(()));
        }
        let returned = match contain(|| Pin::new(future).poll(context)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        progress.runs_again(self.again.is_some());
        let ended = progress.end(&mut self.result.observation, returned);
        if let State::Pending(future) = mem::replace(&mut self.state, State::Gone) {
            let_go(setup, future);
        }
        self.finish(ended, setup);
        Poll::Ready(Ok(()))
    }

    /// Runs it if it has not run yet, and measures nothing.
    pub(crate) fn call_alone(&mut self)
    where
        F: FnOnce() -> U,
    {
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(candidate) => self.state = State::of(contain(candidate)),
            state => self.state = state,
        }
    }

    /// As [`Slot::call_alone`], for a future that is polled.
    pub(crate) fn poll_alone(&mut self, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()>
    where
        F: Future<Output = U> + Unpin,
    {
        let State::Pending(future) = &mut self.state else { return Poll::Ready(()) };
        let returned = match contain(|| Pin::new(future).poll(context)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        if let State::Pending(future) = mem::replace(&mut self.state, State::of(returned)) {
            let_go(setup, future);
        }
        Poll::Ready(())
    }

    /// Takes out what runs elsewhere, if it may run, with the place where it is to leave what it gives.
    pub(crate) fn send_away(&mut self) -> Option<(F, Arc<Place<U>>)> {
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(behavior) => {
                let place = Arc::new(Place::new(self.name()));
                self.state = State::Away(Arc::clone(&place));
                Some((behavior, place))
            }
            state => {
                self.state = state;
                None
            }
        }
    }

    /// Fetches what was left by a behaviour that ran elsewhere.
    pub(crate) fn fetch(&mut self) {
        match mem::replace(&mut self.state, State::Gone) {
            State::Away(place) => match place.take() {
                Some(Left::Ended { returned, observation }) => {
                    self.result.observation = observation;
                    self.state = State::of(returned);
                }
                Some(Left::NotEnded { outcome, reason }) => self.set_outcome(outcome, reason),
                // It has been reported already.
                Some(Left::Late) | None => self.hidden = true,
            },
            state => self.state = state,
        }
    }

    /// As [`Slot::poll_pending`], beside the other behaviours of the run: ready once it has ended, or was stopped.
    pub(crate) fn poll_beside(&mut self, beside: &Beside<'_>, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()>
    where
        F: Future<Output = U> + Unpin,
    {
        let State::Pending(future) = &mut self.state else { return Poll::Ready(()) };
        let returned = if beside.stops(self.result.name()) {
            None
        } else {
            match contain(|| Pin::new(future).poll(context)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(value)) => Some(Ok(value)),
                Err(panic) => Some(Err(panic)),
            }
        };
        beside.note(&mut self.result.observation, matches!(returned, Some(Err(_))));
        if returned.is_none() {
            self.set_outcome(Outcome::TimedOut, None);
        }
        let state = returned.map_or(State::Gone, State::of);
        // Dropping a future is how it is stopped.
        if let State::Pending(future) = mem::replace(&mut self.state, state) {
            let_go(setup, future);
        }
        Poll::Ready(())
    }

    /// Takes out what it returned, if it has that name and returns what the control does.
    pub(crate) fn surrender<T, M: Kinship<U, T>>(&mut self, name: &str) -> Option<Result<T, Panic>> {
        if !M::SAME || self.name() != name {
            return None;
        }
        match mem::replace(&mut self.state, State::Gone) {
            State::Returned(value) => match M::give(value) {
                Ok(value) => Some(Ok(value)),
                Err(value) => {
                    self.state = State::Returned(value);
                    None
                }
            },
            State::Panicked(panic) => Some(Err(panic)),
            state => {
                self.state = state;
                None
            }
        }
    }

    fn refuse(&mut self) {
        if let State::Pending(behavior) = mem::replace(&mut self.state, State::Gone) {
            self.state = State::Refused(behavior);
        }
    }

    #[inline]
    fn finish(&mut self, ended: Ended<U>, setup: Setup<'_>) {
        let Ended { returned, timed_out } = ended;
        self.hidden = timed_out;
        match returned {
            returned if timed_out => let_go(setup, returned),
            returned => self.state = State::of(returned),
        }
    }
}

impl<F, U> State<F, U> {
    fn of(returned: Result<U, Panic>) -> Self {
        returned.map_or_else(Self::Panicked, Self::Returned)
    }
}
