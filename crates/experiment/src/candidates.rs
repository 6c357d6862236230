//! The candidates of one call, as a list in the type system: nothing is boxed, and each may have a type of its own.

use std::fmt;
use std::mem;

use crate::comparison::{Comparator, Projection, Rules};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::{Operation, Panic, discard};
use crate::how::{Case, How, Shown};
use crate::name;
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::Reason;
use crate::progress::Progress;

/// A list of candidates that can be run and judged against a control that shows `V`.
pub trait Candidates<V, H>: CandidateResults {
    /// How many there are.
    const LEN: usize;

    /// Takes out the candidates whose names cannot be used, and counts the others.
    fn admit(&mut self, setup: Setup<'_>) -> usize;

    /// Runs the `n`-th of those that have not run yet. `Err` holds how many places are left to go beyond this list.
    fn run_pending(&mut self, n: usize, progress: &mut Progress<'_>) -> Result<(), usize>;

    /// Compares every result with the control's.
    fn judge(&mut self, control: &Shown<'_, V>, how: &H, progress: &Progress<'_>, setup: Setup<'_>);

    /// Drops what is left of the candidates: closures that did not run, results, payloads.
    fn discard(&mut self, setup: Setup<'_>);
}

/// The end of the list.
#[derive(Debug)]
pub struct NoCandidates;

impl<V, H> Candidates<V, H> for NoCandidates {
    const LEN: usize = 0;

    fn admit(&mut self, _: Setup<'_>) -> usize {
        0
    }

    fn run_pending(&mut self, n: usize, _: &mut Progress<'_>) -> Result<(), usize> {
        Err(n)
    }

    fn judge(&mut self, _: &Shown<'_, V>, _: &H, _: &Progress<'_>, _: Setup<'_>) {}

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

/// A candidate after the earlier ones. Walks go to the earlier ones first, so that the order is that of the call site.
pub struct Candidate<R, F, U> {
    earlier: R,
    state: State<F, U>,
    result: CandidateResult,
}

impl<R: fmt::Debug, F, U> fmt::Debug for Candidate<R, F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("earlier", &self.earlier)
            .field("name", &self.result.name())
            .finish_non_exhaustive()
    }
}

enum State<F, U> {
    Pending(F),
    Refused(F),
    Returned(U),
    Panicked(Panic),
    Gone,
}

impl<R, F: FnOnce() -> U, U> Candidate<R, F, U> {
    #[inline]
    pub(crate) fn new(earlier: R, name: &'static str, candidate: F) -> Self {
        Self { earlier, state: State::Pending(candidate), result: CandidateResult::skipped(name, None) }
    }
}

impl<R: CandidateResults, F, U> CandidateResults for Candidate<R, F, U> {
    fn count(&self) -> usize {
        self.earlier.count() + 1
    }

    fn result(&self, index: usize) -> Option<&CandidateResult> {
        if index == self.earlier.count() { Some(&self.result) } else { self.earlier.result(index) }
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

    #[inline]
    fn admit(&mut self, setup: Setup<'_>) -> usize {
        let earlier = self.earlier.admit(setup);
        let name = self.result.name();
        let duplicate =
            (0..self.earlier.count()).filter_map(|index| self.earlier.result(index)).any(|other| other.name() == name);
        if !duplicate && name::check(name).is_ok() {
            return earlier + 1;
        }
        self.result.reason = Some(Reason::InvalidName);
        if let State::Pending(candidate) = mem::replace(&mut self.state, State::Gone) {
            self.state = State::Refused(candidate);
        }
        setup.failed(Operation::Name, Some(name), None);
        earlier
    }

    #[inline]
    fn run_pending(&mut self, n: usize, progress: &mut Progress<'_>) -> Result<(), usize> {
        let Err(n) = self.earlier.run_pending(n, progress) else { return Ok(()) };
        match mem::replace(&mut self.state, State::Gone) {
            State::Pending(candidate) if n == 0 => {
                let (returned, observation) = progress.observe(self.result.name(), candidate);
                self.result.observation = observation;
                self.state = match returned {
                    Ok(value) => State::Returned(value),
                    Err(panic) => State::Panicked(panic),
                };
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

    #[inline]
    fn discard(&mut self, setup: Setup<'_>) {
        self.earlier.discard(setup);
        let state = mem::replace(&mut self.state, State::Gone);
        if let Err(panic) = discard(state) {
            setup.failed(Operation::Drop, Some(self.result.name()), panic.message());
        }
    }
}
