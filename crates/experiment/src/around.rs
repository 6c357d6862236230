//! What a call site said besides behaviours and comparing: a condition, hooks, context.

use std::fmt;

use crate::context::NoContext;
use crate::definition::Setup;
use crate::failure::{Operation, contain, discard};
use crate::observation::RunResult;
use crate::who::{Classify, MaybeKey, NoCohort, NoKey, Seat, Who};

/// Whom a call is for, its condition, hooks and context.
pub struct Around<G = fn() -> bool, B = fn(), A = fn(&RunResult<'_>), X = NoContext, S = Who> {
    pub(crate) who: S,
    pub(crate) condition: Option<G>,
    pub(crate) before: Option<B>,
    pub(crate) after: Option<A>,
    pub(crate) context: X,
}

impl Around {
    #[inline]
    pub(crate) fn nothing() -> Self {
        Self {
            who: Who { key: NoKey, cohort: NoCohort },
            condition: None,
            before: None,
            after: None,
            context: NoContext,
        }
    }
}

impl<G, B, A, X, S> fmt::Debug for Around<G, B, A, X, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

impl<G: FnOnce() -> bool, B: FnOnce(), A, X, K: MaybeKey, C: Classify> Around<G, B, A, X, Who<K, C>> {
    /// Decides whether the call takes part, and if so calls the hook that comes before all behaviours. `permit` asks
    /// the limits, after everything
    /// else said yes.
    #[inline]
    pub(crate) fn enter<P>(self, setup: Setup<'_>, permit: impl FnOnce() -> Option<P>) -> Option<(After<A, X>, P)> {
        let Self { who, condition, before, after, context } = self;
        let seat = takes_part(setup, who, condition);
        let Some((seat, permit)) = seat.and_then(|seat| Some((seat, permit()?))) else {
            let_go(setup, before);
            let_go(setup, after);
            return None;
        };
        if let Some(before) = before
            && let Err(panic) = contain(before)
        {
            setup.failed(Operation::Before, None, panic.message());
        }
        Some((After { hook: after, context, seat }, permit))
    }
}

#[inline]
fn takes_part<K: MaybeKey, C: Classify>(
    setup: Setup<'_>,
    who: Who<K, C>,
    condition: Option<impl FnOnce() -> bool>,
) -> Option<Seat> {
    let seat = if setup.is_on() {
        who.seat(setup)
    } else {
        let_go(setup, who.cohort);
        None
    };
    let Some(seat) = seat.filter(|_| setup.is_let_in()) else {
        let_go(setup, condition);
        return None;
    };
    let Some(condition) = condition else { return Some(seat) };
    let says_yes = contain(condition).unwrap_or_else(|panic| {
        setup.failed(Operation::RunIf, None, panic.message());
        false
    });
    says_yes.then_some(seat)
}

/// What is left for the end of a run.
#[derive(Debug)]
pub(crate) struct After<A, X> {
    pub(crate) hook: Option<A>,
    pub(crate) context: X,
    pub(crate) seat: Seat,
}

impl<A: FnOnce(&RunResult<'_>), X> After<A, X> {
    /// Calls the hook that comes after publishing.
    #[inline]
    pub(crate) fn leave(self, setup: Setup<'_>, result: &RunResult<'_>) {
        if let Some(hook) = self.hook
            && let Err(panic) = contain(|| hook(result))
        {
            setup.failed(Operation::After, None, panic.message());
        }
    }
}

/// Drops what the caller gave. Its `Drop` may panic.
#[inline]
pub(crate) fn let_go<T>(setup: Setup<'_>, value: T) {
    if let Err(panic) = discard(value) {
        setup.failed(Operation::Drop, None, panic.message());
    }
}
