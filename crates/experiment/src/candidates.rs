//! The candidates of one call, as a list in the type system: nothing is boxed, and each may have a type of its own.
//!
//! There are two lists of the same shape. What the call site writes is a list of [`Candidate`]s, which hold a name and a closure and no more, so that a
//! call that takes no part costs nothing. A run turns it into a list of [`Prepared`] candidates with room for results.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::around::let_go;
use crate::comparison::{Comparator, Projection, Rules};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::{Operation, Panic, contain};
use crate::how::{Case, How, Shown};
use crate::name;
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::{Outcome, Reason};
use crate::progress::{Observed, Progress};

/// A list of candidates that can be judged against a control that shows `V`.
pub trait Candidates<V, H> {
    /// How many there are.
    const LEN: usize;

    /// The list with room for results.
    type Prepared: Runnable<V, H>;

    /// Makes room for results.
    fn prepare(self) -> Self::Prepared;
}

/// A list of candidates during a run.
pub trait Runnable<V, H>: CandidateResults {
    /// Takes out the candidates whose names cannot be used or whose breaker is open, and counts the others.
    fn admit(&mut self, setup: Setup<'_>) -> usize;

    /// Compares every result with the control's.
    fn judge(&mut self, control: &Shown<'_, V>, how: &H, progress: &Progress<'_>, setup: Setup<'_>);

    /// Ends all that were not refused with an outcome that says why nothing was compared.
    fn end_all(&mut self, outcome: Outcome, reason: Option<Reason>);

    /// Drops what is left of the candidates: closures that did not run, results, payloads.
    fn discard(&mut self, setup: Setup<'_>);
}

/// A list of closures during a run.
pub trait Calls {
    /// Runs the `n`-th of those that have not run yet. `Err` holds how many places are left to go beyond this list.
    fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize>;
}

/// A list of futures during a run.
pub trait Futures {
    /// Polls the `n`-th of those that have not finished yet; `Err` as in [`Calls::call_pending`].
    fn poll_pending(
        &mut self,
        n: usize,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), usize>>;
}

/// How what the call site gave becomes what a run works with.
pub trait Launch {
    /// What the run works with.
    type Ready;

    /// Makes it ready.
    fn ready(self) -> Self::Ready;
}

/// A closure is ready as it is.
#[derive(Debug)]
pub struct Closure<F>(pub(crate) F);

impl<F> Launch for Closure<F> {
    type Ready = F;

    #[inline]
    fn ready(self) -> F {
        self.0
    }
}

/// The end of the list.
#[derive(Debug)]
pub struct NoCandidates;

impl<V, H> Candidates<V, H> for NoCandidates {
    const LEN: usize = 0;

    type Prepared = Self;

    #[inline]
    fn prepare(self) -> Self {
        self
    }
}

impl<V, H> Runnable<V, H> for NoCandidates {
    fn admit(&mut self, _: Setup<'_>) -> usize {
        0
    }

    fn judge(&mut self, _: &Shown<'_, V>, _: &H, _: &Progress<'_>, _: Setup<'_>) {}

    fn end_all(&mut self, _: Outcome, _: Option<Reason>) {}

    fn discard(&mut self, _: Setup<'_>) {}
}

impl Calls for NoCandidates {
    fn call_pending(&mut self, n: usize, _: &mut Progress<'_>, _: Setup<'_>) -> Result<(), usize> {
        Err(n)
    }
}

impl Futures for NoCandidates {
    fn poll_pending(
        &mut self,
        n: usize,
        _: &mut Progress<'_>,
        _: Setup<'_>,
        _: &mut Context<'_>,
    ) -> Poll<Result<(), usize>> {
        Poll::Ready(Err(n))
    }
}

impl CandidateResults for NoCandidates {
    fn count(&self) -> usize {
        0
    }

    fn result(&self, _: usize) -> Option<&CandidateResult> {
        None
    }
}

/// A candidate after the earlier ones, as the call site wrote it.
pub struct Candidate<R, F, U> {
    earlier: R,
    name: &'static str,
    behavior: F,
    returns: PhantomData<fn() -> U>,
}

impl<R, F: Launch, U> Candidate<R, F, U> {
    #[inline]
    pub(crate) fn new(earlier: R, name: &'static str, behavior: F) -> Self {
        Self { earlier, name, behavior, returns: PhantomData }
    }
}

impl<R: fmt::Debug, F, U> fmt::Debug for Candidate<R, F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("earlier", &self.earlier).field("name", &self.name).finish_non_exhaustive()
    }
}

impl<V, R, F, U, P, C, I, D, E> Candidates<V, How<P, C, I, D, E>> for Candidate<R, F, U>
where
    R: Candidates<V, How<P, C, I, D, E>>,
    F: Launch,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    const LEN: usize = R::LEN + 1;

    type Prepared = Prepared<R::Prepared, F::Ready, U>;

    #[inline]
    fn prepare(self) -> Self::Prepared {
        Prepared {
            earlier: self.earlier.prepare(),
            state: State::Pending(self.behavior.ready()),
            result: CandidateResult::skipped(self.name, None),
            reported: false,
        }
    }
}

/// A candidate after the earlier ones, during a run. Walks go to the earlier ones first, so that the order is that of the call site.
pub struct Prepared<R, F, U> {
    earlier: R,
    state: State<F, U>,
    result: CandidateResult,
    /// Whether it passed its deadline and was reported when it did: then it has no part in the result of the run.
    reported: bool,
}

enum State<F, U> {
    Pending(F),
    Refused(F),
    Returned(U),
    Panicked(Panic),
    Gone,
}

impl<R: fmt::Debug, F, U> fmt::Debug for Prepared<R, F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("earlier", &self.earlier)
            .field("name", &self.result.name())
            .finish_non_exhaustive()
    }
}

