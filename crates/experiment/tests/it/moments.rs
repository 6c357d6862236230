//! What a report says of the moment it was made at, and of what nobody measured to its end.

use std::sync::Arc;
use std::time::Duration;

use experiment::testing::{ManualClock, ManualExecutor};
use experiment::{BreakerPolicy, Call, Claims, Lab, Order, Outcome, Rate, Report, Sampler, Sampling};
use verdict::judge::{SpeedFinding, SpeedMeasure};
use verdict::quantile::Quantile;

fn ran_once(lab: &Lab) -> Report {
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    lab.experiment("x").report()
}

#[test]
fn a_switch_is_told_and_not_the_rate_behind_it() {
    let lab = Lab::new();
    assert!(ran_once(&lab).to_string().contains("candidates now at 100 % of calls"));
    for (off, on) in [
        (Lab::switch_off as fn(&Lab), Lab::switch_on as fn(&Lab)),
        (|lab| lab.experiment("x").switch_off(), |lab| lab.experiment("x").switch_on()),
    ] {
        off(&lab);
        let report = lab.experiment("x").report();
        assert!(report.switched_off, "{report}");
        for text in [report.to_string(), report.to_markdown(), report.to_html()] {
            assert!(text.contains("candidates now switched off") && !text.contains("at 100 %"), "{text}");
        }
        on(&lab);
        assert!(!lab.experiment("x").report().switched_off);
    }
}

#[test]
fn callers_of_a_promoted_candidate_get_the_old_value_while_it_is_switched_off_and_the_report_says_so() {
    let lab = Lab::new();
    let _first = ran_once(&lab);
    lab.experiment("x").promote("new").unwrap();
    assert!(lab.experiment("x").report().to_string().contains("callers get the value of new;"));
    lab.switch_off();
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1);
    let text = lab.experiment("x").report().to_string();
    assert!(text.contains("Promoted, and switched off: callers get the value of the old code, not of new"), "{text}");
}

struct Nobody;

impl Sampler for Nobody {
    fn sample(&self, _: &Call<'_>) -> Sampling {
        Sampling::Out
    }
}

#[test]
fn where_a_sampler_or_a_gate_decides_the_rate_is_not_said_to() {
    for lab in [Lab::new().sampler(Nobody), Lab::new().enabled_by(|_| false)] {
        let report = ran_once(&lab);
        assert!(report.decided_elsewhere && report.runs == 0, "{report}");
        assert!(report.to_string().contains("candidates now on as the sampler or the gate decides"), "{report}");
    }
}

#[test]
fn of_merged_reports_the_last_says_what_holds_now() {
    let (mut one, lab) = (ran_once(&Lab::new()), Lab::new());
    let _first = ran_once(&lab);
    lab.experiment("x").set_rate(Rate::percent(5.0).unwrap());
    lab.switch_off();
    one.merge(&lab.experiment("x").report()).unwrap();
    assert!(one.switched_off && (one.rate - 0.05).abs() < 1e-9, "{one:?}");
}

/// Runs in which the control takes 9 s and the candidate 9 s too, or for ever in so many of a hundred.
fn with_hangs(hangs: u32) -> Report {
    let clock = ManualClock::new();
    let executor = ManualExecutor::new();
    let lab = Lab::new().clock(clock.clone()).executor(executor.clone()).breaker(BreakerPolicy::never());
    let lab = Arc::new(lab);
    lab.experiment("x").set_deadline(Duration::from_secs(10));
    for run in 0..2_000_u32 {
        let control = || clock.advance(Duration::from_secs(9));
        let (watched, lab_clock) = (Arc::clone(&lab), clock.clone());
        let candidate = move || {
            lab_clock.advance(Duration::from_secs(9));
            if run % 100 < hangs {
                lab_clock.advance(Duration::from_secs(2));
                watched.check_deadlines();
                lab_clock.advance(Duration::from_hours(1));
            }
        };
        lab.experiment("x").control(control).candidate("new", candidate).observe(|()| ()).run_in_background();
        executor.run_all();
    }
    lab.experiment("x").report()
}

