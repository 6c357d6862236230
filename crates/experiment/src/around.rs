//! What a call site said besides behaviours and comparing: a condition, hooks, context.

use std::fmt;

use crate::context::NoContext;
use crate::definition::Setup;
use crate::failure::{Operation, contain, discard};
use crate::observation::RunResult;
use crate::standing::Draw;
use crate::who::{Classify, MaybeKey, NoCohort, NoKey, Seat, Who};

/// Whom a call is for, its condition, hooks and context.
pub struct Around<G = fn() -> bool, B = fn(), A = fn(&RunResult<'_>), X = NoContext, S = Who> {
    pub(crate) who: S,
    pub(crate) condition: Option<G>,
    pub(crate) before: Option<B>,
    pub(crate) after: Option<A>,
    pub(crate) context: X,
    /// The bytes that the call holds on the heap, as far as its call site says.
    pub(crate) holds: usize,
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
            holds: 0,
        }
    }
}

impl<G, B, A, X, S> fmt::Debug for Around<G, B, A, X, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

/// What runs in a call in which nothing runs beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Apart {
    /// The control.
    Control,
    /// The promoted candidate.
    Promoted(&'static str),
}

impl<G: FnOnce() -> bool, B: FnOnce(), A, X, K: MaybeKey, C: Classify> Around<G, B, A, X, Who<K, C>> {
    /// As far as one look tells, whether the call takes part.
    #[inline]
    pub(crate) fn draw(setup: Setup<'_>) -> Draw {
        setup.draw(Who::<K, C>::SPEAKS)
    }

    /// Drops all of it, in a call that takes no part.
    #[inline]
    pub(crate) fn let_go(self, setup: Setup<'_>) {
        let Self { who, condition, before, after, context: _, holds: _ } = self;
        let_go(setup, who.cohort);
        let_go(setup, condition);
        let_go(setup, before);
        let_go(setup, after);
    }

    /// Decides what the call is to run, where `drawn` is what one look told: `Ok` where candidates run beside the control.
    #[inline]
    pub(crate) fn admit<P>(
        self,
        setup: Setup<'_>,
        promoted: Option<&'static str>,
        drawn: Draw,
        permit: impl FnOnce() -> Option<P>,
    ) -> Result<(After<A, X>, P), Apart> {
        // A call without candidates, or one that is switched off, was not drawn, and needs no hook.
        if let Some(name) = promoted.filter(|_| drawn != Draw::Out) {
            return self.enter_promoted(setup, name, permit);
        }
        self.enter(setup, drawn, permit).ok_or(Apart::Control)
    }

    /// As [`Around::enter`], where a candidate is promoted: the switch, the gate and the condition say whether it may run
    /// at all, and who takes part only whether the old code runs beside it.
    #[cold]
    fn enter_promoted<P>(
        self,
        setup: Setup<'_>,
        name: &'static str,
        permit: impl FnOnce() -> Option<P>,
    ) -> Result<(After<A, X>, P), Apart> {
        let Self { who, condition, before, after, context, holds: _ } = self;
        let is_open = setup.is_on() && setup.is_let_in();
        let may_run = match condition {
            Some(condition) if is_open => says_yes(setup, condition),
            condition => {
                let_go(setup, condition);
                is_open
            }
        };
        if !may_run {
            let_go(setup, who.cohort);
            let_go(setup, before);
            let_go(setup, after);
            return Err(Apart::Control);
        }
        if let Some(before) = before
            && let Err(panic) = contain(before)
        {
            setup.failed(Operation::Before, None, panic.message());
        }
        if let Some((seat, permit)) = who.seat(setup).and_then(|seat| Some((seat, permit()?))) {
            return Ok((After { hook: after, context, seat }, permit));
        }
        let_go(setup, after);
        Err(Apart::Promoted(name))
    }

    /// Decides whether the call takes part, and if so calls the hook that comes before all behaviours. `permit` asks
    /// the limits, after everything
    /// else said yes.
    #[inline]
    fn enter<P>(self, setup: Setup<'_>, drawn: Draw, permit: impl FnOnce() -> Option<P>) -> Option<(After<A, X>, P)> {
        let Self { who, condition, before, after, context, holds: _ } = self;
        let seat = if drawn == Draw::In && condition.is_none() && !setup.has_gate() {
            Some(Seat::PLAIN)
        } else {
            takes_part(setup, who, condition, drawn)
        };
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

/// Out of line: most calls were drawn, and have neither a gate nor a condition.
#[inline(never)]
fn takes_part<K: MaybeKey, C: Classify>(
    setup: Setup<'_>,
    who: Who<K, C>,
    condition: Option<impl FnOnce() -> bool>,
    drawn: Draw,
) -> Option<Seat> {
    let seat = match drawn {
        Draw::In => Some(Seat::PLAIN),
        Draw::Ask => who.seat(setup),
        Draw::Out => {
            let_go(setup, who.cohort);
            None
        }
    };
    let Some(seat) = seat.filter(|_| setup.is_let_in()) else {
        let_go(setup, condition);
        return None;
    };
    let Some(condition) = condition else { return Some(seat) };
    says_yes(setup, condition).then_some(seat)
}

/// Asks the condition; one that fails says no.
#[inline]
fn says_yes(setup: Setup<'_>, condition: impl FnOnce() -> bool) -> bool {
    contain(condition).unwrap_or_else(|panic| {
        setup.failed(Operation::RunIf, None, panic.message());
        false
    })
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
