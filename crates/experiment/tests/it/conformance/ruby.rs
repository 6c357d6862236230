//! github/scientist: default experiment and entry points (D, M), experiment (E).

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use experiment::testing::ManualClock;
use experiment::{
    Clock, Comparator, Experiment, Lab, NameError, Operation, Order, Outcome, PublishError, Publisher, Rate, Reaction,
    RunResult, experiment,
};
use parking_lot::Mutex;

use super::bench::{Bench, fail, raised};
use crate::default_lab::the_default_lab;

// Default experiment and entry points.

#[test]
fn scientist_d1_the_default_lab_runs_candidates() {
    // Disagreement: there, the default experiment is disabled. A default that silently measures nothing was complained
    // about (scientist#80).
    assert_eq!(Lab::default().experiment("x").rate(), Rate::ALWAYS);
}

#[test]
fn scientist_d2_publishing_by_default_goes_nowhere() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    assert!(lab.flush().is_ok());
}

#[test]
fn scientist_d3_the_default_lab_is_a_lab_like_any_other() {
    fn is_lab(_: &Lab) {}
    is_lab(the_default_lab());
}

#[test]
fn scientist_m1_a_version_is_known() {
    assert_eq!(experiment::VERSION, env!("CARGO_PKG_VERSION"));
}

#[test]
fn scientist_m2_one_expression_makes_configures_and_runs() {
    let call = Lab::new().experiment("x").control(|| "control").candidate("new", || "candidate").run();
    assert_eq!(call, "control");
}

#[test]
fn scientist_m3_the_free_function_does_the_same() {
    the_default_lab();
    assert_eq!(experiment("m3").control(|| "control").candidate("new", || "candidate").run(), "control");
}

#[test]
fn scientist_m4_there_is_no_context_by_default() {
    let count = Cell::new(None);
    let run = Lab::new()
        .experiment("x")
        .control(|| 1)
        .candidate("new", || 1)
        .after(|result| count.set(Some(result.context().count())))
        .run();
    assert_eq!((run, count.get()), (1, Some(0)));
}

#[test]
fn scientist_m7_run_none_runs_the_control_only() {
    let bench = Bench::new();
    bench.x().set_rate(Rate::NEVER);
    assert_eq!(bench.x().control(|| 1).candidate("new", || unreachable!()).run(), 1);
}

// Experiment.

#[test]
fn scientist_e2_making_a_lab_does_not_replace_the_default() {
    let default = the_default_lab();
    let _other = Lab::new().order(Order::ControlLast);
    assert!(std::ptr::eq(default, experiment::default_lab()));
}

#[test]
fn scientist_e3_an_experiment_of_the_default_lab_keeps_its_name() {
    the_default_lab();
    assert_eq!(experiment("e3").name(), "e3");
}

#[test]
fn scientist_e4_there_are_no_nameless_experiments() {
    // Disagreement: there, a nameless experiment has a static default name, under which all of them are mixed.
    assert!(matches!(Lab::new().define(""), Err(NameError::Empty { .. })));
}

#[test]
fn scientist_e5_whether_it_is_enabled_is_always_known() {
    let lab = Lab::new();
    assert_eq!((lab.experiment("x").rate(), lab.experiment("x").is_switched_off()), (Rate::ALWAYS, false));
}

#[test]
fn scientist_e6_a_publisher_must_say_how_to_publish() {
    // That the other case does not compile is an example in the docs of `Publisher`.
    struct SaysIt;
    impl Publisher for SaysIt {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            Ok(())
        }
    }
    assert!(SaysIt.flush().is_ok());
}

#[test]
fn scientist_e7_without_a_control_there_is_no_run() {
    trait Fallback {
        fn run(&self) -> &'static str {
            "control is missing"
        }
    }
    impl Fallback for Experiment<'_> {}
    // A method of the type itself would win over that of the trait.
    assert_eq!(Lab::new().experiment("x").run(), "control is missing");
}

#[test]
fn scientist_e8_a_control_alone_is_passed_through() {
    assert_eq!(Bench::new().x().control(|| 1).run(), 1);
}

#[test]
fn scientist_e9_candidates_run_and_the_controls_value_is_returned() {
    let ran = Cell::new(false);
    assert_eq!(Bench::new().x().control(|| 1).candidate("new", || i32::from(ran.replace(true)) + 7).run(), 1);
    assert!(ran.get());
}

