//! What nobody should do, and somebody will: extension points that use the lab they are called by, a lab that goes while it is
//! used, limits at their ends, clocks that jump, names of a megabyte.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{
    BreakerPolicy, Call, CandidateReport, Claims, HeldBack, Lab, Limits, Outcome, PublishError, Publisher, Rate,
    RunResult, Sampler, Sampling, Threshold, html_page,
};

const YEAR: Duration = Duration::from_hours(24 * 365);

/// A lab whose extension points use it.
fn lab_in_itself() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    static DEPTH: AtomicU32 = AtomicU32::new(0);

    /// Runs the very experiment that is running, one level deep: whoever goes on for ever ends no test.
    fn use_it() {
        let Some(lab) = LAB.get() else { return };
        if DEPTH.fetch_add(1, Ordering::Relaxed) == 0 {
            let call = lab.experiment("x").control(|| 1).candidate("new", || 2).describe_debug();
            assert_eq!(call.ignore(|_, _| false).run(), 1);
            assert_eq!(lab.experiment("never before").control(|| 1).candidate("new", || 1).run(), 1);
            lab.experiment("x").set_reaction(None);
            assert!(!lab.experiment("x").report().to_string().is_empty());
        }
        DEPTH.fetch_sub(1, Ordering::Relaxed);
    }

    struct Uses;
    impl Publisher for Uses {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            use_it();
            Err(PublishError::refused("so that the hook is called, too"))
        }
    }
    impl Sampler for Uses {
        fn sample(&self, call: &Call<'_>) -> Sampling {
            use_it();
            Sampling::AtRate(call.rate())
        }
    }

    let gate = |_: &str| {
        use_it();
        true
    };
    LAB.get_or_init(|| Lab::new().publisher(Uses).sampler(Uses).enabled_by(gate).on_failure(|_| use_it()));
    LAB.get().expect("it was made above")
}

#[test]
fn every_extension_point_may_use_the_lab_it_is_called_by() {
    let lab = lab_in_itself();
    let inner = || assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1);
    let call = lab.experiment("x").control(|| 1).candidate("new", || 2);
    let call = call.cohort(|| {
        inner();
        "large"
    });
    let call = call.run_if(|| {
        inner();
        true
    });
    let call = call.before(inner).after(|_| inner()).observe(|value| {
        inner();
        *value
    });
    let call = call.compare_with(|control, candidate| {
        inner();
        control == candidate
    });
    let call = call.ignore(|_, _| {
        inner();
        false
    });
    let call = call.describe_with(|value| {
        inner();
        value.to_string()
    });
    assert_eq!(call.explain_with(|_, _| lab.experiment("x").report().to_string()).run(), 1);
    assert!(lab.experiment("x").report().candidates[0].mismatches() > 0);
}

/// Tells when the lab that owns it is really gone, and what was published until then.
struct Tells(Sender<Outcome>);

impl Publisher for Tells {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        let outcomes = result.candidates().map(|candidate| candidate.outcome);
        outcomes.for_each(|outcome| self.0.send(outcome).expect("the test listens to the end"));
        Ok(())
    }
}

/// Panics when it is dropped.
#[derive(Debug)]
struct Explosive(i32);

impl Drop for Explosive {
    fn drop(&mut self) {
        if self.0 == 2 {
            resume_unwind(Box::new(()));
        }
    }
}

/// A behaviour that waits until its sender is dropped.
fn hanging() -> (impl FnOnce() -> Explosive + Send + 'static, Receiver<()>, Sender<()>) {
    let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
    let behavior = move || {
        tell.send(()).expect("the test waits for it");
        Explosive(hang.recv().map_or(2, |()| 2))
    };
    (behavior, began, let_go)
}

#[test]
fn a_lab_that_goes_while_candidates_run_leaves_nothing_behind() {
    let (tell, told) = channel();
    let lab = Lab::new().publisher(Tells(tell));
    let (background, background_began, let_background_go) = hanging();
    let call = lab.experiment("x").control(|| Explosive(1)).candidate("new", background);
    drop(call.observe(|value| value.0).run_in_background());
    let (concurrent, concurrent_began, let_concurrent_go) = hanging();
    let call = lab.experiment("y").control(|| Explosive(1)).candidate("new", concurrent);
    drop(call.observe(|value| value.0).run_concurrently());
    background_began.recv().unwrap();
    concurrent_began.recv().unwrap();
    // These wait for a thread, as both are taken.
    for _ in 0..10 {
        let call = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
        assert_eq!(call.run_in_background(), 1);
    }
    drop(lab);
    drop((let_background_go, let_concurrent_go));
    // Ends once the publisher is dropped, with the last thing that belonged to the lab.
    let mut outcomes: Vec<_> = told.into_iter().collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [[Outcome::Match; 10].as_slice(), &[Outcome::Mismatch; 2]].concat());
}

