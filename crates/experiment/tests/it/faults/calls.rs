//! Calls that say everything a call can say, in every mode.

use std::future::poll_fn;
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
}

impl Mode {
    pub(crate) const ALL: [Self; 10] = [
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
    ];

    /// Whether the caller gets the candidate's value.
    pub(crate) fn promotes(self) -> bool {
        matches!(self, Self::Promoted | Self::Shadow | Self::AsyncShadow)
    }

    /// Whether a thread of the executor goes on while the caller waits for nothing but its own value.
    fn uses_a_thread(self) -> bool {
        matches!(self, Self::Background | Self::Concurrent | Self::Shadow)
    }
}

/// What a behaviour gives.
struct Answer {
    number: u32,
    /// Whose drop may fail: the candidate's.
    fragile: Option<Weak<State>>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(state) = self.fragile.take().and_then(|state| state.upgrade()) {
            drop(state.visit(Point::DropResult));
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
    let (state, fragile) = (Arc::clone(&world.state), weakly(world));
    move || {
        if point == Point::Candidate && state.planned(point) == Some(Fault::Panic) {
            resume_unwind(Box::new(OfCandidate(number)));
        }
        match state.visit(point) {
            Ok(()) => Ok(Answer { number, fragile: (point == Point::Candidate).then_some(fragile) }),
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
            Ok(()) => Ok(Answer { number: call, fragile: None }),
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

/// Says of a call all that can be said besides its behaviours and how it compares.
macro_rules! dressed {
    ($call:expr, $world:expr, $comparing:ident($comparator:expr)) => {{
        let state = || Arc::clone(&$world.state);
        let [ignore, describe, explain, condition, before, after, cohort] = std::array::from_fn(|_| state());
        $call
            .$comparing($comparator)
            .ignore(move |_, _| ignore.visit(Point::Ignore).is_err())
            .describe_with(move |_| format!("{}", describe.visit(Point::Describe).is_ok()))
            .explain_with(move |_, _| format!("{}", explain.visit(Point::Explain).is_ok()))
            .diff()
            .run_if(move || condition.visit(Point::Condition).is_ok())
            .before(move || drop(before.visit(Point::Before)))
            .after(move |_| drop(after.visit(Point::After)))
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
        let Given { world, errors_only, call, number } = $of;
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
        let Given { world, errors_only, call, number } = $of;
        let state = || Arc::clone(&world.state);
        let future = |point, number| later(state(), point, other(world, point, number));
        in_mode!(
            world,
            errors_only,
            world
                .lab()
                .experiment("x")
                .control_async(later(state(), Point::Control, control(world, call)))
                .candidate("new", future(Point::Candidate, number))
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
    let of = Given { world, errors_only, call, number: candidates_number(call, differs) };
    let run = || match mode {
        Mode::Inline | Mode::Promoted => of_closures!(of, |call| call.run()),
        Mode::Background => of_closures!(of, |call| call.run_in_background()),
        Mode::Concurrent => of_closures!(of, |call| call.run_concurrently()),
        Mode::Shadow => of_closures!(of, |call| call.run_in_background_with_shadow()),
        Mode::Async => of_futures!(of, |call| finished(call.run())),
        Mode::AsyncJoined => of_futures!(of, |call| finished(call.run_concurrently())),
        Mode::AsyncBackground => {
            in_runtime(of, false, |spawn| of_futures!(of, |call| finished(call.run_in_background(spawn))))
        }
        Mode::AsyncShadow => {
            in_runtime(of, false, |spawn| of_futures!(of, |call| finished(call.run_in_background_with_shadow(spawn))))
        }
        // A runtime polls a task when it likes: in every other call before the caller goes on.
        Mode::AsyncTasks => in_runtime(of, call.is_multiple_of(2), |spawn| {
            of_futures!(of, |call| finished(call.run_concurrently_in_tasks(spawn)))
        }),
    };
    let returned = catch_unwind(AssertUnwindSafe(run));
    world.release();
    match returned {
        Ok(Ok(mut answer)) => {
            // How the caller drops what is its own is its own affair.
            answer.fragile = None;
            Got::Value(answer.number)
        }
        Ok(Err(Refused(number))) => Got::Error(number),
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

/// Polls a future of these tests, which are ready after a few polls.
fn finished<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    unreachable!("nothing is pending more than once")
}
