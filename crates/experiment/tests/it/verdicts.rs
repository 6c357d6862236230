//! What may be said, and reports of several processes.

use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Claims, Lab, MergeError, Order, Outcome, Report};
use verdict::judge::{RateFinding, SpeedFinding, SpeedMeasure};
use verdict::quantile::Quantile;

fn claims(rate: f64) -> Claims {
    Claims::default().mismatch_rate(verdict::Rate::new(rate).expect("the tests use rates"))
}

/// Runs in which the control takes 20 ms, the candidate as long as said, and so many of a thousand are wrong.
fn report(runs: u32, candidate_micros: u64, wrong_of_1000: u32) -> Report {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::Seeded(1)).breaker(BreakerPolicy::never());
    for run in 0..runs {
        lab.experiment("x")
            .control(|| {
                clock.advance(Duration::from_millis(20));
                0
            })
            .candidate("new", || {
                clock.advance(Duration::from_micros(candidate_micros));
                u32::from(run % 1_000 < wrong_of_1000)
            })
            .run();
    }
    lab.experiment("x").report()
}

#[test]
fn enough_clean_runs_match_and_too_few_are_undecided_with_the_number_still_needed() {
    // 3.441 / 0.001 clean runs decide on one in a thousand at 95 %.
    let finding = |runs| report(runs, 20_000, 0).verdicts(&claims(0.001))[0].matches.finding();
    assert_eq!(finding(3_442), RateFinding::Matches);
    match finding(3_000) {
        RateFinding::Undecided { more_runs, .. } => assert!((430..=450).contains(&more_runs.expect("it can be told"))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_mismatches_differ() {
    assert_eq!(report(3_000, 20_000, 50).verdicts(&claims(0.001))[0].matches.finding(), RateFinding::Differs);
}

#[test]
fn speed_is_found_faster_slower_or_equivalent() {
    let findings = |micros| {
        let verdicts = report(3_000, micros, 0).verdicts(&Claims::default());
        verdicts[0].speed.iter().map(verdict::judge::SpeedVerdict::finding).collect::<Vec<_>>()
    };
    assert_eq!(findings(10_000), [SpeedFinding::Faster; 3]);
    assert_eq!(findings(40_000), [SpeedFinding::Slower; 3]);
    // Always slower, but by a difference that does not matter.
    assert_eq!(findings(20_100), [SpeedFinding::Slower, SpeedFinding::Equivalent, SpeedFinding::Equivalent]);
}

#[test]
fn what_is_missing_is_counted_as_a_mismatch_in_the_worst_case() {
    let lab = Lab::new().breaker(BreakerPolicy::never());
    for run in 0..4_000 {
        let panics = || if run % 100 == 0 { std::panic::resume_unwind(Box::new(())) } else { 1 };
        lab.experiment("x").control(|| 1).candidate("new", panics).run();
    }
    let verdict = &lab.experiment("x").report().verdicts(&claims(0.001))[0].matches;
    assert_eq!(verdict.finding(), RateFinding::Matches);
    assert!(verdict.worst_case() > 0.01);
    assert!(verdict.to_string().contains("40 panicked (counted as mismatches: below"), "{verdict}");
}

#[test]
fn every_outcome_without_a_comparison_is_in_the_worst_case_but_what_was_skipped() {
    let clean = report(4_000, 20_000, 0);
    let worst = |outcome| {
        let mut report = clean.clone();
        report.candidates[0].outcomes.insert(outcome, 40);
        report.verdicts(&claims(0.001))[0].matches.worst_case()
    };
    for outcome in [Outcome::Dropped, Outcome::TimedOut, Outcome::Panicked, Outcome::Cancelled] {
        assert!(worst(outcome) > 0.01, "{outcome:?}");
    }
    assert!(worst(Outcome::Skipped) < 0.001);
}

#[test]
fn an_experiment_that_never_ran_has_no_verdict() {
    assert!(Lab::new().experiment("x").report().verdicts(&Claims::default()).is_empty());
}

#[test]
fn merged_reports_say_what_one_process_would_have_said() {
    let mut both = report(2_000, 10_000, 5);
    both.merge(&report(2_000, 10_000, 5)).unwrap();
    let one = report(4_000, 10_000, 5);
    assert_eq!((both.runs, both.candidates[0].mismatches()), (4_000, 20));
    assert_eq!(both.verdicts(&Claims::default()), one.verdicts(&Claims::default()));
    assert_eq!(both.control.latency, one.control.latency);
    let order = |report: &Report| (report.candidates[0].faster, report.candidates[0].slower);
    assert_eq!(order(&both), order(&one));
}

#[test]
fn candidates_that_only_one_process_knows_are_kept() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("fancy", || 1).run();
    let mut both = report(10, 10_000, 0);
    both.merge(&lab.experiment("x").report()).unwrap();
    assert_eq!(both.candidate("fancy").map(|fancy| fancy.count(Outcome::Match)), Some(1));
    assert_eq!(both.candidate("new").map(|new| new.count(Outcome::Match)), Some(10));
}

#[test]
fn reports_of_different_experiments_are_not_merged() {
    let lab = Lab::new();
    let mut x = report(10, 10_000, 0);
    let before = x.clone();
    let refused = x.merge(&lab.experiment("y").report());
    assert!(matches!(refused, Err(MergeError::OtherExperiment { this, other, .. }) if this == "x" && other == "y"));
    assert_eq!(x, before);
}

#[test]
fn one_sentence_says_all_of_it_with_the_number_of_runs_said_once() {
    let sentence = |runs, wrong| format!("{:#}", report(runs, 10_000, wrong).verdicts(&claims(0.001))[0]);
    assert_eq!(
        sentence(4_000, 0),
        "new: 4,000 runs, 0 mismatches: the mismatch rate is below 0.087 % (95 %, at any time); \
         faster in 100 % of the runs (99.8-100 %; 98.3 %, at any time); \
         p50 50 % faster (49.3-50.7 %; 98.3 %, at any time); p95 50 % faster (49.3-50.7 %; 98.3 %, at any time)"
    );
    assert_eq!(sentence(1, 0).matches("1 run").count(), 1);
}

#[test]
fn the_sentence_of_a_clean_candidate_says_its_rate_what_is_missing_and_how_much_faster_it_is() {
    let mut report = report(34_411, 11_800, 0);
    report.candidates[0].outcomes.extend([(Outcome::Dropped, 18), (Outcome::TimedOut, 3)]);
    let sentence = format!("{:#}", report.verdicts(&Claims::default())[0]);
    let begins = "new: 34,411 runs, 0 mismatches: the mismatch rate is below 0.01 % (95 %, at any time), 18 dropped, \
                  3 timed out (counted as mismatches: below 0.12 %); ";
    assert!(sentence.starts_with(begins), "{sentence}");
    assert!(sentence.contains("; p95 40.8 % faster (40.1-41.6 %; "), "{sentence}");
}

#[test]
fn a_sentence_says_the_number_of_runs_again_where_it_is_another_one() {
    let lab = Lab::new().breaker(BreakerPolicy::never());
    for run in 0..100 {
        let panics = || if run < 50 { std::panic::resume_unwind(Box::new(())) } else { 1 };
        // The comparison of half of those that return fails.
        let compare = |_: &i32, _: &i32| if run < 75 { std::panic::resume_unwind(Box::new(())) } else { true };
        lab.experiment("x").control(|| 1).candidate("new", panics).compare_with(compare).run();
    }
    let sentence = format!("{:#}", lab.experiment("x").report().verdicts(&Claims::default())[0]);
    assert!(sentence.contains("new: 25 runs, 0 mismatches") && sentence.contains("; 50 runs: "), "{sentence}");
}

#[test]
fn each_quantile_that_is_asked_for_has_a_verdict() {
    let claims = claims(0.001).quantiles([Quantile::P50, Quantile::P95, Quantile::P99]);
    let verdicts = report(4_000, 10_000, 0).verdicts(&claims);
    let measures: Vec<_> = verdicts[0].speed.iter().map(verdict::judge::SpeedVerdict::measure).collect();
    let quantile = SpeedMeasure::QuantileRatio;
    let expected =
        [SpeedMeasure::FasterShare, quantile(Quantile::P50), quantile(Quantile::P95), quantile(Quantile::P99)];
    assert_eq!(measures, expected);
    assert!(report(10, 10_000, 0).verdicts(&claims.quantiles([]))[0].speed.len() == 1);
}
