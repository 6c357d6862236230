//! Runs whose behaviours are futures. No runtime is needed: the control is polled where the caller polls, and tasks of
//! their own come from the
//! caller's runtime.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::around::{After, Around, let_go};
use crate::background::finish;
use crate::candidates::{Candidate, Candidates, Futures, Launch, Runnable};
use crate::comparison::{Observing, Projection};
use crate::context::Entries;
use crate::definition::{OwnedSetup, Setup};
use crate::dropped::{Cancelling, Charge, Unfinished};
use crate::failure::{Operation, Panic, contain};
use crate::how::How;
use crate::inline::{deliver, judge_all};
use crate::limits::Permit;
use crate::listed::{CandidateList, Listed};
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::promotion::{Other, Surrender, await_apart};
use crate::rate::Rate;
use crate::run::Run;
use crate::seen::Seen;
use crate::watch::Ticket;
use crate::who::{Classify, MaybeKey, Who};

/// A behaviour that is a future.
#[derive(Debug)]
pub struct Asynchronous<F>(pub(crate) F);

impl<F: Future> Launch for Asynchronous<F> {
    type Ready = Pin<Box<F>>;

    /// Futures must not move once they were polled, and results of a list of them are kept together: hence the box.
    fn ready(self) -> Pin<Box<F>> {
        Box::pin(self.0)
    }
}

impl<'lab, T, F, V, L, P, C, I, D, E, W> Run<'lab, T, Asynchronous<F>, V, L, How<P, C, I, D, E>, W> {
    /// Adds a candidate. Its value is compared and dropped; its panic is contained and recorded.
    pub fn candidate<K: Future<Output = T>>(
        self,
        name: &'static str,
        candidate: K,
    ) -> Run<'lab, T, Asynchronous<F>, V, Candidate<L, Asynchronous<K>, T>, How<P, C, I, D, E>, W> {
        self.and(name, Asynchronous(candidate))
    }

    /// As [`candidate`](Run::candidate), for one of another type than the control's.
    pub fn candidate_of<U, K: Future<Output = U>>(
        self,
        name: &'static str,
        candidate: K,
    ) -> Run<'lab, T, Asynchronous<F>, V, Candidate<L, Asynchronous<K>, U, Other>, How<P, C, I, D, E>, W> {
        self.and(name, Asynchronous(candidate))
    }

    /// Adds candidates that were chosen at run time, such as pinned boxes of futures.
    ///
    /// ```
    /// use std::pin::Pin;
    /// use experiment::CandidateList;
    ///
    /// # async fn new_query(id: u32) -> u32 { id }
    /// # async fn answer(lab: &experiment::Lab) -> Result<u32, experiment::NameError> {
    /// let mut candidates: CandidateList<Pin<Box<dyn Future<Output = u32>>>> = CandidateList::new();
    /// candidates.push("new", Box::pin(new_query(7)))?;
    /// candidates.push("constant", Box::pin(async { 7 }))?;
    /// Ok(lab.experiment("users-query").control_async(async { 7 }).candidates(candidates).run().await)
    /// # }
    /// # let lab = experiment::Lab::new();
    /// # let mut run = std::pin::pin!(answer(&lab));
    /// # assert!(run.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready());
    /// # assert_eq!(lab.experiment("users-query").report().candidates[1].matches(), 1);
    /// ```
    pub fn candidates<K: Future<Output = T>>(
        self,
        list: CandidateList<K>,
    ) -> Run<'lab, T, Asynchronous<F>, V, Listed<L, K, T, Asynchronous<K>>, How<P, C, I, D, E>, W> {
        self.and_listed(list, Asynchronous)
    }

    /// Awaits the control a second time in a share of the runs, to learn how often it differs from itself.
    pub fn control_again<K: Future<Output = T>>(
        self,
        rate: Rate,
        control: K,
    ) -> Run<'lab, T, Asynchronous<F>, V, Candidate<L, Asynchronous<K>, T>, How<P, C, I, D, E>, W> {
        self.and_again(rate, Asynchronous(control))
    }
}

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
    /// Awaits control and candidates one after the other, in the task of the caller, and gives the control's value.
    ///
    /// Dropping the future stops whichever is running; candidates that had not finished are recorded as
    /// [`Cancelled`](Outcome::Cancelled). Each candidate costs one allocation in calls that take part.
    ///
    /// # Panics
    /// As [`run`](Run::run) of calls that are no futures.
    pub async fn run(self) -> T {
        let drawn = self.draw();
        let (setup, Asynchronous(control), candidates, how, around) = self.into_parts();
        let promoted = setup.promoted();
        let permit = || setup.permit(setup, 0);
        let admitted = around.admit(setup, promoted, drawn, permit);
        let (After { hook, context, seat }, permit) = match admitted {
            Ok(beside) => beside,
            Err(apart) => return await_apart(setup, apart, control, candidates, how).await,
        };
        let run = setup.recorder().start_run();
        let mut control = pin!(control);
        let mut candidates = Cancelling::new(setup, run, seat, candidates.prepare());
        let mut picker = setup.picker(run);
        let mut pending = candidates.list().admit(setup, run) + 1;
        let mut ran = None;
        let mut observation = Observation::not_started(CONTROL);
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        let mut charge = Charge::new(&permit, setup, true);
        while pending > 0 {
            let picked = picker.pick(pending, ran.is_none());
            progress.begin();
            if ran.is_none() && picked == 0 {
                let returned = poll_fn(|context| poll_contained(control.as_mut(), context)).await;
                ran = Some(progress.end(&mut observation, returned).returned);
            } else {
                let candidate = picked - usize::from(ran.is_none());
                charge.begin(progress.now());
                finish_pending(candidates.list(), candidate, &mut progress, setup).await;
                charge.end(progress.spent());
            }
            pending -= 1;
        }
        let value = ran.expect("the control was among the pending ones");
        progress.tell_clock_failure(setup);
        let mut candidates = candidates.into_list();
        judge_all(setup, &value, &mut candidates, &how, &mut progress);
        drop(charge);
        drop(permit);
        let_go(setup, how);
        deliver(
            setup,
            run,
            value,
            &observation,
            &mut candidates,
            After { hook, context, seat },
            promoted,
            progress.now(),
        )
    }
}

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
    /// stops the control
    /// only. A candidate past its deadline is reported as [`TimedOut`](Outcome::TimedOut) and stopped.
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
        let unfinished = Unfinished(setup);
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        let mut control = pin!(control);
        let returned = poll_fn(|context| poll_contained(control.as_mut(), context)).await;
        mem::forget(unfinished);
        let mut observation = Observation::not_started(CONTROL);
        let value = progress.end(&mut observation, returned).returned;
        let seen = Seen::of(setup, &value, &how.projection.project);
        progress.tell_clock_failure(setup);
        setup.equipment.watch.start(&setup.equipment.clock);
        setup.equipment.background.begin();
        let candidates = Cancelling::new(setup.owned(), run, entered.seat, candidates.prepare());
        let task = Task::of(follow(setup.owned(), run, observation, seen, candidates, how, entered, permit));
        if let Err(panic) = contain(|| spawn(task)) {
            setup.failed(Operation::Execute, None, panic.message());
        }
        value.unwrap_or_else(|panic| panic.resume())
    }
}

