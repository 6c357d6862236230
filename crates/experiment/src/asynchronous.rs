//! Runs whose behaviours are futures. No runtime is needed: the control is polled where the caller polls, and tasks of
//! their own come from the
//! caller's runtime.

mod background;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

pub(crate) use background::leave;

use crate::around::{Around, let_go};
use crate::candidates::{Candidate, Candidates, Futures, Launch, Runnable};
use crate::comparison::Projection;
use crate::context::Entries;
use crate::definition::Setup;
use crate::dropped::{Cancelling, Charge, Given};
use crate::failure::{Panic, contain};
use crate::how::How;
use crate::inline::{deliver, judge_all};
use crate::listed::{CandidateList, Listed};
use crate::name::CONTROL;
use crate::observation::{Observation, RunResult};
use crate::progress::Progress;
use crate::promotion::{Other, Surrender, await_apart};
use crate::rate::Rate;
use crate::run::Run;
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
    /// [`Cancelled`](crate::Outcome::Cancelled). Each candidate costs one allocation in calls that take part.
    ///
    /// # Panics
    /// As [`run`](Run::run) of calls that are no futures.
    pub async fn run(self) -> T {
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
        let mut picker = setup.picker(run);
        let mut pending = given.rest().candidates.admit(setup, run) + 1;
        let mut ran = None;
        let mut observation = Observation::not_started(CONTROL);
        let mut progress = Progress::new(setup.equipment.clock.start(), run, None);
        let mut charge = Charge::new(permit, true);
        while pending > 0 {
            let picked = picker.pick(pending, ran.is_none());
            progress.begin();
            if ran.is_none() && picked == 0 {
                let returned = poll_fn(|context| poll_contained(control.as_mut(), context)).await;
                ran = Some(progress.end(&mut observation, returned).returned);
            } else {
                let candidate = picked - usize::from(ran.is_none());
                charge.begin(progress.now());
                finish_pending(&mut given.rest().candidates, candidate, &mut progress, setup).await;
                charge.end(progress.spent());
            }
            pending -= 1;
        }
        let value = ran.expect("the control was among the pending ones");
        progress.tell_clock_failure(setup);
        let Given { mut candidates, how, entered, .. } = given.into_rest();
        judge_all(setup, &value, &mut candidates, &how, &mut progress);
        drop(charge);
        let_go(setup, how);
        deliver(setup, run, value, &observation, &mut candidates, entered, promoted, progress.now())
    }
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
