//! Calls of a cohort: a share of their own, a verdict of their own, and what they are of all calls.

use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{BreakerPolicy, Claims, CohortError, Lab, MemoryPublisher, Operation, Order, Outcome, Rate, Report};
use verdict::judge::{RateFinding, SpeedFinding, SpeedVerdict};

/// Calls of which one in a hundred is of the cohort `large`, which is always sampled; in it the candidate is wrong.
fn boosted(calls: u32, rate_of_small: f64) -> Lab {
    let lab = Lab::new().default_rate(Rate::percent(rate_of_small).expect("it is a rate"));
    let orders = lab.experiment("orders");
    orders.set_cohort_rate("large", Some(Rate::ALWAYS)).expect("there is room for it");
    for call in 0..calls {
        let is_large = call % 100 == 0;
        let cohort = move || if is_large { "large" } else { "small" };
        let value = orders.control(|| 1).candidate("new", || 1 + u32::from(is_large)).cohort(cohort).run();
        assert_eq!(value, 1);
    }
    lab
}

fn calls(report: &Report, cohort: &str) -> f64 {
    report.cohort(cohort).expect("it had runs").calls
}

#[test]
fn a_cohort_with_a_rate_of_its_own_takes_part_at_that_rate() {
    let report = boosted(20_000, 1.0).experiment("orders").report();
    assert_eq!(report.cohort("large").unwrap().runs, 200);
    let small = report.cohort("small").unwrap().runs;
    // Nine standard deviations of Bin(19800, 1/100).
    assert!((72..=324).contains(&small), "{small}");
    assert_eq!((report.cohort("large").unwrap().rate, report.cohort("small").unwrap().rate), (Some(1.0), None));
}

#[test]
fn weights_undo_what_the_rates_did() {
    let report = boosted(100_000, 10.0).experiment("orders").report();
    assert!((calls(&report, "large") - 1_000.0).abs() < 1e-9);
    assert!((calls(&report, "small") - 99_000.0).abs() < 9_000.0, "{}", calls(&report, "small"));
    let verdict = &report.verdicts(&Claims::default())[0];
    let all = verdict.all_calls.expect("there are cohorts");
    // One in eleven runs is a mismatch, and one in a hundred calls.
    let (mismatches, compared) = (report.candidates[0].mismatches(), report.candidates[0].compared());
    assert!((10..13).contains(&(compared / mismatches)), "{mismatches} of {compared}");
    assert!((0.009..0.011).contains(&all.weighted.share()), "{all}");
    assert!((0.010..0.017).contains(&all.at_most), "{all}");
    assert!((report.heaviest_run - 10.0).abs() < 0.01, "{}", report.heaviest_run);
}

#[test]
fn each_cohort_has_a_verdict_of_its_own() {
    let report = boosted(40_000, 100.0).experiment("orders").report();
    let verdict = &report.verdicts(&Claims::default().mismatch_rate(verdict::Rate::new(0.005).unwrap()))[0];
    let findings: Vec<_> =
        verdict.cohorts.iter().map(|cohort| (cohort.cohort.as_str(), cohort.matches.finding())).collect();
    assert_eq!(findings, [("large", RateFinding::Differs), ("small", RateFinding::Matches)]);
    let text = report.to_string();
    assert!(text.contains("new, cohort large: 400 runs, 400 mismatches: the mismatch rate is above"), "{text}");
    assert!(text.contains("calls, each run weighed by its rate: the mismatch rate is below"), "{text}");
}

#[test]
fn speed_is_judged_in_each_cohort() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    for call in 0..4_000 {
        let is_large = call % 2 == 0;
        let candidate = Duration::from_millis(if is_large { 40 } else { 5 });
        lab.experiment("x")
            .control(|| clock.advance(Duration::from_millis(10)))
            .candidate("new", || clock.advance(candidate))
            .cohort(|| if is_large { "large" } else { "small" })
            .run();
    }
    let verdicts = lab.experiment("x").report().verdicts(&Claims::default());
    let finding =
        |cohort: usize| verdicts[0].cohorts[cohort].speed.iter().map(SpeedVerdict::finding).collect::<Vec<_>>();
    assert_eq!(finding(0), [SpeedFinding::Slower; 3]);
    assert_eq!(finding(1), [SpeedFinding::Faster; 3]);
}

