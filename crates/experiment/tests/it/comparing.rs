//! What counts as the same.

use std::cell::RefCell;

use experiment::{Comparator, Lab, Outcome, Report};

fn only(lab: &Lab) -> Report {
    lab.experiment("x").report()
}

#[test]
fn equal_results_match_and_different_ones_do_not() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("same", || 1).candidate("other", || 2).run();
    assert_eq!((only(&lab).candidates[0].matches(), only(&lab).candidates[1].mismatches()), (1, 1));
}

#[test]
fn the_comparator_gets_the_control_first() {
    let lab = Lab::new();
    let seen = RefCell::new(Vec::new());
    lab.experiment("x")
        .control(|| "control")
        .candidate("new", || "candidate")
        .compare_with(|control, candidate| {
            seen.borrow_mut().push((*control, *candidate));
            true
        })
        .run();
    assert_eq!(seen.into_inner(), [("control", "candidate")]);
    assert_eq!(only(&lab).candidates[0].matches(), 1);
}

#[test]
fn a_comparator_joins_two_types() {
    struct ByText;
    impl Comparator<i32, String> for ByText {
        fn same(&self, control: &i32, candidate: &String) -> bool {
            control.to_string() == *candidate
        }
    }
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate_of("text", || String::from("1")).compare_by(ByText).run();
    assert_eq!(only(&lab).candidates[0].matches(), 1);
}

#[test]
fn a_difference_that_any_rule_excuses_is_ignored_and_neither_match_nor_mismatch() {
    let lab = Lab::new();
    lab.experiment("x")
        .control(|| 10)
        .candidate("new", || 11)
        .ignore(|_, _| false)
        .ignore(|control, candidate| candidate - control == 1)
        .run();
    let outcomes = &only(&lab).candidates[0].outcomes;
    assert_eq!((outcomes[&Outcome::Match], outcomes[&Outcome::Ignored], outcomes[&Outcome::Mismatch]), (0, 1, 0));
}

#[test]
fn rules_that_all_say_no_leave_a_mismatch() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 10).candidate("new", || 11).ignore(|_, _| false).ignore(|_, _| false).run();
    assert_eq!(only(&lab).candidates[0].mismatches(), 1);
}

#[test]
fn rules_are_not_asked_about_a_match() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).ignore(|_, _| unreachable!("nothing differs")).run();
    assert_eq!(only(&lab).candidates[0].matches(), 1);
}

#[test]
fn only_what_is_observed_is_compared() {
    struct NoEquality {
        id: u32,
    }
    let lab = Lab::new();
    let value = lab
        .experiment("x")
        .control(|| NoEquality { id: 1 })
        .candidate("new", || NoEquality { id: 1 })
        .observe(|value| value.id)
        .run();
    assert_eq!((value.id, only(&lab).candidates[0].matches()), (1, 1));
}

#[test]
fn comparators_rules_and_words_are_about_what_was_observed() {
    let lab = Lab::new();
    lab.experiment("x")
        .control(|| ("secret", 1))
        .candidate("new", || ("secret", 5))
        .observe(|(_, id)| *id)
        .compare_with(|control, candidate| control == candidate)
        .ignore(|control, candidate| control > candidate)
        .describe_with(|id| format!("id {id}"))
        .explain_with(|control, candidate| format!("{} apart", candidate - control))
        .run();
    let report = only(&lab);
    let sample = &report.candidates[0].samples[0];
    assert_eq!(sample.control.as_deref(), Some("id 1"));
    assert_eq!(sample.candidate.as_deref(), Some("id 5"));
    assert_eq!(sample.difference.as_deref(), Some("4 apart"));
}

#[test]
fn results_are_not_stored_unless_the_call_site_gives_words() {
    let lab = Lab::new();
    lab.experiment("x").control(|| "secret").candidate("new", || "other secret").run();
    let report = only(&lab);
    assert!(report.candidates[0].samples.is_empty());
    assert!(!format!("{report:?}{report}").contains("secret"));
}
