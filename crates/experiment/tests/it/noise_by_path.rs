//! At which paths the control differs from itself, and whether the candidate does so more often.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::time::Duration;

use experiment::diff::{DifferenceReport, Limits, PathReport, Rules};
use experiment::testing::ManualClock;
use experiment::{CandidateVerdict, Claims, Lab, MatchFinding, Order, PathsFinding, PathsVerdict, Rate, Report};
use serde::{Serialize, Serializer};
use verdict::judge::{NoiseFinding, RateFinding};

use crate::asynchronous::finish;

#[derive(Serialize, Clone, PartialEq)]
struct Page {
    seen: u32,
    email: &'static str,
}

/// A lab whose clock moves far enough with each run that every mismatch is taken apart.
struct Bench {
    lab: Lab,
    clock: ManualClock,
    dice: RefCell<u64>,
}

impl Bench {
    fn new() -> Self {
        let clock = ManualClock::new();
        let lab = Lab::new().clock(clock.clone()).order(Order::Seeded(5));
        Self { lab, clock, dice: RefCell::new(1) }
    }

    /// A number below `n` that follows from how many were drawn before.
    fn below(&self, n: u64) -> u32 {
        let mut state = self.dice.borrow_mut();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        u32::try_from((mixed ^ (mixed >> 29)) % n).expect("it is below a small number")
    }

    fn run(&self, control: impl Fn() -> Page, candidate: impl FnOnce() -> Page) {
        self.clock.advance(Duration::from_millis(200));
        let call = self.lab.experiment("x").control(&control).candidate("new", candidate);
        call.control_again(Rate::ALWAYS, &control).diff().run();
        self.lab.flush().expect("nothing is published");
    }

    fn report(&self) -> Report {
        self.lab.experiment("x").report()
    }

    fn differences(&self) -> DifferenceReport {
        self.report().candidates[0].differences.clone().expect("there are differences")
    }

    fn verdict(&self) -> CandidateVerdict {
        self.report().verdicts(&Claims::default()).remove(0)
    }
}

fn at<'r>(report: &'r DifferenceReport, path: &str) -> &'r PathReport {
    report.paths.iter().find(|known| known.path == path).expect("something differs there")
}

/// Of a page whose visitors are counted, half of the readings differ.
fn noisy(bench: &Bench, email: &'static str) -> Page {
    Page { seen: bench.below(2), email }
}

#[test]
fn differences_at_paths_that_differ_by_themselves_are_only_noise() {
    let bench = Bench::new();
    (0..200).for_each(|_| bench.run(|| noisy(&bench, "a@x"), || noisy(&bench, "a@x")));
    let verdict = bench.verdict();
    let paths = verdict.paths.as_ref().expect("the control ran twice");
    assert_eq!((paths.finding(), verdict.finding()), (PathsFinding::OnlyNoise, MatchFinding::OnlyNoise));
    assert_eq!(paths.paths[0].noise.finding(), NoiseFinding::Noise);
    let said = "differs only where the control differs from itself, and there not more often";
    assert!(verdict.to_string().contains(said), "{verdict}");
}

#[test]
fn a_difference_that_the_rate_cannot_tell_from_noise_is_found_at_its_path() {
    let bench = Bench::new();
    let visits = Cell::new(0);
    let page = |email| Page { seen: visits.replace(visits.get() + 1), email };
    for run in 0..200 {
        bench.run(|| page("a@x"), || page(if run % 4 == 0 { "A@X" } else { "a@x" }));
    }
    let verdict = bench.verdict();
    // Candidate and control differ in every run: as rates they are the same.
    assert!(matches!(verdict.matches.finding(), RateFinding::Undecided { .. }));
    let paths = verdict.paths.as_ref().expect("the control ran twice");
    assert_eq!((paths.finding(), verdict.finding()), (PathsFinding::Differs, MatchFinding::Differs));
    let worse: Vec<_> = paths.paths.iter().filter(|path| path.noise.finding() == NoiseFinding::Worse).collect();
    assert_eq!(worse.iter().map(|path| path.path.as_str()).collect::<Vec<_>>(), ["email"]);
    assert!(
        verdict.to_string().contains("at email: differs beyond noise: only the candidate in 49 of 200 runs"),
        "{verdict}"
    );
    assert!(verdict.to_string().contains("discounted as noise"), "{verdict}");
}

#[test]
fn a_candidate_that_differs_at_a_noisy_path_more_often_than_the_noise_is_found() {
    let bench = Bench::new();
    let page = |wrong: bool| Page { seen: u32::from(wrong), email: "a@x" };
    for _ in 0..300 {
        bench.run(|| page(bench.below(10) == 0), || page(bench.below(2) == 0));
    }
    let paths = bench.verdict().paths.expect("the control ran twice");
    assert_eq!((paths.paths[0].path.as_str(), paths.finding()), ("seen", PathsFinding::Differs));
}

