//! Candidates that are chosen at run time: a list of them, of any length, at one place of a call.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::candidates::{Calls, Candidates, Futures, Launch, Runnable, Spread, SpreadTasks};
use crate::comparison::{Comparator, Projection, Rules};
use crate::concurrent::{Beside, CallAway, Errand, FutureAway, Trip};
use crate::definition::Setup;
use crate::description::{Describe, Explain};
use crate::failure::Panic;
use crate::how::{How, Judgement, Shown};
use crate::name::{self, NameError};
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::{Outcome, Reason};
use crate::prepared::has_name;
use crate::progress::Progress;
use crate::promotion::{Kinship, Same, Surrender};
use crate::slot::Slot;

/// Candidates whose number is known only when the program runs: the plug-ins that are installed, the endpoints that a
/// configuration names.
///
/// All have one type, `F`; a `Box<dyn FnOnce() -> T>` joins closures of different ones, with `+ Send` for the background,
/// and a `Pin<Box<dyn Future>>` joins futures. Costs one allocation for the list, and what the boxes cost.
///
/// ```
/// use experiment::{CandidateList, Lab, NameError};
///
/// let lab = Lab::new();
/// let (factor, name) = (3, "users".to_owned());
/// let mut candidates: CandidateList<Box<dyn FnOnce() -> usize>> = CandidateList::new();
/// candidates.push("product", Box::new(|| factor * 5))?;
/// candidates.push("length", Box::new(|| name.len()))?;
/// assert!(matches!(candidates.push("length", Box::new(|| 0)), Err(NameError::Duplicate { name: "length", .. })));
///
/// let answer = lab.experiment("answer").control(|| 15).candidates(candidates).run();
/// assert_eq!(answer, 15);
/// assert_eq!(lab.experiment("answer").report().candidate("product").map(|product| product.matches()), Some(1));
/// # Ok::<(), NameError>(())
/// ```
pub struct CandidateList<F> {
    candidates: Vec<(&'static str, F)>,
}

impl<F> CandidateList<F> {
    /// No candidates.
    pub const fn new() -> Self {
        Self { candidates: Vec::new() }
    }

    /// Adds a candidate. Costs a comparison with the names that are there.
    ///
    /// # Errors
    /// [`NameError`] when the name is empty, longer than 64 bytes, the control's, or that of a candidate of the list; the
    /// candidate is dropped then. A name that the call uses outside the list is found out when it runs: the later one is
    /// skipped, and the failure hook is told.
    pub fn push(&mut self, name: &'static str, candidate: F) -> Result<(), NameError> {
        name::check(name)?;
        if self.names().any(|other| other == name) {
            return Err(NameError::Duplicate { name });
        }
        self.candidates.push((name, candidate));
        Ok(())
    }

    /// The names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.candidates.iter().map(|(name, _)| *name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }
}

impl<F> Default for CandidateList<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> fmt::Debug for CandidateList<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Listed candidates after the earlier ones, as the call site gave them.
pub struct Listed<R, F, U, K, M = Same> {
    earlier: R,
    list: CandidateList<F>,
    /// Makes of each what the call works with.
    kind: fn(F) -> K,
    returns: PhantomData<fn() -> (U, M)>,
}

impl<R, F, U, K, M> Listed<R, F, U, K, M> {
    pub(crate) fn new(earlier: R, list: CandidateList<F>, kind: fn(F) -> K) -> Self {
        Self { earlier, list, kind, returns: PhantomData }
    }
}

impl<R: fmt::Debug, F, U, K, M> fmt::Debug for Listed<R, F, U, K, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("earlier", &self.earlier).field("list", &self.list).finish_non_exhaustive()
    }
}

