//! Behaviours that are futures, without a runtime: tests poll by hand.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, HeldBack, Lab, Limits, Order, Outcome, Task, Threshold};

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future that has all it needs.
pub(crate) fn finish<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn fail<T>() -> T {
    resume_unwind(Box::new("planted"))
}

/// Is ready once the gate is open.
async fn through(gate: &AtomicBool) {
    poll_fn(|_| if gate.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[test]
fn the_controls_value_is_awaited_and_candidates_are_compared() {
    let lab = Lab::new();
    let run =
        lab.experiment("x").control_async(ready(1)).candidate("same", async { 1 }).candidate("other", ready(2)).run();
    assert_eq!(finish(run), 1);
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[1].mismatches()), (1, 1));
}

#[test]
fn futures_may_borrow_and_need_not_be_send() {
    let lab = Lab::new();
    let rows = std::rc::Rc::new(vec![1, 2, 3]);
    let sum = lab.experiment("x").control_async(async { rows.iter().sum::<i32>() }).candidate("new", async { 6 }).run();
    assert_eq!(finish(sum), 6);
}

#[test]
fn a_run_of_send_futures_is_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let lab = Lab::new();
    let run = is_send(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run());
    assert_eq!(finish(run), 1);
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
    assert_eq!(finish(is_send(run.run_in_background(finish))), 1);
}

#[test]
fn behaviours_run_one_after_the_other_in_the_order_of_the_lab() {
    let order_of = |lab: &Lab| {
        let order = RefCell::new(String::new());
        let note = |letter| {
            let order = &order;
            async move { order.borrow_mut().push(letter) }
        };
        finish(
            lab.experiment("x").control_async(note('c')).candidate("one", note('1')).candidate("two", note('2')).run(),
        );
        order.into_inner()
    };
    assert_eq!(order_of(&Lab::new().order(Order::ControlFirst)), "c12");
    assert_eq!(order_of(&Lab::new().order(Order::ControlLast)), "12c");
    let random = Lab::new();
    let orders: std::collections::BTreeSet<_> = (0..300).map(|_| order_of(&random)).collect();
    assert_eq!(orders.len(), 6);
    let seeded = |seed| {
        let lab = Lab::new().order(Order::Seeded(seed));
        (0..20).map(|_| order_of(&lab)).collect::<Vec<_>>()
    };
    assert_eq!(seeded(7), seeded(7));
}

#[test]
fn panics_of_candidates_are_contained_and_those_of_the_control_passed_on() {
    let lab = Lab::new();
    assert_eq!(finish(lab.experiment("x").control_async(ready(1)).candidate("new", async { fail() }).run()), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 1);
    let run = || finish(lab.experiment("y").control_async(async { fail::<u8>() }).candidate("new", ready(1)).run());
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"planted"));
    assert_eq!(lab.experiment("y").report().candidates[0].mismatches(), 1);
}

#[test]
fn durations_are_those_of_the_behaviour_and_not_of_waiting_for_a_turn() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    let take = |millis| {
        let clock = &clock;
        async move { clock.advance(Duration::from_millis(millis)) }
    };
    finish(lab.experiment("x").control_async(take(20)).candidate("new", take(10)).run());
    let report = lab.experiment("x").report();
    let p50 = |latency: &Option<experiment::LatencyReport>| latency.as_ref().expect("it returned").p50.as_millis();
    assert_eq!((p50(&report.control.latency), p50(&report.candidates[0].behavior.latency)), (20, 10));
}

#[test]
fn a_cancelled_probe_does_not_close_a_breaker() {
    let clock = ManualClock::new();
    let once = Threshold::new(1, 1).unwrap();
    let policy = BreakerPolicy::never().panics(once).pause(Duration::from_secs(30)).probes(NonZeroU32::MIN);
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst).breaker(policy);
    let panicking = async { fail::<i32>() };
    finish(lab.experiment("x").control_async(ready(1)).candidate("new", panicking).run());
    let is_open = || lab.experiment("x").report().candidates[0].breaker_is_open;
    assert!(is_open());
    clock.advance(Duration::from_secs(30));
    {
        let mut run = pin!(lab.experiment("x").control_async(ready(1)).candidate("new", pending::<i32>()).run());
        assert!(poll(run.as_mut()).is_pending());
    }
    assert!(is_open(), "it was not seen to be good");
}

