//! github/scientist: observation (O), result (Q).

use std::cell::{Cell, RefCell};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{Comparator, Lab, Outcome, RunResult};

use super::bench::{Bench, fail};
use super::ruby::{ByText, words};

// Observation.

#[test]
fn scientist_o1_an_observation_has_wall_and_processor_time_and_no_failure() {
    let clock = ManualClock::new();
    clock.advance_cpu(Duration::ZERO);
    let bench = Bench::with(Lab::new().clock(clock.clone()));
    let work = || {
        clock.advance(Duration::from_millis(100));
        clock.advance_cpu(Duration::from_millis(90));
    };
    bench.x().control(work).candidate("new", || ()).run();
    let control = &bench.published()[0].control;
    assert_eq!(
        (control.duration, control.cpu, control.panicked),
        (Some(Duration::from_millis(100)), Some(Duration::from_millis(90)), false)
    );
}

#[test]
fn scientist_o2_a_failure_is_kept_and_there_is_no_value() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", fail).describe_debug().run();
    let candidate = &bench.published()[0].candidates[0];
    assert!(candidate.observation.panicked);
    assert_eq!(candidate.sample.as_ref().and_then(|sample| sample.candidate.as_deref()), Some("panicked: planted"));
}

#[test]
fn scientist_o3_failures_of_every_type_are_caught() {
    let bench = Bench::new();
    bench
        .x()
        .control(|| 1)
        .candidate("text", fail)
        .candidate("number", || std::panic::resume_unwind(Box::new(7)))
        .run();
    assert_eq!(bench.count(Outcome::Panicked), 2);
}

#[test]
fn scientist_o5_equal_values_are_equivalent_and_others_not() {
    let bench = Bench::new();
    bench.x().control(|| "a").candidate("same", || "a").candidate("other", || "b").run();
    assert_eq!((bench.count(Outcome::Match), bench.count(Outcome::Mismatch)), (1, 1));
}

#[derive(Debug)]
enum Failed {
    This(&'static str),
    That(&'static str),
}

fn errors(bench: &Bench, candidate: Failed, same: impl Fn(&Failed, &Failed) -> bool) {
    let call = bench.x().control(|| Err::<u8, _>(Failed::This("a"))).candidate("new", || Err(candidate));
    assert!(call.compare_errors_with(same).run().is_err());
}

#[test]
fn scientist_o6_errors_are_compared_by_message() {
    let message = |error: &Failed| match error {
        Failed::This(message) | Failed::That(message) => *message,
    };
    let bench = Bench::new();
    errors(&bench, Failed::That("a"), |control, candidate| message(control) == message(candidate));
    errors(&bench, Failed::This("b"), |control, candidate| message(control) == message(candidate));
    assert_eq!((bench.count(Outcome::Match), bench.count(Outcome::Mismatch)), (1, 1));
}

#[test]
fn scientist_o7_errors_are_compared_by_type() {
    let same_kind =
        |control: &Failed, candidate: &Failed| std::mem::discriminant(control) == std::mem::discriminant(candidate);
    let bench = Bench::new();
    errors(&bench, Failed::This("b"), same_kind);
    errors(&bench, Failed::That("a"), same_kind);
    assert_eq!((bench.count(Outcome::Match), bench.count(Outcome::Mismatch)), (1, 1));
}

#[test]
fn scientist_o8_a_comparator_makes_one_and_its_text_equal_and_is_called_in_that_order() {
    struct Noting<'a>(&'a RefCell<Vec<String>>);
    impl Comparator<i32, String> for Noting<'_> {
        fn same(&self, control: &i32, candidate: &String) -> bool {
            self.0.borrow_mut().push(format!("{control:?} {candidate:?}"));
            ByText.same(control, candidate)
        }
    }
    let calls = RefCell::new(Vec::new());
    let bench = Bench::new();
    bench.x().control(|| 1).candidate_of("new", || "1".to_owned()).compare_by(Noting(&calls)).run();
    assert_eq!((bench.count(Outcome::Match), calls.into_inner()), (1, vec!["1 \"1\"".to_owned()]));
}

#[test]
fn scientist_o10_words_of_a_value_may_be_the_value() {
    assert_eq!(words(ToString::to_string), (Some("1".to_owned()), Some("2".to_owned())));
}

#[test]
fn scientist_o11_words_of_a_value_are_the_cleaners() {
    assert_eq!(words(|value| format!("{value}{value}")).1.as_deref(), Some("22"));
}

#[test]
fn scientist_o13_false_survives_as_a_value() {
    let bench = Bench::new();
    assert!(!bench.x().control(|| false).candidate("new", || true).run());
    assert_eq!(bench.count(Outcome::Mismatch), 1);
}

#[test]
fn scientist_o14_false_is_passed_to_the_cleaner() {
    let bench = Bench::new();
    bench.x().control(|| false).candidate("new", || true).describe_debug().run();
    let sample = bench.published()[0].candidates[0].sample.clone().expect("it has words");
    assert_eq!(sample.control.as_deref(), Some("false"));
}

// Result.

#[test]
fn scientist_q1_a_result_cannot_be_changed() {
    fn can_be_sent_anywhere<T: Send + Sync>() {}
    // What publishers and hooks get is a shared borrow, with nothing behind it that could be changed through one.
    let look: &dyn Fn(&RunResult<'_>) = &|result| assert_eq!(result.experiment(), "x");
    Bench::new().x().control(|| 1).candidate("new", || 1).after(look).run();
    can_be_sent_anywhere::<experiment::KeptResult>();
}

#[test]
fn scientist_q2_a_result_tells_which_candidates_mismatched() {
    let bench = Bench::new();
    let matched = Cell::new(None);
    let call = bench.x().control(|| 1).candidate("same", || 1).candidate("b", || 2).candidate("c", || 3);
    call.after(|result| matched.set(Some(result.matched()))).run();
    let result = &bench.published()[0];
    let mismatched: Vec<_> = result
        .candidates
        .iter()
        .filter(|c| c.outcome == Outcome::Mismatch)
        .map(experiment::CandidateResult::name)
        .collect();
    assert_eq!((mismatched, matched.get()), (vec!["b", "c"], Some(false)));
}

#[test]
fn scientist_q3_a_control_alone_has_nothing_to_mismatch() {
    let bench = Bench::new();
    bench.x().control(|| 1).run();
    assert_eq!((bench.published().len(), bench.count(Outcome::Mismatch)), (0, 0));
}

#[test]
fn scientist_q5_without_rules_a_difference_is_mismatched_and_not_ignored() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).run();
    assert_eq!((bench.count(Outcome::Mismatch), bench.count(Outcome::Ignored)), (1, 0));
}

#[test]
fn scientist_q7_candidates_are_split_into_ignored_and_mismatched() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("a", || 2).candidate("b", || 3).ignore(|_, candidate| *candidate == 2).run();
    let outcomes: Vec<_> = bench.published()[0].candidates.iter().map(|candidate| candidate.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ignored, Outcome::Mismatch]);
}

#[test]
fn scientist_q8_a_result_knows_the_name_of_its_experiment() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 1).run();
    assert_eq!(bench.published()[0].experiment, "x");
}

#[test]
fn scientist_q9_a_result_has_the_context_of_its_call() {
    let seen = Cell::new(None);
    let keep = |result: &RunResult<'_>| seen.set(result.context().next().map(|(key, _)| key));
    Bench::new().x().control(|| 1).candidate("new", || 1).context("tenant", "acme").after(keep).run();
    assert_eq!(seen.get(), Some("tenant"));
}