#[test]
fn scientist_e11_a_candidates_panic_is_swallowed() {
    assert_eq!(Bench::new().x().control(|| 1).candidate("new", fail).run(), 1);
}

#[test]
fn scientist_e12_the_controls_panic_reaches_the_caller_unchanged() {
    let run = || {
        Bench::new().x().control(|| -> u8 { std::panic::resume_unwind(Box::new(17_u64)) }).candidate("new", || 1).run()
    };
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(payload.downcast_ref::<u64>(), Some(&17));
}

#[test]
fn scientist_e13_the_order_is_shuffled() {
    let bench = Bench::with(Lab::new());
    let last = RefCell::new(std::collections::BTreeSet::new());
    for _ in 0..10_000 {
        let latest = Cell::new("");
        bench.x().control(|| latest.set("control")).candidate("new", || latest.set("new")).run();
        last.borrow_mut().insert(latest.get());
    }
    assert_eq!(last.into_inner().len(), 2);
}

struct Refuses;

impl Publisher for Refuses {
    fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
        Err(PublishError::refused("full"))
    }
}

#[test]
fn scientist_e14_a_failure_to_publish_never_reaches_the_caller() {
    // Disagreement: there, by default, it does.
    let bench = Bench::with(Lab::new().publisher(Refuses));
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).run(), 1);
    assert_eq!(bench.told().len(), 1);
}

#[test]
fn scientist_e16_a_result_is_published_when_there_is_a_candidate() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 1).run();
    assert_eq!(bench.published().len(), 1);
}

#[test]
fn scientist_e17_a_control_alone_is_not_published() {
    let bench = Bench::new();
    bench.x().control(|| 1).run();
    assert!(bench.published().is_empty());
}

pub(super) struct ByText;

impl Comparator<i32, String> for ByText {
    fn same(&self, control: &i32, candidate: &String) -> bool {
        control.to_string() == *candidate
    }
}

#[test]
fn scientist_e18_a_comparator_decides_across_types() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate_of("new", || "1".to_owned()).compare_by(ByText).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_e20_equal_observations_are_equivalent_and_different_ones_are_not() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("same", || 1).candidate("other", || 2).run();
    assert_eq!((bench.count(Outcome::Match), bench.count(Outcome::Mismatch)), (1, 1));
}

#[test]
fn scientist_e21_equivalence_uses_the_comparator() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).compare_with(|_, _| true).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_e23_a_failing_gate_is_told_and_the_control_returned() {
    let bench = Bench::with(Lab::new().enabled_by(|_| fail()));
    assert_eq!(bench.x().control(|| 1).candidate("new", || unreachable!()).run(), 1);
    assert_eq!(bench.told(), [(Operation::Gate, "planted".to_owned())]);
}

/// The words kept of a run with `1` and `2`.
pub(super) fn words(describe: impl Fn(&i32) -> String) -> (Option<String>, Option<String>) {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).describe_with(describe).run();
    let sample = bench.published()[0].candidates[0].sample.clone().expect("it has words");
    (sample.control, sample.candidate)
}

#[test]
fn scientist_e25_without_a_cleaner_values_pass_unchanged_to_the_comparison_and_are_not_kept() {
    // Disagreement: there, they are kept as they are; here, only in words that the call site gives.
    let bench = Bench::new();
    bench
        .x()
        .control(|| 1)
        .candidate("new", || 2)
        .compare_with(|control, candidate| (*control, *candidate) == (1, 2))
        .run();
    assert_eq!(bench.count(Outcome::Match), 1);
    assert!(bench.published()[0].candidates[0].sample.is_none());
}

#[test]
fn scientist_e26_a_wrapper_gives_a_default_that_a_call_site_replaces() {
    let bench = Bench::new();
    let with_default =
        || bench.x().control(|| 1).candidate("new", || 2).describe_with(|value| format!("default {value}"));
    with_default().run();
    with_default().describe_with(|value| format!("own {value}")).run();
    let kept = bench.published();
    let control = |run: usize| kept[run].candidates[0].sample.as_ref().and_then(|sample| sample.control.clone());
    assert_eq!((control(0).as_deref(), control(1).as_deref()), (Some("default 1"), Some("own 1")));
}