#[test]
fn differences_where_the_control_never_differs_are_undecided_until_there_are_enough() {
    let bench = Bench::new();
    let page = |email| Page { seen: 0, email };
    (0..6).for_each(|_| bench.run(|| page("a@x"), || page("b@x")));
    let paths = bench.verdict().paths.expect("the control ran twice");
    assert_eq!(paths.finding(), PathsFinding::Undecided);
    assert!(
        matches!(paths.paths[0].noise.finding(), NoiseFinding::Undecided { more_runs: Some(5..=30), .. }),
        "{paths:?}"
    );
    assert!(bench.report().to_string().contains("at email: undecided: only the candidate in 5 of 6 runs"));
}

#[test]
fn the_run_that_finds_a_path_is_not_among_those_that_judge_it() {
    let bench = Bench::new();
    let page = |email| Page { seen: 0, email };
    bench.run(|| page("a@x"), || page("b@x"));
    let found = bench.differences();
    assert_eq!((found.paired, at(&found, "email").runs, at(&found, "email").candidate_only), (1, 1, 0));
    bench.run(|| page("a@x"), || page("b@x"));
    assert_eq!(at(&bench.differences(), "email").candidate_only, 1);
}

#[test]
fn paths_at_which_only_the_control_differs_are_known_and_say_nothing_of_the_candidate() {
    let lab = Lab::new();
    let page = |seen| move || Page { seen, email: "a@x" };
    for _ in 0..5 {
        let call = lab.experiment("x").control(page(0)).candidate("new", page(0)).control_again(Rate::ALWAYS, page(1));
        call.diff().run();
    }
    lab.flush().unwrap();
    let report = lab.experiment("x").report();
    let differences = report.candidates[0].differences.as_ref().expect("the control differed");
    let seen = at(differences, "seen");
    assert_eq!((seen.runs, seen.candidate_only, seen.noise_only, differences.paired), (0, 0, 4, 5));
    let verdict = &report.verdicts(&Claims::default())[0];
    assert_eq!(verdict.paths.as_ref().map(PathsVerdict::finding), Some(PathsFinding::Undecided));
    assert!(matches!(verdict.finding(), MatchFinding::Undecided { .. }));
    assert!(
        report.to_string().contains("seen, in no run of the candidate; of the pairs 0 candidate only, 4 control only"),
        "{report}"
    );
}

#[test]
fn either_all_mismatches_of_a_run_are_taken_apart_or_none() {
    let bench = Bench::new();
    let runs = Cell::new(0);
    for _ in 0..1_000 {
        runs.set(runs.get() + 1);
        // The clock stands still. The candidate differs always, the second run in every hundredth call.
        let again = || Page { seen: u32::from(runs.get() % 100 == 0), email: "a@x" };
        let control = || Page { seen: 0, email: "a@x" };
        let call = bench.lab.experiment("x").control(control).candidate("new", || Page { seen: 0, email: "b@x" });
        call.control_again(Rate::ALWAYS, again).diff().run();
    }
    bench.lab.flush().unwrap();
    let report = bench.report();
    let new = report.candidates[0].differences.as_ref().expect("it differs");
    assert_eq!((new.paired, new.compared, new.passed_over), (5, 5, 995));
    let again = report.control_again.unwrap().differences.expect("it differs");
    assert_eq!((again.compared, again.passed_over), (0, 10), "a gate of its own would have let five of them pass");
}

/// A call in which the candidate differs and the control's second run does not.
macro_rules! differing {
    ($lab:expr, $control:ident, $behavior:expr) => {{
        let page = |email| Page { seen: 0, email };
        let [control, candidate, again] = [page("a@x"), page("b@x"), page("a@x")].map($behavior);
        $lab.experiment("x").$control(control).candidate("new", candidate).control_again(Rate::ALWAYS, again)
    }};
}

fn knows_pairs(run: impl Fn(&Lab) -> Page) {
    knows_pairs_of("a@x", run);
}

/// Of two runs of that kind, which give the caller that, both are pairs, and the second counts for the path that the first one
/// found.
fn knows_pairs_of(email: &str, run: impl Fn(&Lab) -> Page) {
    let lab = Lab::new();
    lab.experiment("x").declare_candidate("new").expect("the name can be used");
    for _ in 0..2 {
        assert_eq!(run(&lab).email, email);
        lab.settle(Duration::from_mins(1)).expect("nothing hangs");
        lab.flush().expect("nothing is published");
    }
    let report = lab.experiment("x").report();
    let differences = report.candidates[0].differences.as_ref().expect("it differs");
    let path = at(differences, "email");
    assert_eq!((differences.paired, path.runs, path.candidate_only, path.noise_only), (2, 2, 1, 0));
}

fn calls(page: Page) -> impl Fn() -> Page + Send + 'static {
    move || page.clone()
}

