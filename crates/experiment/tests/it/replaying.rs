//! Inputs of mismatches, kept and run again.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use experiment::diff::Rules;
use experiment::{
    BreakerPolicy, JsonLines, JsonLinesError, JsonLinesOptions, Lab, LineFault, ReadError, Replayed, ReportLog, replay,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Input {
    Sum { numbers: Vec<i64>, from: Option<u128> },
    Nothing,
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("inputs.jsonl");
    (folder, path)
}

fn sum(numbers: &[i64]) -> Input {
    Input::Sum { numbers: numbers.to_vec(), from: Some(u128::MAX) }
}

fn control(input: &Input) -> i64 {
    match input {
        Input::Sum { numbers, .. } => numbers.iter().sum(),
        Input::Nothing => 0,
    }
}

/// Wrong about negative numbers.
fn wrong(input: &Input) -> i64 {
    control(input).max(0)
}

/// Keeps the inputs on which `wrong` differs.
fn keep(path: &Path, inputs: &[Input]) {
    let lines = JsonLines::open(path, JsonLinesOptions::default()).expect("it can be opened");
    let lab = Lab::new().publisher(lines.clone()).breaker(BreakerPolicy::never());
    for input in inputs {
        let run = lab.experiment("sum").control(|| control(input)).candidate("new", || wrong(input));
        assert_eq!(run.after(lines.keep_input(|| input)).run(), control(input));
    }
    lines.write_reports(&lab).expect("there is room");
    lab.flush().expect("the disk takes it");
}

fn run_again(path: &Path, candidate: impl Fn(&Input) -> i64) -> Replayed {
    let rules = Rules::new().show("**").expect("it is a pattern");
    let run = |lab: &Lab, input: Input| {
        let call = lab.experiment("sum").control(|| control(&input)).candidate("new", || candidate(&input));
        assert_eq!(call.diff_by(&rules).run(), control(&input));
    };
    replay(path, "sum", run).expect("it can be read")
}

fn panicked(call: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("it panics");
    *payload.downcast::<String>().expect("it panics in words")
}

#[test]
fn only_inputs_of_mismatches_are_kept_and_run_again_with_the_differences_in_words() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[1, 2]), sum(&[-3, 1]), Input::Nothing, sum(&[-1])]);
    let replayed = run_again(&path, wrong);
    assert_eq!((replayed.differing().len(), replayed.agreeing().len(), replayed.bad_lines().len()), (2, 0, 0));
    let words = panicked(|| replayed.assert_agree());
    assert!(words.starts_with("2 inputs of sum ran again: 2 still differ, 0 no longer do\n"), "{words}");
    assert!(words.contains("difference: $ changed: -2 became 0"), "{words}");
}

#[test]
fn those_that_no_longer_differ_are_named() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[-3, 1]), sum(&[-1])]);
    let half_mended = |input: &Input| if control(input) == -1 { -1 } else { wrong(input) };
    let replayed = run_again(&path, half_mended);
    assert_eq!((replayed.differing().len(), replayed.agreeing().len()), (1, 1));
    let place = replayed.agreeing()[0].to_string();
    assert!(place.ends_with("inputs.jsonl, line 4") || place.ends_with("inputs.jsonl, line 3"), "{place}");
    assert!(replayed.to_string().contains(&format!("{place}: no longer differs")), "{replayed}");
    run_again(&path, control).assert_agree();
}

#[test]
fn a_file_without_inputs_proves_nothing() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[1])]);
    let replayed = run_again(&path, control);
    assert!(panicked(|| replayed.assert_agree()).starts_with("0 inputs of sum ran again"));
    let missing = replay(path.with_extension("other"), "sum", |_, _: Input| {});
    assert!(matches!(missing, Err(ReadError::Open { .. })));
}

#[test]
fn a_run_that_panics_or_runs_nothing_is_no_agreement() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[-1])]);
    let panics = replay(&path, "sum", |_, _: Input| std::panic::resume_unwind(Box::new("no database")));
    assert_eq!(panics.expect("it can be read").differing()[0].words, "the run panicked: no database");
    let nothing = replay(&path, "sum", |lab, _: Input| assert_eq!(lab.experiment("sum").control(|| 1).run(), 1));
    assert_eq!(nothing.expect("it can be read").differing()[0].words, "nothing of sum was compared in this run");
    let silent = || -> i64 { std::panic::resume_unwind(Box::new("planted")) };
    let candidate = replay(&path, "sum", |lab, _: Input| {
        assert_eq!(lab.experiment("sum").control(|| 1).candidate("new", silent).run(), 1);
    });
    assert_eq!(candidate.expect("it can be read").differing().len(), 1);
}

