//! The candidates of one call, as a list in the type system: nothing is boxed, and each may have a type of its own.
//!
//! There are two lists of the same shape. What the call site writes is a list of [`Candidate`]s, which hold a name and
//! a closure and no more, so that a
//! call that takes no part costs nothing. A run turns it into a list of [`Prepared`] candidates with room for results.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::comparison::{Comparator, Projection, Rules};
use crate::concurrent::{Beside, Errand, Trip};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::Panic;
use crate::how::{How, Judgement, Shown};
use crate::name::CONTROL_AGAIN;
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::{Outcome, Reason};
use crate::prepared::Prepared;
use crate::progress::Progress;
use crate::promotion::{Same, Surrender};
use crate::rate::Rate;
use crate::slot::Slot;

/// A list of candidates that can be judged against a control that shows `V`.
pub trait Candidates<V, H> {
    /// The list with room for results.
    type Prepared: Runnable<V, H>;

    /// Whether there are none.
    fn is_empty(&self) -> bool;

    /// Makes room for results.
    fn prepare(self) -> Self::Prepared;
}

/// A list of candidates during a run.
pub trait Runnable<V, H>: CandidateResults {
    /// Takes out the candidates whose names cannot be used or whose breaker is open in the run of that number, and counts the
    /// others.
    fn admit(&mut self, setup: Setup<'_>, run: u64) -> usize;

    /// Compares every result with the control's.
    fn judge(&mut self, control: &Shown<'_, V>, how: &H, progress: &Progress<'_>, setup: Setup<'_>);

    /// Gives the candidate of that name a judgement that was made elsewhere.
    fn decide(&mut self, name: &str, judgement: Judgement);

    /// Fetches what was left by those that ran elsewhere.
    fn fetch_all(&mut self);

    /// Ends all that were not refused with an outcome that says why nothing was compared.
    fn end_all(&mut self, outcome: Outcome, reason: Option<Reason>);

    /// Leaves all of them out of the result of the run: they have been reported.
    fn hide_all(&mut self);

    /// Drops what is left of the candidates: closures that did not run, results, payloads.
    fn discard(&mut self, setup: Setup<'_>);
}

/// A list of closures during a run.
pub trait Calls {
    /// Calls the only one that is left of the list, and measures nothing.
    fn call_alone(&mut self);

    /// Runs the one of that name, if it has not run yet.
    fn call_named(&mut self, name: &str, progress: &mut Progress<'_>, setup: Setup<'_>);

    /// Runs the `n`-th of those that have not run yet. `Err` holds how many places are left to go beyond this list.
    fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize>;
}

/// A list of closures that may run at the same time, on other threads.
pub trait Spread {
    /// Gives away every closure that may run, each with the place where it leaves what it gives.
    fn spread(&mut self, away: &mut dyn FnMut(Box<dyn Errand>));
}

/// A list of futures that may run at the same time, in tasks of their own.
pub trait SpreadTasks {
    /// Gives away every future that may run, each with the place where it leaves what it gives.
    fn spread_tasks(&mut self, away: &mut dyn FnMut(Pin<Box<dyn Trip>>));
}

/// A list of futures during a run.
pub trait Futures {
    /// Polls the only one that is left of the list, and measures nothing.
    fn poll_alone(&mut self, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()>;

    /// Polls the one of that name, if it has not ended yet; ready once it has.
    fn poll_named(
        &mut self,
        name: &str,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<()>;

    /// Polls all that have not ended yet; ready once they all have.
    fn poll_beside(&mut self, beside: &Beside<'_>, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()>;

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
    type Prepared = Self;

    #[inline]
    fn is_empty(&self) -> bool {
        true
    }

    #[inline]
    fn prepare(self) -> Self {
        self
    }
}

impl<V, H> Runnable<V, H> for NoCandidates {
    fn admit(&mut self, _: Setup<'_>, _: u64) -> usize {
        0
    }

    fn judge(&mut self, _: &Shown<'_, V>, _: &H, _: &Progress<'_>, _: Setup<'_>) {}

    fn decide(&mut self, _: &str, _: Judgement) {}

    fn fetch_all(&mut self) {}

    fn end_all(&mut self, _: Outcome, _: Option<Reason>) {}

    fn hide_all(&mut self) {}

    fn discard(&mut self, _: Setup<'_>) {}
}

impl<T> Surrender<T> for NoCandidates {
    fn offers(&self, _: &str) -> bool {
        false
    }

    fn keep_only(&mut self, _: &str, _: Setup<'_>) -> bool {
        false
    }

    fn surrender(&mut self, _: &str) -> Option<Result<T, Panic>> {
        None
    }
}

impl Calls for NoCandidates {
    fn call_alone(&mut self) {}

    fn call_named(&mut self, _: &str, _: &mut Progress<'_>, _: Setup<'_>) {}

    fn call_pending(&mut self, n: usize, _: &mut Progress<'_>, _: Setup<'_>) -> Result<(), usize> {
        Err(n)
    }
}

impl Spread for NoCandidates {
    fn spread(&mut self, _: &mut dyn FnMut(Box<dyn Errand>)) {}
}

impl SpreadTasks for NoCandidates {
    fn spread_tasks(&mut self, _: &mut dyn FnMut(Pin<Box<dyn Trip>>)) {}
}

impl Futures for NoCandidates {
    fn poll_named(&mut self, _: &str, _: &mut Progress<'_>, _: Setup<'_>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_beside(&mut self, _: &Beside<'_>, _: Setup<'_>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_alone(&mut self, _: Setup<'_>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

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
pub struct Candidate<R, F, U, M = Same> {
    earlier: R,
    name: &'static str,
    behavior: F,
    /// The share of runs in which the control runs again, if this is that.
    again: Option<Rate>,
    returns: PhantomData<fn() -> (U, M)>,
}

impl<R, F: Launch, U, M> Candidate<R, F, U, M> {
    #[inline]
    pub(crate) fn new(earlier: R, name: &'static str, behavior: F) -> Self {
        Self { earlier, name, behavior, again: None, returns: PhantomData }
    }

    /// The control a second time, in that share of the runs.
    pub(crate) fn again(earlier: R, rate: Rate, behavior: F) -> Self {
        Self { again: Some(rate), ..Self::new(earlier, CONTROL_AGAIN, behavior) }
    }
}

impl<R: fmt::Debug, F, U, M> fmt::Debug for Candidate<R, F, U, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("earlier", &self.earlier).field("name", &self.name).finish_non_exhaustive()
    }
}

impl<V, R, F, U, M, P, C, I, D, E> Candidates<V, How<P, C, I, D, E>> for Candidate<R, F, U, M>
where
    R: Candidates<V, How<P, C, I, D, E>>,
    F: Launch,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    type Prepared = Prepared<R::Prepared, F::Ready, U, M>;

    #[inline]
    fn is_empty(&self) -> bool {
        false
    }

    #[inline]
    fn prepare(self) -> Self::Prepared {
        let slot = Slot::new(self.name, self.again, self.behavior.ready());
        Prepared::new(self.earlier.prepare(), slot)
    }
}
