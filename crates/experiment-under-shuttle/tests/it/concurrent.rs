//! Control and candidates at the same time: whoever comes last judges.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use experiment_under_shuttle::testing::ManualClock;
use experiment_under_shuttle::{BreakerPolicy, HeldBack, Lab, Limits, Order, Outcome, Pool, Report};
use shuttle::thread;

use crate::in_many_schedules;

const HOUR: Duration = Duration::from_secs(3_600);

fn lab(threads: usize, queue: usize) -> Lab {
    let of = |number| NonZeroUsize::new(number).expect("it is not zero");
    Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()).executor(Pool::new(of(threads), of(queue)))
}

fn yields(value: u32) -> impl FnOnce() -> u32 + Send + 'static {
    move || {
        thread::yield_now();
        value
    }
}

fn count(report: &Report, name: &str, outcomes: &[Outcome]) -> u64 {
    let candidate = report.candidate(name).expect("it took part");
    outcomes.iter().map(|outcome| candidate.count(*outcome)).sum()
}

#[test]
fn each_run_is_judged_once_by_whoever_comes_last() {
    in_many_schedules(|| {
        let lab = lab(2, 8);
        let call = lab.experiment("x").control(yields(1)).candidate("new", yields(1)).candidate("wrong", yields(2));
        assert_eq!(call.observe(|value| *value).run_concurrently(), 1);
        lab.settle(HOUR).expect("time stands still");
        let report = lab.experiment("x").report();
        assert_eq!((count(&report, "new", &[Outcome::Match]), count(&report, "wrong", &[Outcome::Mismatch])), (1, 1));
        assert_eq!((report.runs, report.still_running), (1, 0));
    });
}

#[test]
fn candidates_that_find_no_room_are_counted_and_give_the_permit_back() {
    in_many_schedules(|| {
        let one = NonZeroUsize::MIN;
        let lab = lab(1, 1).limits(Limits::new().concurrency(one));
        let call = || {
            let call = lab.experiment("x").control(|| 1).candidate("new", yields(1)).candidate("other", yields(1));
            assert_eq!(call.observe(|value| *value).run_concurrently(), 1);
            lab.settle(HOUR).expect("time stands still");
        };
        call();
        call();
        let report = lab.experiment("x").report();
        for name in ["new", "other"] {
            assert_eq!(count(&report, name, &[Outcome::Match, Outcome::Dropped]), 2, "{name}");
        }
        assert_eq!((report.runs, report.held_back.get(&HeldBack::Concurrency).copied().unwrap_or(0)), (2, 0));
    });
}

#[test]
fn a_candidate_that_ends_when_it_is_found_late_is_counted_once_and_the_others_are_judged_once() {
    in_many_schedules(|| {
        let clock = ManualClock::new();
        let lab = Arc::new(lab(2, 8).clock(clock.clone()));
        lab.experiment("x").set_deadline(Duration::from_secs(1));
        let theirs = Arc::clone(&lab);
        let watching = thread::spawn(move || {
            clock.advance(Duration::from_secs(2));
            theirs.check_deadlines();
        });
        let call = lab.experiment("x").control(|| 1).candidate("new", yields(1)).candidate("other", yields(1));
        assert_eq!(call.observe(|value| *value).run_concurrently(), 1);
        watching.join().expect("nobody panics");
        lab.settle(HOUR).expect("time stands still");
        let report = lab.experiment("x").report();
        for name in ["new", "other"] {
            assert_eq!(count(&report, name, &[Outcome::Match, Outcome::TimedOut]), 1, "{name}");
        }
        assert_eq!((report.runs, report.still_running), (1, 0));
    });
}

/// A future that lets other threads go on once.
async fn takes_its_time(value: u32) -> u32 {
    let mut is_first = true;
    poll_fn(|_| if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }).await;
    value
}

fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::yield_now(),
        }
    }
}

#[test]
fn tasks_on_other_threads_are_judged_once() {
    in_many_schedules(|| {
        let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
        let mut tasks = Vec::new();
        let call = lab.experiment("x").control_async(takes_its_time(1)).candidate("new", takes_its_time(1));
        let call = call.candidate("wrong", takes_its_time(2)).observe(|value| *value);
        let spawn = |task| tasks.push(thread::spawn(move || finish(task)));
        assert_eq!(finish(call.run_concurrently_in_tasks(spawn)), 1);
        tasks.into_iter().for_each(|task| task.join().expect("nobody panics"));
        lab.settle(HOUR).expect("time stands still");
        let report = lab.experiment("x").report();
        assert_eq!((count(&report, "new", &[Outcome::Match]), count(&report, "wrong", &[Outcome::Mismatch])), (1, 1));
        assert_eq!((report.runs, report.still_running), (1, 0));
    });
}
