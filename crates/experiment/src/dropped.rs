//! What becomes of a run of futures whose own future is dropped: its candidates are recorded as cancelled, what they took is
//! charged, and nothing of what the call site gave reaches anybody when it goes.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::around::{After, let_go};
use crate::candidates::Runnable;
use crate::context::Entries;
use crate::definition::{BorrowSetup, Setup};
use crate::limits::{Permit, Usage};
use crate::observation::RunResult;
use crate::outcome::Outcome;
use crate::shadow::tell_of_cancelled;

/// A permit, and what the candidates used of it. That is charged when this is dropped, also where the future of the run is: else
/// a candidate that never ends would cost nothing, and no limit would ever hold it back.
pub(crate) struct Charge<U: AsRef<Usage> + BorrowSetup> {
    permit: Permit<U>,
    inline: bool,
    /// What the candidates that ended took.
    spent: Duration,
    /// When the one that is awaited began.
    since: Option<Instant>,
}

impl<U: AsRef<Usage> + BorrowSetup> Charge<U> {
    /// `inline` is whether the caller waits for the candidates.
    pub(crate) fn new(permit: Permit<U>, inline: bool) -> Self {
        Self { permit, inline, spent: Duration::ZERO, since: None }
    }

    pub(crate) fn begin(&mut self, now: Instant) {
        self.since = Some(now);
    }

    pub(crate) fn end(&mut self, spent: Duration) {
        (self.spent, self.since) = (spent, None);
    }
}

impl<U: AsRef<Usage> + BorrowSetup> Drop for Charge<U> {
    fn drop(&mut self) {
        let setup = self.permit.usage().borrow_setup();
        let awaited = self.since.and_then(|since| Some(setup.now()?.saturating_duration_since(since)));
        let used = self.spent.saturating_add(awaited.unwrap_or_default());
        self.permit.charge(setup.limits(), used, self.inline);
    }
}

/// What is done with the rest of a run whose future is dropped.
pub(crate) trait Cancel {
    /// Records and publishes its candidates as cancelled, and lets go of everything. Never panics.
    fn cancel(self, setup: Setup<'_>, run: u64);
}

/// The rest of a run, which is cancelled when this is dropped before it was taken out: that happens only when the future of the
/// run is.
pub(crate) struct Cancelling<S: BorrowSetup, R: Cancel> {
    setup: S,
    run: u64,
    rest: Option<R>,
}

impl<S: BorrowSetup, R: Cancel> Cancelling<S, R> {
    pub(crate) fn new(setup: S, run: u64, rest: R) -> Self {
        Self { setup, run, rest: Some(rest) }
    }

    pub(crate) fn setup(&self) -> &S {
        &self.setup
    }

    pub(crate) fn run(&self) -> u64 {
        self.run
    }

    pub(crate) fn rest(&mut self) -> &mut R {
        self.rest.as_mut().expect("it is taken out only by `into_rest`, which consumes this")
    }

    pub(crate) fn into_rest(mut self) -> R {
        self.rest.take().expect("it is taken out only here")
    }
}

impl<S: BorrowSetup, R: Cancel> Drop for Cancelling<S, R> {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take() {
            rest.cancel(self.setup.borrow_setup(), self.run);
        }
    }
}

/// What the call site gave besides the control: its candidates, what it said about comparing, and what is left for the end.
pub(crate) struct Given<V, L, H, N> {
    pub(crate) candidates: L,
    pub(crate) how: H,
    pub(crate) entered: N,
    /// What the control shows to the comparison.
    shows: PhantomData<fn() -> V>,
}

impl<V, L, H, N> Given<V, L, H, N> {
    pub(crate) fn new(candidates: L, how: H, entered: N) -> Self {
        Self { candidates, how, entered, shows: PhantomData }
    }
}

impl<V, L, H, A, X> Cancel for Given<V, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    fn cancel(mut self, setup: Setup<'_>, run: u64) {
        self.candidates.end_all(Outcome::Cancelled, None);
        self.tell_without_control(setup, run);
    }
}

impl<V, L, H, A, X> Given<V, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    /// Records and publishes candidates that have ended, of a run whose control has not and never will, and lets go of
    /// everything.
    pub(crate) fn tell_without_control(self, setup: Setup<'_>, run: u64) {
        let Self { mut candidates, how, entered, .. } = self;
        tell_of_cancelled(setup, run, entered.seat, &candidates);
        candidates.discard(setup);
        let_go(setup, entered.hook);
        let_go(setup, how);
    }
}
