//! Candidates that do harm are no longer run, and tried again later.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::panic::resume_unwind;
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Lab, Order, Outcome, Threshold, ThresholdError};

struct Bench {
    lab: Lab,
    clock: ManualClock,
    /// How often the candidate ran.
    ran: Cell<u32>,
}

impl Bench {
    fn new(policy: BreakerPolicy) -> Self {
        let clock = ManualClock::new();
        let lab = Lab::new().clock(clock.clone()).breaker(policy).order(Order::ControlFirst);
        Self { lab, clock, ran: Cell::new(0) }
    }

    /// One call; the control takes a millisecond.
    fn call(&self, candidate: impl FnOnce() -> u8) {
        let value = self
            .lab
            .experiment("x")
            .control(|| {
                self.clock.advance(Duration::from_millis(1));
                1
            })
            .candidate("new", || {
                self.ran.set(self.ran.get() + 1);
                candidate()
            })
            .run();
        assert_eq!(value, 1);
    }

    /// How many of ten calls ran the candidate.
    fn runs_of_ten(&self, candidate: impl Fn() -> u8) -> u32 {
        let before = self.ran.get();
        (0..10).for_each(|_| self.call(&candidate));
        self.ran.get() - before
    }
}

fn fail() -> u8 {
    resume_unwind(Box::new(()))
}

fn threshold(events: u32, of: u32) -> Threshold {
    Threshold::new(events, of).expect("the tests use possible ones")
}

#[test]
fn a_threshold_of_panics_opens_the_breaker_and_the_candidate_is_skipped() {
    let bench = Bench::new(BreakerPolicy::never().panics(threshold(3, 10)));
    assert_eq!(bench.runs_of_ten(fail), 3);
    let report = bench.lab.experiment("x").report();
    assert_eq!((report.candidates[0].count(Outcome::Panicked), report.candidates[0].count(Outcome::Skipped)), (3, 7));
    assert!(report.candidates[0].breaker_is_open);
    assert!(report.to_string().contains("not run now: its breaker is open"));
}

#[test]
fn events_far_apart_do_not_open_it() {
    let bench = Bench::new(BreakerPolicy::never().panics(threshold(3, 10)));
    for _ in 0..10 {
        bench.call(fail);
        (0..4).for_each(|_| bench.call(|| 1));
    }
    assert_eq!(bench.ran.get(), 50);
}

#[test]
fn the_default_policy_opens_on_panics_and_not_on_mismatches() {
    let panicking = Bench::new(BreakerPolicy::default());
    assert_eq!((panicking.runs_of_ten(fail), panicking.runs_of_ten(fail)), (10, 0));
    let mismatching = Bench::new(BreakerPolicy::default());
    assert_eq!((mismatching.runs_of_ten(|| 2), mismatching.runs_of_ten(|| 2)), (10, 10));
}

#[test]
fn mismatches_open_it_where_asked() {
    let bench = Bench::new(BreakerPolicy::never().mismatches(threshold(2, 2)));
    assert_eq!(bench.runs_of_ten(|| 2), 2);
}

#[test]
fn slowness_opens_it_where_asked_even_when_results_match() {
    let bench = Bench::new(BreakerPolicy::never().slower_than(3.0, threshold(2, 4)));
    let slow = || {
        bench.clock.advance(Duration::from_millis(4));
        1
    };
    assert_eq!(bench.runs_of_ten(|| 1), 10);
    assert_eq!(bench.runs_of_ten(slow), 2);
}

#[test]
fn good_probes_after_the_pause_close_it() {
    let policy = BreakerPolicy::never().panics(threshold(1, 1)).pause(Duration::from_secs(30));
    let bench = Bench::new(policy.probes(NonZeroU32::new(2).unwrap()));
    assert_eq!(bench.runs_of_ten(fail), 1);
    bench.clock.advance(Duration::from_secs(20));
    assert_eq!(bench.runs_of_ten(|| 1), 0);
    bench.clock.advance(Duration::from_secs(10));
    assert_eq!(bench.runs_of_ten(|| 1), 10);
    assert!(!bench.lab.experiment("x").report().candidates[0].breaker_is_open);
}

