//! The candidates of one call while they run: the list of the call site with room for results.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::candidates::{Calls, Futures, Runnable, Spread, SpreadTasks};
use crate::comparison::{Comparator, Projection, Rules};
use crate::concurrent::{Beside, CallAway, Errand, FutureAway, Trip};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::Panic;
use crate::how::{How, Judgement, Shown};
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::{Outcome, Reason};
use crate::progress::Progress;
use crate::promotion::{Kinship, Surrender};
use crate::slot::Slot;

/// A candidate after the earlier ones, during a run. Walks go to the earlier ones first, so that the order is that of
/// the call site.
pub struct Prepared<R, F, U, M> {
    earlier: R,
    slot: Slot<F, U>,
    /// Whether it returns what the control does.
    kinship: PhantomData<fn() -> M>,
}

impl<R, F, U, M> Prepared<R, F, U, M> {
    #[inline]
    pub(crate) fn new(earlier: R, slot: Slot<F, U>) -> Self {
        Self { earlier, slot, kinship: PhantomData }
    }
}

impl<R: fmt::Debug, F, U, M> fmt::Debug for Prepared<R, F, U, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("earlier", &self.earlier)
            .field("name", &self.slot.name())
            .finish_non_exhaustive()
    }
}

impl<R: CandidateResults, F, U, M> CandidateResults for Prepared<R, F, U, M> {
    fn count(&self) -> usize {
        self.earlier.count() + 1
    }

    fn result(&self, index: usize) -> Option<&CandidateResult> {
        if index == self.earlier.count() {
            return self.slot.result();
        }
        self.earlier.result(index)
    }
}

impl<V, R, F, U, M, P, C, I, D, E> Runnable<V, How<P, C, I, D, E>> for Prepared<R, F, U, M>
where
    R: Runnable<V, How<P, C, I, D, E>>,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    #[inline]
    fn admit(&mut self, setup: Setup<'_>, run: u64) -> usize {
        let earlier = self.earlier.admit(setup, run);
        let is_admitted = self.slot.admit(|name| has_name(&self.earlier, name), setup, run);
        earlier + usize::from(is_admitted)
    }

    #[inline]
    fn judge(&mut self, control: &Shown<'_, V>, how: &How<P, C, I, D, E>, progress: &Progress<'_>, setup: Setup<'_>) {
        self.earlier.judge(control, how, progress, setup);
        self.slot.judge(control, how, progress, setup);
    }

    fn decide(&mut self, name: &str, judgement: Judgement) {
        if self.slot.name() == name && self.slot.has_run() {
            self.slot.decide(judgement);
        } else {
            self.earlier.decide(name, judgement);
        }
    }

    fn fetch_all(&mut self) {
        self.earlier.fetch_all();
        self.slot.fetch();
    }

    fn end_all(&mut self, outcome: Outcome, reason: Option<Reason>) {
        self.earlier.end_all(outcome, reason);
        self.slot.end(outcome, reason);
    }

    fn hide_all(&mut self) {
        self.earlier.hide_all();
        self.slot.hide();
    }

    #[inline]
    fn discard(&mut self, setup: Setup<'_>) {
        self.earlier.discard(setup);
        self.slot.discard(setup);
    }
}

/// Whether a candidate of that name is in the list.
pub(crate) fn has_name(list: &impl CandidateResults, name: &str) -> bool {
    (0..list.count()).filter_map(|index| list.result(index)).any(|other| other.name() == name)
}

impl<T, R: Surrender<T>, F, U, M: Kinship<U, T>> Surrender<T> for Prepared<R, F, U, M> {
    fn offers(&self, name: &str) -> bool {
        self.earlier.offers(name) || (M::SAME && self.slot.waits_as(name))
    }

    fn keep_only(&mut self, name: &str, setup: Setup<'_>) -> bool {
        let is_earlier = self.earlier.keep_only(name, setup);
        if !is_earlier && M::SAME && self.slot.name() == name {
            return true;
        }
        self.slot.discard(setup);
        is_earlier
    }

    fn surrender(&mut self, name: &str) -> Option<Result<T, Panic>> {
        self.earlier.surrender(name).or_else(|| self.slot.surrender::<T, M>(name))
    }
}

impl<R: Calls, F: FnOnce() -> U, U, M> Calls for Prepared<R, F, U, M> {
    fn call_alone(&mut self) {
        self.earlier.call_alone();
        self.slot.call_alone();
    }

    fn call_named(&mut self, name: &str, progress: &mut Progress<'_>, setup: Setup<'_>) {
        self.earlier.call_named(name, progress, setup);
        self.slot.call_named(name, progress, setup);
    }

    #[inline]
    fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize> {
        let Err(n) = self.earlier.call_pending(n, progress, setup) else { return Ok(()) };
        self.slot.call_pending(n, progress, setup)
    }
}

impl<R, F, U, M> Spread for Prepared<R, F, U, M>
where
    R: Spread,
    F: FnOnce() -> U + Send + 'static,
    U: Send + 'static,
{
    fn spread(&mut self, away: &mut dyn FnMut(Box<dyn Errand>)) {
        self.earlier.spread(away);
        if let Some((behavior, place)) = self.slot.send_away() {
            away(Box::new(CallAway::new(behavior, place)));
        }
    }
}

impl<R, F, U, M> SpreadTasks for Prepared<R, F, U, M>
where
    R: SpreadTasks,
    F: Future<Output = U> + Unpin + Send + 'static,
    U: Send + 'static,
{
    fn spread_tasks(&mut self, away: &mut dyn FnMut(Pin<Box<dyn Trip>>)) {
        self.earlier.spread_tasks(away);
        if let Some((behavior, place)) = self.slot.send_away() {
            away(Box::pin(FutureAway::new(behavior, place)));
        }
    }
}

impl<R: Futures, F: Future<Output = U> + Unpin, U, M> Futures for Prepared<R, F, U, M> {
    fn poll_named(
        &mut self,
        name: &str,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.slot.waits_as(name) {
            return self.slot.poll_pending(0, progress, setup, context).map(drop);
        }
        self.earlier.poll_named(name, progress, setup, context)
    }

    fn poll_beside(&mut self, beside: &Beside<'_>, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()> {
        let earlier = self.earlier.poll_beside(beside, setup, context);
        let last = self.slot.poll_beside(beside, setup, context);
        if earlier.is_ready() { last } else { Poll::Pending }
    }

    fn poll_alone(&mut self, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()> {
        match self.earlier.poll_alone(setup, context) {
            Poll::Ready(()) => self.slot.poll_alone(setup, context),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_pending(
        &mut self,
        n: usize,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), usize>> {
        match self.earlier.poll_pending(n, progress, setup, context) {
            Poll::Ready(Err(n)) => self.slot.poll_pending(n, progress, setup, context),
            done_or_waiting => done_or_waiting,
        }
    }
}
