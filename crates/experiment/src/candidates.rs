//! The candidates of one call, as a list in the type system: nothing is boxed, and each may have a type of its own.
//!
//! There are two lists of the same shape. What the call site writes is a list of [`Candidate`]s, which hold a name and a closure and no more, so that a
//! call that takes no part costs nothing. A run turns it into a list of [`Prepared`] candidates with room for results.

use std::fmt;
use std::marker::PhantomData;
use std::mem;

use crate::around::let_go;
use crate::comparison::{Comparator, Projection, Rules};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::{Operation, Panic};
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

    /// Runs the `n`-th of those that have not run yet. `Err` holds how many places are left to go beyond this list.
    fn run_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize>;

    /// Compares every result with the control's.
    fn judge(&mut self, control: &Shown<'_, V>, how: &H, progress: &Progress<'_>, setup: Setup<'_>);

    /// Counts all as dropped, since nobody ran them.
    fn drop_all(&mut self, reason: Reason);

    /// Drops what is left of the candidates: closures that did not run, results, payloads.
    fn discard(&mut self, setup: Setup<'_>);
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

    fn run_pending(&mut self, n: usize, _: &mut Progress<'_>, _: Setup<'_>) -> Result<(), usize> {
        Err(n)
    }

    fn judge(&mut self, _: &Shown<'_, V>, _: &H, _: &Progress<'_>, _: Setup<'_>) {}

    fn drop_all(&mut self, _: Reason) {}

    fn discard(&mut self, _: Setup<'_>) {}
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
    closure: F,
    returns: PhantomData<fn() -> U>,
}

impl<R, F: FnOnce() -> U, U> Candidate<R, F, U> {
    #[inline]
    pub(crate) fn new(earlier: R, name: &'static str, closure: F) -> Self {
        Self { earlier, name, closure, returns: PhantomData }
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
    F: FnOnce() -> U,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    const LEN: usize = R::LEN + 1;

    type Prepared = Prepared<R::Prepared, F, U>;

    #[inline]
    fn prepare(self) -> Self::Prepared {
        Prepared {
            earlier: self.earlier.prepare(),
            state: State::Pending(self.closure),
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
    F: FnOnce() -> U,
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
    fn run_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize> {
        let Err(n) = self.earlier.run_pending(n, progress, setup) else { return Ok(()) };
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(candidate) if n == 0 => {
                let Observed { returned, observation, timed_out } = progress.observe(self.result.name(), candidate);
                self.result.observation = observation;
                self.reported = timed_out;
                match returned {
                    returned if timed_out => let_go(setup, returned),
                    Ok(value) => self.state = State::Returned(value),
                    Err(panic) => self.state = State::Panicked(panic),
                }
                Ok(())
            }
            state => {
                let skipped = usize::from(matches!(state, State::Pending(_)));
                self.state = state;
                Err(n - skipped)
            }
        }
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

    fn drop_all(&mut self, reason: Reason) {
        self.earlier.drop_all(reason);
        self.result.outcome = Outcome::Dropped;
        self.result.reason = Some(reason);
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
