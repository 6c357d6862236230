//! Who takes part.

use std::cell::Cell;
use std::future::ready;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use experiment::{Call, CandidateReport, Clock, Key, Lab, Operation, Rate, RateError, Sampler, Sampling};
use proptest::prelude::*;

use crate::asynchronous::finish;

fn candidate_runs(lab: &Lab, calls: u32) -> u32 {
    let ran = Cell::new(0);
    for _ in 0..calls {
        lab.experiment("x").control(|| ()).candidate("new", || ran.set(ran.get() + 1)).run();
    }
    ran.get()
}

#[test]
fn every_call_takes_part_by_default() {
    assert_eq!(candidate_runs(&Lab::new(), 10), 10);
}

#[test]
fn a_rate_gives_about_its_share_of_the_calls() {
    let lab = Lab::new().default_rate(Rate::percent(25.0).unwrap());
    let ran = candidate_runs(&lab, 10_000);
    // Nine standard deviations of Bin(10000, 1/4).
    assert!((2_110..=2_890).contains(&ran), "{ran}");
}

#[test]
fn a_rate_of_never_runs_nothing_and_of_always_runs_all() {
    assert_eq!(candidate_runs(&Lab::new().default_rate(Rate::NEVER), 100), 0);
    assert_eq!(candidate_runs(&Lab::new().default_rate(Rate::ALWAYS), 100), 100);
}

#[test]
fn the_rate_changes_while_calls_go_on() {
    let lab = Lab::new();
    lab.experiment("x").set_rate(Rate::NEVER);
    assert_eq!(candidate_runs(&lab, 10), 0);
    lab.experiment("x").set_rate(Rate::ALWAYS);
    assert_eq!(candidate_runs(&lab, 10), 10);
}

#[test]
fn the_switch_of_the_experiment_keeps_its_rate() {
    let lab = Lab::new();
    lab.experiment("x").set_rate(Rate::ALWAYS);
    lab.experiment("x").switch_off();
    assert_eq!(candidate_runs(&lab, 10), 0);
    lab.experiment("x").switch_on();
    assert_eq!(candidate_runs(&lab, 10), 10);
    assert_eq!(lab.experiment("x").rate(), Rate::ALWAYS);
}

#[test]
fn the_switch_of_the_lab_stops_all_and_spares_those_switched_off_by_themselves() {
    let lab = Lab::new();
    lab.switch_off();
    assert!(lab.experiment("x").is_switched_off());
    assert_eq!(candidate_runs(&lab, 10), 0);
    lab.experiment("x").switch_off();
    lab.switch_on();
    assert_eq!(candidate_runs(&lab, 10), 0);
}

#[test]
fn a_condition_decides_per_call() {
    let lab = Lab::new();
    for call in 0..10 {
        let value = lab.experiment("x").control(|| call).candidate("new", || call).run_if(|| call % 2 == 0).run();
        assert_eq!(value, call);
    }
    assert_eq!(lab.experiment("x").report().runs, 5);
}

#[test]
fn a_condition_is_not_asked_without_candidates_nor_when_switched_off() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).run_if(|| unreachable!("there is nobody to ask for")).run();
    lab.switch_off();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run_if(|| unreachable!("it is off")).run();
}

#[test]
fn calls_that_take_no_part_read_no_clock() {
    struct Forbidden;
    impl Clock for Forbidden {
        fn now(&self) -> Instant {
            unreachable!("nothing is measured")
        }
    }
    let lab = Lab::new().clock(Forbidden).default_rate(Rate::NEVER);
    assert_eq!(candidate_runs(&lab, 10), 0);
    assert!(lab.experiment("x").report().internal_failures.is_empty());
}

#[test]
fn a_rate_outside_its_range_is_an_error() {
    assert!(matches!(Rate::new(-0.1), Err(RateError::OutOfRange { share, .. }) if share < 0.0));
    assert!(matches!(Rate::new(1.1), Err(RateError::OutOfRange { .. })));
    assert!(matches!(Rate::percent(f64::INFINITY), Err(RateError::OutOfRange { .. })));
    assert!(matches!(Rate::new(f64::NAN), Err(RateError::NotANumber { .. })));
}

#[test]
fn a_key_is_always_in_or_always_out() {
    let lab = Lab::new().default_rate(Rate::percent(30.0).unwrap());
    let x = lab.experiment("x");
    let mut keys = 0;
    for user in 0..1_000_u64 {
        let runs = Cell::new(0);
        for _ in 0..3 {
            x.control(|| ()).candidate("new", || runs.set(runs.get() + 1)).sticky(user).run();
        }
        assert!([0, 3].contains(&runs.get()), "user {user} was in {} of 3 times", runs.get());
        keys += u32::from(runs.get() == 3);
    }
    // Nine standard deviations of Bin(1000, 3/10).
    assert!((170..=430).contains(&keys), "{keys}");
}