#[test]
fn a_bad_probe_opens_it_for_another_pause() {
    let policy = BreakerPolicy::never().panics(threshold(1, 1)).pause(Duration::from_secs(30));
    let bench = Bench::new(policy);
    bench.call(fail);
    bench.clock.advance(Duration::from_secs(30));
    assert_eq!(bench.runs_of_ten(fail), 1);
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.runs_of_ten(|| 1), 0);
}

#[test]
fn an_open_breaker_leaves_other_candidates_alone() {
    let lab = Lab::new().breaker(BreakerPolicy::never().panics(threshold(1, 1)));
    for _ in 0..5 {
        lab.experiment("x").control(|| 1).candidate("bad", fail).candidate("good", || 1).run();
    }
    let report = lab.experiment("x").report();
    assert_eq!(report.candidate("bad").map(|bad| bad.count(Outcome::Skipped)), Some(4));
    assert_eq!(report.candidate("good").map(experiment::CandidateReport::matches), Some(5));
}

#[test]
fn thresholds_that_are_always_or_never_reached_are_errors() {
    for (events, of) in [(0, 10), (11, 10), (1_001, 2_000)] {
        assert_eq!(Threshold::new(events, of), Err(out_of_range(events, of)));
    }
}

fn out_of_range(events: u32, of: u32) -> ThresholdError {
    match Threshold::new(events, of) {
        Err(error @ ThresholdError::OutOfRange { .. }) => error,
        other => panic!("{other:?}"),
    }
}

/// A policy under which one panic opens a breaker, and three good probes close it after half a minute.
fn strict() -> BreakerPolicy {
    BreakerPolicy::never().panics(threshold(1, 1)).pause(Duration::from_secs(30))
}

impl Bench {
    /// Opens the breaker, and lets the pause pass.
    fn open_and_wait(&self) {
        self.call(fail);
        assert!(self.is_open());
        self.clock.advance(Duration::from_secs(30));
    }

    fn is_open(&self) -> bool {
        self.lab.experiment("x").report().candidates[0].breaker_is_open
    }
}

#[test]
fn good_runs_that_began_before_it_opened_do_not_close_it() {
    let bench = Bench::new(strict());
    bench.call(|| {
        bench.call(|| {
            bench.open_and_wait();
            bench.call(|| 1);
            1
        });
        1
    });
    assert!(bench.is_open(), "one probe was good, and three are asked for");
    bench.call(|| 1);
    bench.call(|| 1);
    assert!(!bench.is_open());
}

#[test]
fn a_bad_run_that_began_before_it_opened_is_no_probe() {
    let bench = Bench::new(strict());
    bench.call(|| {
        bench.open_and_wait();
        bench.call(|| 1);
        fail()
    });
    bench.call(|| 1);
    bench.call(|| 1);
    assert!(!bench.is_open(), "all three probes were good");
}

#[test]
fn a_bad_run_that_began_before_it_opened_does_not_open_it_again() {
    let bench = Bench::new(strict());
    bench.call(|| {
        bench.open_and_wait();
        (0..3).for_each(|_| bench.call(|| 1));
        assert!(!bench.is_open());
        fail()
    });
    assert!(!bench.is_open(), "the candidate was mended after that run had begun");
    bench.call(fail);
    assert!(bench.is_open(), "and now it is broken again");
}

#[test]
fn probes_of_an_earlier_attempt_do_not_count_for_a_later_one() {
    let bench = Bench::new(strict());
    bench.open_and_wait();
    bench.call(|| {
        // All three of the first attempt are under way for so long that others are let through.
        bench.call(|| {
            bench.call(|| {
                bench.clock.advance(Duration::from_secs(30));
                bench.call(|| 1);
                1
            });
            1
        });
        1
    });
    assert!(bench.is_open());
    bench.call(|| 1);
    bench.call(|| 1);
    assert!(!bench.is_open());
}

#[test]
fn the_second_run_of_the_control_has_a_breaker_that_stops_it() {
    let lab = Lab::new().breaker(strict());
    let ran = Cell::new(0);
    for _ in 0..5 {
        let again = || {
            ran.set(ran.get() + 1);
            fail()
        };
        lab.experiment("x").control(|| 1).candidate("new", || 1).control_again(experiment::Rate::ALWAYS, again).run();
    }
    assert_eq!(ran.get(), 1);
    let again = lab.experiment("x").report().control_again.expect("it ran once");
    assert!(again.breaker_is_open);
    assert_eq!(again.count(Outcome::Skipped), 4);
}
