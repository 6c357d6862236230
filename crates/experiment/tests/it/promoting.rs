//! The reverse experiment: the candidate's value is the caller's, and the old code is compared with it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use experiment::testing::ManualExecutor;
use experiment::{BreakerPolicy, Lab, NameError, Order, Outcome, PromoteError, Rate, Threshold};

/// A lab in which the candidate `new` of the experiment `x` is promoted.
fn promoted() -> Lab {
    promoted_in(Lab::new())
}

fn promoted_in(lab: Lab) -> Lab {
    lab.experiment("x").declare_candidate("new").expect("it is a good name");
    lab.experiment("x").promote("new").expect("it was declared");
    lab
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    unreachable!("the futures of these tests are ready after a few polls")
}

#[test]
fn the_candidates_value_is_returned_and_the_control_is_compared() {
    let lab = promoted();
    for call in 0..100 {
        let value = lab.experiment("x").control(|| 1).candidate("new", || if call == 7 { 2 } else { 1 }).run();
        assert_eq!(value, if call == 7 { 2 } else { 1 });
    }
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.candidates[0].matches(), report.candidates[0].mismatches()), (100, 99, 1));
    assert_eq!(report.control.latency.as_ref().map(|latency| latency.n), Some(100));
    assert_eq!(report.promoted.as_deref(), Some("new"));
}

#[test]
fn every_page_says_who_is_promoted_and_that_the_old_code_is_its_shadow() {
    let lab = promoted();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    let pages = |lab: &Lab| {
        let report = lab.experiment("x").report();
        [
            (report.to_string(), "Promoted: callers get the value of new; "),
            (report.to_markdown(), "Promoted: callers get the value of `new`; "),
            (report.to_html(), "Promoted: callers get the value of <code>new</code>; "),
        ]
    };
    let shadow = "the old code, here the control, runs as its shadow and is compared with it";
    for (page, begins) in pages(&lab) {
        assert!(page.contains(&format!("{begins}{shadow}")), "{page}");
    }
    lab.experiment("x").demote();
    assert!(pages(&lab).iter().all(|(page, _)| !page.contains("Promoted")));
}

#[test]
fn it_is_switched_there_and_back_while_calls_go_on() {
    let lab = Lab::new();
    let call = || lab.experiment("x").control(|| "old").candidate("new", || "new").candidate("fancy", || "fancy").run();
    assert_eq!(call(), "old");
    lab.experiment("x").promote("new").unwrap();
    assert_eq!((call(), lab.experiment("x").promoted()), ("new", Some("new")));
    lab.experiment("x").promote("fancy").unwrap();
    assert_eq!(call(), "fancy");
    lab.experiment("x").demote();
    assert_eq!((call(), lab.experiment("x").promoted()), ("old", None));
}

#[test]
fn a_panic_of_the_promoted_candidate_is_the_callers_in_every_order() {
    for order in [Order::ControlFirst, Order::ControlLast] {
        let lab = promoted_in(Lab::new().order(order));
        let ran = Cell::new(false);
        let control = || {
            ran.set(true);
            1
        };
        let call = || lab.experiment("x").control(control).candidate("new", || resume_unwind(Box::new(17))).run();
        let payload = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        assert_eq!((payload.downcast_ref(), ran.get()), (Some(&17), true));
        assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 1);
    }
}

#[test]
fn a_panic_of_the_old_code_no_longer_reaches_the_caller() {
    let lab = promoted();
    let value = lab.experiment("x").control(|| resume_unwind(Box::new(17))).candidate("new", || 1).run();
    let report = lab.experiment("x").report();
    assert_eq!((value, report.control.panicked, report.candidates[0].mismatches()), (1, 1, 1));
}

#[test]
fn an_error_of_the_promoted_candidate_is_the_callers() {
    let lab = promoted();
    let value = lab.experiment("x").control(|| Ok(1)).candidate("new", || Err("no such user")).run();
    assert_eq!(value, Err("no such user"));
}

#[test]
fn a_drop_of_the_old_value_that_panics_is_contained() {
    struct Bad(bool);
    impl Drop for Bad {
        fn drop(&mut self) {
            if self.0 {
                self.0 = false;
                resume_unwind(Box::new(0));
            }
        }
    }
    let lab = promoted();
    let value =
        lab.experiment("x").control(|| Bad(true)).candidate("new", || Bad(false)).compare_with(|_, _| true).run();
    assert!(!value.0);
}

