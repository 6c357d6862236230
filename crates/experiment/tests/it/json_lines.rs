//! Lines of JSON in rotating files.

use std::fs;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use experiment::testing::{self, ManualClock};
use experiment::{
    BreakerPolicy, JsonLines, JsonLinesError, JsonLinesOptions, Lab, Operation, Order, Publisher, Rate, ReadError,
    ReportLog,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("experiments.jsonl");
    (folder, path)
}

fn open(path: &Path, options: JsonLinesOptions) -> JsonLines {
    JsonLines::open(path, options).expect("it can be opened")
}

fn lab(lines: &JsonLines) -> Lab {
    Lab::new().publisher(lines.clone()).breaker(BreakerPolicy::never())
}

/// The lines of the file, without their sources.
fn lines_in(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("it is there");
    let parsed = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("every line is JSON"));
    parsed
        .map(|mut line| {
            let source = line.as_object_mut().expect("every line is an object").remove("source");
            assert_eq!(source.and_then(|source| source.as_str().map(str::len)), Some(32));
            line
        })
        .collect()
}

#[test]
fn the_line_of_a_run_says_who_ran_how_it_fared_and_how_long_it_took() {
    let (_folder, path) = folder();
    let lines = open(&path, JsonLinesOptions::default().with_context(["tenant", "page"]).with_samples());
    let clock = ManualClock::new();
    let lab = lab(&lines).clock(clock.clone()).order(Order::ControlFirst);
    lab.experiment("users")
        .control(|| clock.advance(Duration::from_millis(20)))
        .candidate("new", || clock.advance(Duration::from_millis(10)))
        .candidate("", || ())
        .compare_with(|(), ()| false)
        .explain_with(|(), ()| "different".to_owned())
        .context("tenant", "acme")
        .context("page", 3)
        .context("user", "ann@example.org")
        .run();
    lab.flush().expect("the disk takes it");
    let expected = json!({"format": 1, "run": {
        "experiment": "users", "run": 1,
        "control": {"nanos": 20_000_000, "position": 0, "panicked": false},
        "candidates": [
            {"name": "new", "outcome": "mismatch", "nanos": 10_000_000, "position": 1, "panicked": false,
             "sample": {"run": 1, "times": 1, "control": null, "candidate": null, "difference": "different"}},
            {"name": "", "outcome": "skipped", "reason": "its name is empty, too long or used twice",
             "nanos": null, "position": null, "panicked": false}],
        "context": {"tenant": "acme", "page": 3},
    }});
    assert_eq!(lines_in(&path), [expected]);
}

#[test]
fn no_value_is_in_a_line_unless_it_was_asked_for() {
    let (_folder, path) = folder();
    let lines = open(&path, JsonLinesOptions::default());
    let lab = lab(&lines);
    lab.experiment("x")
        .control(|| "secret")
        .candidate("new", || "secret 2")
        .describe_debug()
        .context("tenant", "secret tenant")
        .run();
    lab.flush().expect("the disk takes it");
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(text.contains("mismatch") && !text.contains("secret"), "{text}");
}