#[test]
fn the_seventh_cohort_and_later_ones_are_counted_as_other() {
    let lab = Lab::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "a"] {
        lab.experiment("x").control(|| 1).candidate("new", || 1).cohort(move || name).run();
    }
    let report = lab.experiment("x").report();
    let runs: Vec<_> = report.cohorts.iter().map(|cohort| (cohort.name.as_str(), cohort.runs)).collect();
    assert_eq!(runs, [("a", 2), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 1), ("other", 2)]);
    let refused = lab.experiment("x").set_cohort_rate("g", Some(Rate::NEVER));
    assert!(matches!(refused, Err(CohortError::TooMany { most: 6, .. })), "{refused:?}");
}

#[test]
fn other_can_be_given_a_rate_and_a_cohort_can_be_spared() {
    let lab = Lab::new();
    let x = lab.experiment("x");
    x.set_cohort_rate("other", Some(Rate::NEVER)).unwrap();
    x.set_cohort_rate("f", Some(Rate::NEVER)).unwrap();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        x.control(|| 1).candidate("new", || 1).cohort(move || name).run();
    }
    assert_eq!((x.report().runs, x.cohort_rate("f"), x.cohort_rate("a")), (5, Some(Rate::NEVER), None));
    x.set_cohort_rate("f", None).unwrap();
    x.control(|| 1).candidate("new", || 1).cohort(|| "f").run();
    assert_eq!(x.report().runs, 6);
}

#[test]
fn a_classifier_that_panics_keeps_the_call_out_and_is_told() {
    let lab = Lab::new();
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("new", || unreachable!("nobody knows its rate"))
        .cohort(|| std::panic::resume_unwind(Box::new(0)))
        .run();
    assert_eq!(value, 1);
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.internal_failures[&Operation::Cohort]), (0, 1));
}

#[test]
fn a_cohort_without_a_usable_name_is_counted_as_other_and_told() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).cohort(|| "").run();
    let report = lab.experiment("x").report();
    assert_eq!((report.cohort("other").unwrap().runs, report.internal_failures[&Operation::Cohort]), (1, 1));
}

#[test]
fn a_classifier_is_not_asked_when_switched_off() {
    let lab = Lab::new();
    lab.switch_off();
    let cohort = || unreachable!("it is off");
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).cohort(cohort).run(), 1);
}

#[test]
fn publishers_see_cohort_and_weight() {
    let kept = std::sync::Arc::new(MemoryPublisher::new(std::num::NonZeroUsize::MIN));
    let lab = Lab::new().publisher(kept.clone());
    let call = lab.experiment("x").control(|| 1).candidate("new", || 1).cohort(|| "staff");
    call.after(|result| assert_eq!((result.cohort(), result.weight()), (Some("staff"), 1.0))).run();
    assert_eq!(kept.results()[0].cohort, Some("staff"));
    assert!(lab.experiment("x").report().internal_failures.is_empty());
}

#[test]
fn cohorts_are_counted_in_the_background_too() {
    let executor = ManualExecutor::new();
    let lab = Lab::new().executor(executor.clone());
    let call = lab.experiment("x").control(|| 1).candidate("new", || 2).cohort(|| "staff").observe(|value| *value);
    call.run_in_background();
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!(
        (report.candidates[0].cohorts[0].count(Outcome::Mismatch), report.cohort("staff").unwrap().runs),
        (1, 1)
    );
}

#[test]
fn cohorts_of_two_processes_are_added() {
    let mut report = boosted(1_000, 100.0).experiment("orders").report();
    report.merge(&boosted(1_000, 100.0).experiment("orders").report()).unwrap();
    assert_eq!((report.cohort("large").unwrap().runs, report.cohort("small").unwrap().runs), (20, 1_980));
    assert_eq!((report.candidates[0].cohorts[0].mismatches(), report.heaviest_run_grew), (20, 0));
    report.merge(&boosted(1_000, 50.0).experiment("orders").report()).unwrap();
    assert!((report.heaviest_run - 2.0).abs() < 0.01 && report.heaviest_run_grew == 1, "{}", report.heaviest_run);
}