#[test]
fn limits_of_nothing_hold_everything_back_and_limits_without_end_nothing() {
    let runs = |limits: Limits| {
        let lab = Lab::new().limits(limits);
        for _ in 0..10 {
            let call = lab.experiment("x").control(|| 1).candidate("new", || 1).holds(usize::MAX);
            assert_eq!(call.run(), 1);
        }
        let call = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
        assert_eq!(call.holds(usize::MAX / 2).run_in_background(), 1);
        lab.settle(Duration::from_mins(1)).expect("nothing hangs");
        let report = lab.experiment("x").report();
        (report.runs, report.held_back)
    };
    for (limits, by) in [
        (Limits::new().time_share(Rate::NEVER), HeldBack::TimeShare),
        (Limits::new().added_latency(Duration::ZERO), HeldBack::AddedLatency),
    ] {
        assert_eq!(runs(limits), (0, [(by, 11)].into()));
    }
    assert_eq!(runs(Limits::new().memory(NonZeroUsize::MIN)), (10, [(HeldBack::Memory, 1)].into()));
    let endless = Limits::new().concurrency(NonZeroUsize::MAX).memory(NonZeroUsize::MAX).added_latency(Duration::MAX);
    assert_eq!(runs(endless), (11, [].into()));
}

#[test]
fn a_deadline_of_nothing_and_one_without_end() {
    let clock = ManualClock::new();
    for (deadline, passes) in [(Duration::ZERO, true), (Duration::MAX, false)] {
        let lab = Lab::new().clock(clock.clone());
        lab.experiment("x").set_deadline(deadline);
        let (hangs, began, let_go) = hanging();
        let call = lab.experiment("x").control(|| Explosive(1)).candidate("new", hangs);
        drop(call.observe(|value| value.0).run_in_background());
        began.recv().unwrap();
        clock.advance(YEAR);
        lab.check_deadlines();
        let timed_out = lab.experiment("x").report().candidates.first().map_or(0, |new| new.count(Outcome::TimedOut));
        assert_eq!(timed_out > 0, passes);
        drop(let_go);
        lab.settle(Duration::from_mins(1)).expect("it was let go");
    }
}

#[test]
fn a_clock_that_was_a_year_ahead_keeps_no_breaker_open_and_no_example_away() {
    let clock = ManualClock::new();
    let threshold = Threshold::new(1, 1).expect("it can be reached");
    let policy = BreakerPolicy::never().panics(threshold).pause(Duration::from_secs(30));
    let lab = Lab::new().clock(clock.clone()).breaker(policy);
    let call = |value: u32| {
        let call = lab
            .experiment("x")
            .control(|| 1)
            .candidate("new", move || if value == 0 { resume_unwind(Box::new(())) } else { value });
        assert_eq!(call.describe_with(ToString::to_string).run(), 1);
    };
    let new = || lab.experiment("x").report().candidates[0].clone();
    clock.advance(YEAR);
    (2..10).for_each(call);
    call(0);
    assert!(new().breaker_is_open);
    clock.go_back(YEAR);
    call(1);
    assert_eq!(new().count(Outcome::Skipped), 1, "the pause is not over");
    clock.advance(Duration::from_secs(31));
    (0..3).for_each(|_| call(1));
    assert!(!new().breaker_is_open);
    call(77);
    assert!(new().samples.iter().any(|sample| sample.candidate.as_deref() == Some("77")));
}

#[test]
fn names_of_a_megabyte_and_names_that_move_the_cursor_are_names() {
    let long: &'static str = "x".repeat(1 << 20).leak();
    let lab = Lab::new();
    assert_eq!(lab.experiment(long).control(|| 1).candidate("new", || unreachable!("the name is too long")).run(), 1);
    let odd = "\u{1b}[2J\nsecond line";
    let call = lab.experiment(odd).control(|| 1).candidate(long, || unreachable!("the name is too long"));
    assert_eq!(call.candidate("new\r", || 2).cohort(|| "\u{9b}31m").run(), 1);
    let report = lab.experiment(odd).report();
    assert_eq!(report.candidates.iter().map(CandidateReport::mismatches).sum::<u64>(), 1);
    let (text, markdown) = (report.to_string(), report.to_markdown());
    assert!(!text.contains("\nsecond line") && !markdown.contains("\nsecond line"));
    for page in [text, markdown, html_page(&[report])] {
        assert!(page.len() < 100_000 && !page.contains(|character: char| character.is_control() && character != '\n'));
    }
}

#[test]
fn an_experiment_without_a_run_has_every_page() {
    let lab = Lab::new();
    lab.define("x").expect("it is a good name");
    let report = lab.experiment("x").report();
    for page in [report.to_string(), report.to_markdown(), report.to_html(), html_page(&[])] {
        assert!(!page.is_empty());
    }
    assert!(report.verdicts(&Claims::default()).is_empty());
    let mut twice = report.clone();
    twice.merge(&report).expect("they are of one experiment");
    assert_eq!(twice, report);
}
