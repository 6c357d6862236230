//! Calls that say everything a call can say, in every mode.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use experiment::{Comparator, Rate, Task};
use serde::{Serialize, Serializer};

use super::Got;
use super::points::{Fault, Point};
use super::world::{Planted, State, World, weakly};

/// How a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    Inline,
    Background,
    Concurrent,
    Async,
    AsyncBackground,
    /// All futures in the caller's task.
    AsyncJoined,
    /// Each future in a task of its own.
    AsyncTasks,
    /// Inline, with the candidate promoted.
    Promoted,
    /// In the background, with the candidate promoted.
    Shadow,
    AsyncShadow,
    /// As those without `Gone`, where the caller drops the future before what it waits for has ended.
    AsyncGone,
    AsyncBackgroundGone,
    AsyncJoinedGone,
    AsyncTasksGone,
    AsyncShadowGone,
}

impl Mode {
    pub(crate) const ALL: [Self; 15] = [
        Self::Inline,
        Self::Background,
        Self::Concurrent,
        Self::Async,
        Self::AsyncBackground,
        Self::AsyncJoined,
        Self::AsyncTasks,
        Self::Promoted,
        Self::Shadow,
        Self::AsyncShadow,
        Self::AsyncGone,
        Self::AsyncBackgroundGone,
        Self::AsyncJoinedGone,
        Self::AsyncTasksGone,
        Self::AsyncShadowGone,
    ];

    /// Whether the caller gets the candidate's value.
    pub(crate) fn promotes(self) -> bool {
        matches!(self, Self::Promoted | Self::Shadow | Self::AsyncShadow | Self::AsyncShadowGone)
    }

    /// Whether the caller drops the future before it has a value.
    pub(crate) fn is_gone(self) -> bool {
        matches!(
            self,
            Self::AsyncGone
                | Self::AsyncBackgroundGone
                | Self::AsyncJoinedGone
                | Self::AsyncTasksGone
                | Self::AsyncShadowGone
        )
    }

    /// Whether a thread of the executor goes on while the caller waits for nothing but its own value.
    fn uses_a_thread(self) -> bool {
        matches!(self, Self::Background | Self::Concurrent | Self::Shadow)
    }
}

/// What a behaviour gives.
struct Answer {
    number: u32,
    /// Of the candidate's.
    fragile: Fragile,
}

/// What may fail when it is dropped.
struct Fragile(Option<(Weak<State>, Point)>);

impl Fragile {
    fn at(world: &World, point: Point) -> Self {
        Self(Some((weakly(world), point)))
    }

    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        if let Some((state, point)) = self.0.take()
            && let Some(state) = state.upgrade()
        {
            drop(state.visit(point));
        }
    }
}

/// The error of a behaviour; the number is that of the call.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Refused(u32);

/// The payload of the control's panic.
struct Payload(u32);

/// That of the candidate's.
struct OfCandidate(u32);

/// What is compared.
struct Seen {
    number: u32,
    state: Arc<State>,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        // The error of an equality is to be wrong.
        self.state.visit(Point::CompareErrors).is_ok() && self.number == other.number
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.state.visit(Point::Serialize).map_err(|Planted| serde::ser::Error::custom("planted"))?;
        serializer.serialize_u32(self.number)
    }
}

type Compared = Result<Seen, Refused>;

struct FaultyComparator(Arc<State>);

impl Comparator<Compared, Compared> for FaultyComparator {
    fn same(&self, control: &Compared, candidate: &Compared) -> bool {
        self.judge(control, candidate) == Some(true)
    }

    fn judge(&self, control: &Compared, candidate: &Compared) -> Option<bool> {
        self.0.visit(Point::Compare).ok()?;
        Some(match (control, candidate) {
            (Ok(control), Ok(candidate)) => control.number == candidate.number,
            (Err(control), Err(candidate)) => control == candidate,
            _ => false,
        })
    }
}

/// A behaviour that is not the control.
fn other(world: &World, point: Point, number: u32) -> impl FnOnce() -> Result<Answer, Refused> + Send + use<> {
    let (state, weak, is_fragile) = (Arc::clone(&world.state), weakly(world), point == Point::Candidate);
    let mut uncalled = if is_fragile { Fragile::at(world, Point::DropCandidate) } else { Fragile(None) };
    move || {
        uncalled.disarm();
        if is_fragile && state.planned(point) == Some(Fault::Panic) {
            resume_unwind(Box::new(OfCandidate(number)));
        }
        match state.visit(point) {
            Ok(()) => Ok(Answer { number, fragile: Fragile(is_fragile.then_some((weak, Point::DropResult))) }),
            Err(Planted) => Err(Refused(number)),
        }
    }
}

