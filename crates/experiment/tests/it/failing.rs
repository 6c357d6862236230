//! Nothing but the control's own panic reaches the caller.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use experiment::testing::ManualClock;
use experiment::{Clock, Lab, Operation, Order, Outcome, PublishError, Publisher, RunResult};
use parking_lot::Mutex;

/// Panics without the message that the panic hook would print.
fn fail<T>() -> T {
    resume_unwind(Box::new("planted"))
}

/// A value whose drop panics.
#[derive(PartialEq, Debug)]
struct Explosive(u8);

impl Explosive {
    fn number(&self) -> u8 {
        self.0
    }
}

impl Drop for Explosive {
    fn drop(&mut self) {
        if self.0 == 1 {
            fail::<()>();
        }
    }
}

type Told = Arc<Mutex<Vec<(Operation, Option<String>, Option<String>)>>>;

/// A lab whose hook keeps operation, candidate and message of every failure.
fn telling_lab() -> (Lab, Told) {
    let told = Told::default();
    let keep = Arc::clone(&told);
    let lab = Lab::new().order(Order::ControlFirst).on_failure(move |failure| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        keep.lock().push((failure.operation(), owned(failure.candidate()), owned(failure.message())));
    });
    (lab, told)
}

fn operations(told: &Told) -> Vec<Operation> {
    told.lock().iter().map(|(operation, ..)| *operation).collect()
}

#[test]
fn a_panic_of_a_candidate_is_contained_and_recorded() {
    let lab = Lab::new();
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", fail).run(), 1);
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].count(Outcome::Panicked), 1);
    assert_eq!(report.candidates[0].behavior.panicked, 1);
    assert!(report.candidates[0].behavior.latency.is_none(), "the time up to a panic is no latency");
}

#[test]
fn a_panic_of_the_control_reaches_the_caller_with_the_same_payload_in_every_order() {
    struct Payload(u32);
    for order in [Order::ControlFirst, Order::ControlLast, Order::Random] {
        let lab = Lab::new().order(order);
        let run = || {
            lab.experiment("x").control(|| -> u8 { resume_unwind(Box::new(Payload(17))) }).candidate("new", || 1).run()
        };
        let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(payload.downcast_ref::<Payload>().expect("it is the control's own").0, 17);
    }
}

#[test]
fn candidates_have_their_turn_when_the_control_panics() {
    let lab = Lab::new().order(Order::ControlFirst);
    let run = || lab.experiment("x").control(fail::<u8>).candidate("new", || 1).candidate("worse", fail).run();
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].mismatches(), 1);
    assert_eq!(report.candidates[1].count(Outcome::Panicked), 1);
    assert_eq!(report.control.panicked, 1);
}

#[test]
fn a_panicking_comparator_drops_the_observation_and_is_told_by_name() {
    let (lab, told) = telling_lab();
    let value = lab.experiment("x").control(|| 1).candidate("new", || 1).compare_with(|_, _| fail()).run();
    assert_eq!(value, 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
    assert_eq!(*told.lock(), [(Operation::Compare, Some("new".to_owned()), Some("planted".to_owned()))]);
}

#[test]
fn a_panicking_projection_drops_the_observation() {
    let (lab, told) = telling_lab();
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("new", || 2)
        .observe(|value| if *value == 2 { fail() } else { 0 })
        .run();
    assert_eq!(value, 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
    assert_eq!(operations(&told), [Operation::Observe]);
}

#[test]
fn a_projection_that_panics_on_the_control_drops_every_observation() {
    let (lab, told) = telling_lab();
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("new", || 2)
        .observe(|value| if *value == 1 { fail() } else { 0 })
        .run();
    assert_eq!(value, 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
    assert_eq!(operations(&told), [Operation::Observe]);
}

#[test]
fn a_panicking_rule_says_no_and_the_next_one_is_asked() {
    let (lab, told) = telling_lab();
    lab.experiment("x").control(|| 1).candidate("new", || 2).ignore(|_, _| fail()).ignore(|_, _| true).run();
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Ignored), 1);
    assert_eq!(operations(&told), [Operation::Ignore]);
}

#[test]
fn a_panicking_condition_means_no_candidates() {
    let (lab, told) = telling_lab();
    let value =
        lab.experiment("x").control(|| 1).candidate("new", || unreachable!("it has no part")).run_if(fail).run();
    assert_eq!(value, 1);
    assert_eq!(operations(&told), [Operation::RunIf]);
}

#[test]
fn panicking_words_leave_the_mismatch_counted() {
    let (lab, told) = telling_lab();
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", || 2)
        .describe_with(|_| fail())
        .explain_with(|_, _| fail())
        .run();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].mismatches(), report.candidates[0].samples.len()), (1, 0));
    assert_eq!(operations(&told), [Operation::Describe; 3]);
}

