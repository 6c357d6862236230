//! Candidates that run after the caller has its value.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{Executor, Job, Lab, MemoryPublisher, Operation, Outcome, Pool, Reason};
use parking_lot::Mutex;

const LONG: Duration = Duration::from_mins(1);

fn manual_lab() -> (Lab, ManualExecutor) {
    let executor = ManualExecutor::new();
    (Lab::new().executor(executor.clone()), executor)
}

#[test]
fn the_caller_has_its_value_while_the_candidate_hangs() {
    let lab = Lab::new();
    let (let_go, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("hangs", move || hang.lock().recv().map_or(1, |()| 1))
        .observe(|value| *value)
        .run_in_background();
    // The candidate cannot have returned: nobody has let it go yet.
    assert_eq!(value, 1);
    assert_eq!(lab.settle(Duration::ZERO).map_err(|unsettled| unsettled.runs), Err(1));
    drop(let_go);
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn the_control_stays_on_the_callers_thread_and_may_borrow() {
    let (lab, executor) = manual_lab();
    let rows = [String::from("Ann")];
    let caller = thread::current().id();
    let (tell, told) = channel();
    let name = lab
        .experiment("x")
        .control(|| {
            assert_eq!(thread::current().id(), caller);
            rows[0].clone()
        })
        .candidate("new", move || {
            tell.send(thread::current().id()).unwrap();
            String::from("Ann")
        })
        .observe(Clone::clone)
        .run_in_background();
    assert_eq!(name, "Ann");
    thread::scope(|scope| scope.spawn(|| executor.run_all()).join()).unwrap();
    assert_ne!(told.recv(), Ok(caller));
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn the_value_needs_no_clone_and_is_compared_by_what_was_observed() {
    struct NoClone(u32);
    let (lab, executor) = manual_lab();
    let run = |candidate| {
        lab.experiment("x")
            .control(|| NoClone(7))
            .candidate("new", move || NoClone(candidate))
            .observe(|value| value.0)
            .explain_with(|control, candidate| format!("{control} became {candidate}"))
            .run_in_background()
    };
    assert_eq!((run(7).0, run(8).0), (7, 7));
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[0].mismatches()), (1, 1));
    assert_eq!(report.candidates[0].samples[0].difference.as_deref(), Some("7 became 8"));
}

#[test]
fn a_panic_of_the_control_reaches_the_caller_and_candidates_follow() {
    let (lab, executor) = manual_lab();
    let run = || {
        lab.experiment("x")
            .control(|| -> u8 { resume_unwind(Box::new(17_u8)) })
            .candidate("new", || 1)
            .observe(|value| *value)
            .run_in_background()
    };
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&17));
    executor.run_all();
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), 1);
}

#[test]
fn panics_in_the_background_are_recorded_and_the_pool_goes_on() {
    let lab = Lab::new().executor(Pool::new(NonZeroUsize::MIN, NonZeroUsize::new(8).unwrap()));
    let run = |panics: bool| {
        lab.experiment("x")
            .control(|| 1)
            .candidate("new", move || if panics { resume_unwind(Box::new(())) } else { 1 })
            .observe(|value| *value)
            .run_in_background()
    };
    run(true);
    run(false);
    lab.settle(LONG).unwrap();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].count(Outcome::Panicked), report.candidates[0].matches()), (1, 1));
}

#[test]
fn a_full_queue_drops_counts_and_publishes() {
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).unwrap()));
    let pool = Arc::new(Pool::new(NonZeroUsize::MIN, NonZeroUsize::new(2).unwrap()));
    let lab = Lab::new().executor(Arc::clone(&pool)).publisher(Arc::clone(&results));
    let (let_go, hang) = channel::<()>();
    let (tell, started) = channel();
    let hang = Mutex::new(hang);
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", move || {
            tell.send(()).unwrap();
            hang.lock().recv().map_or(1, |()| 1)
        })
        .observe(|value| *value)
        .run_in_background();
    started.recv().unwrap();
    // The one thread is busy: two more fit into the queue.
    for _ in 0..5 {
        let value =
            lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
        assert_eq!(value, 1);
    }
    assert_eq!(pool.waiting(), 2);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 3);
    assert!(results.results().iter().all(|result| result.candidates[0].reason == Some(Reason::NoRoom)));
    assert_eq!(results.results().len(), 3);
    drop(let_go);
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 3);
}

