//! What a call site said besides behaviours and comparing: a condition, hooks, context.

use std::fmt;

use crate::context::NoContext;
use crate::definition::Setup;
use crate::failure::{Operation, contain, discard};
use crate::observation::RunResult;

/// Condition, hooks and context of a call.
pub struct Around<G = fn() -> bool, B = fn(), A = fn(&RunResult<'_>), X = NoContext> {
    pub(crate) condition: Option<G>,
    pub(crate) before: Option<B>,
    pub(crate) after: Option<A>,
    pub(crate) context: X,
}

impl Around {
    #[inline]
    pub(crate) fn nothing() -> Self {
        Self { condition: None, before: None, after: None, context: NoContext }
    }
}

impl<G, B, A, X> fmt::Debug for Around<G, B, A, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

impl<G: FnOnce() -> bool, B: FnOnce(), A, X> Around<G, B, A, X> {
    /// Decides whether the call takes part, and if so calls the hook that comes before all behaviours. `permit` asks the limits, after everything
    /// else said yes.
    #[inline]
    pub(crate) fn enter<P>(self, setup: Setup<'_>, permit: impl FnOnce() -> Option<P>) -> Option<(After<A, X>, P)> {
        let Self { condition, before, after, context } = self;
        let permit = if takes_part(setup, condition) { permit() } else { None };
        let Some(permit) = permit else {
            let_go(setup, before);
            let_go(setup, after);
            return None;
        };
        if let Some(before) = before
            && let Err(panic) = contain(before)
        {
            setup.failed(Operation::Before, None, panic.message());
        }
        Some((After { after, context }, permit))
    }
}

#[inline]
fn takes_part(setup: Setup<'_>, condition: Option<impl FnOnce() -> bool>) -> bool {
    if !setup.takes_part() {
        let_go(setup, condition);
        return false;
    }
    let Some(condition) = condition else { return true };
    contain(condition).unwrap_or_else(|panic| {
        setup.failed(Operation::RunIf, None, panic.message());
        false
    })
}

/// What is left for the end of a run.
#[derive(Debug)]
pub(crate) struct After<A, X> {
    pub(crate) after: Option<A>,
    pub(crate) context: X,
}

impl<A: FnOnce(&RunResult<'_>), X> After<A, X> {
    /// Calls the hook that comes after publishing.
    #[inline]
    pub(crate) fn leave(self, setup: Setup<'_>, result: &RunResult<'_>) {
        if let Some(after) = self.after
            && let Err(panic) = contain(|| after(result))
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
