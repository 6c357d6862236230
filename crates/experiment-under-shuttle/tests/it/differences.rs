//! The worker that compares path by path, and its queue.

use std::sync::Arc;

use experiment_under_shuttle::{BreakerPolicy, Lab, Order};
use shuttle::thread;

use crate::in_many_schedules;

fn calls(lab: &Lab, times: u32) {
    (0..times).for_each(|number| {
        lab.experiment("x").control(|| number).candidate("new", || number + 1).diff().run();
    });
}

#[test]
fn every_mismatch_is_compared_passed_over_or_dropped_once() {
    in_many_schedules(|| {
        let lab = Arc::new(Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()));
        let theirs = Arc::clone(&lab);
        let caller = thread::spawn(move || calls(&theirs, 4));
        calls(&lab, 4);
        caller.join().expect("callers do not panic");
        lab.flush().expect("nothing is published");
        let report = lab.experiment("x").report();
        let differences = report.candidates[0].differences.as_ref().expect("there are some");
        assert_eq!(differences.compared + differences.passed_over + differences.dropped, 8);
        assert_eq!(differences.paths[0].runs, differences.compared);
    });
}

#[test]
fn a_lab_that_goes_with_mismatches_in_the_queue_waits_for_its_thread_and_no_longer() {
    in_many_schedules(|| {
        let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
        calls(&lab, 3);
        drop(lab);
    });
}