#[test]
fn calls_that_are_not_sampled_run_the_promoted_candidate_alone() {
    let lab = promoted_in(Lab::new().default_rate(Rate::NEVER));
    let value = lab
        .experiment("x")
        .control(|| unreachable!("the old code is not needed"))
        .candidate("fancy", || unreachable!("it is not promoted"))
        .candidate("new", || 2)
        .run();
    assert_eq!((value, lab.experiment("x").report().runs), (2, 0));
    let call = || lab.experiment("x").control(|| 1).candidate("new", || resume_unwind(Box::new(17))).run();
    assert_eq!(catch_unwind(AssertUnwindSafe(call)).unwrap_err().downcast_ref(), Some(&17));
}

#[test]
fn what_the_candidate_needs_is_made_ready_also_when_it_runs_alone() {
    let lab = promoted_in(Lab::new().default_rate(Rate::NEVER));
    let ready = Cell::new(false);
    let value = lab.experiment("x").control(|| false).candidate("new", || ready.get()).before(|| ready.set(true)).run();
    assert!(value);
}

#[test]
fn the_switch_a_gate_and_a_condition_give_the_old_code_back() {
    let call = |lab: &Lab, may_run: bool| {
        lab.experiment("x").control(|| "old").candidate("new", || "new").run_if(|| may_run).run()
    };
    let lab = promoted();
    assert_eq!((call(&lab, true), call(&lab, false)), ("new", "old"));
    lab.experiment("x").switch_off();
    assert_eq!(call(&lab, true), "old");
    let lab = promoted_in(Lab::new().enabled_by(|_| false));
    assert_eq!(call(&lab, true), "old");
}

#[test]
fn a_call_without_that_candidate_or_with_one_of_another_type_returns_the_controls_value() {
    for rate in [Rate::ALWAYS, Rate::NEVER] {
        let lab = promoted_in(Lab::new().default_rate(rate));
        assert_eq!(lab.experiment("x").control(|| 1).candidate("fancy", || 2).run(), 1);
        assert_eq!(lab.experiment("x").control(|| 1).run(), 1);
        assert_eq!(lab.experiment("x").control(|| String::from("a")).candidate_of("new", || "b").run(), "a");
    }
}

#[test]
fn the_breaker_does_not_stop_what_callers_depend_on() {
    let policy = BreakerPolicy::never().mismatches(Threshold::new(1, 1).unwrap());
    let lab = Lab::new().breaker(policy);
    let call = || lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    call();
    assert!(lab.experiment("x").report().candidates[0].breaker_is_open);
    lab.experiment("x").promote("new").unwrap();
    assert_eq!((call(), call()), (2, 2));
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].mismatches(), report.candidates[0].breaker_is_open), (3, false));
}

#[test]
fn an_unknown_candidate_is_an_error_that_names_the_known_ones() {
    let lab = Lab::new();
    let x = lab.experiment("x");
    x.control(|| 1).candidate("new", || 1).candidate("", || 1).candidate("control", || 1).run();
    let PromoteError::UnknownCandidate { candidate, known, experiment, .. } = x.promote("nwe").unwrap_err() else {
        unreachable!("there is one kind")
    };
    assert_eq!((experiment, candidate.as_str(), known), ("x", "nwe", vec!["new"]));
    for reserved in ["", "control", "control again"] {
        assert!(x.promote(reserved).is_err(), "{reserved}");
    }
    assert!(matches!(x.declare_candidate(""), Err(NameError::Empty { .. })));
    assert_eq!(x.promoted(), None);
}

#[test]
fn in_the_background_the_promoted_candidate_runs_alone_on_the_callers_thread() {
    let executor = ManualExecutor::new();
    let lab = promoted_in(Lab::new().executor(executor.clone()));
    let thread = std::thread::current().id();
    let call = lab.experiment("x").control(|| false).candidate("new", move || std::thread::current().id() == thread);
    assert!(call.observe(|value| *value).run_in_background());
    assert_eq!((executor.waiting(), lab.experiment("x").report().runs), (0, 0));
    lab.switch_off();
    let call = lab.experiment("x").control(|| false).candidate("new", || true);
    assert!(!call.observe(|value| *value).run_in_background());
}

