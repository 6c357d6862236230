//! Control and candidates at the same time.

mod joined;
mod tasks;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{Executor, HeldBack, Job, Lab, Limits, MemoryPublisher, Operation, Outcome, Pool, Rate, Reason};
use parking_lot::Mutex;

const LONG: Duration = Duration::from_mins(1);

fn manual_lab() -> (Lab, ManualExecutor) {
    let executor = ManualExecutor::new();
    (Lab::new().executor(executor.clone()), executor)
}

fn pool(threads: usize) -> Pool {
    let of = |number| NonZeroUsize::new(number).expect("it is not zero");
    Pool::new(of(threads), of(64))
}

/// A candidate that says when it has begun, and returns 1 when the other end is dropped.
fn hanging() -> (impl FnOnce() -> i32 + Send + 'static, Receiver<()>, Sender<()>) {
    let (tell, begun) = channel();
    let (let_go, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let candidate = move || {
        tell.send(()).expect("the test waits for it");
        hang.lock().recv().map_or(1, |()| 0)
    };
    (candidate, begun, let_go)
}

#[test]
fn all_behaviours_run_at_the_same_moment() {
    let lab = Lab::new().executor(pool(2));
    // Nobody passes before all three are there.
    let meeting = Arc::new(Barrier::new(3));
    let [one, two] = [(); 2].map(|()| Arc::clone(&meeting));
    let arrive = |barrier: Arc<Barrier>| {
        move || {
            barrier.wait();
            1
        }
    };
    let value = lab
        .experiment("x")
        .control(|| {
            meeting.wait();
            1
        })
        .candidate("new", arrive(one))
        .candidate("fancy", arrive(two))
        .observe(|value| *value)
        .run_concurrently();
    lab.settle(LONG).unwrap();
    let report = lab.experiment("x").report();
    assert_eq!((value, report.candidates[0].matches(), report.candidates[1].matches()), (1, 1, 1));
    assert_eq!((report.runs, report.still_running), (1, 0));
}

#[test]
fn the_control_stays_on_the_callers_thread_and_may_borrow() {
    let lab = Lab::new();
    let (rows, caller) = ([1, 2, 3], thread::current().id());
    let run = lab.experiment("x").control(|| {
        assert_eq!(thread::current().id(), caller);
        rows.len()
    });
    let run = run.candidate("new", move || if thread::current().id() == caller { 0 } else { 3 });
    assert_eq!(run.observe(|value| *value).run_concurrently(), 3);
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn the_caller_has_its_value_while_a_candidate_hangs_and_the_others_are_judged_at_its_deadline() {
    let clock = ManualClock::new();
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).unwrap()));
    let lab = Lab::new().executor(pool(2)).clock(clock.clone()).publisher(Arc::clone(&results));
    let (candidate, begun, let_go) = hanging();
    let call = lab.experiment("x").control(|| 1).candidate("hangs", candidate).candidate("new", || 1);
    assert_eq!(call.observe(|value| *value).run_concurrently(), 1);
    begun.recv().unwrap();
    let judged = || {
        lab.check_deadlines();
        lab.experiment("x").report().candidate("new").is_some()
    };
    clock.advance(Duration::from_secs(9));
    assert!(!judged(), "the one that hangs has time left");
    clock.advance(Duration::from_secs(2));
    while !judged() {
        thread::yield_now();
    }
    let report = lab.experiment("x").report();
    let hangs = report.candidate("hangs").unwrap();
    assert_eq!((hangs.count(Outcome::TimedOut), hangs.breaker_is_open), (1, true));
    assert_eq!((report.candidate("new").unwrap().matches(), report.still_running), (1, 0));

    // What it returns in the end comes too late to be counted a second time.
    drop(let_go);
    lab.settle(LONG).unwrap();
    let report = lab.experiment("x").report();
    assert_eq!(report.candidate("hangs").unwrap().outcomes.values().sum::<u64>(), 1);
    let outcomes = results.results().into_iter().flat_map(|result| result.candidates).map(|c| c.outcome);
    assert_eq!(outcomes.collect::<Vec<_>>(), [Outcome::TimedOut, Outcome::Match]);
}

