//! A mismatch that fails a test says where the results differ.

use std::panic::{AssertUnwindSafe, catch_unwind};

use experiment::diff::Rules;
use experiment::{Lab, Reaction};

/// The words in which a call is raised.
fn raised<T>(call: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(call)).err().expect("it raises");
    *payload.downcast::<String>().expect("it raises in words")
}

fn lab() -> Lab {
    Lab::new().reaction(Reaction::Raise)
}

fn shown() -> Rules {
    Rules::new().show("**").expect("it is a pattern")
}

#[test]
fn one_inserted_element_is_one_line() {
    let lab = lab();
    let run =
        || lab.experiment("users").control(|| vec![1, 2]).candidate("new", || vec![0, 1, 2]).diff_by(shown()).run();
    assert_eq!(
        raised(run),
        "experiment users mismatched\n  new differs from the control\n  difference: [0] is extra: 0"
    );
}

#[test]
fn several_differences_are_a_list_beside_the_words_of_the_call() {
    let lab = lab();
    let run =
        || lab.experiment("x").control(|| (1, 2)).candidate("new", || (3, 4)).describe_debug().diff_by(shown()).run();
    let expected = "experiment x mismatched\n  control: (1, 2)\n  new: (3, 4)\n  differences:\n    \
                    [0] changed: 1 became 3\n    [1] changed: 2 became 4";
    assert_eq!(raised(run), expected);
}

#[test]
fn values_are_hidden_unless_a_rule_shows_them_and_the_words_say_how() {
    let lab = lab();
    let run = || lab.experiment("x").control(|| "secret").candidate("new", || "secret too").diff().run();
    let text = raised(run);
    assert!(!text.contains("secret") && text.contains("$ changed: text became text"), "{text}");
    assert!(text.contains("rules with `show(\"**\")` show them"), "{text}");
}

#[test]
fn what_explain_says_goes_before_the_differences() {
    let lab = lab();
    let explained = |_: &i32, _: &i32| "off by one".to_owned();
    let run =
        || lab.experiment("x").control(|| 1).candidate("new", || 2).diff_by(shown()).explain_with(explained).run();
    assert!(raised(run).ends_with("difference: off by one"));
}

#[test]
fn a_thousand_differences_are_cut_and_counted() {
    let lab = lab();
    let numbers = |by: u32| move || (0..300).map(|number| number * by).collect::<Vec<_>>();
    let text = raised(|| lab.experiment("x").control(numbers(1)).candidate("new", numbers(7)).diff_by(shown()).run());
    assert!(text.lines().count() < 60 && text.contains(" more)"), "{text}");
}

#[test]
fn every_mismatch_is_put_into_words_not_only_those_that_reports_keep() {
    let lab = lab();
    for _ in 0..20 {
        let text = raised(|| lab.experiment("x").control(|| 1).candidate("new", || 2).diff_by(shown()).run());
        assert!(text.contains("$ changed: 1 became 2"), "{text}");
    }
}

#[test]
fn a_comparison_that_always_fails_is_raised() {
    let lab = lab();
    let run = || {
        let call = lab.experiment("x").control(|| 1).candidate("new", || 1);
        call.compare_with(|_, _| std::panic::resume_unwind(Box::new(()))).run()
    };
    assert_eq!(raised(run), "experiment x mismatched\n  new could not be compared: the comparison itself failed");
    let run = || {
        let call = lab.experiment("y").control(|| 1).candidate("new", || 1);
        call.observe(|_| -> i32 { std::panic::resume_unwind(Box::new(())) }).run()
    };
    assert!(raised(run).ends_with("new could not be compared: the comparison itself failed"));
}