#[test]
fn scientist_e27_the_cleaner_is_applied() {
    assert_eq!(words(|value| format!("<{value}>")), (Some("<1>".to_owned()), Some("<2>".to_owned())));
}

#[test]
fn scientist_e29_a_type_of_the_application_is_raised() {
    #[derive(Debug)]
    struct Own;
    let bench =
        Bench::with(Lab::new().reaction(Reaction::Raise).raise_with(|_| std::panic::resume_unwind(Box::new(Own))));
    let run = || bench.x().control(|| 1).candidate("new", || 2).run();
    assert!(catch_unwind(AssertUnwindSafe(run)).unwrap_err().is::<Own>());
}

#[test]
fn scientist_e30_run_if_false_is_asked_and_no_candidate_runs() {
    let asked = Cell::new(0);
    let condition = || asked.replace(1) == 7;
    assert_eq!(Bench::new().x().control(|| 1).candidate("new", || unreachable!()).run_if(condition).run(), 1);
    assert_eq!(asked.get(), 1);
}

#[test]
fn scientist_e31_run_if_true_lets_candidates_run() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 1).run_if(|| true).run();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_e32_without_a_rule_nothing_is_ignored() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).run();
    assert_eq!(bench.count(Outcome::Ignored), 0);
}

#[test]
fn scientist_e33_a_rule_gets_both_values() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).ignore(|control, candidate| (*control, *candidate) == (1, 2)).run();
    assert_eq!(bench.count(Outcome::Ignored), 1);
}

#[test]
fn scientist_e34_rules_are_tried_until_one_says_yes() {
    let asked = Cell::new(0);
    let bench = Bench::new();
    let count = |says| {
        asked.set(asked.get() + 1);
        says
    };
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| count(false)).ignore(|_, _| count(false)).run();
    assert_eq!((asked.get(), bench.count(Outcome::Mismatch)), (2, 1));
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| count(true)).ignore(|_, _| count(true)).run();
    assert_eq!((asked.get(), bench.count(Outcome::Ignored)), (3, 1));
}

#[test]
fn scientist_e36_a_failing_rule_is_told_and_counts_as_not_ignored() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).ignore(|_, _| fail()).run();
    assert_eq!(bench.told(), [(Operation::Ignore, "planted".to_owned())]);
    assert_eq!(bench.count(Outcome::Mismatch), 1);
}

fn raising() -> Bench {
    Bench::with(Lab::new().reaction(Reaction::Raise))
}

#[test]
fn scientist_e38_a_mismatch_is_raised_where_asked() {
    raised(|| raising().x().control(|| 1).candidate("new", || 2).run());
}

#[test]
fn scientist_e40_a_mismatch_is_not_raised_otherwise() {
    assert_eq!(Bench::new().x().control(|| 1).candidate("new", || 2).run(), 1);
}

#[test]
fn scientist_e41_a_control_that_fails_alone_is_a_mismatch() {
    let text = raised(|| raising().x().control(fail::<i32>).candidate("new", || 2).run());
    assert!(text.starts_with("experiment x mismatched"), "{text}");
}

#[test]
fn scientist_e43_a_raised_mismatch_is_no_ordinary_error() {
    // A panic passes every handler of `Result`.
    let handled = || -> Result<i32, String> { Ok(raising().x().control(|| 1).candidate("new", || 2).run()) };
    raised(|| handled().unwrap_or(0));
}

#[cfg(feature = "serde")]
#[test]
fn scientist_e45_what_is_known_of_an_experiment_survives_being_stored() {
    let bench = Bench::new();
    bench.x().control(|| 1).candidate("new", || 2).run();
    let report = bench.x().report();
    let stored = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<experiment::Report>(&stored).unwrap(), report);
}

#[test]
fn scientist_e46_an_experiment_raises_although_its_lab_does_not() {
    let bench = Bench::new();
    bench.x().set_reaction(Some(Reaction::Raise));
    raised(|| bench.x().control(|| 1).candidate("new", || 2).run());
}

#[test]
fn scientist_e48_an_experiment_that_says_nothing_does_what_its_lab_says() {
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 2).run(), 1);
    bench.lab.set_reaction(Reaction::Raise);
    raised(|| bench.x().control(|| 1).candidate("new", || 2).run());
}