#[test]
fn what_a_candidate_took_until_its_run_was_dropped_counts_for_the_limits() {
    let clock = ManualClock::new();
    let limits = Limits::new().added_latency(Duration::from_millis(1));
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst).limits(limits);
    {
        let mut run = pin!(lab.experiment("x").control_async(ready(1)).candidate("new", pending::<i32>()).run());
        assert!(poll(run.as_mut()).is_pending());
        clock.advance(Duration::from_secs(10));
    }
    assert_eq!(finish(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run()), 1);
    assert_eq!(lab.experiment("x").report().held_back[&HeldBack::AddedLatency], 1);
}

#[test]
fn a_dropped_run_records_its_candidates_as_cancelled_and_gives_its_permit_back() {
    let lab = Lab::new().order(Order::ControlFirst).limits(Limits::new().concurrency(std::num::NonZeroUsize::MIN));
    {
        let mut run = pin!(lab.experiment("x").control_async(pending::<u8>()).candidate("new", ready(1)).run());
        assert!(poll(run.as_mut()).is_pending());
        assert_eq!(finish(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run()), 1);
        assert_eq!(lab.experiment("x").report().held_back[&HeldBack::Concurrency], 1);
    }
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 1);
    assert_eq!(finish(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run()), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn a_run_that_is_never_polled_does_nothing() {
    let lab = Lab::new();
    drop(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run());
    assert_eq!(lab.experiment("x").report().runs, 0);
}

#[test]
fn in_the_background_the_control_never_waits_for_a_candidate() {
    let lab = Lab::new();
    let gate = Arc::new(AtomicBool::new(false));
    let for_candidate = Arc::clone(&gate);
    let mut tasks = Vec::new();
    let run = lab.experiment("x").control_async(ready(1)).candidate("waits", async move {
        through(&for_candidate).await;
        1
    });
    assert_eq!(finish(run.observe(|value| *value).run_in_background(|task| tasks.push(task))), 1);
    let mut task = pin!(tasks.pop().expect("it was spawned"));
    assert!(poll(task.as_mut()).is_pending());
    gate.store(true, Ordering::Relaxed);
    assert!(poll(task).is_ready());
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn dropping_the_callers_future_stops_nothing_outside_it() {
    let lab = Lab::new();
    let mut tasks = Vec::new();
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
    finish(run.run_in_background(|task| tasks.push(task)));
    {
        let run = lab.experiment("x").control_async(pending::<u8>()).candidate("new", ready(1)).observe(|value| *value);
        let mut run = pin!(run.run_in_background(|_| unreachable!("the control never ends")));
        assert!(poll(run.as_mut()).is_pending());
    }
    tasks.into_iter().for_each(finish);
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.cancelled_runs, report.still_running), (2, 1, 0));
    assert_eq!(report.candidates[0].matches(), 1);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_task_that_a_runtime_drops_is_recorded_as_cancelled() {
    let lab = Lab::new();
    let run = |spawn: fn(Task)| {
        let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
        finish(run.run_in_background(spawn))
    };
    assert_eq!(run(drop), 1);
    assert_eq!(run(|_| fail()), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 2);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_candidate_past_its_deadline_is_reported_woken_and_stopped() {
    struct CountsWakes(AtomicU32);
    impl Wake for CountsWakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    lab.experiment("x").set_deadline(Duration::from_secs(5));
    let mut tasks = Vec::new();
    let run = lab.experiment("x").control_async(ready(1)).candidate("hangs", pending()).observe(|value| *value);
    finish(run.run_in_background(|task| tasks.push(task)));

    let wakes = Arc::new(CountsWakes(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut context = Context::from_waker(&waker);
    let mut task = pin!(tasks.pop().expect("it was spawned"));
    assert!(task.as_mut().poll(&mut context).is_pending());
    clock.advance(Duration::from_secs(6));
    lab.check_deadlines();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::TimedOut), 1);
    assert!(task.poll(&mut context).is_ready(), "it was stopped");
    assert_eq!(lab.experiment("x").report().candidates[0].outcomes.values().sum::<u64>(), 1);
}

#[test]
fn calls_that_take_no_part_await_the_control_only() {
    let lab = Lab::new();
    lab.switch_off();
    let value = finish(lab.experiment("x").control_async(ready(1)).candidate("new", async { unreachable!() }).run());
    assert_eq!(value, 1);
}