#[test]
fn only_alarming_runs_are_written_unless_every_run_is_asked_for() {
    let run_all = |options| {
        let (_folder, path) = folder();
        let lines = open(&path, options);
        let lab = lab(&lines);
        let x = || lab.experiment("x");
        x().control(|| 1).candidate("new", || 1).run();
        x().control(|| 1).candidate("new", || 2).ignore(|_, _| true).run();
        x().control(|| 1).candidate("new", || 2).run();
        x().control(|| 1).candidate("new", || std::panic::resume_unwind(Box::new(()))).run();
        x().control(|| 1).candidate("new", || 1).control_again(Rate::ALWAYS, || 2).run();
        lab.flush().expect("the disk takes it");
        lines_in(&path).iter().map(|line| line["run"]["run"].as_u64().unwrap_or(0)).collect::<Vec<_>>()
    };
    assert_eq!(run_all(JsonLinesOptions::default()), [3, 4]);
    assert_eq!(run_all(JsonLinesOptions::default().every_run()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_storm_of_mismatches_is_held_back_and_counted() {
    let (_folder, path) = folder();
    let lines = open(&path, JsonLinesOptions::default());
    let lab = lab(&lines);
    (0..2_000).for_each(|_| assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1));
    lab.flush().expect("the disk takes it");
    let written = lines_in(&path);
    let passed_over: u64 = written.iter().filter_map(|line| line["run"]["passed_over"].as_u64()).sum();
    assert!((5..20).contains(&written.len()), "{}", written.len());
    assert!(written.len() as u64 + passed_over <= 2_000);
    let mut log = ReportLog::new();
    log.read_file(&path).expect("it can be read");
    assert_eq!(
        (log.other_lines(), log.bad_lines().len()),
        (written.len() as u64, 0),
        "lines about runs are no bad lines"
    );
}

#[test]
fn reports_are_read_again_from_all_files_with_the_latest_counting() {
    let (_folder, path) = folder();
    let options = JsonLinesOptions::default().bytes_per_file(NonZeroU64::new(6_000).expect("it is not zero"));
    let lines = open(&path, options);
    // The clock stands still: on a busy machine every run falls into a bucket of its own, and a report fills a file.
    let lab = lab(&lines).clock(ManualClock::new());
    for run in 0..40 {
        lab.experiment("x").control(|| 1).candidate("new", || 1 + run % 2).run();
        lines.write_reports(&lab).expect("there is room");
    }
    lab.flush().expect("the disk takes it");
    assert!(path.with_extension("jsonl.1").exists(), "it was moved aside");
    let mut log = ReportLog::new();
    log.read_file(&path).expect("it can be read");
    assert!(log.bad_lines().is_empty(), "{:?}", log.bad_lines());
    assert_eq!((log.reports()[0].runs, log.reports()[0].candidates[0].mismatches()), (40, 20));
}

#[test]
fn a_writer_that_is_killed_loses_its_last_line_only() {
    let (_folder, path) = folder();
    for process in 0..3 {
        let lines = open(&path, JsonLinesOptions::default());
        let lab = lab(&lines);
        (0..=process).for_each(|_| assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1));
        lines.write_reports(&lab).expect("there is room");
        drop((lab, lines));
        // Killed in the middle of the next line.
        let mut bytes = fs::read(&path).expect("it is there");
        bytes.extend_from_slice(b"{\"format\":1,\"source\":\"00");
        fs::write(&path, bytes).expect("the disk takes it");
    }
    let mut log = ReportLog::new();
    log.read_file(&path).expect("it can be read");
    assert_eq!(log.reports()[0].runs, 1 + 2 + 3);
    let bad: Vec<_> = log.bad_lines().iter().map(ToString::to_string).collect();
    assert_eq!(bad, [format!("{}, line 4: it was cut off", path.display())], "the one that nobody opened again");
}

#[test]
fn a_full_queue_refuses_and_the_hook_of_the_lab_is_told() {
    let (_folder, path) = folder();
    // The thread is kept busy by a hook that waits.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let one = NonZeroU64::MIN;
    let options =
        JsonLinesOptions::default().every_run().queue(NonZeroUsize::MIN).bytes_per_file(one).on_failure(move |_| {
            assert!(wait.lock().recv_timeout(Duration::from_mins(1)).is_err(), "nothing is sent");
        });
    let lines = open(&path, options);
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let lab = lab(&lines).on_failure(move |failure| {
        assert_eq!(failure.operation(), Operation::Publish);
        *count.lock() += 1;
    });
    for _ in 0..1_000 {
        lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    }
    assert!(*told.lock() > 0);
    assert_eq!(lab.experiment("x").report().internal_failures[&Operation::Publish], *told.lock());
    drop(go);
    assert!(lab.flush().is_err(), "lines were lost");
    assert_eq!(lines.lost(), 1_000, "none of them fits into a file of one byte");
    assert!(lab.flush().is_ok(), "none was lost since");
}

#[test]
fn a_disk_that_takes_nothing_is_told_at_the_first_and_at_every_doubling_and_the_caller_is_not_harmed() {
    let (folder, path) = folder();
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let hook = move |error: &JsonLinesError| {
        keep.lock().push(error.lost());
        panic!("the hook itself fails");
    };
    let lines = open(&path, JsonLinesOptions::default().every_run().on_failure(hook));
    let lab = lab(&lines);
    fs::remove_dir_all(folder.path()).expect("it is ours");
    for _ in 0..9 {
        assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1);
        assert!(lab.flush().is_err());
    }
    assert_eq!(*told.lock(), [1, 1, 1, 1], "at the first failure, the second, the fourth and the eighth");
    assert_eq!(lines.lost(), 9);
    fs::create_dir(folder.path()).expect("it was there before");
    lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    assert!(lab.flush().is_ok());
    assert_eq!(lines_in(&path).len(), 1);
}