#[test]
fn calls_in_the_background_know_pairs_too() {
    knows_pairs(|lab| differing!(lab, control, calls).observe(Clone::clone).diff().run_in_background());
}

#[test]
fn concurrent_calls_know_pairs_too() {
    knows_pairs(|lab| differing!(lab, control, calls).observe(Clone::clone).diff().run_concurrently());
}

#[test]
fn futures_know_pairs_too() {
    knows_pairs(|lab| finish(differing!(lab, control_async, ready).diff().run()));
    knows_pairs(|lab| {
        let call = differing!(lab, control_async, ready).observe(Clone::clone).diff();
        finish(call.run_in_background(finish))
    });
}

#[test]
fn concurrent_futures_know_pairs_too() {
    knows_pairs(|lab| finish(differing!(lab, control_async, ready).diff().run_concurrently()));
    knows_pairs(|lab| {
        let call = differing!(lab, control_async, ready).observe(Clone::clone).diff();
        finish(call.run_concurrently_in_tasks(finish))
    });
}

#[test]
fn shadows_know_pairs_too() {
    knows_pairs_of("b@x", |lab| {
        lab.experiment("x").promote("new").unwrap();
        differing!(lab, control, calls).observe(Clone::clone).diff().run_in_background_with_shadow()
    });
    knows_pairs_of("b@x", |lab| {
        lab.experiment("x").promote("new").unwrap();
        let call = differing!(lab, control_async, ready).observe(Clone::clone).diff();
        finish(call.run_in_background_with_shadow(finish))
    });
}

#[test]
fn a_pair_of_which_one_side_is_unknown_is_counted_as_lost() {
    struct Secret(bool);
    impl PartialEq for Secret {
        fn eq(&self, other: &Self) -> bool {
            !self.0 && !other.0
        }
    }
    impl Serialize for Secret {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 { Err(serde::ser::Error::custom("no")) } else { serializer.serialize_u8(7) }
        }
    }
    let lab = Lab::new();
    let call = lab.experiment("x").control(|| Secret(false)).candidate("new", || Secret(true));
    call.control_again(Rate::ALWAYS, || Secret(false)).diff().run();
    // Beyond the limits on both sides.
    let mut limits = Limits::default();
    limits.nodes = 3;
    let call = lab.experiment("x").control(|| vec![0; 9]).candidate("new", || vec![1; 9]);
    call.control_again(Rate::ALWAYS, || vec![0; 9]).diff_by(Rules::new().limits(limits)).run();
    lab.flush().unwrap();
    let report = lab.experiment("x").report().candidates[0].differences.clone().expect("something differed");
    assert_eq!((report.paired, report.unpaired, report.unserializable, report.incomplete), (0, 2, 1, 1));
}

#[test]
fn all_pages_tell_the_noise_at_each_path() {
    let bench = Bench::new();
    (0..50).for_each(|_| bench.run(|| noisy(&bench, "a@x"), || noisy(&bench, "a@x")));
    let report = bench.report();
    let path = at(report.candidates[0].differences.as_ref().unwrap(), "seen").clone();
    let PathReport { candidate_only, noise_only, both, .. } = path;
    let words = format!("of the pairs {candidate_only} candidate only, {noise_only} control only, {both} both");
    for page in [report.to_string(), report.to_markdown(), report.to_html()] {
        assert!(page.contains(&words), "{page}");
        assert!(page.contains("differs only where the control differs from itself"), "{page}");
    }
}

#[cfg(feature = "json")]
#[test]
fn pairs_of_several_processes_are_added_and_older_lines_have_none() {
    let run = || {
        let bench = Bench::new();
        (0..3).for_each(|_| bench.run(|| noisy(&bench, "a@x"), || noisy(&bench, "b@x")));
        bench.report()
    };
    let (one, mut both) = (run(), run());
    both.merge(&one).unwrap();
    let pairs = |report: &Report| {
        let report = report.candidates[0].differences.as_ref().unwrap();
        (report.paired, at(report, "email").candidate_only)
    };
    assert_eq!((pairs(&one), pairs(&both)), ((3, 2), (6, 4)));

    let mut stored = serde_json::to_value(&one).unwrap();
    assert_eq!(serde_json::from_value::<Report>(stored.clone()).unwrap(), one);
    let differences = stored["candidates"][0]["differences"].as_object_mut().unwrap();
    differences.remove("paired").and(differences.remove("unpaired")).expect("they were written");
    for path in differences["paths"].as_array_mut().unwrap() {
        for key in ["candidate_only", "noise_only", "both"] {
            path.as_object_mut().unwrap().remove(key).expect("it was written");
        }
    }
    let older: Report = serde_json::from_value(stored).unwrap();
    assert_eq!(pairs(&older), (0, 0));
    assert!(older.verdicts(&Claims::default())[0].paths.is_none());
}
