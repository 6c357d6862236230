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
    Async,
    AsyncBackground,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [Self::Inline, Self::Background, Self::Async, Self::AsyncBackground];
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
    move || match state.visit(point) {
        Ok(()) => Ok(Answer { number, fragile: (point == Point::Candidate).then_some(fragile) }),
        Err(Planted) => Err(Refused(number)),
    }
}

fn control(world: &World, call: u32) -> impl Fn() -> Result<Answer, Refused> + use<> {
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

/// Runs one call and gives what came back.
pub(crate) fn run(world: &World, mode: Mode, errors_only: bool, differs: bool) -> Got {
    let call = world.begin(mode == Mode::Background);
    let number = call + u32::from(differs);
    let run = || match mode {
        Mode::Inline => inline(world, errors_only, call, number),
        Mode::Background => background(world, errors_only, call, number),
        Mode::Async => asynchronous(world, errors_only, call, number),
        Mode::AsyncBackground => asynchronous_background(world, errors_only, call, number),
    };
    let returned = catch_unwind(AssertUnwindSafe(run));
    world.release();
    match returned {
        Ok(Ok(answer)) => Got::Value(answer.number),
        Ok(Err(Refused(number))) => Got::Error(number),
        Err(payload) => payload.downcast_ref::<Payload>().map_or(Got::Foreign, |payload| Got::Panic(payload.0)),
    }
}

fn inline(world: &World, errors_only: bool, call: u32, number: u32) -> Result<Answer, Refused> {
    let lab = world.lab();
    in_mode!(
        world,
        errors_only,
        lab.experiment("x")
            .control(control(world, call))
            .candidate("new", other(world, Point::Candidate, number))
            .candidate("another", other(world, Point::Another, number))
            .control_again(Rate::ALWAYS, other(world, Point::ControlAgain, call)),
        |dressed| dressed.run()
    )
}

fn background(world: &World, errors_only: bool, call: u32, number: u32) -> Result<Answer, Refused> {
    let lab = world.lab();
    in_mode!(
        world,
        errors_only,
        lab.experiment("x")
            .control(control(world, call))
            .candidate("new", other(world, Point::Candidate, number))
            .candidate("another", other(world, Point::Another, number))
            .control_again(Rate::ALWAYS, other(world, Point::ControlAgain, call)),
        |dressed| dressed.run_in_background()
    )
}

fn asynchronous(world: &World, errors_only: bool, call: u32, number: u32) -> Result<Answer, Refused> {
    let (lab, future) = (world.lab(), |point| (Arc::clone(&world.state), point));
    let [of_control, candidate, another, again] =
        [Point::Control, Point::Candidate, Point::Another, Point::ControlAgain].map(future);
    in_mode!(
        world,
        errors_only,
        lab.experiment("x")
            .control_async(later(of_control.0, of_control.1, control(world, call)))
            .candidate("new", later(candidate.0, candidate.1, other(world, Point::Candidate, number)))
            .candidate("another", later(another.0, another.1, other(world, Point::Another, number)))
            .control_again(Rate::ALWAYS, later(again.0, again.1, other(world, Point::ControlAgain, call))),
        |dressed| finished(dressed.run())
    )
}

fn asynchronous_background(world: &World, errors_only: bool, call: u32, number: u32) -> Result<Answer, Refused> {
    let (lab, future) = (world.lab(), |point| (Arc::clone(&world.state), point));
    let [of_control, candidate, another, again] =
        [Point::Control, Point::Candidate, Point::Another, Point::ControlAgain].map(future);
    let mut spawned: Option<Task> = None;
    let spawn = |task| {
        if world.state.visit(Point::Spawner).is_ok() {
            spawned = Some(task);
        }
    };
    let run = AssertUnwindSafe(|| {
        in_mode!(
            world,
            errors_only,
            lab.experiment("x")
                .control_async(later(of_control.0, of_control.1, control(world, call)))
                .candidate("new", later(candidate.0, candidate.1, other(world, Point::Candidate, number)))
                .candidate("another", later(another.0, another.1, other(world, Point::Another, number)))
                .control_again(Rate::ALWAYS, later(again.0, again.1, other(world, Point::ControlAgain, call))),
            |dressed| finished(dressed.run_in_background(spawn))
        )
    });
    let returned = catch_unwind(run);
    // The caller has its value, or its panic, and nothing of the task has run.
    if let Some(task) = spawned {
        finished(task);
    }
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
