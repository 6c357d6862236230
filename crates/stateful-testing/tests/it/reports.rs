//! What a failure prints.

use stateful_testing::{Failure, check};

use crate::machines::Numbers;

fn wrong() -> Numbers {
    Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if element >= 57 { 0 } else { elements.len() })
    })
}

#[test]
fn the_report_tells_the_whole_story() {
    let Err(Failure::Falsified(failure)) = check(wrong()).seed(3).try_run() else { panic!("found at once") };
    let report = failure.to_string();
    for part in [
        "\n  [push 57]\n",
        "   0           model: []\n",
        "   1  push 57  model: [57]  expected 1  gave 0\n",
        "\nexpected 1, got 0\n",
        "1 command (1-minimal: no single command can be left out)",
        &format!(
            "replay with STATEFUL_SEED={:#x} cargo test reports::the_report_tells_the_whole_story",
            failure.seed()
        ),
    ] {
        assert!(report.contains(part), "{part:?} is missing in:\n{report}");
    }
}

#[test]
#[should_panic(expected = "[push 57]")]
fn run_panics_with_the_report() {
    check(wrong()).seed(3).run();
}

#[test]
fn a_tally_says_what_was_generated() {
    let passed = check(Numbers::right()).seed(1).cases(10).try_run().unwrap();
    assert_eq!(passed.tally().to_string(), format!("  push  {} generated\n", passed.tally().commands()));
}
