//! The control in the caller's task, and the candidates in one of their own after it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use super::{Asynchronous, finish_pending, poll_contained};
use crate::around::{After, Around, let_go};
use crate::background::finish;
use crate::candidates::{Candidates, Futures, Runnable};
use crate::comparison::Observing;
use crate::context::Entries;
use crate::definition::{OwnedSetup, Setup};
use crate::dropped::{Cancel, Cancelling, Charge, Given};
use crate::failure::{Operation, contain};
use crate::how::How;
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
    F: Future<Output = T>,
    K: Fn(&T) -> V,
    V: Send + 'static,
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Futures + Surrender<T> + Send> + Send + 'static,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
{
    /// Awaits the control in the task of the caller, and lets the candidates follow in a task of their own, which
    /// `spawn` gives to the runtime.
    ///
    /// The control may borrow and is never moved once polled. The caller waits for nothing else; dropping its future
    /// before that stops
    /// the control; its candidates are then recorded as [`Cancelled`](Outcome::Cancelled). Once the caller has its value, they
    /// go on by themselves. A candidate past its deadline is reported as [`TimedOut`](Outcome::TimedOut) and stopped.
    ///
    /// A lab has [room](crate::Lab::room_for_futures) for 1,024 such runs at once, unless it says otherwise: a runtime would take
    /// any number. What there is no room for is recorded as [`Dropped`](Outcome::Dropped), as by a full queue.
    ///
    /// ```
    /// # async fn old_query(id: &u32) -> u32 { *id }
    /// # async fn new_query(id: u32) -> u32 { id }
    /// # mod tokio { pub fn spawn(task: experiment::Task) {
    /// #     let mut task = Box::pin(task);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(task.as_mut().poll(&mut context).is_ready());
    /// # } }
    /// # async fn answer(lab: &experiment::Lab) -> u32 {
    /// let id = 7;
    /// lab.experiment("users-query")
    ///     .control_async(old_query(&id))
    ///     .candidate("new", new_query(id))
    ///     .observe(|user| *user)
    ///     .run_in_background(|task| drop(tokio::spawn(task)))
    ///     .await
    /// # }
    /// # let lab = experiment::Lab::new();
    /// # let mut run = std::pin::pin!(answer(&lab));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(run.as_mut().poll(&mut context).is_ready());
    /// # assert_eq!(lab.experiment("users-query").report().candidates[0].matches(), 1);
    /// ```
    ///
    /// # Panics
    /// When the control panics, with the very same payload.
    pub async fn run_in_background(self, spawn: impl FnOnce(Task)) -> T {
        let drawn = self.draw();
        let (setup, Asynchronous(control), candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        // The control may borrow, so it cannot follow: a promoted candidate runs alone.
        let bytes = size_of::<(V, L, How<Observing<K, V>, C, I, D, E>, After<A, X>)>().saturating_add(around.holds);
        let permit = || if promoted.is_some() { None } else { setup.permit(setup.owned(), bytes) };
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (entered, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return await_apart(setup, apart, control, candidates, how).await,
        };
        let run = setup.recorder().start_run();
        let given = Cancelling::new(setup, run, Given::new(candidates.prepare(), how, entered));
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        let mut control = pin!(control);
        let returned = poll_fn(|context| poll_contained(control.as_mut(), context)).await;
        let mut observation = Observation::not_started(CONTROL);
        let value = progress.end(&mut observation, returned).returned;
        let given = given.into_rest();
        let seen = Seen::of(setup, &value, &given.how.projection.project);
        progress.tell_clock_failure(setup);
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.background.begin();
        let stay = setup.equipment.room.enter();
        let has_room = stay.is_some();
        let following = Following { charge: Charge::new(permit, false), stay, control: observation, seen, given };
        if has_room {
            let task = Task::of(follow(Cancelling::new(setup.owned(), run, following)));
            if let Err(panic) = contain(|| spawn(task)) {
                setup.failed(Operation::Execute, None, panic.message());
            }
        } else {
            following.end_without_room(setup, run);
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// What is left of a run once the caller has its value.
struct Following<V, L, H, N> {
    charge: Charge<OwnedSetup>,
    /// `None` where there is no room for it.
    stay: Option<Stay>,
    control: Observation,
    seen: Seen<V>,
    given: Given<V, L, H, N>,
}

impl<V, L, H, A, X> Cancel for Following<V, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    fn cancel(self, setup: Setup<'_>, run: u64) {
        self.given.cancel(setup, run);
        let_go(setup, self.seen);
        leave(setup, self.charge, self.stay);
    }
}

impl<V, L, H, A, X> Following<V, L, H, After<A, X>>
where
    L: Runnable<V, H>,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    fn end_without_room(self, setup: Setup<'_>, run: u64) {
        let Self { charge, stay, control, seen, given: Given { mut candidates, how, entered, .. } } = self;
        candidates.end_all(Outcome::Dropped, Some(Reason::NoRoom));
        finish(setup, run, &control, candidates, entered, setup.now());
        let_go(setup, how);
        let_go(setup, seen);
        leave(setup, charge, stay);
    }
}

/// The run is in the background no more. Whoever waits for that expects that its permit is back, and its part of the room.
pub(crate) fn leave(setup: Setup<'_>, charge: Charge<OwnedSetup>, stay: Option<Stay>) {
    drop(charge);
    drop(stay);
    setup.equipment.background.end();
}

async fn follow<V, L, P, C, I, D, E, A, X>(
    mut following: Cancelling<OwnedSetup, Following<V, L, How<P, C, I, D, E>, After<A, X>>>,
) where
    L: Runnable<V, How<P, C, I, D, E>> + Futures,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    let (owned, run) = (following.setup().clone(), following.run());
    let setup = owned.borrowed();
    let Following { control, given, .. } = following.rest();
    let ticket = Arc::new(Ticket::new(owned.clone(), run, control.clone(), given.entered.seat));
    let mut pending = if setup.is_switched_off() {
        // The switch was thrown while the task waited for its turn.
        given.candidates.end_all(Outcome::Cancelled, None);
        0
    } else {
        given.candidates.admit(setup, run)
    };
    let mut picker = setup.picker(run);
    setup.equipment.watch.register(&ticket);
    let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
    while pending > 0 {
        let picked = picker.pick(pending, false);
        progress.begin();
        following.rest().charge.begin(progress.now());
        finish_pending(&mut following.rest().given.candidates, picked, &mut progress, setup).await;
        following.rest().charge.end(progress.spent());
        pending -= 1;
    }
    progress.tell_clock_failure(setup);
    let Following { charge, stay, control, seen, given } = following.into_rest();
    let Given { mut candidates, how, entered, .. } = given;
    candidates.judge(&seen.shown(), &how, &progress, setup);
    progress.pair_up(&candidates, setup);
    finish(setup, run, &control, candidates, entered, Some(progress.now()));
    let_go(setup, how);
    let_go(setup, seen);
    leave(setup, charge, stay);
}