#[test]
fn a_file_cannot_be_opened_twice_nor_where_there_is_no_folder() {
    let (_folder, path) = folder();
    let lines = open(&path, JsonLinesOptions::default());
    let again = JsonLines::open(&path, JsonLinesOptions::default());
    assert!(matches!(again, Err(JsonLinesError::InUse { path: named, .. }) if named == path));
    drop(lines);
    drop(open(&path, JsonLinesOptions::default()));
    let nowhere = JsonLines::open(path.join("below a file"), JsonLinesOptions::default());
    assert!(matches!(nowhere, Err(JsonLinesError::Open { .. })));
}

#[test]
fn files_never_take_more_than_they_may() {
    let (folder, path) = folder();
    let options = JsonLinesOptions::default()
        .every_run()
        .queue(NonZeroUsize::new(10_000).expect("it is not zero"))
        .bytes_per_file(NonZeroU64::new(1_000).expect("it is not zero"))
        .files(NonZeroU32::new(3).expect("it is not zero"));
    let lines = open(&path, options);
    let lab = lab(&lines);
    (0..500).for_each(|_| assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 2).run(), 1));
    lab.flush().expect("the disk takes it");
    let sizes: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
    assert!(sizes.len() == 4 && sizes.iter().all(|size| *size <= 1_000), "three files and the lock: {sizes:?}");
    assert_eq!(lines.lost(), 0);
}

#[test]
fn a_garbage_file_keeps_the_memory_bounded() {
    let garbage = "x\n".repeat(5_000);
    let mut log = ReportLog::new();
    log.read("garbage", garbage.as_bytes()).expect("memory gives it");
    assert_eq!((log.bad_lines().len(), log.more_bad_lines()), (1_000, 4_000));
}

#[test]
fn json_that_is_nested_too_deeply_is_a_bad_line() {
    let deep = format!("{{\"format\":1,\"report\":{}", "[".repeat(1_000_000));
    let mut log = ReportLog::new();
    log.read("deep", deep.as_bytes()).expect("memory gives it");
    assert_eq!(log.bad_lines().len(), 1);
}

#[test]
fn a_file_that_is_not_there_is_a_typed_error() {
    let (folder, path) = folder();
    let mut log = ReportLog::new();
    for path in [path, folder.path().join("no").join("folder.jsonl")] {
        assert!(matches!(log.read_file(path), Err(ReadError::Open { .. })));
    }
}

#[test]
fn the_publisher_of_lines_keeps_the_contract() {
    let folders = std::cell::RefCell::new(Vec::new());
    testing::publisher_conformance(|| {
        let (folder, path) = folder();
        folders.borrow_mut().push(folder);
        let lines = open(&path, JsonLinesOptions::default().every_run());
        let count = move || {
            let lines = lines_in(&path);
            lines.iter().map(|line| line["run"]["candidates"].as_array().map_or(0, Vec::len)).sum()
        };
        (lines, count)
    });
}

#[test]
fn clones_write_to_the_same_file_and_the_last_one_writes_what_waits() {
    let (_folder, path) = folder();
    let lines = open(&path, JsonLinesOptions::default().every_run());
    let lab = lab(&lines);
    (0..100).for_each(|_| assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).run(), 1));
    assert!(Publisher::flush(&lines.clone()).is_ok());
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    drop((lab, lines));
    assert_eq!(lines_in(&path).len(), 101);
}