fn p95(report: &Report) -> SpeedFinding {
    let within = verdict::Rate::new(0.2).expect("it is a rate");
    let claims = Claims::default().equivalent_within(within).quantiles([Quantile::P95]);
    let verdicts = report.verdicts(&claims);
    let is_p95 = |measure| matches!(measure, SpeedMeasure::QuantileRatio(Quantile::P95));
    verdicts[0].speed.iter().find(|speed| is_p95(speed.measure())).expect("both returned").finding()
}

#[test]
fn a_candidate_that_passed_its_deadline_did_not_return_and_is_not_quick() {
    let (sound, hanging) = (with_hangs(0), with_hangs(10));
    assert_eq!(p95(&sound), SpeedFinding::Equivalent);
    let new = &hanging.candidates[0];
    assert_eq!((new.count(Outcome::TimedOut), new.behavior.latency.as_ref().unwrap().n), (200, 1_800));
    assert_eq!((new.cut_off, new.shortest_time_out), (200, Some(Duration::from_secs(11))));
    // It took longer than the control in these: that much is known.
    assert_eq!((new.faster, new.slower, new.as_fast), (0, 200, 1_800));
    assert!(matches!(p95(&hanging), SpeedFinding::Slower), "{hanging}");
}

#[test]
fn durations_beyond_the_longest_that_is_told_apart_are_not_said_to_be_alike() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).breaker(BreakerPolicy::never());
    for _ in 0..2_000 {
        let takes = |seconds| clock.advance(Duration::from_secs(seconds));
        lab.experiment("x").control(|| takes(5_000)).candidate("new", || takes(15_000)).run();
    }
    let report = lab.experiment("x").report();
    assert!(!matches!(p95(&report), SpeedFinding::Equivalent | SpeedFinding::Faster), "{report}");
    assert!(report.to_string().contains("≥ 43"), "{report}");
}

#[test]
fn who_always_ran_first_is_said_beside_the_speed() {
    let verdict = |order| {
        let lab = Lab::new().order(order);
        for _ in 0..50 {
            let _report = ran_once(&lab);
        }
        lab.experiment("x").report().verdicts(&Claims::default()).remove(0)
    };
    assert_eq!(verdict(Order::Seeded(1)).always_first, None);
    for (order, first) in [(Order::ControlFirst, "control"), (Order::ControlLast, "new")] {
        let verdict = verdict(order);
        assert_eq!(verdict.always_first.as_deref(), Some(first));
        let words = format!("{first} always ran first, so the speed holds for that order");
        assert!(verdict.to_string().contains(&words) && format!("{verdict:#}").contains(&words), "{verdict}");
    }
}

/// What a process knows that saw these cohorts, each once.
fn of_cohorts(names: [&'static str; 4]) -> Report {
    let lab = Lab::new();
    for name in names {
        lab.experiment("x").control(|| 1).candidate("new", || 2).cohort(|| name).run();
    }
    lab.experiment("x").report()
}

#[test]
fn processes_together_tell_no_more_cohorts_apart_than_one_does() {
    let mut merged = of_cohorts(["a", "b", "c", "d"]);
    merged.merge(&of_cohorts(["d", "e", "f", "g"])).unwrap();
    merged.merge(&of_cohorts(["g", "h", "i", "a"])).unwrap();
    let cohorts: Vec<_> = merged.cohorts.iter().map(|cohort| (cohort.name.as_str(), cohort.runs)).collect();
    assert_eq!(cohorts, [("a", 2), ("b", 1), ("c", 1), ("d", 2), ("e", 1), ("f", 1), ("other", 4)]);
    let of_new = merged.candidates[0].cohorts.iter().map(|in_it| (in_it.cohort.as_str(), in_it.mismatches()));
    assert_eq!(of_new.collect::<Vec<_>>(), cohorts, "each run was a mismatch");
}
