//! Runs on the caller's thread.

use std::borrow::Borrow;
use std::time::{Duration, Instant};

use crate::around::{Admitted, After, Around, let_go};
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
use crate::promotion::{Surrender, alone};
use crate::run::Run;
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
        let (setup, control, candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        let permit = || setup.permit(setup);
        let admitted = if candidates.is_empty() { Admitted::Off } else { around.admit(setup, promoted, permit) };
        let (After { hook, context, seat }, permit) = match admitted {
            Admitted::Beside(entered, permit) => (entered, permit),
            Admitted::Alone(name) => {
                let_go(setup, how);
                return alone(setup, control, candidates.prepare(), name);
            }
            Admitted::Off => {
                // Before the control, so that a panic of the control never unwinds through what the caller gave besides.
                let_go(setup, candidates);
                let_go(setup, how);
                return control();
            }
        };
        let mut candidates = candidates.prepare();
        let mut observation = Observation::not_started(CONTROL);
        let Ran { value, run, ended, spent } = run_all(setup, control, &mut observation, &mut candidates, &how);
        permit.charge(setup.limits(), spent, true);
        drop(permit);
        let_go(setup, how);
        let result = RunResult {
            experiment: setup.definition.name(),
            run,
            control: &observation,
            candidates: &candidates,
            context: &context,
            seat,
        };
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
}

/// The panic of a mismatch, where it is asked for.
#[inline]
pub(crate) fn raise(setup: Setup<'_>, result: &RunResult<'_>) -> Option<Panic> {
    if setup.reaction() == Reaction::Record {
        return None;
    }
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
    let mut pending = candidates.admit(setup) + 1;
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
