//! The recorder, under callers that race.

use std::sync::Arc;

use experiment_under_shuttle::{BreakerPolicy, Lab, Order, Report};
use shuttle::thread;

use crate::in_many_schedules;

fn calls(lab: &Lab, numbers: std::ops::Range<u32>) {
    for number in numbers {
        // Every second one differs.
        let call = lab.experiment("x").control(move || number).candidate("new", move || number + number % 2);
        assert_eq!(call.run(), number);
    }
}

fn counted(report: &Report) -> (u64, u64, u64) {
    let new = &report.candidates[0];
    (report.runs, new.matches(), new.mismatches())
}

#[test]
fn runs_of_callers_that_race_for_a_new_candidate_are_all_counted_once() {
    in_many_schedules(|| {
        let lab = Arc::new(Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()));
        let callers: Vec<_> = (0..3)
            .map(|caller| {
                let lab = Arc::clone(&lab);
                thread::spawn(move || calls(&lab, 2 * caller..2 * caller + 2))
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().expect("callers do not panic"));
        let report = lab.experiment("x").report();
        assert_eq!((report.candidates.len(), counted(&report)), (1, (6, 3, 3)));
        assert_eq!(report.control.latency.map(|latency| latency.n), Some(6));
    });
}

#[test]
fn a_report_at_any_moment_holds_no_run_without_its_candidate() {
    in_many_schedules(|| {
        let lab = Arc::new(Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()));
        calls(&lab, 0..1);
        let theirs = Arc::clone(&lab);
        let caller = thread::spawn(move || calls(&theirs, 1..3));
        let report = lab.experiment("x").report();
        let ended = report.runs - report.still_running;
        let (_, matches, mismatches) = counted(&report);
        assert!(matches + mismatches >= ended, "{ended} runs ended, with {matches} and {mismatches}");
        assert!(matches + mismatches <= report.runs);
        caller.join().expect("callers do not panic");
    });
}

#[test]
fn reports_of_two_labs_merge_exactly() {
    in_many_schedules(|| {
        let run = |numbers: std::ops::Range<u32>| {
            thread::spawn(move || {
                let lab = Arc::new(Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never()));
                let theirs = Arc::clone(&lab);
                let other = thread::spawn(move || calls(&theirs, 0..1));
                calls(&lab, numbers);
                other.join().expect("callers do not panic");
                lab.experiment("x").report()
            })
        };
        let (one, two) = (run(0..2), run(1..3));
        let (mut one, two) = (one.join().expect("it ends"), two.join().expect("it ends"));
        one.merge(&two).expect("they are of one experiment");
        assert_eq!(counted(&one), (6, 4, 2));
    });
}