#[test]
fn a_candidate_that_hangs_keeps_the_permit_of_its_run() {
    let clock = ManualClock::new();
    let lab = Lab::new().executor(pool(2)).clock(clock.clone()).limits(Limits::new().concurrency(NonZeroUsize::MIN));
    let (candidate, begun, let_go) = hanging();
    lab.experiment("x").control(|| 1).candidate("hangs", candidate).observe(|value| *value).run_concurrently();
    begun.recv().unwrap();
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_concurrently();
    assert_eq!(call(), 1);
    assert_eq!(lab.experiment("x").report().held_back[&HeldBack::Concurrency], 1);
    drop(let_go);
    lab.settle(LONG).unwrap();
    call();
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("x").report().candidate("new").unwrap().matches(), 1);
}

#[test]
fn whoever_ends_last_judges_and_it_is_never_the_caller() {
    let judged_by = Arc::new(Mutex::new(None::<ThreadId>));
    let call = |lab: &Lab, control: &dyn Fn()| {
        let judge = Arc::clone(&judged_by);
        let run = lab.experiment("x").control(|| {
            control();
            1
        });
        let run = run.candidate("new", || 1).observe(|value: &i32| *value);
        run.compare_with(move |one, other| {
            *judge.lock() = Some(thread::current().id());
            one == other
        })
        .run_concurrently();
    };
    let (lab, executor) = manual_lab();
    // The candidate ends after the control, and judges.
    call(&lab, &|| ());
    assert_eq!((executor.waiting(), *judged_by.lock()), (1, None));
    executor.run_all();
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
    // The control ends last, and leaves the judgement to the executor.
    *judged_by.lock() = None;
    call(&lab, &|| executor.run_all());
    assert_eq!((executor.waiting(), *judged_by.lock()), (1, None));
    executor.run_all();
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 2);
}

#[test]
fn values_of_candidates_are_dropped_where_the_caller_does_not_wait() {
    struct Tells(Sender<ThreadId>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    let lab = Lab::new();
    let (tell, dropped) = channel();
    let call = |lab: &Lab, control_is_last: bool| {
        let (theirs, (ended, end)) = (tell.clone(), channel());
        let run = lab.experiment("x").control(|| {
            if control_is_last {
                end.recv().unwrap();
            }
            None
        });
        let run = run.candidate("new", move || {
            // Where the control did not wait, nobody is there to hear it.
            let _unheard = ended.send(());
            Some(Tells(theirs))
        });
        run.observe(Option::is_none).run_concurrently();
        lab.settle(LONG).unwrap();
    };
    call(&lab, false);
    call(&lab, true);
    let threads: Vec<_> = dropped.try_iter().collect();
    assert_eq!(threads.len(), 2);
    assert!(!threads.contains(&thread::current().id()));
}

#[test]
fn panics_are_contained_or_passed_on() {
    let lab = Lab::new();
    let call = |control: bool, candidate: bool| {
        let run = lab.experiment("x").control(move || if control { resume_unwind(Box::new(17)) } else { 1 });
        let run = run.candidate("new", move || if candidate { resume_unwind(Box::new(0)) } else { 1 });
        run.observe(|value| *value).run_concurrently()
    };
    assert_eq!(call(false, true), 1);
    let payload = catch_unwind(AssertUnwindSafe(|| call(true, false))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&17));
    lab.settle(LONG).unwrap();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].count(Outcome::Panicked), report.candidates[0].mismatches()), (1, 1));
}

#[test]
fn candidates_that_find_no_thread_are_dropped_and_counted() {
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).unwrap()));
    let executor = ManualExecutor::new();
    let lab = Lab::new().executor(executor.clone()).publisher(Arc::clone(&results));
    let call = |control: &dyn Fn()| {
        let run = lab.experiment("x").control(|| {
            control();
            1
        });
        run.candidate("new", || 1).candidate("fancy", || 1).observe(|value| *value).run_concurrently()
    };
    // Lost before the control ends, and after; the conclusion is lost too.
    call(&|| executor.lose_all());
    executor.lose_all();
    call(&|| ());
    executor.lose_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.still_running, report.candidates.len()), (2, 0, 2));
    assert!(report.candidates.iter().all(|candidate| candidate.count(Outcome::Dropped) == 2));
    let mut reasons = results.results().into_iter().flat_map(|result| result.candidates).map(|c| c.reason);
    assert!(reasons.all(|reason| reason == Some(Reason::NoRoom)));
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn an_executor_that_panics_harms_nobody() {
    struct Panics;
    impl Executor for Panics {
        fn execute(&self, _: Job) {
            resume_unwind(Box::new("planted"))
        }
    }
    let lab = Lab::new().executor(Panics);
    let call = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
    assert_eq!(call.run_concurrently(), 1);
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].count(Outcome::Dropped), 1);
    assert_eq!(report.internal_failures[&Operation::Execute], 2, "the candidate and the conclusion");
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_switch_thrown_while_candidates_wait_cancels_them() {
    let (lab, executor) = manual_lab();
    let call = lab.experiment("x").control(|| 1).candidate("new", || unreachable!("it was cancelled"));
    call.observe(|value| *value).run_concurrently();
    lab.experiment("x").switch_off();
    executor.run_all();
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 1);
}

