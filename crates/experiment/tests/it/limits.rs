//! What candidates may cost at most.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{HeldBack, Lab, Limits, Rate};

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

#[test]
fn runs_beyond_the_concurrency_run_their_control_only() {
    let lab = Lab::new().limits(Limits::new().concurrency(one()));
    let inner = || lab.experiment("x").control(|| 1).candidate("new", || unreachable!("one is under way")).run();
    let value = lab.experiment("x").control(inner).candidate("new", || 1).run();
    assert_eq!(value, 1);
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.held_back[&HeldBack::Concurrency]), (1, 1));
    assert!(report.to_string().contains("Held back 1 call: as many runs as allowed are under way"), "{report}");
}

#[test]
fn a_permit_is_given_back_at_the_end_of_the_run() {
    let lab = Lab::new().limits(Limits::new().concurrency(one()));
    for _ in 0..10 {
        lab.experiment("x").control(|| 1).candidate("new", || std::panic::resume_unwind(Box::new(()))).run();
    }
    assert_eq!(lab.experiment("x").report().runs, 10);
}

#[test]
fn a_run_in_the_background_keeps_its_permit_until_it_ends_or_is_lost() {
    let executor = ManualExecutor::new();
    let lab = Lab::new().limits(Limits::new().concurrency(one())).executor(executor.clone());
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    call();
    call();
    assert_eq!((executor.waiting(), lab.experiment("x").report().held_back[&HeldBack::Concurrency]), (1, 1));
    executor.run_all();
    call();
    assert_eq!(executor.waiting(), 1);
    executor.lose_all();
    call();
    assert_eq!(executor.waiting(), 1);
}

#[test]
fn a_candidate_that_hangs_past_its_deadline_keeps_its_permit() {
    let clock = ManualClock::new();
    let lab = Lab::new().limits(Limits::new().concurrency(one())).clock(clock.clone());
    let (let_go, hang) = std::sync::mpsc::channel::<()>();
    let (tell, begun) = std::sync::mpsc::channel();
    let hang = parking_lot::Mutex::new(hang);
    let run = lab.experiment("x").control(|| 1).candidate("hangs", move || {
        tell.send(()).unwrap();
        hang.lock().recv().map_or(1, |()| 0)
    });
    run.observe(|value| *value).run_in_background();
    begun.recv().unwrap();
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    let report = lab.experiment("x").report();
    assert!(report.candidates[0].count(experiment::Outcome::TimedOut) == 1 && report.candidates[0].breaker_is_open);
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    call();
    assert_eq!(lab.experiment("x").report().held_back[&HeldBack::Concurrency], 1);
    drop(let_go);
    lab.settle(Duration::from_mins(1)).unwrap();
    call();
    assert_eq!(lab.experiment("x").report().candidate("new").map(experiment::CandidateReport::matches), Some(1));
}

/// Runs calls of 10 ms each for a minute, with a candidate of 5 ms, and gives the time that candidates took.
fn candidate_time_in_a_minute(limits: Limits) -> (Duration, Lab) {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).limits(limits);
    let spent = Cell::new(Duration::ZERO);
    let took = Cell::new(Duration::ZERO);
    while took.get() < Duration::from_mins(1) {
        let take = |millis| {
            clock.advance(Duration::from_millis(millis));
            took.set(took.get() + Duration::from_millis(millis));
        };
        lab.experiment("x")
            .control(|| take(10))
            .candidate("new", || {
                take(5);
                spent.set(spent.get() + Duration::from_millis(5));
            })
            .run();
    }
    (spent.get(), lab)
}

#[test]
fn candidates_stay_inside_their_share_of_the_time() {
    let (spent, lab) = candidate_time_in_a_minute(Limits::new().time_share(Rate::percent(10.0).unwrap()));
    // Ten per cent of a minute, the credit of one second at the start, and the last run.
    assert!(spent <= Duration::from_millis(6_000 + 100 + 5), "{spent:?}");
    assert!(spent >= Duration::from_millis(5_800), "{spent:?}");
    assert!(lab.experiment("x").report().held_back[&HeldBack::TimeShare] > 0);
}

#[test]
fn candidates_add_no_more_than_the_latency_allowed_in_the_mean() {
    let (spent, lab) = candidate_time_in_a_minute(Limits::new().added_latency(Duration::from_micros(500)));
    let report = lab.experiment("x").report();
    let calls = report.runs + report.held_back[&HeldBack::AddedLatency];
    let mean = spent / u32::try_from(calls).unwrap();
    assert!((450..=501).contains(&mean.as_micros()), "{mean:?}");
}

#[test]
fn without_limits_nothing_is_held_back() {
    let (spent, lab) = candidate_time_in_a_minute(Limits::new());
    assert_eq!(spent, Duration::from_secs(20));
    assert!(lab.experiment("x").report().held_back.is_empty());
}

#[test]
fn runs_in_the_background_hold_no_more_memory_than_allowed() {
    let executor = ManualExecutor::new();
    let memory = NonZeroUsize::new(10_000).unwrap();
    let lab = Lab::new().limits(Limits::new().memory(memory)).executor(executor.clone());
    let call = || {
        let run = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).holds(4_000);
        run.run_in_background()
    };
    for _ in 0..5 {
        assert_eq!(call(), 1);
    }
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.held_back[&HeldBack::Memory], executor.waiting()), (2, 3, 2));
    let words = "Held back 3 calls: runs in the background hold as much memory as allowed";
    assert!(report.to_string().contains(words), "{report}");

    // What has ended, or was lost, holds nothing any more; what runs on the caller's thread never did.
    executor.run_all();
    call();
    executor.lose_all();
    call();
    let run = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).holds(9_000);
    run.run_concurrently();
    lab.experiment("x").control(|| 1).candidate("new", || 1).holds(1 << 20).run();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.held_back[&HeldBack::Memory], executor.waiting()), (5, 4, 1));
}

#[test]
fn closures_count_with_their_size_where_nothing_is_said() {
    let executor = ManualExecutor::new();
    let memory = NonZeroUsize::new(10_000).unwrap();
    let lab = Lab::new().limits(Limits::new().memory(memory)).executor(executor.clone());
    for _ in 0..5 {
        let large = [1_u8; 4_000];
        let run = lab.experiment("x").control(|| 4_000).candidate("new", move || large.len());
        run.observe(|value| *value).run_in_background();
    }
    assert_eq!(executor.waiting(), 2);
}
