//! Futures in tasks of their own, at the same time as the control in the caller's.

use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::Arc;

use super::away::Travelling;
use super::meeting::{Conclude, Meet, Meeting, Rest};
use crate::around::{After, Around};
use crate::asynchronous::{Asynchronous, poll_contained};
use crate::candidates::{Candidates, Futures, Runnable, SpreadTasks};
use crate::comparison::Observing;
use crate::context::Entries;
use crate::failure::{Operation, contain};
use crate::how::How;
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::progress::Progress;
use crate::promotion::{Surrender, await_apart};
use crate::run::Run;
use crate::seen::Seen;
use crate::task::Task;
use crate::who::{Classify, MaybeKey, Who};

impl<T, F, V, L, K, C, I, D, E, G, B, A, X, S, Q>
    Run<'_, T, Asynchronous<F>, V, L, How<Observing<K, V>, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    F: Future<Output = T>,
    K: Fn(&T) -> V,
    V: Send + 'static,
    L: Candidates<V, How<Observing<K, V>, C, I, D, E>, Prepared: Futures + SpreadTasks + Surrender<T> + Send + 'static>,
    How<Observing<K, V>, C, I, D, E>: Send + 'static,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>) + Send + 'static,
    X: Entries + Send + 'static,
{
    /// Starts each candidate in a task of its own, which `spawn` gives to the runtime, awaits the control in the task of the
    /// caller at the same time, and gives its value as soon as there is one.
    ///
    /// The caller waits for no candidate; results are compared by whoever ends last, in the candidate's task or in one more
    /// that `spawn` gets for it. The control may borrow and is never moved once polled. Dropping the caller's future stops
    /// the control only; its candidates are then recorded as [`Cancelled`](Outcome::Cancelled). A candidate past its
    /// deadline is reported as [`TimedOut`](Outcome::TimedOut) and stopped. A
    /// [promoted](crate::Experiment::promote) candidate runs alone.
    ///
    /// Old and new code compete for processors, connections and locks, so both take longer than alone. The report keeps the
    /// durations of such runs apart, and says so. [`run_concurrently`](Run::run_concurrently) needs no tasks.
    ///
    /// A run for which the lab has no [room](crate::Lab::room_for_futures) starts no task: its candidates are recorded as
    /// [`Dropped`](Outcome::Dropped).
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
    ///     .run_concurrently_in_tasks(|task| drop(tokio::spawn(task)))
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
    pub async fn run_concurrently_in_tasks(self, mut spawn: impl FnMut(Task)) -> T {
        let drawn = self.draw();
        let (setup, Asynchronous(control), candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        // The control may borrow, so it cannot go elsewhere: a promoted candidate runs alone.
        let bytes = size_of::<Rest<V, L::Prepared, How<Observing<K, V>, C, I, D, E>, After<A, X>>>();
        let bytes = bytes.saturating_add(around.holds);
        let permit = || if promoted.is_some() { None } else { setup.permit(setup.owned(), bytes) };
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (entered, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return await_apart(setup, apart, control, candidates, how).await,
        };
        let mut spawn = |task| {
            if let Err(panic) = contain(|| spawn(task)) {
                setup.failed(Operation::Execute, None, panic.message());
            }
        };
        let run = setup.recorder().start_run();
        let mut candidates = candidates.prepare();
        let stay = setup.equipment.room.enter();
        let has_room = stay.is_some();
        let admitted = if has_room { candidates.admit(setup, run) } else { 0 };
        let meeting = Meeting::new(setup, run, entered.seat, (permit, stay), admitted);
        if has_room {
            candidates.spread_tasks(&mut |trip| {
                let meeting = Arc::clone(&meeting) as Arc<dyn Meet>;
                spawn(Task::of(Travelling { trip, meeting }));
            });
        } else {
            candidates.end_all(Outcome::Dropped, Some(Reason::NoRoom));
        }
        let observation = Observation::not_started(CONTROL);
        let rest = Rest { control: observation, seen: Seen::Hidden, candidates, how, entered, is_cancelled: true };
        let mut guard = Bringing { meeting: &meeting, rest: Some(rest) };
        let mut progress = Progress::beside(setup.equipment.clock.start(), run, None);
        let mut control = pin!(control);
        let returned = poll_fn(|context| poll_contained(control.as_mut(), context)).await;
        let mut rest = guard.rest.take().expect("it is taken out only here and when the future is dropped");
        mem::forget(guard);
        let value = progress.end(&mut rest.control, returned).returned;
        progress.tell_clock_failure(setup);
        rest.seen = Seen::of(setup, &value, &rest.how.projection.project);
        rest.is_cancelled = false;
        match meeting.bring(rest) {
            true if has_room => spawn(Task::of(Concluding(Some(Arc::clone(&meeting))))),
            true => meeting.give_up(),
            false => {}
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// Brings what there is when the future of the run is dropped before its control has ended.
struct Bringing<'a, R: Conclude> {
    meeting: &'a Arc<Meeting<R>>,
    rest: Option<R>,
}

impl<R: Conclude> Drop for Bringing<'_, R> {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take()
            && self.meeting.bring(rest)
        {
            self.meeting.conclude(None);
        }
    }
}

/// The conclusion as a task. Where the runtime drops it, there is nobody to compare.
struct Concluding<R: Conclude>(Option<Arc<Meeting<R>>>);

impl<R: Conclude> Future for Concluding<R> {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        if let Some(meeting) = self.0.take() {
            meeting.conclude(None);
        }
        std::task::Poll::Ready(())
    }
}

impl<R: Conclude> Drop for Concluding<R> {
    fn drop(&mut self) {
        if let Some(meeting) = self.0.take() {
            meeting.give_up();
        }
    }
}