fn control(world: &World, call: u32) -> impl Fn() -> Result<Answer, Refused> + Send + use<> {
    let state = Arc::clone(&world.state);
    move || {
        // Its panic is its own.
        if state.planned(Point::Control) == Some(Fault::Panic) {
            resume_unwind(Box::new(Payload(call)));
        }
        match state.visit(Point::Control) {
            Ok(()) => Ok(Answer { number: call, fragile: Fragile(None) }),
            Err(Planted) => Err(Refused(call)),
        }
    }
}

/// A future that is pending once, if it is to be slow, and then does what the closure does.
async fn later<T>(state: Arc<State>, point: Point, behavior: impl FnOnce() -> T) -> T {
    let mut is_slow = state.planned(point) == Some(Fault::Delay);
    poll_fn(|context| {
        if std::mem::take(&mut is_slow) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
    behavior()
}

/// As [`later`], and never ready where nobody is to see it end.
async fn never_if<T>(is_gone: bool, future: impl Future<Output = T>) -> T {
    if is_gone { pending().await } else { future.await }
}

/// Says of a call all that can be said besides its behaviours and how it compares.
macro_rules! dressed {
    ($call:expr, $world:expr, $comparing:ident($comparator:expr)) => {{
        let state = || Arc::clone(&$world.state);
        let [ignore, describe, explain, condition, before, after, cohort] = std::array::from_fn(|_| state());
        let mut uncalled = Fragile::at($world, Point::DropHook);
        $call
            .$comparing($comparator)
            .ignore(move |_, _| ignore.visit(Point::Ignore).is_err())
            .describe_with(move |_| format!("{}", describe.visit(Point::Describe).is_ok()))
            .explain_with(move |_, _| format!("{}", explain.visit(Point::Explain).is_ok()))
            .diff()
            .run_if(move || condition.visit(Point::Condition).is_ok())
            .before(move || drop(before.visit(Point::Before)))
            .after(move |_| {
                uncalled.disarm();
                drop(after.visit(Point::After));
            })
            .context("tenant", "acme")
            .cohort(move || if cohort.visit(Point::Cohort).is_ok() { "large" } else { "" })
    }};
}

/// One call in the given mode, once for each way to compare.
macro_rules! in_mode {
    ($world:expr, $errors_only:expr, $call:expr, |$dressed:ident| $run:expr) => {{
        let (observe, errors) = (Arc::clone(&$world.state), Arc::clone(&$world.state));
        let call = $call.observe(move |answer: &Result<Answer, Refused>| {
            // The error of a projection is to see something else.
            let shift = u32::from(observe.visit(Point::Observe).is_err());
            match answer {
                Ok(answer) => Ok(Seen { number: answer.number + shift, state: Arc::clone(&observe) }),
                Err(refused) => Err(refused.clone()),
            }
        });
        if $errors_only {
            let by = move |_: &Refused, _: &Refused| errors.visit(Point::CompareErrors).is_ok();
            let $dressed = dressed!(call, $world, compare_errors_with(by));
            $run
        } else {
            let $dressed = dressed!(call, $world, compare_by(FaultyComparator(errors)));
            $run
        }
    }};
}

/// One call whose behaviours are closures.
macro_rules! of_closures {
    ($of:expr, |$dressed:ident| $run:expr) => {{
        let Given { world, errors_only, call, number, .. } = $of;
        in_mode!(
            world,
            errors_only,
            world
                .lab()
                .experiment("x")
                .control(control(world, call))
                .candidate("new", other(world, Point::Candidate, number))
                .candidate("another", other(world, Point::Another, number))
                .control_again(Rate::ALWAYS, other(world, Point::ControlAgain, call)),
            |$dressed| $run
        )
    }};
}

/// One call whose behaviours are futures.
macro_rules! of_futures {
    ($of:expr, |$dressed:ident| $run:expr) => {{
        let Given { world, errors_only, call, number, mode } = $of;
        let state = || Arc::clone(&world.state);
        let future = |point, number| later(state(), point, other(world, point, number));
        let is_gone = mode.is_gone();
        in_mode!(
            world,
            errors_only,
            world
                .lab()
                .experiment("x")
                .control_async(never_if(is_gone, later(state(), Point::Control, control(world, call))))
                .candidate("new", never_if(is_gone && mode.promotes(), future(Point::Candidate, number)))
                .candidate("another", future(Point::Another, number))
                .control_again(Rate::ALWAYS, future(Point::ControlAgain, call)),
            |$dressed| $run
        )
    }};
}

/// What one call is about.
#[derive(Clone, Copy)]
struct Given<'a> {
    world: &'a World,
    errors_only: bool,
    /// The number of the call, which the control gives.
    call: u32,
    /// What the candidates give.
    number: u32,
    mode: Mode,
}

/// Runs one call and gives what came back.
pub(crate) fn run(world: &World, mode: Mode, errors_only: bool, differs: bool) -> Got {
    let experiment = world.lab().experiment("x");
    if mode.promotes() {
        experiment.declare_candidate("new").expect("the name can be used");
        experiment.promote("new").expect("it was declared");
    } else {
        experiment.demote();
    }
    let call = world.begin(mode.uses_a_thread());
    let of = Given { world, errors_only, call, number: candidates_number(call, differs), mode };
    let run = || match mode {
        Mode::Inline | Mode::Promoted => Some(of_closures!(of, |call| call.run())),
        Mode::Background => Some(of_closures!(of, |call| call.run_in_background())),
        Mode::Concurrent => Some(of_closures!(of, |call| call.run_concurrently())),
        Mode::Shadow => Some(of_closures!(of, |call| call.run_in_background_with_shadow())),
        Mode::Async | Mode::AsyncGone => of_futures!(of, |call| poll_for(mode, call.run())),
        Mode::AsyncJoined | Mode::AsyncJoinedGone => of_futures!(of, |call| poll_for(mode, call.run_concurrently())),
        Mode::AsyncBackground | Mode::AsyncBackgroundGone => {
            in_runtime(of, false, |spawn| of_futures!(of, |call| poll_for(mode, call.run_in_background(spawn))))
        }
        Mode::AsyncShadow | Mode::AsyncShadowGone => in_runtime(of, false, |spawn| {
            of_futures!(of, |call| poll_for(mode, call.run_in_background_with_shadow(spawn)))
        }),
        // A runtime polls a task when it likes: in every other call before the caller goes on.
        Mode::AsyncTasks | Mode::AsyncTasksGone => in_runtime(of, call.is_multiple_of(2), |spawn| {
            of_futures!(of, |call| poll_for(mode, call.run_concurrently_in_tasks(spawn)))
        }),
    };
    let returned = catch_unwind(AssertUnwindSafe(run));
    world.release();
    match returned {
        Ok(Some(Ok(mut answer))) => {
            // How the caller drops what is its own is its own affair.
            answer.fragile.disarm();
            Got::Value(answer.number)
        }
        Ok(Some(Err(Refused(number)))) => Got::Error(number),
        Ok(None) => Got::Gone,
        Err(payload) => match (payload.downcast_ref(), payload.downcast_ref()) {
            (Some(Payload(number)), _) | (_, Some(OfCandidate(number))) => Got::Panic(*number),
            _ => Got::Foreign,
        },
    }
}

/// What the candidates give in a call; never what the control gives in another one.
pub(crate) fn candidates_number(call: u32, differs: bool) -> u32 {
    if differs { call + 1_000_000 } else { call }
}

/// Runs a call with a runtime that polls what it is given at once, or when the caller has its value or panic.
fn in_runtime<T>(of: Given<'_>, at_once: bool, run: impl FnOnce(&mut dyn FnMut(Task)) -> T) -> T {
    let mut waiting = Vec::new();
    let mut spawn = |task| {
        if of.world.state.visit(Point::Spawner).is_err() {
            drop(task);
        } else if at_once {
            finished(task);
        } else {
            waiting.push(task);
        }
    };
    let returned = catch_unwind(AssertUnwindSafe(|| run(&mut spawn)));
    waiting.into_iter().for_each(finished);
    returned.unwrap_or_else(|payload| resume_unwind(payload))
}

/// So often futures of these tests are polled, which are pending once or for ever.
const POLLS: u32 = 100;

/// Polls a future until it is ready; `None` if it is not.
fn polled<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..POLLS).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    })
}

fn finished<T>(future: impl Future<Output = T>) -> T {
    polled(future).expect("nothing is pending more than once")
}

/// Polls the future of a call, and drops it; `None` if that was before its end, which only some modes are for.
fn poll_for<T>(mode: Mode, future: impl Future<Output = T>) -> Option<T> {
    let value = polled(future);
    assert!(value.is_some() || mode.is_gone(), "nothing is pending more than once");
    value
}