#[test]
fn futures_are_promoted_too() {
    for rate in [Rate::ALWAYS, Rate::NEVER] {
        let lab = promoted_in(Lab::new().default_rate(rate));
        let call = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 2 });
        assert_eq!(block_on(call.run()), 2);
        assert_eq!(lab.experiment("x").report().runs, u64::from(rate == Rate::ALWAYS));
        let call = lab.experiment("x").control_async(async { 1 });
        assert_eq!(block_on(call.candidate("fancy", async { 2 }).run()), 1);
        let call =
            lab.experiment("x").control_async(async { 1 }).candidate("new", async { resume_unwind(Box::new(17)) });
        let payload = catch_unwind(AssertUnwindSafe(|| block_on(call.run()))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&17));
        let call = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 2 }).observe(|value| *value);
        assert_eq!(block_on(call.run_in_background(|_| unreachable!("nothing follows"))), 2);
    }
}

#[test]
fn in_the_background_the_old_code_follows_as_the_shadow() {
    let executor = ManualExecutor::new();
    let lab = promoted_in(Lab::new().executor(executor.clone()));
    let caller = std::thread::current().id();
    let call = |new: i32| {
        let run = lab.experiment("x").control(|| 1);
        let run = run.candidate("new", move || {
            assert_eq!(std::thread::current().id(), caller);
            new
        });
        run.candidate("fancy", || 1).observe(|value| *value).describe_debug().run_in_background_with_shadow()
    };
    assert_eq!((call(1), call(2)), (1, 2));
    assert_eq!((executor.waiting(), lab.experiment("x").report().still_running), (2, 2));
    std::thread::scope(|scope| scope.spawn(|| executor.run_all()).join()).unwrap();
    let report = lab.experiment("x").report();
    let [new, fancy] = ["new", "fancy"].map(|name| report.candidate(name).unwrap());
    assert_eq!((report.runs, report.still_running, report.internal_failures.len()), (2, 0, 0));
    assert_eq!((new.matches(), new.mismatches(), fancy.matches()), (1, 1, 2));
    assert_eq!(new.samples[0].control.as_deref().zip(new.samples[0].candidate.as_deref()), Some(("1", "2")));
    let n = |latency: &Option<experiment::LatencyReport>| latency.as_ref().map(|latency| latency.n);
    assert_eq!((n(&report.control.latency_when_later), n(&new.behavior.latency_when_first)), (Some(2), Some(2)));
    lab.settle(std::time::Duration::ZERO).unwrap();
}

#[test]
fn panics_on_both_sides_of_the_shadow_stay_where_they_belong() {
    let executor = ManualExecutor::new();
    let lab = promoted_in(Lab::new().executor(executor.clone()));
    let call = |control: bool, new: bool| {
        let run = lab.experiment("x").control(move || if control { resume_unwind(Box::new(0)) } else { 1 });
        let run = run.candidate("new", move || if new { resume_unwind(Box::new(17)) } else { 1 });
        run.observe(|value| *value).run_in_background_with_shadow()
    };
    assert_eq!(call(true, false), 1);
    assert_eq!(catch_unwind(AssertUnwindSafe(|| call(false, true))).unwrap_err().downcast_ref(), Some(&17));
    executor.run_all();
    let report = lab.experiment("x").report();
    let new = &report.candidates[0];
    assert_eq!((report.control.panicked, new.mismatches(), new.count(Outcome::Panicked)), (1, 1, 1));
}

#[test]
fn a_shadow_that_finds_no_thread_is_dropped_and_one_that_is_switched_off_cancelled() {
    let executor = ManualExecutor::new();
    let lab = promoted_in(Lab::new().executor(executor.clone()));
    let call = || {
        let run = lab.experiment("x").control(|| 1).candidate("new", || 2).candidate("fancy", || 1);
        run.observe(|value| *value).run_in_background_with_shadow()
    };
    assert_eq!(call(), 2);
    executor.lose_all();
    assert_eq!(call(), 2);
    lab.experiment("x").switch_off();
    assert_eq!((executor.waiting(), call()), (1, 1));
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.cancelled_runs, report.still_running), (2, 2, 0));
    for candidate in &report.candidates {
        assert_eq!((candidate.count(Outcome::Dropped), candidate.count(Outcome::Cancelled)), (1, 1));
    }
    lab.settle(std::time::Duration::ZERO).unwrap();
}

