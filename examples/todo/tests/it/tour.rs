//! The tour, killed in every step.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// Starts the tour in `folder`, faster than usual.
fn tour(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_todo"))
        .args(["tour", "--pace", "0.2", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the tour prints until it heads a step for which `is_wanted`; `None` if it ends before that.
fn step_headed(child: &mut Child, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let output = child.stdout.as_mut().unwrap();
    let lines = BufReader::new(output).lines().map(Result::unwrap);
    let mut headings = lines.filter_map(|line| line.trim_start().split_once(' ').map(|(number, _)| number.to_owned()));
    headings.find(|number| number.contains('/') && is_wanted(number))
}

#[test]
fn a_tour_that_is_killed_in_every_step_goes_on_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let mut last = String::new();
    let mut kills = 0_u32;
    // Before the first step, the database is being filled.
    let mut filling = tour(folder.path());
    std::thread::sleep(Duration::from_millis(300));
    filling.kill().unwrap();
    filling.wait().unwrap();
    loop {
        let mut child = tour(folder.path());
        let Some(step) = step_headed(&mut child, |step| *step != last) else { break };
        // Another instant in each step: at its heading, or some way into it.
        std::thread::sleep(Duration::from_millis(u64::from(kills * 97 % 400)));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        last = step;
        assert!(kills < 40, "the tour does not get on: {last}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_todo")).args(["tour", "--dir"]).arg(folder.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(kills >= 13, "killed in {kills} steps only: {told}");
}

#[test]
fn a_folder_that_cannot_be_used_is_one_line_and_a_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_todo")).args(["tour", "--dir"]).arg(file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("todo: cannot use the folder") && error.lines().count() == 1, "{error}");
}
