//! What a call does with a mismatch whose results are `Serialize`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use experiment::diff::{DifferenceReport, Kind, Rules};
use experiment::testing::ManualClock;
use experiment::{Lab, Operation, Order, Outcome};
use parking_lot::Mutex;
use serde::{Serialize, Serializer};

#[derive(Serialize, Clone, PartialEq)]
struct User {
    id: u32,
    email: String,
    name: &'static str,
}

fn users(n: u32) -> Vec<User> {
    (0..n).map(|id| User { id, email: format!("{id}@example.org"), name: "Ann" }).collect()
}

/// A lab whose clock stands still until the test moves it.
fn lab_and_clock() -> (Lab, ManualClock) {
    let clock = ManualClock::new();
    (Lab::new().clock(clock.clone()).order(Order::ControlFirst), clock)
}

fn differences(lab: &Lab) -> DifferenceReport {
    lab.flush().expect("there is no publisher that could refuse");
    lab.experiment("x").report().candidates[0].differences.clone().expect("the call asked for differences")
}

#[test]
fn differences_are_counted_per_path_with_indexes_wiped() {
    let (lab, clock) = lab_and_clock();
    for run in 0..10_usize {
        clock.advance(Duration::from_secs(1));
        let mut wrong = users(10);
        wrong[run].email.push('!');
        wrong[run / 2].name = "Bob";
        lab.experiment("x").control(|| users(10)).candidate("new", || wrong).diff().run();
    }
    let report = differences(&lab);
    assert_eq!((report.compared, report.passed_over, report.dropped, report.incomplete), (10, 0, 0, 0));
    let paths: Vec<_> = report.paths.iter().map(|path| (path.path.as_str(), path.runs)).collect();
    assert_eq!(paths, [("[*].email", 10), ("[*].name", 10)]);
    assert_eq!(report.paths[0].changes, BTreeMap::from([(Kind::Changed, 10)]));
    let mut runs: Vec<_> = report.paths[0].samples.iter().map(|sample| sample.run).collect();
    runs.dedup();
    assert_eq!(runs.len(), 5, "five examples of different runs");
}

#[test]
fn the_report_says_where_results_differ_and_shows_no_value_that_was_not_asked_for() {
    let (lab, _) = lab_and_clock();
    let wrong = || {
        let mut wrong = users(3);
        wrong[1].email = "secret".to_owned();
        wrong[2].name = "Bob";
        wrong
    };
    let rules = Rules::new().show("[*].name").unwrap();
    lab.experiment("x").control(|| users(3)).candidate("new", wrong).diff_by(&rules).run();
    lab.flush().unwrap();
    let report = lab.experiment("x").report();
    let expected = "\
Where new differs, 1 mismatch compared path by path:
  [*].email, in 1 run: 1 changed
    run 1: [1].email changed: text became text
  [*].name, in 1 run: 1 changed
    run 1: [2].name changed: \"Ann\" became \"Bob\"
";
    let text = report.to_string();
    assert!(text.ends_with(expected), "{text}");
    let markdown = report.to_markdown();
    let expected = "
### Where `new` differs

1 mismatch compared path by path.

- `[*].email`, in 1 run: 1 changed
  - run 1: `[1].email changed: text became text`
- `[*].name`, in 1 run: 1 changed
  - run 1: `[2].name changed: \"Ann\" became \"Bob\"`
";
    assert!(markdown.ends_with(expected), "{markdown}");
    let stored = serde_json::to_string(&report).unwrap();
    for place in [text, markdown, stored] {
        assert!(!place.contains("secret") && !place.contains("example.org"), "{place}");
    }
}

#[test]
fn the_comparator_decides_and_the_rules_only_explain() {
    let (lab, _) = lab_and_clock();
    let rules = Rules::new().unordered("$").unwrap();
    lab.experiment("x").control(|| vec![1, 2]).candidate("new", || vec![2, 1]).diff_by(&rules).run();
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), 1);
    let report = differences(&lab);
    assert_eq!((report.compared, report.excused, report.paths.len()), (1, 1, 0));
}

