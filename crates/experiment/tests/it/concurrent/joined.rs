//! Futures beside each other in the task of the caller.

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{HeldBack, Lab, Limits, Outcome};

use crate::asynchronous::finish;

/// Adds one each time it is polled, and is ready once there are so many.
async fn take_turns(turns: &Cell<u32>, until: u32) -> u32 {
    poll_fn(|context| {
        turns.set(turns.get() + 1);
        context.waker().wake_by_ref();
        if turns.get() >= until { Poll::Ready(7) } else { Poll::Pending }
    })
    .await
}

/// Polls until the future is ready, a bounded number of times.
fn poll_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..100 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("it is never ready")
}

#[test]
fn they_take_turns_in_one_task_and_may_borrow() {
    let lab = Lab::new();
    // Each is polled once in a while, so neither would reach the number by itself in so few polls.
    let turns = Cell::new(0);
    let run = lab.experiment("x").control_async(take_turns(&turns, 10)).candidate("new", take_turns(&turns, 11));
    assert_eq!(poll_on(run.run_concurrently()), 7);
    assert!(turns.get() <= 12, "{}", turns.get());
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.still_running), (1, 0));
    assert_eq!(report.control.latency_when_concurrent.as_ref().map(|latency| latency.n), Some(1));
}

#[test]
fn a_candidate_past_its_deadline_is_stopped_and_the_caller_has_its_value() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    struct Stopped<'a>(&'a Cell<bool>);
    impl Drop for Stopped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    let stopped = Cell::new(false);
    let guard = Stopped(&stopped);
    let hangs = async {
        let _guard = guard;
        pending::<u32>().await
    };
    let run = lab.experiment("x").control_async(ready(1)).candidate("hangs", hangs).candidate("new", ready(1));
    let mut run = pin!(run.run_concurrently());
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut poll = || run.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll().is_pending());
    clock.advance(Duration::from_secs(9));
    lab.check_deadlines();
    assert!(!woken.0.load(Ordering::Relaxed) && poll().is_pending() && !stopped.get());
    clock.advance(Duration::from_secs(1));
    lab.check_deadlines();
    assert!(woken.0.load(Ordering::Relaxed));
    assert_eq!((poll(), stopped.get()), (Poll::Ready(1), true));
    let report = lab.experiment("x").report();
    let hangs = report.candidate("hangs").unwrap();
    assert_eq!((hangs.count(Outcome::TimedOut), hangs.breaker_is_open), (1, true));
    assert_eq!(report.candidate("new").unwrap().matches(), 1);
}

#[test]
fn panics_are_contained_or_passed_on() {
    let lab = Lab::new();
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", async { resume_unwind(Box::new(0)) });
    assert_eq!(finish(run.run_concurrently()), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 1);
    let run = || {
        let control = async { resume_unwind(Box::new(17)) };
        finish(lab.experiment("y").control_async(control).candidate("new", ready(1)).run_concurrently())
    };
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&17));
    assert_eq!(lab.experiment("y").report().candidates[0].mismatches(), 1);
}

#[test]
fn a_dropped_future_cancels_all_and_gives_its_permit_back() {
    let lab = Lab::new().limits(Limits::new().concurrency(std::num::NonZeroUsize::MIN));
    {
        let run = lab.experiment("x").control_async(pending::<u8>()).candidate("new", ready(1)).run_concurrently();
        let mut run = pin!(run);
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let held_back = lab.experiment("x").control_async(ready(2)).candidate("new", ready(2)).run_concurrently();
        assert_eq!(finish(held_back), 2);
    }
    let report = lab.experiment("x").report();
    assert_eq!((report.cancelled_runs, report.candidates[0].count(Outcome::Cancelled)), (1, 1));
    assert_eq!(report.held_back[&HeldBack::Concurrency], 1);
    finish(lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).run_concurrently());
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn only_what_the_caller_waited_for_after_the_control_is_added_latency() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).limits(Limits::new().added_latency(Duration::from_millis(5)));
    let take = |millis| {
        let clock = &clock;
        async move { clock.advance(Duration::from_millis(millis)) }
    };
    // Each call may add 5 ms in the mean. The candidate needs as long as the control, and adds nothing.
    for _ in 0..200 {
        let run = lab.experiment("x").control_async(take(20)).candidate("new", ready(()));
        finish(run.run_concurrently());
    }
    assert!(lab.experiment("x").report().held_back.is_empty());
    for _ in 0..300 {
        let slow = async {
            let mut first = true;
            poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
            clock.advance(Duration::from_millis(20));
        };
        poll_on(lab.experiment("x").control_async(ready(())).candidate("new", slow).run_concurrently());
    }
    assert!(lab.experiment("x").report().held_back[&HeldBack::AddedLatency] > 150);
}

#[test]
fn a_promoted_candidate_gives_its_value_and_has_no_deadline() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    lab.experiment("x").declare_candidate("new").unwrap();
    lab.experiment("x").promote("new").unwrap();
    let is_open = Cell::new(false);
    let new = async {
        poll_fn(|_| if is_open.get() { Poll::Ready(()) } else { Poll::Pending }).await;
        2
    };
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", new).candidate("fancy", pending());
    let mut run = pin!(run.run_concurrently());
    let mut poll = || run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending());
    clock.advance(Duration::from_mins(1));
    lab.check_deadlines();
    assert!(poll().is_pending());
    is_open.set(true);
    assert_eq!(poll(), Poll::Ready(2));
    let report = lab.experiment("x").report();
    let [new, fancy] = ["new", "fancy"].map(|name| report.candidate(name).unwrap());
    assert_eq!((new.mismatches(), fancy.count(Outcome::TimedOut)), (1, 1));
}

#[test]
fn a_waker_that_panics_keeps_no_other_run_from_its_deadline() {
    struct Fails;
    impl Wake for Fails {
        fn wake(self: Arc<Self>) {
            resume_unwind(Box::new("planted"))
        }
    }
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    let run = || lab.experiment("x").control_async(ready(1)).candidate("hangs", pending()).run_concurrently();
    let (mut one, mut other) = (pin!(run()), pin!(run()));
    assert!(one.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Fails)))).is_pending());
    assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    lab.check_deadlines();
    assert_eq!((finish(one), finish(other)), (1, 1));
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::TimedOut), 2);
}
