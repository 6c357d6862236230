//! Futures beside each other in the task of the caller.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::beside::Beside;
use crate::around::{Around, let_go};
use crate::asynchronous::{Asynchronous, poll_contained};
use crate::candidates::{Candidates, Futures, Runnable};
use crate::comparison::Projection;
use crate::context::Entries;
use crate::definition::Setup;
use crate::dropped::{Cancelling, Given};
use crate::how::How;
use crate::inline::{deliver, judge_all};
use crate::limits::Permit;
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::progress::Progress;
use crate::promotion::{Surrender, await_apart};
use crate::run::Run;
use crate::watch::Alarm;
use crate::who::{Classify, MaybeKey, Who};

impl<T, F, V, L, P, C, I, D, E, G, B, A, X, S, Q>
    Run<'_, T, Asynchronous<F>, V, L, How<P, C, I, D, E>, Around<G, B, A, X, Who<S, Q>>>
where
    F: Future<Output = T>,
    L: Candidates<V, How<P, C, I, D, E>, Prepared: Futures + Surrender<T>>,
    P: Projection<T, Out = V>,
    S: MaybeKey,
    Q: Classify,
    G: FnOnce() -> bool,
    B: FnOnce(),
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    /// Awaits control and candidates beside each other in the task of the caller, and gives the control's value once all
    /// have ended.
    ///
    /// The call takes as long as the slowest of them, and no longer than the experiment's
    /// [deadline](crate::Experiment::set_deadline), or the control: a candidate past it is stopped and recorded as
    /// [`TimedOut`](crate::Outcome::TimedOut). All may borrow, and need not be `Send`. A future that blocks its thread
    /// instead of waiting blocks the control too: give candidates of that kind to
    /// [`run_concurrently_in_tasks`](Run::run_concurrently_in_tasks), after which the caller waits for none.
    ///
    /// Old and new code compete for the thread, connections and locks, so both take longer than alone. The report keeps the
    /// durations of such runs apart, and says so. The order of the lab says who is polled first each time. Where a candidate
    /// is [promoted](crate::Experiment::promote), it has no deadline, and the old code has none either.
    ///
    /// Dropping the future stops all; candidates that had not finished are recorded as
    /// [`Cancelled`](crate::Outcome::Cancelled). Each candidate costs one allocation in calls that take part.
    ///
    /// ```
    /// # async fn old_query(ids: &[u32]) -> usize { ids.len() }
    /// # async fn new_query(ids: &[u32]) -> usize { ids.len() }
    /// # async fn answer(lab: &experiment::Lab) -> usize {
    /// let ids = vec![7, 8];
    /// lab.experiment("users-query")
    ///     .control_async(old_query(&ids))
    ///     .candidate("new", new_query(&ids))
    ///     .run_concurrently()
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
    /// As [`run`](Run::run) of calls that are no futures.
    pub async fn run_concurrently(self) -> T {
        let drawn = self.draw();
        let (setup, Asynchronous(control), candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        let permit = || setup.permit(setup, 0);
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (entered, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return await_apart(setup, apart, control, candidates, how).await,
        };
        let run = setup.recorder().start_run();
        let mut control = pin!(control);
        let mut given = Cancelling::new(setup, run, Given::new(candidates.prepare(), how, entered));
        let admitted = given.rest().candidates.admit(setup, run);
        let control_first = setup.picker(run).pick(admitted + 1, true) == 0;
        let started = setup.now().unwrap_or_else(Instant::now);
        let alarm = Arc::new(Alarm::new(setup.owned(), started));
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.watch.register(&alarm);
        let beside = Beside::new(setup, started).sparing(promoted);
        let mut charge = Charge { permit: &permit, setup, beside, control: None, candidates: None };
        let mut observation = Observation::not_started(CONTROL);
        let mut ran = None;
        poll_fn(|context| {
            let beside = beside.late(!alarm.wake_when_late(context.waker()));
            for is_control in [control_first, !control_first] {
                if is_control && ran.is_none() {
                    if let Poll::Ready(returned) = poll_contained(control.as_mut(), context) {
                        beside.note(&mut observation, returned.is_err());
                        ran = Some(returned);
                        charge.control = observation.duration;
                    }
                } else if !is_control
                    && charge.candidates.is_none()
                    && given.rest().candidates.poll_beside(&beside, setup, context).is_ready()
                {
                    charge.candidates = Some(beside.elapsed());
                }
            }
            if charge.candidates.is_some() && ran.is_some() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let value = ran.expect("it was awaited above");
        let Given { mut candidates, how, entered, .. } = given.into_rest();
        let mut progress = Progress::of_all(setup.equipment.clock.start(), run, &candidates, None);
        progress.tell_clock_failure(setup);
        judge_all(setup, &value, &mut candidates, &how, &mut progress);
        drop(charge);
        drop(permit);
        let_go(setup, how);
        deliver(setup, run, value, &observation, &mut candidates, entered, promoted, progress.now())
    }
}

/// Charges what the candidates took, and what of it the caller waited for, also when the future of the run is dropped.
struct Charge<'a> {
    permit: &'a Permit<Setup<'a>>,
    setup: Setup<'a>,
    beside: Beside<'a>,
    /// When the control had ended, and the last candidate, counted from the beginning.
    control: Option<Duration>,
    candidates: Option<Duration>,
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        let candidates = self.candidates.unwrap_or_else(|| self.beside.elapsed());
        let added = self.control.map_or(Duration::ZERO, |control| candidates.saturating_sub(control));
        self.permit.charge_apart(self.setup.limits(), candidates, added);
    }
}