impl<V, R, F, U, K, M, P, C, I, D, E> Candidates<V, How<P, C, I, D, E>> for Listed<R, F, U, K, M>
where
    R: Candidates<V, How<P, C, I, D, E>>,
    K: Launch,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    type Prepared = PreparedList<R::Prepared, K::Ready, U, M>;

    fn is_empty(&self) -> bool {
        self.list.is_empty() && self.earlier.is_empty()
    }

    fn prepare(self) -> Self::Prepared {
        let Self { earlier, list, kind, .. } = self;
        let slots = list.candidates.into_iter().map(|(name, behavior)| Slot::new(name, None, kind(behavior).ready()));
        PreparedList { earlier: earlier.prepare(), slots: slots.collect(), kinship: PhantomData }
    }
}

/// Listed candidates after the earlier ones, during a run.
pub struct PreparedList<R, F, U, M> {
    earlier: R,
    slots: Vec<Slot<F, U>>,
    /// Whether they return what the control does.
    kinship: PhantomData<fn() -> M>,
}

impl<R: fmt::Debug, F, U, M> fmt::Debug for PreparedList<R, F, U, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.slots.iter().map(Slot::name).collect();
        f.debug_struct("PreparedList").field("earlier", &self.earlier).field("names", &names).finish_non_exhaustive()
    }
}

impl<R: CandidateResults, F, U, M> CandidateResults for PreparedList<R, F, U, M> {
    fn count(&self) -> usize {
        self.earlier.count() + self.slots.len()
    }

    fn result(&self, index: usize) -> Option<&CandidateResult> {
        match index.checked_sub(self.earlier.count()) {
            Some(index) => self.slots.get(index)?.result(),
            None => self.earlier.result(index),
        }
    }
}

impl<V, R, F, U, M, P, C, I, D, E> Runnable<V, How<P, C, I, D, E>> for PreparedList<R, F, U, M>
where
    R: Runnable<V, How<P, C, I, D, E>>,
    P: Projection<U>,
    C: Comparator<V, P::Out>,
    I: Rules<V, P::Out>,
    D: Describe<V> + Describe<P::Out>,
    E: Explain<V, P::Out>,
{
    fn admit(&mut self, setup: Setup<'_>, run: u64) -> usize {
        let earlier = self.earlier.admit(setup, run);
        // Names within the list differ already.
        let slots = self.slots.iter_mut().map(|slot| slot.admit(|name| has_name(&self.earlier, name), setup, run));
        earlier + slots.map(usize::from).sum::<usize>()
    }

    fn judge(&mut self, control: &Shown<'_, V>, how: &How<P, C, I, D, E>, progress: &Progress<'_>, setup: Setup<'_>) {
        self.earlier.judge(control, how, progress, setup);
        self.slots.iter_mut().for_each(|slot| slot.judge(control, how, progress, setup));
    }

    fn decide(&mut self, name: &str, judgement: Judgement) {
        match self.slots.iter_mut().find(|slot| slot.name() == name && slot.has_run()) {
            Some(slot) => slot.decide(judgement),
            None => self.earlier.decide(name, judgement),
        }
    }

    fn fetch_all(&mut self) {
        self.earlier.fetch_all();
        self.slots.iter_mut().for_each(Slot::fetch);
    }

    fn end_all(&mut self, outcome: Outcome, reason: Option<Reason>) {
        self.earlier.end_all(outcome, reason);
        self.slots.iter_mut().for_each(|slot| slot.end(outcome, reason));
    }

    fn hide_all(&mut self) {
        self.earlier.hide_all();
        self.slots.iter_mut().for_each(Slot::hide);
    }

    fn discard(&mut self, setup: Setup<'_>) {
        self.earlier.discard(setup);
        self.slots.iter_mut().for_each(|slot| slot.discard(setup));
    }
}

impl<T, R: Surrender<T>, F, U, M: Kinship<U, T>> Surrender<T> for PreparedList<R, F, U, M> {
    fn offers(&self, name: &str) -> bool {
        self.earlier.offers(name) || (M::SAME && self.slots.iter().any(|slot| slot.waits_as(name)))
    }

