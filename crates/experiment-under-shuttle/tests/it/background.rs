//! The pool, its queue, and waiting for what is in the background.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use experiment_under_shuttle::testing::ManualClock;
use experiment_under_shuttle::{BreakerPolicy, Lab, Order, Outcome, Pool};
use shuttle::thread;

use crate::in_many_schedules;

const HOUR: Duration = Duration::from_secs(3_600);

fn lab(threads: usize, queue: usize) -> Lab {
    let of = |number| NonZeroUsize::new(number).expect("it is not zero");
    Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()).executor(Pool::new(of(threads), of(queue)))
}

fn calls(lab: &Lab, times: u32) {
    for number in 0..times {
        let call = lab.experiment("x").control(move || number).candidate("new", move || number);
        assert_eq!(call.observe(|number| *number).run_in_background(), number);
    }
}

#[test]
fn every_run_is_compared_or_dropped_once_and_settling_ends() {
    in_many_schedules(|| {
        let lab = Arc::new(lab(2, 2));
        let theirs = Arc::clone(&lab);
        let caller = thread::spawn(move || calls(&theirs, 2));
        calls(&lab, 2);
        caller.join().expect("callers do not panic");
        // A wake-up that is forgotten would be a dead-lock here.
        lab.settle(HOUR).expect("time stands still");
        let report = lab.experiment("x").report();
        let new = &report.candidates[0];
        assert_eq!(new.matches() + new.count(Outcome::Dropped), 4);
        assert_eq!((report.runs, report.still_running), (4, 0));
    });
}

#[test]
fn a_lab_that_goes_with_runs_in_the_background_leaves_no_thread_behind() {
    in_many_schedules(|| {
        let lab = lab(1, 1);
        calls(&lab, 3);
        // The test ends only when every thread has.
        drop(lab);
    });
}

#[test]
fn what_waits_when_the_switch_is_thrown_is_counted_once() {
    in_many_schedules(|| {
        let lab = lab(1, 4);
        calls(&lab, 2);
        lab.switch_off();
        lab.settle(HOUR).expect("time stands still");
        let new = &lab.experiment("x").report().candidates[0];
        assert_eq!(new.matches() + new.count(Outcome::Cancelled), 2);
    });
}

#[test]
fn a_thread_that_is_given_up_while_its_job_ends_leaves_no_job_behind() {
    for spares in [0, 1] {
        in_many_schedules(move || {
            let of = |number| NonZeroUsize::new(number).expect("it is not zero");
            let (clock, pool) = (ManualClock::new(), Pool::new(of(1), of(2)).spares(spares));
            let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
            let lab = Arc::new(lab.clock(clock.clone()).executor(pool));
            lab.experiment("x").set_deadline(Duration::from_secs(1));
            let theirs = Arc::clone(&lab);
            let watching = thread::spawn(move || {
                clock.advance(Duration::from_secs(2));
                theirs.check_deadlines();
            });
            for _ in 0..2 {
                let call = lab.experiment("x").control(|| 1).candidate("new", || {
                    thread::yield_now();
                    1
                });
                assert_eq!(call.observe(|value| *value).run_in_background(), 1);
            }
            watching.join().expect("nobody panics");
            lab.settle(HOUR).expect("time stands still");
            let report = lab.experiment("x").report();
            let new = &report.candidates[0];
            let counted = new.matches() + new.count(Outcome::Dropped) + new.count(Outcome::TimedOut);
            assert_eq!((counted, report.still_running), (2, 0), "{:?}", new.outcomes);
        });
    }
}

#[test]
fn a_switch_cancels_what_waits_while_threads_take_it() {
    in_many_schedules(|| {
        let lab = lab(1, 4);
        calls(&lab, 3);
        lab.experiment("x").switch_off();
        calls(&lab, 1);
        lab.settle(HOUR).expect("time stands still");
        let report = lab.experiment("x").report();
        let new = &report.candidates[0];
        assert_eq!((new.matches() + new.count(Outcome::Cancelled), report.still_running), (3, 0));
    });
}