/// What a raised mismatch tells, as the raiser sees it.
fn seen_by_the_raiser(look: impl Fn(&experiment::Mismatch<'_>) -> String + Send + Sync + 'static) -> (Bench, String) {
    let seen = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&seen);
    let bench =
        Bench::with(Lab::new().reaction(Reaction::Raise).raise_with(move |mismatch| *keep.lock() = look(mismatch)));
    bench.x().control(|| 1).candidate("new", || 2).describe_debug().run();
    let seen = seen.lock().clone();
    (bench, seen)
}

#[test]
fn scientist_e49_a_mismatch_has_the_name_of_the_experiment() {
    assert_eq!(seen_by_the_raiser(|mismatch| mismatch.experiment().to_owned()).1, "x");
}

#[test]
fn scientist_e50_a_mismatch_has_the_result_that_was_published() {
    let (bench, seen) =
        seen_by_the_raiser(|mismatch| format!("{:?}", mismatch.result().candidates().collect::<Vec<_>>()));
    assert_eq!(seen, format!("{:?}", bench.published()[0].candidates));
}

#[test]
fn scientist_e51_a_mismatch_in_words_has_a_header_and_every_behaviour() {
    assert_eq!(
        seen_by_the_raiser(|mismatch| format!("{mismatch}")).1,
        "experiment x mismatched\n  control: 1\n  new: 2"
    );
}

#[test]
fn scientist_e53_the_hook_before_comes_before_control_and_candidate() {
    let order = RefCell::new(String::new());
    let note = |word| order.borrow_mut().push_str(word);
    Bench::new().x().control(|| note("c")).candidate("new", || note("n")).before(|| note("before ")).run();
    assert!(order.into_inner().starts_with("before "));
}

#[test]
fn scientist_e54_the_hook_before_is_not_called_when_disabled() {
    let bench = Bench::new();
    bench.x().switch_off();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).before(|| unreachable!()).run(), 1);
}

#[test]
fn scientist_e56_the_hook_after_is_not_called_when_disabled() {
    let bench = Bench::new();
    bench.x().switch_off();
    assert_eq!(bench.x().control(|| 1).candidate("new", || 1).after(|_| unreachable!()).run(), 1);
}

#[test]
fn scientist_e57_durations_given_by_a_test_are_reported_instead_of_measured() {
    // Disagreement in form: there, numbers are handed to the run; here, to the clock.
    let clock = ManualClock::new();
    let bench = Bench::with(Lab::new().clock(clock.clone()));
    bench
        .x()
        .control(|| clock.advance(Duration::from_secs(3)))
        .candidate("new", || clock.advance(Duration::from_secs(7)))
        .run();
    let result = &bench.published()[0];
    assert_eq!(result.control.duration, Some(Duration::from_secs(3)));
    assert_eq!(result.candidates[0].observation.duration, Some(Duration::from_secs(7)));
}

#[test]
fn scientist_e58_processor_time_likewise() {
    let clock = ManualClock::new();
    clock.advance_cpu(Duration::ZERO);
    let bench = Bench::with(Lab::new().clock(clock.clone()));
    bench.x().control(|| clock.advance_cpu(Duration::from_secs(3))).candidate("new", || ()).run();
    let result = &bench.published()[0];
    assert_eq!(
        (result.control.cpu, result.candidates[0].observation.cpu),
        (Some(Duration::from_secs(3)), Some(Duration::ZERO))
    );
    assert_eq!(bench.x().report().control.mean_cpu, Some(Duration::from_secs(3)));
}

/// Counts how often each time is read.
#[derive(Default)]
struct Counting(Mutex<(u64, u64)>);

impl Clock for Counting {
    fn now(&self) -> Instant {
        self.0.lock().0 += 1;
        Instant::now()
    }

    fn thread_cpu(&self) -> Option<Duration> {
        let mut counts = self.0.lock();
        counts.1 += 1;
        Some(Duration::from_nanos(counts.1))
    }
}

#[test]
fn scientist_e60_a_behaviour_is_really_measured_both_ways() {
    let clock = Arc::new(Counting::default());
    let bench = Bench::with(Lab::new().clock(Arc::clone(&clock)));
    bench.x().control(|| 1).candidate("new", || 1).run();
    assert_eq!(*clock.0.lock(), (3, 4), "one reading more than behaviours; before and after each behaviour");
    assert_eq!(bench.published()[0].control.cpu, Some(Duration::from_nanos(1)));
}