#[test]
fn rules_decide_where_the_call_says_so() {
    #[derive(Serialize)]
    struct NoEquality(Vec<u32>);
    let (lab, _) = lab_and_clock();
    let rules = Rules::new().unordered("$").unwrap();
    let call = |candidate: Vec<u32>| {
        let control = || NoEquality(vec![1, 2]);
        lab.experiment("x")
            .control(control)
            .candidate("new", || NoEquality(candidate))
            .compare_by(&rules)
            .diff_by(&rules)
            .run();
    };
    call(vec![2, 1]);
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
    call(vec![2, 2]);
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), 1);
    assert_eq!(differences(&lab).paths[0].path, "[*]");
}

#[test]
fn a_comparison_that_cannot_be_made_is_never_a_match() {
    let (lab, _) = lab_and_clock();
    let rules = Rules::new();
    lab.experiment("x").control(|| Unserializable).candidate("new", || Unserializable).compare_by(&rules).run();
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].count(Outcome::Dropped), 1);
    assert_eq!(report.internal_failures, BTreeMap::from([(Operation::Compare, 1)]));
}

#[test]
fn what_a_rule_of_the_call_excuses_is_not_taken_apart() {
    let (lab, _) = lab_and_clock();
    lab.experiment("x").control(|| 1).candidate("new", || 2).ignore(|_, _| true).diff().run();
    lab.flush().unwrap();
    assert_eq!(lab.experiment("x").report().candidates[0].differences, None);
}

#[test]
fn diff_goes_with_everything_else_in_any_order() {
    let (lab, _) = lab_and_clock();
    lab.experiment("x")
        .control(|| users(1))
        .observe(Vec::len)
        .diff()
        .ignore(|_, _| false)
        .explain_with(|a, b| format!("{a} {b}"))
        .candidate("new", || users(2))
        .run();
    assert_eq!(differences(&lab).paths[0].path, "$");
    assert_eq!(lab.experiment("x").report().candidates[0].samples.len(), 1);
}

/// Counts how often it is serialised, and on which thread.
struct Watched<'c> {
    value: u32,
    serialised: &'c Cell<u32>,
}

impl PartialEq for Watched<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Serialize for Watched<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialised.set(self.serialised.get() + 1);
        serializer.serialize_u32(self.value)
    }
}

#[test]
fn a_match_is_not_serialised() {
    let (lab, serialised) = (Lab::new(), Cell::new(0));
    let value = || Watched { value: 1, serialised: &serialised };
    lab.experiment("x").control(value).candidate("new", value).diff().run();
    assert_eq!(serialised.get(), 0);
}

#[test]
fn a_storm_of_mismatches_is_taken_apart_ten_times_a_second() {
    let (lab, clock) = lab_and_clock();
    let serialised = Cell::new(0);
    let value = |value| Watched { value, serialised: &serialised };
    for _ in 0..1_000 {
        clock.advance(Duration::from_millis(1));
        lab.experiment("x").control(|| value(1)).candidate("new", || value(2)).diff().run();
    }
    let report = differences(&lab);
    assert!((13..=15).contains(&report.compared), "{report:?}");
    assert_eq!(report.compared + report.passed_over, 1_000);
    assert_eq!(u64::from(serialised.get()), 2 * report.compared);
}

#[test]
fn the_time_that_callers_wait_is_known() {
    struct Slow(ManualClock, u32);
    impl PartialEq for Slow {
        fn eq(&self, other: &Self) -> bool {
            self.1 == other.1
        }
    }
    impl Serialize for Slow {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.advance(Duration::from_millis(3));
            serializer.serialize_u32(self.1)
        }
    }
    let (lab, clock) = lab_and_clock();
    lab.experiment("x").control(|| Slow(clock.clone(), 1)).candidate("new", || Slow(clock.clone(), 2)).diff().run();
    assert_eq!(differences(&lab).delayed_callers, Duration::from_millis(6));
}

#[derive(Debug, PartialEq)]
struct Unserializable;

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("planted"))
    }
}

#[test]
fn a_serialize_that_fails_or_panics_is_told_to_the_hook_and_to_nobody_else() {
    struct Panics(u32);
    impl PartialEq for Panics {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            std::panic::resume_unwind(Box::new("planted"))
        }
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&told);
    let lab = Lab::new().on_failure(move |failure| {
        hook.lock().push((failure.operation(), failure.message().map(str::to_owned)));
    });
    let value = lab.experiment("x").control(|| Panics(1)).candidate("new", || Panics(2)).diff().run();
    assert_eq!(value.0, 1);
    let different = |_: &Unserializable, _: &Unserializable| false;
    let call = lab.experiment("x").control(|| Unserializable).candidate("new", || Unserializable);
    call.compare_with(different).diff().run();
    let planted = (Operation::Describe, Some("planted".to_owned()));
    assert_eq!(*told.lock(), [planted.clone(), planted]);
    assert_eq!(differences(&lab).unserializable, 2);
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), 2);
}

