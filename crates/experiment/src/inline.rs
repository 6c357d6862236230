//! Runs on the caller's thread.

use std::borrow::Borrow;
use std::time::{Duration, Instant};

use crate::around::{After, Around, let_go};
use crate::candidates::{Calls, Candidates, Runnable};
use crate::comparison::Projection;
use crate::context::{Entries, NoContext};
use crate::definition::Setup;
use crate::failure::{Operation, Panic, contain};
use crate::how::{How, Shown};
use crate::mismatch::{Mismatch, Reaction};
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::progress::Progress;
use crate::promotion::{Surrender, run_apart};
use crate::run::Run;
use crate::standing::Draw;
use crate::who::{Classify, MaybeKey, Who};

impl<T, F, V, L, P, C, I, D, E, G, B, A, X, S, Q> Run<'_, T, F, V, L, How<P, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    F: FnOnce() -> T,
    L: Candidates<V, How<P, C, I, D, E>, Prepared: Calls + Surrender<T>>,
    P: Projection<T, Out = V>,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    /// Runs control and candidates on this thread and returns the control's value, whatever the candidates do.
    ///
    /// Switched off or sampled out, the control is called and nothing else. Otherwise the call takes as long as all
    /// behaviours together, and
    /// costs one clock reading more than there are behaviours.
    ///
    /// Where a candidate is [promoted](crate::Experiment::promote), what is said here of the control's value and panic
    /// is true of that candidate's.
    ///
    /// # Panics
    /// When the control panics, with the very same payload, after the candidates have had their turn; and in tests that
    /// ask for it with
    /// [`Reaction::Raise`]. Nothing else that is given here can make it panic, in builds that unwind: with `panic =
    /// "abort"` a candidate's panic ends the process as any other.
    #[inline]
    pub fn run(self) -> T {
        let drawn = self.draw();
        if drawn == Draw::Out { self.run_control() } else { self.run_beside(drawn) }
    }

    #[inline]
    fn run_control(self) -> T {
        let (setup, control, candidates, how, around) = self.into_parts();
        // Before the control, so that a panic of the control never unwinds through what the caller gave besides.
        let_go(setup, candidates);
        let_go(setup, how);
        around.let_go(setup);
        control()
    }

    /// Apart, so that the compiler makes little of calls that take no part.
    #[inline(never)]
    fn run_beside(self, drawn: Draw) -> T {
        let (setup, control, candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        let (After { hook, context, seat }, permit) =
            match around.admit(setup, promoted, drawn, || setup.permit(setup, 0)) {
                Ok(beside) => beside,
                Err(apart) => return run_apart(setup, apart, control, candidates, how),
            };
        let mut candidates = candidates.prepare();
        let mut observation = Observation::not_started(CONTROL);
        let Ran { value, run, ended, spent } = run_all(setup, control, &mut observation, &mut candidates, &how);
        permit.charge(setup.limits(), spent, true);
        drop(permit);
        let_go(setup, how);
        deliver(setup, run, value, &observation, &mut candidates, After { hook, context, seat }, promoted, ended)
    }
}

/// Records and publishes a run for whose end the caller waited, and gives it its value or panic.
#[allow(
    clippy::too_many_arguments,
    reason = "they are the parts of one run, and moving them into a struct would be seen in the figures"
)]
#[inline]
pub(crate) fn deliver<T, V, H, L, A, X>(
    setup: Setup<'_>,
    run: u64,
    value: Result<T, Panic>,
    control: &Observation,
    candidates: &mut L,
    after: After<A, X>,
    promoted: Option<&'static str>,
    ended: Instant,
) -> T
where
    L: Runnable<V, H> + Surrender<T>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    let After { hook, context, seat } = after;
    let experiment = setup.definition.name();
    let result = RunResult { experiment, run, control, candidates, context: &context, seat };
    setup.record(&result, Some(ended));
    setup.publish(&result);
    let raised = raise(setup, &result);
    After { hook, context: NoContext, seat }.leave(setup, &result);
    let value = match promoted.and_then(|name| candidates.surrender(name)) {
        Some(promoted) => {
            let_go(setup, value);
            promoted
        }
        None => value,
    };
    candidates.discard(setup);
    match raised {
        Some(panic) => panic.resume(),
        None => value.unwrap_or_else(|panic| panic.resume()),
    }
}

/// The panic of a mismatch, where it is asked for.
#[inline]
fn raise(setup: Setup<'_>, result: &RunResult<'_>) -> Option<Panic> {
    if setup.reaction() == Reaction::Record { None } else { raise_mismatch(setup, result) }
}

#[cold]
fn raise_mismatch(setup: Setup<'_>, result: &RunResult<'_>) -> Option<Panic> {
    let mismatch = Mismatch::in_result(*result)?;
    contain(|| setup.equipment.raiser.raise(&mismatch)).err()
}

/// The control's side of a run in which candidates took part.
struct Ran<T> {
    value: Result<T, Panic>,
    run: u64,
    ended: Instant,
    /// What the candidates took.
    spent: Duration,
}

/// Runs everything in a drawn order, then judges.
#[inline]
fn run_all<T, V, L, P, C, I, D, E>(
    setup: Setup<'_>,
    control: impl FnOnce() -> T,
    observation: &mut Observation,
    candidates: &mut L,
    how: &How<P, C, I, D, E>,
) -> Ran<T>
where
    L: Runnable<V, How<P, C, I, D, E>> + Calls,
    P: Projection<T, Out = V>,
{
    let run = setup.recorder().start_run();
    let mut picker = setup.picker(run);
    let mut pending = candidates.admit(setup, run) + 1;
    let mut control = Some(control);
    let mut ran = None;
    let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
    while pending > 0 {
        let picked = picker.pick(pending, control.is_some());
        match control.take() {
            Some(control) if picked == 0 => ran = Some(progress.observe(observation, control).returned),
            kept => {
                let candidate = picked - usize::from(kept.is_some());
                control = kept;
                candidates
                    .call_pending(candidate, &mut progress, setup)
                    .expect("the picker stays below the number of those pending");
            }
        }
        pending -= 1;
    }
    let value = ran.expect("the control was among the pending ones");
    progress.tell_clock_failure(setup);
    judge_all(setup, &value, candidates, how, &mut progress);
    Ran { value, run, ended: progress.now(), spent: progress.spent() }
}

#[inline]
pub(crate) fn judge_all<T, V, L, P, C, I, D, E>(
    setup: Setup<'_>,
    value: &Result<T, Panic>,
    candidates: &mut L,
    how: &How<P, C, I, D, E>,
    progress: &mut Progress<'_>,
) where
    L: Runnable<V, How<P, C, I, D, E>>,
    P: Projection<T, Out = V>,
{
    match value.as_ref().map(|value| contain(|| how.projection.see(value))) {
        Err(_) => candidates.judge(&Shown::Panicked, how, progress, setup),
        Ok(Ok(seen)) => {
            candidates.judge(&Shown::Value(seen.borrow()), how, progress, setup);
            let_go(setup, seen);
        }
        Ok(Err(panic)) => {
            setup.failed(Operation::Observe, None, panic.message());
            candidates.judge(&Shown::Hidden, how, progress, setup);
        }
    }
    progress.pair_up(candidates, setup);
}