/// Calls of which one in ten is of the cohort `large`, which is always sampled; in a tenth of those the candidate panics.
fn with_panics_of_the_large() -> Report {
    let lab = Lab::new().default_rate(Rate::percent(10.0).expect("it is a rate")).breaker(BreakerPolicy::never());
    let orders = lab.experiment("orders");
    orders.set_cohort_rate("large", Some(Rate::ALWAYS)).expect("there is room for it");
    for call in 0..20_000 {
        let panics = || if call % 100 == 0 { std::panic::resume_unwind(Box::new(())) } else { 1 };
        let cohort = move || if call % 10 == 0 { "large" } else { "small" };
        orders.control(|| 1).candidate("new", panics).cohort(cohort).run();
    }
    orders.report()
}

#[test]
fn what_is_missing_is_counted_as_a_mismatch_in_the_worst_case_of_all_calls() {
    let report = with_panics_of_the_large();
    let all = report.verdicts(&Claims::default())[0].all_calls.expect("there are cohorts");
    assert!((all.missing_calls - 200.0).abs() < 1e-9, "{all:?}");
    // One in a hundred calls panics, none of those that return differs. The bound for twenty events of the heaviest weight
    // is a little above 42.
    assert!(all.at_most < 0.005 && all.at_worst > 0.01 && all.at_worst < 0.03, "{all:?}");
    assert!(all.to_string().contains(" (what is missing counted as mismatches: below 2."), "{all}");

    let mut both = report.clone();
    both.merge(&report).unwrap();
    assert!((both.candidates[0].cohorts[0].missing_calls - 400.0).abs() < 1e-9);
}

#[test]
fn where_it_is_not_known_for_how_many_calls_missing_runs_stand_there_is_no_worst_case() {
    let mut report = with_panics_of_the_large();
    // As in a report stored before this was counted.
    report.candidates[0].cohorts[0].missing_calls = 0.0;
    let all = report.verdicts(&Claims::default())[0].all_calls.expect("there are cohorts");
    assert!(
        all.at_worst >= 1.0 && all.to_string().ends_with(" (what is missing counted as mismatches: no bound)"),
        "{all}"
    );
}

#[test]
fn without_missing_runs_the_worst_case_of_all_calls_is_not_spoken_of() {
    let report = boosted(2_000, 100.0).experiment("orders").report();
    let all = report.verdicts(&Claims::default())[0].all_calls.expect("there are cohorts");
    assert!(all.at_worst <= all.at_most && all.to_string().ends_with("at any time)"), "{all}");
}

#[test]
fn noise_is_told_from_difference_in_each_cohort() {
    let lab = Lab::new().order(Order::Seeded(5));
    let readings = std::cell::Cell::new(0_u32);
    // One reading in ten differs, whoever reads.
    let read = || {
        readings.set(readings.get() + 1);
        u32::from(readings.get().wrapping_mul(2_654_435_761) >> 16 < 6_554)
    };
    for run in 0..40_000_u32 {
        let is_large = run % 2 == 0;
        let wrong = is_large && run % 8 == 0;
        let call = lab.experiment("x").control(read).candidate("new", || if wrong { 9 } else { read() });
        let call = call.control_again(Rate::ALWAYS, read);
        call.cohort(move || if is_large { "large" } else { "small" }).run();
    }
    let claims = Claims::default().mismatch_rate(verdict::Rate::new(0.05).unwrap());
    let verdict = &lab.experiment("x").report().verdicts(&claims)[0];
    let findings: Vec<_> =
        verdict.cohorts.iter().map(|cohort| (cohort.cohort.as_str(), cohort.matches.finding())).collect();
    assert_eq!(findings, [("large", RateFinding::Differs), ("small", RateFinding::NoWorseThanNoise)]);
}
