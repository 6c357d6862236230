//! `cutover experiment`.

use std::num::NonZeroU64;

use experiment::{JsonLines, JsonLinesOptions, Lab, Publisher, ReportWriter};
use tempfile::TempDir;

use crate::running::cutover;

/// What a process that ran `runs` calls leaves behind.
fn reports_of(runs: u32) -> Vec<u8> {
    let lab = Lab::new();
    for n in 0..runs {
        lab.experiment("users-query").control(|| n).candidate("new", || n).run();
    }
    let mut lines = Vec::new();
    ReportWriter::new(&mut lines).write(&lab).unwrap();
    lines
}

#[test]
fn reports_of_several_processes_are_added_up() {
    let folder = TempDir::new().unwrap();
    let paths = [folder.path().join("a.jsonl"), folder.path().join("b.jsonl")];
    for (path, runs) in paths.iter().zip([30, 12]) {
        std::fs::write(path, reports_of(runs)).unwrap();
    }
    let [a, b] = paths.each_ref().map(|path| path.to_str().unwrap());
    let run = cutover(["experiment", "report", a, b]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("42 runs"), "{run:?}");
    let run = cutover(["experiment", "report", "--format", "json", a, b]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json[0]["experiment"], &json[0]["runs"]), (&"users-query".into(), &42.into()), "{run:?}");
}

#[test]
fn a_line_that_was_cut_is_told_with_its_number_and_the_rest_is_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut lines = reports_of(30);
    lines.extend_from_slice(&reports_of(5)[..20]);
    std::fs::write(&path, lines).unwrap();
    let run = cutover(["experiment", "report", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.out.contains("30 runs") && run.err.contains("a.jsonl") && run.err.contains('2'), "{run:?}");
}

#[test]
fn a_file_that_is_not_there_is_one_line_and_a_failure() {
    let run = cutover(["experiment", "report", "nowhere.jsonl"]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
    assert!(run.err.contains("nowhere.jsonl"), "{run:?}");
}

#[test]
fn one_that_is_not_there_does_not_cost_the_others() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jsonl");
    let mut lines = b"garbage\n".to_vec();
    lines.extend_from_slice(&reports_of(30));
    std::fs::write(&path, lines).unwrap();
    let run = cutover(["experiment", "report", "nowhere.jsonl", path.to_str().unwrap()]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 2), "{run:?}");
    assert!(run.out.contains("30 runs") && run.err.contains("nowhere.jsonl"), "{run:?}");
    assert!(run.err.contains("a.jsonl, line 1: it is no report: expected value at line 1 column 1"), "{run:?}");
}

#[test]
fn files_that_were_moved_aside_are_read_with_the_one_that_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jsonl");
    let options = JsonLinesOptions::default().bytes_per_file(NonZeroU64::new(8_000).unwrap());
    let lines = JsonLines::open(&path, options).unwrap();
    for name in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
        let lab = Lab::new();
        lab.experiment(name).control(|| 1).candidate("new", || 1).run();
        lines.write_reports(&lab).unwrap();
    }
    lines.flush().unwrap();
    assert!(folder.path().join("a.jsonl.1").exists());
    let run = cutover(["experiment", "report", path.to_str().unwrap()]);
    assert_eq!((run.code, run.out.matches("experiment ").count()), (Some(0), 8), "{run:?}");
}

#[test]
fn a_page_is_written_to_a_file() {
    let folder = TempDir::new().unwrap();
    let paths = [folder.path().join("a.jsonl"), folder.path().join("page.html")];
    std::fs::write(&paths[0], reports_of(30)).unwrap();
    let [lines, page] = paths.each_ref().map(|path| path.to_str().unwrap());
    let run = cutover(["experiment", "report", lines, "--format", "html", "--output", page]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
    let written = std::fs::read_to_string(page).unwrap();
    assert!(written.starts_with("<!DOCTYPE html>") && written.contains("users-query"), "{written}");
    let nowhere = folder.path().join("no").join("page.html");
    let run = cutover(["experiment", "report", lines, "--output", nowhere.to_str().unwrap()]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
}

#[test]
fn lines_of_runs_alone_are_said_to_be_no_reports() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jsonl");
    let lines = JsonLines::open(&path, JsonLinesOptions::default()).unwrap();
    let lab = Lab::new().publisher(lines);
    lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    lab.flush().unwrap();
    let run = cutover(["experiment", "report", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("no reports") && run.err.contains("1 line about runs"), "{run:?}");
}