#[test]
fn a_result_that_panics_when_dropped_is_dropped_out_of_sight() {
    let (lab, told) = telling_lab();
    let value = lab.experiment("x").control(|| Explosive(0)).candidate("new", || Explosive(1)).run();
    assert_eq!(value, Explosive(0));
    assert_eq!(operations(&told), [Operation::Drop]);
}

#[test]
fn a_closure_that_panics_when_dropped_unused_is_dropped_out_of_sight() {
    let (lab, told) = telling_lab();
    lab.switch_off();
    let captured = Explosive(1);
    let value = lab.experiment("x").control(|| 7).candidate("new", move || Explosive::number(&captured)).run();
    assert_eq!(value, 7);
    assert_eq!(operations(&told), [Operation::Drop]);
}

#[test]
fn a_panic_payload_that_panics_when_dropped_is_dropped_out_of_sight() {
    let lab = Lab::new();
    let value = lab.experiment("x").control(|| 1).candidate("new", || panic_any_quietly(Explosive(1))).run();
    assert_eq!(value, 1);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 1);
}

fn panic_any_quietly<T>(payload: Explosive) -> T {
    if payload.0 == u8::MAX {
        panic_any(payload)
    }
    resume_unwind(Box::new(payload))
}

#[test]
fn publishers_that_panic_or_refuse_do_not_keep_others_from_the_result() {
    struct Panics;
    impl Publisher for Panics {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            fail()
        }
    }
    struct Refuses;
    impl Publisher for Refuses {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            Err(PublishError::refused("full"))
        }
    }
    struct Counts(Arc<Mutex<u32>>);
    impl Publisher for Counts {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            *self.0.lock() += 1;
            Ok(())
        }
    }
    let (lab, told) = telling_lab();
    let count = Arc::default();
    let lab = lab.publisher(Panics).publisher(Refuses).publisher(Counts(Arc::clone(&count)));
    for _ in 0..3 {
        assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1);
    }
    assert_eq!(*count.lock(), 3);
    assert_eq!(operations(&told), [Operation::Publish; 6]);
    assert_eq!(lab.experiment("x").report().internal_failures[&Operation::Publish], 6);
}

#[test]
fn a_panicking_hook_goes_unheard() {
    let lab = Lab::new().on_failure(|_| fail());
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).compare_with(|_, _| fail()).run(), 1);
}

#[test]
fn a_failing_clock_costs_the_durations_only() {
    struct Broken;
    impl Clock for Broken {
        fn now(&self) -> Instant {
            fail()
        }
    }
    let (lab, told) = telling_lab();
    let lab = lab.clock(Broken);
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1);
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
    assert_eq!(operations(&told), [Operation::Clock]);
}

#[test]
fn a_clock_that_goes_backwards_measures_nothing() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    lab.experiment("x").control(|| clock.go_back(Duration::from_secs(5))).candidate("new", || ()).run();
    let latency = lab.experiment("x").report().control.latency.expect("it returned");
    assert_eq!(latency.p99, Duration::ZERO);
}

#[test]
fn messages_of_failures_stay_out_of_debug() {
    let shown = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&shown);
    let lab = Lab::new().on_failure(move |failure| *keep.lock() = format!("{failure:?}"));
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", || 1)
        .compare_with(|_, _| resume_unwind(Box::new("user 17")))
        .run();
    assert!(shown.lock().contains("Compare"));
    assert!(!shown.lock().contains("user 17"));
}