#[test]
fn a_sleeping_thread_of_the_pool_is_woken() {
    struct Counting(Mutex<[u32; 2]>);
    impl Executor for Counting {
        fn execute(&self, job: Job) {
            self.0.lock()[0] += 1;
            job.run();
        }
        fn execute_now(&self, job: Job) {
            self.0.lock()[1] += 1;
            drop(job);
        }
    }
    let executor = Arc::new(Counting(Mutex::default()));
    let lab = Lab::new().executor(Arc::clone(&executor));
    lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_concurrently();
    assert_eq!(*executor.0.lock(), [1, 1], "the candidate now, the conclusion whenever there is time");
}

#[test]
fn durations_of_such_runs_are_kept_apart() {
    let clock = ManualClock::new();
    let executor = ManualExecutor::new();
    let lab = Lab::new().clock(clock.clone()).executor(executor.clone());
    let theirs = clock.clone();
    let run = lab.experiment("x").control(|| clock.advance(Duration::from_millis(20)));
    let run = run.candidate("new", move || theirs.advance(Duration::from_millis(10)));
    run.observe(|()| ()).run_concurrently();
    executor.run_all();
    let report = lab.experiment("x").report();
    let new = &report.candidates[0].behavior;
    assert!(new.latency_when_first.is_none() && new.latency_when_later.is_none());
    assert_eq!(new.latency, new.latency_when_concurrent);
    let text = report.to_string();
    let words = "At the same time (p50): control 20.4 ms in 1 run, new 10.2 ms in 1 run; where they ran at the same time, \
                 each was slowed down by the others";
    assert!(text.contains(words) && !text.contains("Who ran first?"), "{text}");
    assert!(report.to_markdown().contains(words));
    assert!(report.to_html().contains("At the same time (p50)"));

    // Runs in turns are not mixed with them.
    lab.experiment("x").control(|| clock.advance(Duration::from_millis(2))).candidate("new", || ()).run();
    let mut report = lab.experiment("x").report();
    assert_eq!(report.control.latency.as_ref().map(|latency| latency.n), Some(1));
    assert_eq!((report.runs, report.still_running), (2, 0));
    report.merge(&report.clone()).unwrap();
    assert_eq!(report.control.latency.as_ref().map(|latency| latency.n), Some(2));
    assert_eq!(report.control.latency_when_concurrent.as_ref().map(|latency| latency.n), Some(2));
}

#[test]
fn a_result_says_that_the_others_ran_at_the_same_time() {
    let (lab, executor) = manual_lab();
    let run = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
    run.after(|result| {
        let new = result.candidates().next().expect("there is one");
        assert_eq!((result.control().position, result.control().concurrent), (None, true));
        assert_eq!((new.observation.position, new.observation.concurrent), (None, true));
        assert!(new.observation.duration.is_some());
    })
    .run_concurrently();
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.internal_failures.len()), (1, 0));
}

#[test]
fn calls_that_take_no_part_and_promoted_candidates_hand_nothing_over() {
    let (lab, executor) = manual_lab();
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 2).observe(|value| *value).run_concurrently();
    lab.experiment("x").set_rate(Rate::NEVER);
    assert_eq!((call(), executor.waiting()), (1, 0));
    lab.experiment("x").set_rate(Rate::ALWAYS);
    lab.experiment("x").declare_candidate("new").unwrap();
    lab.experiment("x").promote("new").unwrap();
    assert_eq!((call(), executor.waiting()), (2, 0));
}

#[test]
fn candidates_chosen_at_run_time_go_their_ways_too() {
    let (lab, executor) = manual_lab();
    let mut list: experiment::CandidateList<Box<dyn FnOnce() -> u32 + Send>> = experiment::CandidateList::new();
    for (name, value) in [("one", 1), ("two", 2)] {
        list.push(name, Box::new(move || value)).unwrap();
    }
    lab.experiment("x").control(|| 1).candidates(list).observe(|value| *value).run_concurrently();
    assert_eq!(executor.waiting(), 2);
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[1].mismatches()), (1, 1));
}