    fn keep_only(&mut self, name: &str, setup: Setup<'_>) -> bool {
        let is_earlier = self.earlier.keep_only(name, setup);
        let mut is_kept = is_earlier;
        for slot in &mut self.slots {
            if !is_earlier && M::SAME && slot.name() == name {
                is_kept = true;
            } else {
                slot.discard(setup);
            }
        }
        is_kept
    }

    fn surrender(&mut self, name: &str) -> Option<Result<T, Panic>> {
        let listed = || self.slots.iter_mut().find_map(|slot| slot.surrender::<T, M>(name));
        self.earlier.surrender(name).or_else(listed)
    }
}

impl<R: Calls, F: FnOnce() -> U, U, M> Calls for PreparedList<R, F, U, M> {
    fn call_alone(&mut self) {
        self.earlier.call_alone();
        self.slots.iter_mut().for_each(Slot::call_alone);
    }

    fn call_named(&mut self, name: &str, progress: &mut Progress<'_>, setup: Setup<'_>) {
        self.earlier.call_named(name, progress, setup);
        self.slots.iter_mut().for_each(|slot| slot.call_named(name, progress, setup));
    }

    fn call_pending(&mut self, n: usize, progress: &mut Progress<'_>, setup: Setup<'_>) -> Result<(), usize> {
        let mut left = self.earlier.call_pending(n, progress, setup);
        for slot in &mut self.slots {
            let Err(n) = left else { break };
            left = slot.call_pending(n, progress, setup);
        }
        left
    }
}

impl<R, F, U, M> Spread for PreparedList<R, F, U, M>
where
    R: Spread,
    F: FnOnce() -> U + Send + 'static,
    U: Send + 'static,
{
    fn spread(&mut self, away: &mut dyn FnMut(Box<dyn Errand>)) {
        self.earlier.spread(away);
        for (behavior, place) in self.slots.iter_mut().filter_map(Slot::send_away) {
            away(Box::new(CallAway::new(behavior, place)));
        }
    }
}

impl<R, F, U, M> SpreadTasks for PreparedList<R, F, U, M>
where
    R: SpreadTasks,
    F: Future<Output = U> + Unpin + Send + 'static,
    U: Send + 'static,
{
    fn spread_tasks(&mut self, away: &mut dyn FnMut(Pin<Box<dyn Trip>>)) {
        self.earlier.spread_tasks(away);
        for (behavior, place) in self.slots.iter_mut().filter_map(Slot::send_away) {
            away(Box::pin(FutureAway::new(behavior, place)));
        }
    }
}

impl<R: Futures, F: Future<Output = U> + Unpin, U, M> Futures for PreparedList<R, F, U, M> {
    fn poll_named(
        &mut self,
        name: &str,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        match self.slots.iter_mut().find(|slot| slot.waits_as(name)) {
            Some(slot) => slot.poll_pending(0, progress, setup, context).map(drop),
            None => self.earlier.poll_named(name, progress, setup, context),
        }
    }

    fn poll_beside(&mut self, beside: &Beside<'_>, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()> {
        let mut done = self.earlier.poll_beside(beside, setup, context);
        for slot in &mut self.slots {
            if slot.poll_beside(beside, setup, context).is_pending() {
                done = Poll::Pending;
            }
        }
        done
    }

    fn poll_alone(&mut self, setup: Setup<'_>, context: &mut Context<'_>) -> Poll<()> {
        let mut done = self.earlier.poll_alone(setup, context);
        for slot in &mut self.slots {
            if done.is_pending() {
                break;
            }
            done = slot.poll_alone(setup, context);
        }
        done
    }

    fn poll_pending(
        &mut self,
        n: usize,
        progress: &mut Progress<'_>,
        setup: Setup<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), usize>> {
        let mut left = self.earlier.poll_pending(n, progress, setup, context);
        for slot in &mut self.slots {
            let Poll::Ready(Err(n)) = left else { break };
            left = slot.poll_pending(n, progress, setup, context);
        }
        left
    }
}
