//! The same for futures: the candidate in the caller's task, the old code in one of its own.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::OFFERED;
use crate::around::{After, Around, let_go};
use crate::asynchronous::{Asynchronous, finish_pending, leave, poll_contained};
use crate::background::finish;
use crate::candidates::{Candidates, Futures, Runnable};
use crate::comparison::{Comparator, Observing, Rules};
use crate::context::Entries;
use crate::definition::{OwnedSetup, Setup};
use crate::description::{Describe, Explain};
use crate::dropped::{Cancel, Cancelling, Charge, Given};
use crate::failure::{Operation, contain};
use crate::how::{How, Judgement};
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::progress::Progress;
use crate::promotion::{Surrender, await_apart};
use crate::room::Stay;
use crate::run::Run;
use crate::seen::Seen;
use crate::task::Task;
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
    /// caller's future before it has its value stops all. Where the lab has no [room](crate::Lab::room_for_futures) for it, the
    /// candidates are counted as [`Dropped`](crate::Outcome::Dropped), and the run as cancelled before its control.
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
        let given = Given::new(candidates, how, entered);
        let mut old = Cancelling::new(setup, run, WithControl { control: Box::pin(control), given });
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        poll_fn(|context| old.rest().given.candidates.poll_named(promoted, &mut progress, setup, context)).await;
        let mut old = old.into_rest();
        let value = old.given.candidates.surrender(promoted).expect(OFFERED);
        // Until it is judged.
        old.given.candidates.decide(promoted, Judgement::without_comparison(Outcome::Cancelled, None));
        let seen = Seen::of(setup, &value, &old.given.how.projection.project);
        progress.tell_clock_failure(setup);
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.background.begin();
        let (charge, stay) = (Charge::new(permit, false), setup.equipment.room.enter());
        let has_room = stay.is_some();
        let shadow = Shadow { charge, stay, old, promoted, seen, control_seen: None, pending: pending - 1 };
        if has_room {
            let task = Task::of(follow(Cancelling::new(setup.owned(), run, shadow)));
            if let Err(panic) = contain(|| spawn(task)) {
                setup.failed(Operation::Execute, None, panic.message());
            }
        } else {
            shadow.end_without_control(setup, run, (Outcome::Dropped, Some(Reason::NoRoom)));
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// The old code, and what the call site gave beside it.
struct WithControl<F, R> {
    control: Pin<Box<F>>,
    given: R,
}

impl<F, R: Cancel> Cancel for WithControl<F, R> {
    fn cancel(self, setup: Setup<'_>, run: u64) {
        self.given.cancel(setup, run);
        let_go(setup, self.control);
    }
}

/// The old code and the other candidates, once the caller has the promoted candidate's value.
struct Shadow<V, F, L, H, N> {
    charge: Charge<OwnedSetup>,
    /// `None` where there is no room for it.
    stay: Option<Stay>,
    old: WithControl<F, Given<V, L, H, N>>,
    promoted: &'static str,
    /// What the promoted candidate shows.
    seen: Seen<V>,
    /// What the old code shows, once it has ended.
    control_seen: Option<Seen<V>>,
    /// How many other candidates may run.
    pending: usize,
}

impl<V, F, L, H, A, X> Cancel for Shadow<V, F, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    fn cancel(self, setup: Setup<'_>, run: u64) {
        self.old.cancel(setup, run);
        let_go(setup, self.seen);
        let_go(setup, self.control_seen);
        leave(setup, self.charge, self.stay);
    }
}

impl<V, F, L, H, A, X> Shadow<V, F, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    /// Records that there was nothing to compare with.
    fn end_without_control(self, setup: Setup<'_>, run: u64, (outcome, reason): (Outcome, Option<Reason>)) {
        let Self { charge, stay, old: WithControl { control, mut given }, promoted, seen, .. } = self;
        // Dropping a future is how it is stopped.
        let_go(setup, control);
        given.candidates.end_all(outcome, reason);
        given.candidates.decide(promoted, Judgement::without_comparison(outcome, reason));
        given.tell_without_control(setup, run);
        let_go(setup, seen);
        leave(setup, charge, stay);
    }
}

async fn follow<V, F, T, L, K, C, I, D, E, A, X>(
    mut shadow: Cancelling<OwnedSetup, Shadow<V, F, L, How<Observing<K, V>, C, I, D, E>, After<A, X>>>,
) where
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
    let (owned, run) = (shadow.setup().clone(), shadow.run());
    let setup = owned.borrowed();
    if setup.is_switched_off() {
        // The switch was thrown while the task waited for its turn. What is dropped here is counted as cancelled.
        return drop(shadow);
    }
    let mut picker = setup.picker(run);
    let mut pending = shadow.rest().pending + 1;
    let mut observation = Observation::not_started(CONTROL);
    let seat = shadow.rest().old.given.entered.seat;
    let ticket = Arc::new(Ticket::new(owned.clone(), run, observation.clone(), seat));
    setup.equipment.watch.register(&ticket);
    let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
    while pending > 0 {
        let has_control = shadow.rest().control_seen.is_none();
        let picked = picker.pick(pending, has_control);
        progress.begin();
        if has_control && picked == 0 {
            let ended = poll_fn(|context| {
                if progress.is_late(CONTROL, context) {
                    return Poll::Ready(None);
                }
                let WithControl { control, given } = &mut shadow.rest().old;
                // Its value is looked at and dropped right there, so that it need not be `Send`.
                poll_contained(control.as_mut(), context).map(|returned| {
                    let value = progress.end(&mut observation, returned).returned;
                    let seen = Seen::of(setup, &value, &given.how.projection.project);
                    let_go(setup, value);
                    Some(seen)
                })
            });
            let Some(seen) = ended.await else {
                progress.tell_clock_failure(setup);
                let late = (Outcome::Dropped, Some(Reason::BehindLate));
                return shadow.into_rest().end_without_control(setup, run, late);
            };
            shadow.rest().control_seen = Some(seen);
        } else {
            let candidate = picked - usize::from(has_control);
            shadow.rest().charge.begin(progress.now());
            finish_pending(&mut shadow.rest().old.given.candidates, candidate, &mut progress, setup).await;
            shadow.rest().charge.end(progress.spent());
        }
        pending -= 1;
    }
    progress.tell_clock_failure(setup);
    let Shadow { charge, stay, old, promoted, seen, control_seen, .. } = shadow.into_rest();
    let WithControl { control, given: Given { mut candidates, how, entered, .. } } = old;
    let control_seen = control_seen.expect("the control was among the pending ones");
    candidates.judge(&control_seen.shown(), &how, &progress, setup);
    let case = progress.case(promoted, setup);
    candidates.decide(promoted, how.judge_seen(&control_seen.shown(), &seen.shown(), &case));
    progress.pair_up(&candidates, setup);
    finish(setup, run, &observation, candidates, entered, Some(progress.now()));
    let_go(setup, control);
    let_go(setup, control_seen);
    let_go(setup, how);
    let_go(setup, seen);
    leave(setup, charge, stay);
}