/// The candidates of one run, for a runtime to spawn. It finishes when they have, and never panics.
///
/// ```
/// use experiment::{Lab, Outcome};
///
/// let (lab, mut tasks) = (Lab::new(), Vec::new());
/// let call = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 1 }).observe(|value| *value);
/// let mut call = Box::pin(call.run_in_background(|task| tasks.push(task)));
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(call.as_mut().poll(&mut context).is_ready());
/// drop(call);
/// tasks.clear(); // as a runtime does that shuts down
/// assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 1);
/// ```
#[must_use = "dropping a task counts its candidates as cancelled"]
pub struct Task(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Task {
    pub(crate) fn of(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}

/// What is left to do once the caller has its value.
#[allow(
    clippy::too_many_arguments,
    reason = "they are the parts of one run, and this is the one place that takes all of them"
)]
async fn follow<V, L, P, C, I, D, E, A, X>(
    owned: OwnedSetup,
    run: u64,
    control: Observation,
    seen: Seen<V>,
    mut candidates: Cancelling<OwnedSetup, L, V, How<P, C, I, D, E>>,
    how: How<P, C, I, D, E>,
    entered: After<A, X>,
    permit: Permit<OwnedSetup>,
) where
    L: Runnable<V, How<P, C, I, D, E>> + Futures,
    A: FnOnce(&RunResult<'_>),
    X: Entries,
{
    let setup = owned.borrowed();
    let mut pending = if setup.is_switched_off() {
        // The switch was thrown while the task waited for its turn.
        candidates.list().end_all(Outcome::Cancelled, None);
        0
    } else {
        candidates.list().admit(setup, run)
    };
    let mut picker = setup.picker(run);
    let ticket = Arc::new(Ticket::new(owned.clone(), run, control.clone(), entered.seat));
    setup.equipment.watch.register(&ticket);
    let mut progress = Progress::after_one(setup.equipment.clock.start(), run, Some(&ticket));
    let mut charge = Charge::new(&permit, setup, false);
    while pending > 0 {
        let picked = picker.pick(pending, false);
        progress.begin();
        charge.begin(progress.now());
        finish_pending(candidates.list(), picked, &mut progress, setup).await;
        charge.end(progress.spent());
        pending -= 1;
    }
    progress.tell_clock_failure(setup);
    let mut candidates = candidates.into_list();
    candidates.judge(&seen.shown(), &how, &progress, setup);
    progress.pair_up(&candidates, setup);
    drop(charge);
    finish(setup, run, &control, candidates, entered, Some(progress.now()));
    let_go(setup, how);
    let_go(setup, seen);
    drop(permit);
    setup.equipment.background.end();
}

pub(crate) async fn finish_pending(
    candidates: &mut impl Futures,
    n: usize,
    progress: &mut Progress<'_>,
    setup: Setup<'_>,
) {
    let finished = poll_fn(|context| candidates.poll_pending(n, progress, setup, context)).await;
    finished.expect("the picker stays below the number of those pending");
}

pub(crate) fn poll_contained<F: Future>(
    future: Pin<&mut F>,
    context: &mut Context<'_>,
) -> Poll<Result<F::Output, Panic>> {
    match contain(|| future.poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}
