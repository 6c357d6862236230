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

/// Reads what the tour prints until it heads a step for which `is_wanted`; all it said if it ends before that.
fn step_headed(child: &mut Child, is_wanted: impl Fn(&str) -> bool) -> Result<String, String> {
    let mut said = String::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap) {
        match line.trim_start().split_once(' ') {
            Some((number, _)) if number.contains('/') && is_wanted(number) => return Ok(number.to_owned()),
            _ => said.push_str(&line),
        }
        said.push('\n');
    }
    Err(said)
}

#[test]
fn a_tour_that_is_killed_in_every_step_goes_on_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let mut last = String::new();
    let mut kills = 0_u32;
    // Before the first step, the database is being filled.
    for wait in [5, 150, 400] {
        let mut filling = tour(folder.path());
        std::thread::sleep(Duration::from_millis(wait));
        filling.kill().unwrap();
        filling.wait().unwrap();
    }
    loop {
        let mut child = tour(folder.path());
        let step = match step_headed(&mut child, |step| *step != last) {
            Ok(step) => step,
            Err(said) => {
                assert!(child.wait().unwrap().success(), "{said}");
                break;
            }
        };
        // Another instant in each step: at its heading, or some way into it.
        std::thread::sleep(Duration::from_millis(u64::from(kills * 97 % 400)));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        last = step;
        assert!(kills < 40, "the tour does not get on: {last}");
    }
    assert!(kills >= 13, "killed in {kills} steps only");
    // And once more: nothing is left to do, and everything is looked at again.
    let output = tour(folder.path()).wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.contains("All of it holds"), "{told}");
}

/// Breaks the service that a finished tour left behind.
#[test]
fn a_finished_tour_whose_service_broke_since_is_a_failure() {
    let folder = TempDir::new().unwrap();
    assert!(tour(folder.path()).wait_with_output().unwrap().status.success());
    let flags = folder.path().join("flags.toml");
    let text = std::fs::read_to_string(&flags).unwrap();
    std::fs::write(&flags, text.replace("100% by id", "0% by id")).unwrap();
    let output = tour(folder.path()).wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.contains("<- wrong"), "{told}");
}

#[test]
fn a_folder_has_one_tour_at_a_time() {
    let folder = TempDir::new().unwrap();
    let mut first = tour(folder.path());
    step_headed(&mut first, |_| true).unwrap();
    let second = Command::new(env!("CARGO_BIN_EXE_todo")).args(["tour", "--dir"]).arg(folder.path()).output().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.starts_with("todo: another tour is at work in") && error.lines().count() == 1, "{error}");
    assert_eq!(second.status.code(), Some(1));
}

#[test]
fn progress_that_no_tour_wrote_is_refused_with_what_to_do() {
    for text in ["{", r#"{"finished":[{"step":"nap","seconds":1.0}]}"#] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("tour.json"), text).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_todo")).args(["tour", "--dir"]).arg(folder.path()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("delete the folder to begin anew") && error.lines().count() == 1, "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_one_line_and_a_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_todo")).args(["tour", "--dir"]).arg(file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("todo: cannot use the folder") && error.lines().count() == 1, "{error}");
}
