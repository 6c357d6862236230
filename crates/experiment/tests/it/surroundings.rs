//! Hooks, context, errors, and mismatches that fail tests.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;

use experiment::{Lab, Operation, Order, Outcome, PublishError, Publisher, Reaction, RunResult};
use parking_lot::Mutex;

/// The text of a panic.
fn text_of(run: impl FnOnce() -> u8) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it raises");
    payload.downcast_ref::<String>().expect("it is text").clone()
}

#[test]
fn hooks_surround_the_behaviours_and_see_the_result() {
    let order = RefCell::new(Vec::new());
    let note = |word| order.borrow_mut().push(word);
    let lab = Lab::new().order(Order::ControlLast);
    lab.experiment("x")
        .control(|| note("control"))
        .candidate("new", || note("new"))
        .before(|| note("before"))
        .after(|result| note(if result.matched() { "matched" } else { "mismatched" }))
        .run();
    assert_eq!(order.into_inner(), ["before", "new", "control", "matched"]);
}

#[test]
fn hooks_are_not_called_in_calls_that_take_no_part() {
    let lab = Lab::new();
    let run = |condition| {
        lab.experiment("x")
            .control(|| 1)
            .candidate("new", || 1)
            .run_if(move || condition)
            .before(|| unreachable!("it takes no part"))
            .after(|_| unreachable!("it takes no part"))
            .run()
    };
    assert_eq!(run(false), 1);
    lab.switch_off();
    assert_eq!(run(true), 1);
}

#[test]
fn hooks_that_panic_are_told_and_change_nothing() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let lab = Lab::new().on_failure(move |failure| keep.lock().push(failure.operation()));
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("new", || 1)
        .before(|| resume_unwind(Box::new(())))
        .after(|_| resume_unwind(Box::new(())))
        .run();
    assert_eq!((value, lab.experiment("x").report().candidates[0].matches()), (1, 1));
    assert_eq!(*told.lock(), [Operation::Before, Operation::After]);
}

#[test]
fn context_reaches_publishers_in_order_and_is_empty_otherwise() {
    #[derive(Default)]
    struct Keys(Mutex<Vec<Vec<(&'static str, String)>>>);
    impl Publisher for Keys {
        fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
            let shown =
                result.context().map(|(key, value)| (key, format!("{value:?} {:?}", value.downcast_ref::<[u8; 2]>())));
            self.0.lock().push(shown.collect());
            Ok(())
        }
    }
    let keys = Arc::new(Keys::default());
    let lab = Lab::new().publisher(Arc::clone(&keys));
    let arguments = [1_u8, 2];
    let tenant = String::from("acme");
    lab.experiment("x")
        .control(|| 1)
        .candidate("new", || 1)
        .context("tenant", tenant.as_str())
        .context("arguments", experiment::ContextValue::other(&arguments))
        .run();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    let expected = vec![("tenant", "Text(..) None".to_owned()), ("arguments", "Other(..) Some([1, 2])".to_owned())];
    assert_eq!(*keys.0.lock(), [expected, vec![]], "values are there, and Debug does not show them");
}

#[test]
fn errors_without_equality_are_compared_by_a_closure() {
    struct Failed(&'static str);
    let lab = Lab::new();
    let run = |control: Result<u8, Failed>, candidate: Result<u8, Failed>| {
        let call = lab.experiment("x").control(|| control).candidate("new", || candidate);
        call.compare_errors_with(|control, candidate| control.0 == candidate.0).run().is_ok()
    };
    run(Ok(1), Ok(1));
    run(Err(Failed("a")), Err(Failed("a")));
    run(Ok(1), Ok(2));
    run(Err(Failed("a")), Err(Failed("b")));
    run(Ok(1), Err(Failed("a")));
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[0].mismatches()), (2, 3));
}

#[test]
fn a_raised_mismatch_is_recorded_published_and_put_into_words() {
    let lab = Lab::new().reaction(Reaction::Raise);
    let text = text_of(|| lab.experiment("users").control(|| 1).candidate("new", || 2).describe_debug().run());
    assert_eq!(text, "experiment users mismatched\n  control: 1\n  new: 2");
    assert_eq!(lab.experiment("users").report().candidates[0].mismatches(), 1);
}

#[test]
fn matches_and_ignored_differences_are_not_raised() {
    let lab = Lab::new().reaction(Reaction::Raise);
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1);
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).ignore(|_, _| true).run(), 1);
}

#[test]
fn every_raised_mismatch_has_words_however_many_there_were() {
    let lab = Lab::new().reaction(Reaction::Raise);
    for _ in 0..20 {
        let text = text_of(|| lab.experiment("x").control(|| 1).candidate("new", || 2).describe_debug().run());
        assert!(text.ends_with("new: 2"), "{text}");
    }
}

#[test]
fn an_experiment_overrides_its_lab_in_both_directions() {
    let raising = Lab::new().reaction(Reaction::Raise);
    raising.experiment("x").set_reaction(Some(Reaction::Record));
    assert_eq!(raising.experiment("x").control(|| 1).candidate("new", || 2).run(), 1);

    let recording = Lab::new();
    recording.experiment("x").set_reaction(Some(Reaction::Raise));
    text_of(|| recording.experiment("x").control(|| 1).candidate("new", || 2).run());
    recording.experiment("x").set_reaction(None);
    assert_eq!(recording.experiment("x").control(|| 1).candidate("new", || 2).run(), 1);
}

#[test]
fn a_mismatch_is_raised_as_the_applications_own_type() {
    #[derive(Debug, PartialEq)]
    struct Own(&'static str, Outcome);
    let lab = Lab::new().reaction(Reaction::Raise).raise_with(|mismatch| {
        let outcome = mismatch.result().candidates().next().map(|candidate| candidate.outcome);
        if outcome == Some(Outcome::Ignored) {
            panic_any("it is never asked about those");
        }
        resume_unwind(Box::new(Own(mismatch.experiment(), outcome.expect("there is one"))))
    });
    let run = || lab.experiment("x").control(|| 1).candidate("new", || resume_unwind(Box::new(()))).run();
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it raises");
    assert_eq!(payload.downcast_ref::<Own>(), Some(&Own("x", Outcome::Panicked)));
}

#[test]
fn a_raiser_that_returns_leaves_the_value_alone() {
    let lab = Lab::new().reaction(Reaction::Raise).raise_with(|_| {});
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1);
}