#[test]
fn without_a_promoted_candidate_the_control_is_the_callers_and_with_an_unknown_one_too() {
    let executor = ManualExecutor::new();
    let lab = Lab::new().executor(executor.clone());
    let call = || {
        let run = lab.experiment("x").control(|| 1).candidate("fancy", || 2).observe(|value| *value);
        run.run_in_background_with_shadow()
    };
    assert_eq!((call(), executor.waiting()), (1, 1));
    executor.run_all();
    let lab = promoted_in(Lab::new().executor(executor.clone()));
    let run = lab.experiment("x").control(|| 1).candidate("fancy", || 2).observe(|value| *value);
    assert_eq!((run.run_in_background_with_shadow(), executor.waiting()), (1, 0));
}

#[test]
fn the_old_code_follows_in_a_task_of_its_own() {
    let lab = promoted();
    let mut tasks = Vec::new();
    for (new, value) in [(1, 1), (2, 2)] {
        let run = lab.experiment("x").control_async(async { 1 }).candidate("new", async move { new });
        let run = run.candidate("fancy", async { 1 }).observe(|value| *value);
        assert_eq!(block_on(run.run_in_background_with_shadow(|task| tasks.push(task))), value);
    }
    assert_eq!((tasks.len(), lab.experiment("x").report().still_running), (2, 2));
    tasks.into_iter().for_each(block_on);
    let report = lab.experiment("x").report();
    let [new, fancy] = ["new", "fancy"].map(|name| report.candidate(name).unwrap());
    assert_eq!((report.runs, report.still_running, report.internal_failures.len()), (2, 0, 0));
    assert_eq!((new.matches(), new.mismatches(), fancy.matches()), (1, 1, 2));
    lab.settle(std::time::Duration::ZERO).unwrap();
}

#[test]
fn a_task_that_is_dropped_or_switched_off_cancels_the_shadow() {
    let lab = promoted();
    let mut tasks = Vec::new();
    let mut call = || {
        let run = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 2 }).observe(|value| *value);
        block_on(run.run_in_background_with_shadow(|task| tasks.push(task)))
    };
    assert_eq!((call(), call()), (2, 2));
    // One whose caller gives up before the candidate is ready.
    {
        let run = lab.experiment("x").control_async(async { 1 }).candidate("new", std::future::pending());
        let run = run.observe(|value| *value).run_in_background_with_shadow(|_| unreachable!("nothing to follow"));
        assert!(pin!(run).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    lab.switch_off();
    let last = tasks.pop().unwrap();
    block_on(last);
    drop(tasks);
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.cancelled_runs, report.still_running), (3, 3, 0));
    assert_eq!(report.candidates[0].count(Outcome::Cancelled), 3);
    lab.settle(std::time::Duration::ZERO).unwrap();
    lab.switch_on();
    let run = || lab.experiment("x").control_async(async { 1 }).candidate("new", async { resume_unwind(Box::new(17)) });
    let call = || block_on(run().observe(|value| *value).run_in_background_with_shadow(block_on));
    assert_eq!(catch_unwind(AssertUnwindSafe(call)).unwrap_err().downcast_ref(), Some(&17));
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 1);
}

#[test]
fn a_call_without_candidates_runs_no_hook_when_one_is_promoted() {
    let lab = Lab::new().executor(ManualExecutor::new());
    lab.experiment("x").declare_candidate("new").unwrap();
    lab.experiment("x").promote("new").unwrap();
    let never = || unreachable!("there is no candidate that needs it");
    assert_eq!(lab.experiment("x").control(|| 1).observe(|value| *value).before(never).run_in_background(), 1);
    assert_eq!(lab.experiment("x").control(|| 1).observe(|value| *value).before(never).run_concurrently(), 1);
    let run = lab.experiment("x").control(|| 1).observe(|value| *value).before(never);
    assert_eq!(run.run_in_background_with_shadow(), 1);
    assert_eq!(lab.experiment("x").control(|| 1).before(never).run(), 1);
    assert!(lab.experiment("x").report().internal_failures.is_empty());
}