proptest! {
    #[test]
    fn raising_the_share_never_takes_anybody_out(key: String, one in 0.0..=1.0_f64, other in 0.0..=1.0_f64) {
        let (low, high) = (Rate::new(one.min(other)).unwrap(), Rate::new(one.max(other)).unwrap());
        let key = Key::from(&key);
        prop_assert!(!key.takes_part("x", low) || key.takes_part("x", high));
        prop_assert!(key.takes_part("x", Rate::ALWAYS) && !key.takes_part("x", Rate::NEVER));
    }
}

#[test]
fn two_experiments_take_other_keys() {
    let half = Rate::percent(50.0).unwrap();
    let both = (0..1_000_u64).filter(|user| {
        let key = Key::from(*user);
        key.takes_part("one", half) && key.takes_part("other", half)
    });
    // Nine standard deviations of Bin(1000, 1/4).
    assert!((127..=373).contains(&both.count()));
}

/// Answers what it was told to.
struct Says(Sampling);

impl Sampler for Says {
    fn sample(&self, _: &Call<'_>) -> Sampling {
        self.0
    }
}

#[test]
fn a_sampler_decides_instead_of_the_rate() {
    let lab = Lab::new().default_rate(Rate::NEVER).sampler(Says(Sampling::In(Rate::ALWAYS)));
    assert_eq!(candidate_runs(&lab, 10), 10);
    assert_eq!(candidate_runs(&Lab::new().sampler(Says(Sampling::Out)), 10), 0);
    assert_eq!(candidate_runs(&Lab::new().sampler(Says(Sampling::AtRate(Rate::NEVER))), 10), 0);
}

#[test]
fn a_sampler_is_not_asked_when_switched_off_and_sees_the_key() {
    struct Watches;
    impl Sampler for Watches {
        fn sample(&self, call: &Call<'_>) -> Sampling {
            assert_eq!((call.key(), call.experiment()), (Some(Key::from("ann")), "x"));
            Sampling::AtRate(call.rate())
        }
    }
    let lab = Lab::new().sampler(Watches);
    lab.experiment("x").control(|| 1).candidate("new", || 1).sticky("ann").run();
    lab.switch_off();
    lab.experiment("x").control(|| 1).candidate("new", || 1).sticky("bob").run();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.internal_failures.len()), (1, 0));
}

#[test]
fn a_sampler_that_panics_keeps_the_call_out_and_is_told() {
    struct Fails;
    impl Sampler for Fails {
        fn sample(&self, _: &Call<'_>) -> Sampling {
            std::panic::resume_unwind(Box::new(0))
        }
    }
    let lab = Lab::new().sampler(Fails);
    assert_eq!(candidate_runs(&lab, 3), 0);
    assert_eq!(lab.experiment("x").report().internal_failures[&Operation::Sample], 3);
}

/// Makes one call in every way there is, for one user; gives in how many its candidate ran.
fn runs_in_every_mode(lab: &Lab, user: u64, condition: bool) -> u64 {
    let x = lab.experiment("x");
    let before = x.report().candidates.first().map_or(0, CandidateReport::compared);
    assert_eq!(x.control(|| 1).candidate("new", || 1).sticky(user).run_if(|| condition).run(), 1);
    let later =
        || x.control(|| 1).candidate("new", || 1).sticky(user).run_if(move || condition).observe(|value| *value);
    assert_eq!(later().run_in_background(), 1);
    assert_eq!(later().run_concurrently(), 1);
    let future = || x.control_async(ready(1)).candidate("new", ready(1)).sticky(user).run_if(move || condition);
    assert_eq!(finish(future().run()), 1);
    assert_eq!(finish(future().run_concurrently()), 1);
    lab.settle(Duration::from_secs(10)).expect("candidates return at once");
    x.report().candidates.first().map_or(0, CandidateReport::compared) - before
}

#[test]
fn whoever_is_in_is_in_whichever_way_the_call_is_made() {
    let half = Rate::percent(50.0).unwrap();
    let lab = Lab::new().default_rate(half);
    for user in 0..40 {
        let is_in = Key::from(user).takes_part("x", half);
        assert_eq!(runs_in_every_mode(&lab, user, true), if is_in { 5 } else { 0 }, "user {user}");
        assert_eq!(runs_in_every_mode(&lab, user, false), 0, "user {user}");
    }
}

#[test]
fn a_sampler_and_a_gate_are_asked_in_whichever_way_the_call_is_made() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    struct ByUser;
    impl Sampler for ByUser {
        fn sample(&self, call: &Call<'_>) -> Sampling {
            ASKED.fetch_add(1, Ordering::Relaxed);
            if call.key() == Some(Key::from(1_u64)) { Sampling::In(Rate::ALWAYS) } else { Sampling::Out }
        }
    }
    let lab = Lab::new().sampler(ByUser);
    assert_eq!((runs_in_every_mode(&lab, 1, true), runs_in_every_mode(&lab, 2, true)), (5, 0));
    assert_eq!(ASKED.load(Ordering::Relaxed), 10);
    assert_eq!(runs_in_every_mode(&lab.enabled_by(|name| name != "x"), 1, true), 0);
}
