//! How often the control differs from itself.

use std::cell::Cell;
use std::future::ready;

use experiment::{Claims, Lab, NameError, Order, Outcome, Rate, Reaction};
use verdict::judge::RateFinding;

use crate::asynchronous::finish;

/// Runs in which every tenth reading of anything differs, and every so manyth result of the candidate besides.
fn noisy_lab(runs: u32, wrong_each: Option<u32>) -> Lab {
    let lab = Lab::new().order(Order::Seeded(3));
    let readings = Cell::new(0_u32);
    let read = || {
        readings.set(readings.get() + 1);
        // A multiplicative hash: which readings differ must not follow from the order of the behaviours.
        u32::from(readings.get().wrapping_mul(2_654_435_761) >> 16 < 6_554)
    };
    for run in 0..runs {
        let wrong = wrong_each.is_some_and(|each| run % each == 0);
        let call = lab.experiment("x").control(read).candidate("new", || if wrong { 9 } else { read() });
        call.control_again(Rate::ALWAYS, read).run();
    }
    lab
}

fn finding(lab: &Lab) -> RateFinding {
    let claims = Claims::default().mismatch_rate(verdict::Rate::new(0.02).expect("it is a rate"));
    lab.experiment("x").report().verdicts(&claims)[0].matches.finding()
}

#[test]
fn a_candidate_that_differs_as_often_as_the_control_from_itself_is_no_worse_than_noise() {
    let lab = noisy_lab(20_000, None);
    assert_eq!(finding(&lab), RateFinding::NoWorseThanNoise);
}

#[test]
fn a_candidate_that_differs_more_often_differs() {
    assert_eq!(finding(&noisy_lab(20_000, Some(4))), RateFinding::Differs);
}

#[test]
fn the_second_run_is_reported_by_itself_and_is_no_candidate() {
    let report = noisy_lab(1_000, None).experiment("x").report();
    let again = report.control_again.as_ref().expect("it ran");
    assert_eq!((report.candidates.len(), again.compared(), report.candidates[0].noise_runs), (1, 1_000, 1_000));
    assert!(report.to_string().contains("control again, which tells what is noise: "), "{report}");
    assert!(report.candidate("control again").is_none());
}

#[test]
fn the_control_runs_again_in_its_share_of_the_runs_only() {
    let lab = Lab::new();
    for _ in 0..10_000 {
        lab.experiment("x")
            .control(|| 1)
            .candidate("new", || 1)
            .control_again(Rate::percent(10.0).unwrap(), || 1)
            .run();
    }
    let report = lab.experiment("x").report();
    let again = report.control_again.as_ref().expect("it ran").compared();
    // Nine standard deviations of Bin(10000, 1/10).
    assert!((730..=1_270).contains(&again), "{again}");
    assert_eq!((report.candidates[0].noise_runs, report.candidates[0].compared()), (again, 10_000));
}

#[test]
fn noise_is_neither_raised_nor_makes_a_result_mismatched() {
    let lab = Lab::new().reaction(Reaction::Raise);
    let matched = Cell::new(None);
    let call = lab.experiment("x").control(|| 1).candidate("new", || 1).control_again(Rate::ALWAYS, || 2);
    assert_eq!(call.after(|result| matched.set(Some(result.matched()))).run(), 1);
    assert_eq!(matched.get(), Some(true));
}

#[test]
fn futures_know_noise_too() {
    let lab = Lab::new();
    let call =
        lab.experiment("x").control_async(ready(1)).candidate("new", ready(2)).control_again(Rate::ALWAYS, ready(1));
    assert_eq!(finish(call.run()), 1);
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].candidate_only, report.candidates[0].noise_only), (1, 0));
    assert_eq!(report.control_again.map(|again| again.count(Outcome::Match)), Some(1));
}

#[test]
fn its_name_is_taken() {
    assert!(matches!(Lab::new().define("control again"), Err(NameError::Reserved { .. })));
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("control again", || unreachable!("the name is taken")).run();
    assert!(lab.experiment("x").report().control_again.is_none_or(|again| again.compared() == 0));
}
