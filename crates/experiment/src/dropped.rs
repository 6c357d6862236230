//! What becomes of a run of futures whose own future is dropped: its candidates are recorded as cancelled, and what they took is
//! charged.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::candidates::Runnable;
use crate::definition::{BorrowSetup, Setup};
use crate::limits::{Permit, Usage};
use crate::outcome::Outcome;
use crate::shadow::tell_of_cancelled;
use crate::who::Seat;

/// Charges what the candidates took when it is dropped, also where that is because the future of the run was: else a
/// candidate that never ends would cost nothing, and no limit would ever hold it back.
pub(crate) struct Charge<'a, U: AsRef<Usage>> {
    permit: &'a Permit<U>,
    setup: Setup<'a>,
    inline: bool,
    /// What the candidates that ended took.
    spent: Duration,
    /// When the one that is awaited began.
    since: Option<Instant>,
}

impl<'a, U: AsRef<Usage>> Charge<'a, U> {
    pub(crate) fn new(permit: &'a Permit<U>, setup: Setup<'a>, inline: bool) -> Self {
        Self { permit, setup, inline, spent: Duration::ZERO, since: None }
    }

    pub(crate) fn begin(&mut self, now: Instant) {
        self.since = Some(now);
    }

    pub(crate) fn end(&mut self, spent: Duration) {
        (self.spent, self.since) = (spent, None);
    }
}

impl<U: AsRef<Usage>> Drop for Charge<'_, U> {
    fn drop(&mut self) {
        let awaited = self.since.and_then(|since| Some(self.setup.now()?.saturating_duration_since(since)));
        let used = self.spent.saturating_add(awaited.unwrap_or_default());
        self.permit.charge(self.setup.limits(), used, self.inline);
    }
}

/// Counts the run as cancelled when it is dropped, which happens only when the future of the run is.
pub(crate) struct Unfinished<'lab>(pub(crate) Setup<'lab>);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.recorder().count_cancelled_run();
    }
}

/// Candidates that are recorded as cancelled when the future of their run is dropped.
pub(crate) struct Cancelling<S: BorrowSetup, L: Runnable<V, H>, V, H> {
    setup: S,
    run: u64,
    seat: Seat,
    list: Option<L>,
    judges: PhantomData<fn() -> (V, H)>,
}

impl<S: BorrowSetup, L: Runnable<V, H>, V, H> Cancelling<S, L, V, H> {
    pub(crate) fn new(setup: S, run: u64, seat: Seat, list: L) -> Self {
        Self { setup, run, seat, list: Some(list), judges: PhantomData }
    }

    pub(crate) fn list(&mut self) -> &mut L {
        self.list.as_mut().expect("it is taken out only by `into_list`, which consumes this")
    }

    pub(crate) fn into_list(mut self) -> L {
        self.list.take().expect("it is taken out only here")
    }
}

impl<S: BorrowSetup, L: Runnable<V, H>, V, H> Drop for Cancelling<S, L, V, H> {
    fn drop(&mut self) {
        let Some(mut list) = self.list.take() else { return };
        let setup = self.setup.borrow_setup();
        list.end_all(Outcome::Cancelled, None);
        tell_of_cancelled(setup, self.run, self.seat, &list);
        list.discard(setup);
        self.setup.left_the_background();
    }
}