impl<R: CandidateResults, F, U> CandidateResults for Prepared<R, F, U> {
    fn count(&self) -> usize {
        self.earlier.count() + 1
    }

    fn result(&self, index: usize) -> Option<&CandidateResult> {
        if index == self.earlier.count() {
            return (!self.reported).then_some(&self.result);
        }
        self.earlier.result(index)
    }
}

impl<V, R, F, U, P, C, I, D, E> Runnable<V, How<P, C, I, D, E>> for Prepared<R, F, U>
where
    R: Runnable<V, How<P, C, I, D, E>>,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    #[inline]
    fn admit(&mut self, setup: Setup<'_>) -> usize {
        let earlier = self.earlier.admit(setup);
        let name = self.result.name();
        let duplicate =
            (0..self.earlier.count()).filter_map(|index| self.earlier.result(index)).any(|other| other.name() == name);
        let reason = if duplicate || name::check(name).is_err() {
            setup.failed(Operation::Name, Some(name), None);
            Reason::InvalidName
        } else if setup.admits(name) {
            return earlier + 1;
        } else {
            Reason::BreakerOpen
        };
        self.result.reason = Some(reason);
        if let State::Pending(candidate) = mem::replace(&mut self.state, State::Gone) {
            self.state = State::Refused(candidate);
        }
        earlier
    }

    #[inline]
    fn judge(&mut self, control: &Shown<'_, V>, how: &How<P, C, I, D, E>, progress: &Progress<'_>, setup: Setup<'_>) {
        self.earlier.judge(control, how, progress, setup);
        let candidate = match &self.state {
            State::Returned(value) => Ok(value),
            State::Panicked(panic) => Err(panic),
            State::Pending(_) | State::Refused(_) | State::Gone => return,
        };
        let case = Case { setup, candidate: self.result.name(), run: progress.run(), now: progress.now() };
        let judgement = how.judge(control, candidate, &case);
        self.result.outcome = judgement.outcome;
        self.result.reason = judgement.reason;
        self.result.sample = judgement.sample;
    }

    fn end_all(&mut self, outcome: Outcome, reason: Option<Reason>) {
        self.earlier.end_all(outcome, reason);
        if !matches!(self.state, State::Refused(_)) {
            self.result.outcome = outcome;
            self.result.reason = reason;
        }
    }

    #[inline]
    fn discard(&mut self, setup: Setup<'_>) {
        self.earlier.discard(setup);
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(closure) | State::Refused(closure) => let_go(setup, closure),
            State::Returned(value) => let_go(setup, value),
            State::Panicked(panic) => drop(panic),
            State::Gone => {}
        }
    }
}

impl<R: Calls, F: FnOnce() -> U, U> Calls for Prepared<R, F, U> {
    #[inline]
    fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize> {
        let Err(n) = self.earlier.call_pending(n, progress, setup) else { return Ok(()) };
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(candidate) if n == 0 => {
                let observed = progress.observe(self.result.name(), candidate);
                self.finish(observed, setup);
                Ok(())
            }
            state => {
                let skipped = usize::from(matches!(state, State::Pending(_)));
                self.state = state;
                Err(n - skipped)
            }
        }
    }
}

impl<R: Futures, F: Future<Output = U> + Unpin, U> Futures for Prepared<R, F, U> {
    fn poll_pending(
        &mut self,
        n: usize,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), usize>> {
        let n = match self.earlier.poll_pending(n, progress, setup, context) {
            Poll::Ready(Err(n)) => n,
            done_or_waiting => return done_or_waiting,
        };
        let State::Pending(future) = &mut self.state else { return Poll::Ready(Err(n)) };
        if n > 0 {
            return Poll::Ready(Err(n - 1));
        }
        let name = self.result.name();
        if progress.is_late(name, context) {
            // Dropping a future is how it is stopped. It has been reported.
            self.reported = true;
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
        let observed = progress.end(name, returned);
        if let State::Pending(future) = mem::replace(&mut self.state, State::Gone) {
            let_go(setup, future);
        }
        self.finish(observed, setup);
        Poll::Ready(Ok(()))
    }
}

impl<R, F, U> Prepared<R, F, U> {
    #[inline]
    fn finish(&mut self, observed: Observed<U>, setup: Setup<'_>) {
        let Observed { returned, observation, timed_out } = observed;
        self.result.observation = observation;
        self.reported = timed_out;
        match returned {
            returned if timed_out => let_go(setup, returned),
            Ok(value) => self.state = State::Returned(value),
            Err(panic) => self.state = State::Panicked(panic),
        }
    }
}
