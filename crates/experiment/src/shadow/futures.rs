//! The same for futures: the candidate in the caller's task, the old code in one of its own.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::{OFFERED, tell_without_control};
use crate::around::{After, Around, let_go};
use crate::asynchronous::{Asynchronous, Task, finish_pending, poll_contained};
use crate::background::finish;
use crate::candidates::{Candidates, Futures, Runnable};
use crate::comparison::{Comparator, Observing, Rules};
use crate::context::Entries;
use crate::definition::{OwnedSetup, Setup};
use crate::description::{Describe, Explain};
use crate::dropped::{Cancelling, Charge};
use crate::failure::{Operation, Panic, contain};
use crate::how::{How, Judgement};
use crate::limits::Permit;
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::progress::Progress;
use crate::promotion::{Surrender, await_apart};
use crate::run::Run;
use crate::seen::Seen;
use crate::watch::Ticket;
use crate::who::{Classify, MaybeKey, Who};

impl<T, F, V, L, K, C, I, D, E, G, B, A, X, S, Q>
    Run<'_, T, Asynchronous<F>, V, L, How<Observing<K, V>, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    T: 'static,
    F: Future<Output = T> + Send + 'static,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
    K: Fn(&T) -> V + Send,
    V: Send + 'static,
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Futures + Surrender<T> + Send> + Send + 'static,
    C: Comparator<V, V>,
    I: Rules<V, V>,
    D: Describe<V>,
    E: Explain<V, V>,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
{
    /// As [`run_in_background`](Run::run_in_background) of futures, for a control that owns what it holds: so a
    /// [promoted](crate::Experiment::promote) candidate keeps its shadow.
    ///
    /// Without one, it is the same. With one, that candidate is awaited in the task of the caller, who gets its value at
    /// once; the control and the other candidates follow in a task of their own, which `spawn` gives to the runtime, and are
    /// compared as ever, `control` being the old code. A call without that candidate awaits its control alone. Dropping the
    /// caller's future before it has its value stops all.
    ///
    /// The [deadline](crate::Experiment::set_deadline) holds for the old code, too: past it, it is stopped, the run is counted
    /// as cancelled before its control, and its candidates as [`Dropped`](crate::Outcome::Dropped),
    /// [behind](crate::Reason::BehindLate) it.
    ///
    /// ```
    /// # mod tokio { pub fn spawn(task: experiment::Task) {
    /// #     let mut task = Box::pin(task);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(task.as_mut().poll(&mut context).is_ready());
    /// # } }
    /// # async fn answer(lab: &experiment::Lab) -> u32 {
    /// lab.experiment("users-query")
    ///     .control_async(async { 7 })
    ///     .candidate("new", async { 8 })
    ///     .observe(|user| *user)
    ///     .run_in_background_with_shadow(|task| drop(tokio::spawn(task)))
    ///     .await
    /// # }
    /// # let lab = experiment::Lab::new();
    /// # lab.experiment("users-query").declare_candidate("new")?;
    /// # lab.experiment("users-query").promote("new")?;
    /// # let mut run = std::pin::pin!(answer(&lab));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert_eq!(run.as_mut().poll(&mut context), std::task::Poll::Ready(8));
    /// # assert_eq!(lab.experiment("users-query").report().candidates[0].mismatches(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// When the control, or the promoted candidate, panics, with the very same payload.
    pub async fn run_in_background_with_shadow(self, spawn: impl FnOnce(Task)) -> T {
        let Some(promoted) = self.setup().promoted() else { return self.run_in_background(spawn).await };
        let drawn = self.draw();
        let (setup, Asynchronous(control), candidates, how, around) = self.into_parts();
        let bytes = size_of::<(V, F, L::Prepared, How<Observing<K, V>, C, I, D, E>, After<A, X>)>();
        let bytes = bytes.saturating_add(around.holds);
        let permit = || setup.permit(setup.owned(), bytes);
        let (entered, permit) = match around.admit(setup, Some(promoted), drawn, permit) {
            Ok(beside) => beside,
            Err(apart) => return await_apart(setup, apart, control, candidates, how).await,
        };
        let mut candidates = candidates.prepare();
        if !candidates.offers(promoted) {
            // The call has no such candidate, or one of another type.
            candidates.discard(setup);
            let_go(setup, how);
            let_go(setup, entered.hook);
            return control.await;
        }
        let run = setup.recorder().start_run();
        let pending = candidates.admit(setup, run);
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.background.begin();
        let mut candidates = Cancelling::new(setup.owned(), run, entered.seat, candidates);
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        poll_fn(|context| candidates.list().poll_named(promoted, &mut progress, setup, context)).await;
        let value = candidates.list().surrender(promoted).expect(OFFERED);
        // Until it is judged.
        candidates.list().decide(promoted, Judgement::without_comparison(Outcome::Cancelled, None));
        let seen = Seen::of(setup, &value, &how.projection.project);
        progress.tell_clock_failure(setup);
        let shadow = Shadow {
            permit,
            setup: setup.owned(),
            run,
            control: Box::pin(control),
            promoted,
            seen,
            pending: pending - 1,
            candidates,
            how,
            entered,
        };
        let task = Task::of(shadow.follow());
        if let Err(panic) = contain(|| spawn(task)) {
            setup.failed(Operation::Execute, None, panic.message());
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// The old code and the other candidates, once the caller has the promoted candidate's value.
struct Shadow<V, F, L, H, N>
where
    L: Runnable<V, H>,
{
    permit: Permit<OwnedSetup>,
    setup: OwnedSetup,
    run: u64,
    control: Pin<Box<F>>,
    promoted: &'static str,
    /// What the promoted candidate shows.
    seen: Seen<V>,
    /// How many other candidates may run.
    pending: usize,
    candidates: Cancelling<OwnedSetup, L, V, H>,
    how: H,
    entered: N,
}

impl<V, F, T, L, K, C, I, D, E, A, X> Shadow<V, F, L, How<Observing<K, V>, C, I, D, E>, After<A, X>>
where
    F: Future<Output = T>,
    K: Fn(&T) -> V,
    L: Runnable<V, How<Observing<K, V>, C, I, D, E>> + Futures,
    C: Comparator<V, V>,
    I: Rules<V, V>,
    D: Describe<V>,
    E: Explain<V, V>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    async fn follow(self) {
        // The permit is last, so where the task is dropped it is given back before the candidates leave the background.
        let Self { setup: owned, run, mut control, promoted, seen, pending, mut candidates, mut how, entered, permit } =
            self;
        let setup = owned.borrowed();
        if setup.is_switched_off() {
            // The switch was thrown while the task waited for its turn. What is dropped here is counted as cancelled.
            let_go(setup, control);
            drop(permit);
            drop(candidates);
            let_go(setup, entered.hook);
            let_go(setup, how);
            return let_go(setup, seen);
        }
        let mut picker = setup.picker(run);
        let mut pending = pending + 1;
        let mut observation = Observation::not_started(CONTROL);
        let mut shown = None;
        let ticket = Arc::new(Ticket::new(owned.clone(), run, observation.clone(), entered.seat));
        setup.equipment.watch.register(&ticket);
        let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
        let mut charge = Charge::new(&permit, setup, false);
        while pending > 0 {
            let picked = picker.pick(pending, shown.is_none());
            progress.begin();
            if shown.is_none() && picked == 0 {
                // Its value is looked at and dropped right there, so that it need not be `Send`.
                // Borrowed for it alone, so that the projection need not be `Sync` either.
                let project = &mut how.projection.project;
                let ended = poll_fn(|context| {
                    if progress.is_late(CONTROL, context) {
                        return Poll::Ready(None);
                    }
                    poll_contained(control.as_mut(), context).map(|returned| {
                        let value = progress.end(&mut observation, returned).returned;
                        let seen = look(setup, &value, project);
                        let_go(setup, value);
                        Some(seen)
                    })
                });
                shown = ended.await;
                if shown.is_none() {
                    break;
                }
            } else {
                let candidate = picked - usize::from(shown.is_none());
                charge.begin(progress.now());
                finish_pending(candidates.list(), candidate, &mut progress, setup).await;
                charge.end(progress.spent());
            }
            pending -= 1;
        }
        progress.tell_clock_failure(setup);
        let mut candidates = candidates.into_list();
        let Some(control_seen) = shown else {
            // Dropping a future is how it is stopped.
            let_go(setup, control);
            drop(charge);
            let dropped = (Outcome::Dropped, Some(Reason::BehindLate));
            tell_without_control(setup, run, entered.seat, promoted, &mut candidates, dropped);
            let_go(setup, entered.hook);
            let_go(setup, how);
            let_go(setup, seen);
            drop(permit);
            return setup.equipment.background.end();
        };
        candidates.judge(&control_seen.shown(), &how, &progress, setup);
        let case = progress.case(promoted, setup);
        candidates.decide(promoted, how.judge_seen(&control_seen.shown(), &seen.shown(), &case));
        progress.pair_up(&candidates, setup);
        drop(charge);
        finish(setup, run, &observation, candidates, entered, Some(progress.now()));
        let_go(setup, control);
        let_go(setup, control_seen);
        let_go(setup, how);
        let_go(setup, seen);
        drop(permit);
        setup.equipment.background.end();
    }
}

/// Asks for more of the projection than it needs, so that whoever holds it across an await holds it alone.
fn look<T, V>(setup: Setup<'_>, value: &Result<T, Panic>, project: &mut impl Fn(&T) -> V) -> Seen<V> {
    Seen::of(setup, value, &*project)
}