#[test]
fn candidates_in_the_background_are_taken_apart_too() {
    let lab = Lab::new();
    let call = lab.experiment("x").control(|| vec![1]).candidate("new", || vec![1, 2]).observe(Vec::clone);
    assert_eq!(call.diff_by(Rules::new()).run_in_background(), [1]);
    lab.settle(Duration::from_mins(1)).unwrap();
    let report = differences(&lab);
    assert_eq!(report.paths[0].changes, BTreeMap::from([(Kind::Extra, 1)]));
}

#[test]
fn futures_are_taken_apart_too() {
    let lab = Lab::new();
    let run = lab.experiment("x").control_async(ready(vec![1])).candidate("new", ready(vec![1, 2])).diff().run();
    let value = pin!(run).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(value, Poll::Ready(vec![1]));
    assert_eq!(differences(&lab).paths[0].path, "[*]");
}

#[test]
fn paths_and_examples_have_room_for_twenty_kilobytes_and_the_rest_is_counted() {
    let (lab, clock) = lab_and_clock();
    let rules = Rules::new().keys_are_names("$").unwrap().show("**").unwrap();
    let map = |run: u32, value: u32| -> BTreeMap<String, String> {
        (0..100).map(|key| (format!("key-{run}-{key}"), format!("{value:0>90}"))).collect()
    };
    for run in 0..50 {
        clock.advance(Duration::from_secs(1));
        lab.experiment("x").control(|| map(run, 1)).candidate("new", || map(run, 2)).diff_by(&rules).run();
    }
    let report = differences(&lab);
    let counted: u64 = report.paths.iter().flat_map(|path| path.changes.values()).sum();
    assert_eq!(counted + report.at_other_paths, 5_000);
    assert!((20..100).contains(&report.paths.len()), "{}", report.paths.len());
    let words = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let size = |sample: &experiment::diff::DifferenceSample| {
        sample.path.len() + words(&sample.control) + words(&sample.candidate)
    };
    let samples: usize = report.paths.iter().flat_map(|path| &path.samples).map(size).sum();
    let paths: usize = report.paths.iter().map(|path| path.path.len()).sum();
    assert!(samples > 4_000 && paths + samples <= 20 << 10, "{paths} {samples}");
}

#[test]
fn a_lab_can_be_dropped_while_mismatches_wait() {
    for _ in 0..20 {
        let lab = Lab::new();
        for _ in 0..5 {
            let (old, new) = ((0..5_000).collect::<Vec<u32>>(), (1..5_001).rev().collect::<Vec<u32>>());
            lab.experiment("x").control(|| old).candidate("new", || new).diff().run();
        }
    }
}

#[test]
fn many_threads_share_one_worker() {
    let (lab, clock) = lab_and_clock();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250 {
                    clock.advance(Duration::from_secs(1));
                    lab.experiment("x").control(|| 1).candidate("new", || 2).diff().run();
                }
            });
        }
    });
    let report = differences(&lab);
    assert_eq!(report.compared + report.passed_over + report.dropped, 1_000);
    assert_eq!(report.paths[0].runs, report.compared);
}

#[test]
fn a_report_with_differences_survives_being_stored() {
    let (lab, _) = lab_and_clock();
    lab.experiment("x").control(|| users(1)).candidate("new", || users(2)).diff().run();
    lab.flush().unwrap();
    let report = lab.experiment("x").report();
    let stored = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<experiment::Report>(&stored).unwrap(), report);
    assert!(stored.contains(r#""paths":[{"path":"[*]","runs":1,"changes":{"extra":1},"#), "{stored}");
}

#[test]
fn a_report_stored_before_there_were_differences_can_be_read() {
    let (lab, _) = lab_and_clock();
    lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    let report = lab.experiment("x").report();
    let stored = serde_json::to_string(&report).unwrap();
    let older = stored.replace(r#","differences":null"#, "");
    assert_ne!(older, stored);
    assert_eq!(serde_json::from_str::<experiment::Report>(&older).unwrap(), report);
}