#[test]
fn lines_that_cannot_be_used_are_told_with_file_and_line_and_the_others_run() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[-1])]);
    let mut text = fs::read_to_string(&path).expect("it is there");
    let lines = text.lines().count() as u64;
    text.push_str(
        "garbage\n{\"format\":9}\n{\"format\":1,\"input\":{\"experiment\":\"sum\",\"value\":{\"Product\":1}}}\n",
    );
    text.push_str("{\"format\":1,\"input\":{\"experiment\":\"other\",\"value\":[]}}\n{\"format\":1,\"inp");
    fs::write(&path, text).expect("the disk takes it");
    let replayed = run_again(&path, control);
    let bad: Vec<_> = replayed.bad_lines().iter().map(|bad| bad.line - lines).collect();
    assert_eq!((bad, replayed.agreeing().len()), (vec![1, 2, 3, 5], 1));
    assert!(matches!(replayed.bad_lines()[1].fault, LineFault::LaterFormat { format: 9, .. }));
    assert!(matches!(replayed.bad_lines()[2].fault, LineFault::OtherInput { .. }));
    assert!(matches!(replayed.bad_lines()[3].fault, LineFault::CutOff { .. }));
    assert!(panicked(|| replayed.assert_agree()).contains("its input is of another type"));
}

#[test]
fn the_first_format_is_still_read() {
    let (_folder, path) = folder();
    let line = r#"{"format":1,"source":"a","input":{"experiment":"sum","run":7,"candidates":["new"],"value":{"Sum":{"numbers":[-1],"from":null}}}}"#;
    fs::write(&path, line).expect("the disk takes it");
    assert_eq!(run_again(&path, wrong).differing().len(), 1);
}

#[test]
fn reports_are_read_from_a_file_that_holds_inputs_too() {
    let (_folder, path) = folder();
    keep(&path, &[sum(&[-1]), sum(&[1])]);
    let mut log = ReportLog::new();
    log.read_file(&path).expect("it can be read");
    assert_eq!((log.reports()[0].runs, log.other_lines(), log.bad_lines().len()), (2, 2, 0));
}

#[test]
fn an_input_that_is_too_long_or_cannot_be_json_is_counted_and_told() {
    let (_folder, path) = folder();
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let options = JsonLinesOptions::default()
        .bytes_per_input(NonZeroUsize::new(1_000).expect("it is not zero"))
        .on_failure(move |error| keep.lock().push(matches!(error, JsonLinesError::Input { .. })));
    let lines = JsonLines::open(&path, options).expect("it can be opened");
    let lab = Lab::new();
    let run = |after: &mut dyn FnMut(&experiment::RunResult<'_>)| {
        assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).after(after).run(), 1);
    };
    let long = vec![7_u64; 1_000_000];
    run(&mut |result| lines.keep_input(|| &long)(result));
    let keys = BTreeMap::from([(vec![1], 1)]);
    run(&mut |result| lines.keep_input(|| &keys)(result));
    assert_eq!((lines.lost(), told.lock().as_slice()), (2, [true, true].as_slice()));
    run(&mut |result| lines.keep_input(|| -> u8 { std::panic::resume_unwind(Box::new("planted")) })(result));
    assert_eq!(lab.experiment("x").report().internal_failures.len(), 1, "a panic of the closure is contained");
}

#[test]
fn a_storm_of_mismatches_keeps_a_few_inputs() {
    let (_folder, path) = folder();
    keep(&path, &vec![sum(&[-1]); 1_000]);
    let kept = run_again(&path, wrong).differing().len();
    assert!((5..20).contains(&kept), "{kept}");
}

#[test]
fn what_is_redacted_is_not_in_the_file() {
    let (_folder, path) = folder();
    let lines = JsonLines::open(&path, JsonLinesOptions::default()).expect("it can be opened");
    let secret = ("ann@example.org".to_owned(), -1);
    let lab = Lab::new();
    let redacted = || (String::new(), secret.1);
    lab.experiment("x").control(|| secret.1).candidate("new", || 1).after(lines.keep_input(redacted)).run();
    drop(lines);
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(text.contains("[\"\",-1]") && !text.contains("example.org"), "{text}");
}