#[test]
fn an_executor_that_loses_jobs_or_panics_harms_nobody() {
    struct Panics;
    impl Executor for Panics {
        fn execute(&self, _: Job) {
            resume_unwind(Box::new("planted"))
        }
    }
    let (losing, executor) = manual_lab();
    let panicking = Lab::new().executor(Panics);
    for lab in [&losing, &panicking] {
        let value =
            lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
        assert_eq!(value, 1);
    }
    executor.lose_all();
    for lab in [&losing, &panicking] {
        lab.settle(Duration::ZERO).unwrap();
        assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
    }
    assert_eq!(panicking.experiment("x").report().internal_failures[&Operation::Execute], 1);
}

#[test]
fn a_candidate_past_its_deadline_is_reported_once_while_it_hangs() {
    let clock = ManualClock::new();
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).unwrap()));
    let lab = Lab::new().clock(clock.clone()).publisher(Arc::clone(&results));
    lab.experiment("x").set_deadline(Duration::from_secs(5));
    let (let_go, hang) = channel::<()>();
    let (tell, started) = channel();
    let hang = Mutex::new(hang);
    lab.experiment("x")
        .control(|| 1)
        .candidate("hangs", move || {
            tell.send(()).unwrap();
            hang.lock().recv().map_or(1, |()| 1)
        })
        .observe(|value| *value)
        .run_in_background();
    started.recv().unwrap();
    lab.check_deadlines();
    assert!(lab.experiment("x").report().candidates.is_empty(), "it has time left");

    clock.advance(Duration::from_secs(6));
    lab.check_deadlines();
    lab.check_deadlines();
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].count(Outcome::TimedOut), 1);
    assert!(report.candidates[0].breaker_is_open);

    // What it returns in the end comes too late to be counted a second time.
    drop(let_go);
    lab.settle(LONG).unwrap();
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].outcomes.values().sum::<u64>(), 1);
    let timed_out =
        results.results().iter().flat_map(|result| result.candidates.clone()).map(|c| c.outcome).collect::<Vec<_>>();
    assert_eq!(timed_out, [Outcome::TimedOut]);
}

#[test]
fn a_lab_that_is_dropped_lets_waiting_runs_finish() {
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).unwrap()));
    let (tell, told) = channel();
    let lab = Lab::new().publisher(Arc::clone(&results));
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", move || tell.send(()).map_or(0, |()| 1))
        .observe(|value| *value)
        .run_in_background();
    drop(lab);
    assert_eq!(told.recv(), Ok(()));
}

#[test]
fn calls_that_take_no_part_hand_nothing_over() {
    let (lab, executor) = manual_lab();
    lab.switch_off();
    let value = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    assert_eq!((value, executor.waiting()), (1, 0));
}

#[test]
fn background_runs_may_be_nested() {
    let lab = Arc::new(Lab::new());
    let inner = Arc::clone(&lab);
    lab.experiment("outer")
        .control(|| 1)
        .candidate("new", move || {
            inner.experiment("inner").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background()
        })
        .observe(|value| *value)
        .run_in_background();
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("inner").report().candidates[0].matches(), 1);
}

#[test]
fn a_switch_thrown_while_runs_wait_cancels_them() {
    let (lab, executor) = manual_lab();
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", || unreachable!("it was cancelled"))
        .observe(|value| *value)
        .run_in_background();
    lab.experiment("x").switch_off();
    executor.run_all();
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 1);
}

#[test]
fn candidates_in_the_background_run_after_the_control() {
    let (lab, executor) = manual_lab();
    let (tell, told) = channel();
    let call = lab.experiment("x").control(|| 1).candidate("new", || 1).candidate("fancy", || 1);
    let call = call.after(move |result| {
        let candidates = result.candidates().map(|candidate| candidate.observation.position);
        let mut positions: Vec<_> = std::iter::once(result.control().position).chain(candidates).collect();
        positions.sort_unstable();
        tell.send(positions).expect("the test waits for it");
    });
    assert_eq!(call.observe(|value| *value).run_in_background(), 1);
    executor.run_all();
    assert_eq!(told.recv(), Ok(vec![Some(0), Some(1), Some(2)]));
    let report = lab.experiment("x").report();
    assert!(report.candidates.iter().all(|candidate| candidate.behavior.latency_when_first.is_none()));
}

#[test]
fn the_report_accounts_for_every_run() {
    let (lab, executor) = manual_lab();
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    call();
    executor.run_all();
    call();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.still_running, report.candidates[0].compared()), (2, 1, 1));
    assert!(report.to_string().starts_with("experiment x: 2 runs (1 still running), candidates now"), "{report}");
    executor.run_all();
    assert_eq!(lab.experiment("x").report().still_running, 0);
}
