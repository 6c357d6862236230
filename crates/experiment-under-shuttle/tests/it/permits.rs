//! The limit of runs at once.

use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use experiment_under_shuttle::{BreakerPolicy, HeldBack, Lab, Limits, Order, Task};
use shuttle::thread;

use crate::in_many_schedules;

#[test]
fn no_more_candidates_run_than_there_are_permits_and_every_permit_comes_back() {
    in_many_schedules(|| {
        let two = NonZeroUsize::new(2).expect("it is not zero");
        let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
        let lab = Arc::new(lab.limits(Limits::new().concurrency(two)));
        let running = Arc::new(AtomicUsize::new(0));
        let call = |lab: &Lab, running: &AtomicUsize| {
            let candidate = || {
                assert!(running.fetch_add(1, Ordering::Relaxed) < 2, "a third one runs");
                thread::yield_now();
                running.fetch_sub(1, Ordering::Relaxed);
                1
            };
            assert_eq!(lab.experiment("x").control(|| 1).candidate("new", candidate).run(), 1);
        };
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (lab, running) = (Arc::clone(&lab), Arc::clone(&running));
                thread::spawn(move || (0..2).for_each(|_| call(&lab, &running)))
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().expect("no third one runs"));
        let counted = |lab: &Lab| {
            let report = lab.experiment("x").report();
            (report.runs, report.held_back.get(&HeldBack::Concurrency).copied().unwrap_or(0))
        };
        let (runs, held_back) = counted(&lab);
        assert_eq!(runs + held_back, 6);
        // With nobody else there, both permits are free.
        call(&lab, &running);
        assert_eq!(counted(&lab), (runs + 1, held_back));
    });
}

/// Polls a future once, and then drops it.
fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut polled = None;
    let _pending = pin!(future).poll(&mut Context::from_waker(Waker::noop())).map(|value| polled = Some(value));
    polled
}

#[test]
fn a_task_that_the_runtime_drops_gives_its_permit_back_before_it_leaves_the_background() {
    in_many_schedules(|| {
        let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
        let lab = lab.limits(Limits::new().concurrency(NonZeroUsize::MIN));
        let x = lab.experiment("x");
        x.declare_candidate("new").expect("the name can be used");
        x.promote("new").expect("it was declared");
        for _ in 0..2 {
            let call = x.control_async(pending()).candidate("new", ready(1)).observe(|value| *value);
            let spawn = |task: Task| drop(thread::spawn(|| poll_once(task)));
            assert_eq!(poll_once(call.run_in_background_with_shadow(spawn)), Some(1));
            lab.settle(Duration::from_secs(3_600)).expect("time stands still");
        }
        let report = x.report();
        assert_eq!((report.cancelled_runs, report.held_back.get(&HeldBack::Concurrency)), (2, None));
    });
}
