//! Do the results match, and how long does each take?

use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{Lab, Order};

/// A lab in which `old` takes 20 ms, `new` 10 ms and `fancy` 5 ms, and `fancy` is wrong about user 17.
fn lab_with_a_wrong_candidate() -> Lab {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
    let take = |millis, value| {
        clock.advance(Duration::from_millis(millis));
        value
    };
    for user in 0..1_000_u32 {
        lab.experiment("users-query")
            .control(|| take(20, user))
            .candidate("new", || take(10, user))
            .candidate("fancy", || take(5, if user == 17 { 0 } else { user }))
            .describe_with(|user| format!("user {user}"))
            .explain_with(|old, new| format!("{old} became {new}"))
            .run();
    }
    lab
}

#[test]
fn the_text_answers_both_questions_and_shows_an_example() {
    let text = lab_with_a_wrong_candidate().experiment("users-query").report().to_string();
    let expected = "\
experiment users-query: 1,000 runs, candidates now at 100 % of calls
Do the results match?
  new: 1,000 of 1,000 results match (100 %), 0 mismatches
  fancy: 999 of 1,000 results match (99.9 %), 1 mismatch
How long does each take? (quantiles of the runs that returned, within 0.8 %)
                     n       p50       p95       p99
  control        1,000   20.1 ms   20.1 ms   20.1 ms
  new            1,000   10.0 ms   10.0 ms   10.0 ms
  fancy          1,000   5.01 ms   5.01 ms   5.01 ms
Who ran first? (p50; whoever does may pay for cold caches)
               n first     first      n later     later
  control        1,000   20.1 ms            0         -
  new                0         -        1,000   10.0 ms
  fancy              0         -        1,000   5.01 ms
  always first: control; never first: new, fancy; what running first costs cannot be told from what they cost themselves
Verdict, valid however often one looks:
  new: 1,000 runs, 0 mismatches: undecided, the mismatch rate is below 0.42 % (97.5 %, at any time), about 40,701 more runs needed to decide on 0.01 %
  new: 1,000 runs: faster in 100 % of them (98.6-100 %; 99.16 %, at any time)
  new: 1,000 runs: p50 50 % faster (49.3-50.7 %; 99.16 %, at any time)
  new: 1,000 runs: p95 50 % faster (49.3-50.7 %; 99.16 %, at any time)
  new: control always ran first, so the speed holds for that order
  fancy: 1,000 runs, 1 mismatch: undecided, the mismatch rate is below 0.88 % (97.5 %, at any time), about 2,507 more runs needed to decide on 0.01 %
  fancy: 1,000 runs: faster in 100 % of them (98.6-100 %; 99.16 %, at any time)
  fancy: 1,000 runs: p50 75 % faster (74.6-75.4 %; 99.16 %, at any time)
  fancy: 1,000 runs: p95 75 % faster (74.6-75.4 %; 99.16 %, at any time)
  fancy: control always ran first, so the speed holds for that order
Examples of fancy, 1 of 1 mismatch or panic put into words:
  run 18: control: user 17; candidate: user 0; 17 became 0
";
    assert_eq!(text, expected);
}

#[test]
fn the_markdown_has_a_table() {
    let page = lab_with_a_wrong_candidate().experiment("users-query").report().to_markdown();
    assert!(page.contains("- `fancy`: 999 of 1,000 results match (99.9 %), 1 mismatch\n"), "{page}");
    assert!(page.contains("| `new` | 1,000 | 10.0 ms | 10.0 ms | 10.0 ms |\n"), "{page}");
    assert!(page.contains("- run 18: `control: user 17; candidate: user 0; 17 became 0`\n"), "{page}");
}

#[test]
fn what_running_first_costs_is_shown_per_order() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::Seeded(7));
    let cold = std::cell::Cell::new(true);
    let take = |millis| clock.advance(Duration::from_millis(if cold.replace(false) { millis + 10 } else { millis }));
    for _ in 0..100 {
        cold.set(true);
        lab.experiment("x").control(|| take(20)).candidate("new", || take(20)).run();
    }
    let report = lab.experiment("x").report();
    let first = report.control.latency_when_first.as_ref().map_or(0, |latency| latency.n);
    let text = report.to_string();
    let row = format!("  control  {first:>11}   30.0 ms  {:>11}   20.1 ms\n", 100 - first);
    assert!(text.contains(&row) && !text.contains("always first"), "{text}");
    let row = format!("| `control` | {first} | 30.0 ms | {} | 20.1 ms |\n", 100 - first);
    assert!(report.to_markdown().contains(&row), "{}", report.to_markdown());
}

#[test]
fn what_users_wrote_cannot_become_markup() {
    let lab = Lab::new();
    lab.experiment("x")
        .control(|| "<b>`a`\n# b")
        .candidate("new", || "``c")
        .describe_with(|text| (*text).to_owned())
        .run();
    let page = lab.experiment("x").report().to_markdown();
    assert!(page.contains("- run 1: ``` control: <b>`a` # b; candidate: ``c ```\n"), "{page}");
}

#[test]
fn the_first_five_and_the_latest_five_mismatches_are_kept() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    for run in 1..=100_u64 {
        clock.advance(Duration::from_secs(1));
        lab.experiment("x").control(|| 0).candidate("new", || run).describe_debug().run();
    }
    let runs: Vec<_> = lab.experiment("x").report().candidates[0].samples.iter().map(|sample| sample.run).collect();
    assert_eq!(runs, [1, 2, 3, 4, 5, 96, 97, 98, 99, 100]);
}

#[test]
fn mismatches_with_the_same_words_are_one_example_with_a_count() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    for run in 1..=50_u64 {
        clock.advance(Duration::from_secs(1));
        let words = move |_: &u64, _: &u64| format!("kind {}", if run == 30 { "rare" } else { "common" });
        lab.experiment("x").control(|| 0).candidate("new", || run).explain_with(words).run();
    }
    let report = lab.experiment("x").report();
    let samples: Vec<_> = report.candidates[0].samples.iter().map(|sample| (sample.run, sample.times)).collect();
    assert_eq!(samples, [(1, 49), (30, 1)]);
    let text = report.to_string();
    assert!(text.contains("Examples of new, 50 of 50 mismatches and panics put into words:"), "{text}");
    assert!(text.contains("  49 times, first in run 1: kind common\n  run 30: kind rare\n"), "{text}");
}

#[test]
fn a_storm_of_mismatches_is_put_into_words_ten_times_a_second() {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone());
    let described = std::cell::Cell::new(0);
    for _ in 0..1_000 {
        clock.advance(Duration::from_millis(1));
        lab.experiment("x")
            .control(|| 0)
            .candidate("new", || 1)
            .explain_with(|_, _| {
                described.set(described.get() + 1);
                String::from("different")
            })
            .run();
    }
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), 1_000);
    assert!((13..=15).contains(&described.get()), "{}", described.get());
}

#[test]
fn an_experiment_that_never_ran_has_an_empty_report() {
    let lab = Lab::new();
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.candidates.len()), (0, 0));
    assert!(report.control.latency.is_none());
    assert!(report.to_string().starts_with("experiment x: 0 runs"));
}

#[cfg(feature = "serde")]
#[test]
fn a_report_survives_being_stored() {
    let report = lab_with_a_wrong_candidate().experiment("users-query").report();
    let stored = serde_json::to_string(&report).unwrap();
    let read: experiment::Report = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, report);
    assert!(stored.contains(r#""outcomes":{"match":999,"ignored":0,"mismatch":1"#), "{stored}");
}
