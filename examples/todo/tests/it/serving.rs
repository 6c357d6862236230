//! The program `todo serve`, as operators meet it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// `todo serve` with a folder of its own, killed at the end.
struct Serving {
    child: Child,
    base: String,
    folder: TempDir,
}

impl Serving {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let mut child = serve(&["--dir", folder.path().to_str().unwrap(), "--address", "127.0.0.1:0"]);
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        let base = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, base, folder }
    }

    fn get(&self, path: &str) -> String {
        ureq::get(format!("{}{path}", self.base)).call().unwrap().body_mut().read_to_string().unwrap()
    }

    /// The value of a metric whose line starts with `name`.
    fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics");
        text.lines().find(|line| line.starts_with(name)).and_then(|line| line.rsplit(' ').next()?.parse().ok())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn serve(words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_todo"))
        .arg("serve")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The one line a program that cannot start leaves behind.
fn complaint(mut child: Child) -> String {
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn a_malformed_edit_keeps_the_last_good_flags_and_is_told_in_log_and_metric() {
    let mut serving = Serving::start();
    let flags = serving.folder.path().join("flags.toml");
    let good = fs::read_to_string(&flags).unwrap();
    fs::write(&flags, "format = 1\n[flags.new-users-query\n").unwrap();
    // The line is written once the edit was seen, so reading it is waiting for it.
    let mut line = String::new();
    BufReader::new(serving.child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("flags.toml, line 2, column 23: ") && line.contains("last good flags"), "{line}");
    assert!(serving.metric("flag_source_errors_total{op=\"parse\"}").is_some_and(|count| count >= 1.0));
    assert!(serving.get("/users").contains("Ada"), "it serves on");
    fs::write(&flags, good).unwrap();
}

#[test]
fn what_flags_say_is_counted() {
    let serving = Serving::start();
    serving.get("/users");
    let count = serving.metric("flag_evaluations_total{flag=\"new-users-query\"");
    assert_eq!(count, Some(1.0), "{}", serving.get("/metrics"));
}

#[test]
fn a_port_in_use_is_one_line_and_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = complaint(serve(&["--address", &taken.local_addr().unwrap().to_string()]));
    assert!(error.starts_with("todo: cannot listen on 127.0.0.1:"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_is_one_line_and_a_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = complaint(serve(&["--dir", file.path().to_str().unwrap()]));
    assert!(error.starts_with("todo: cannot use the folder"), "{error}");
}

#[test]
fn flags_that_are_malformed_at_the_start_are_one_line_with_the_place() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("flags.toml"), "format = 1\n[flags]\nfoo = tru\n").unwrap();
    let error = complaint(serve(&["--dir", folder.path().to_str().unwrap(), "--address", "127.0.0.1:0"]));
    assert!(error.contains("flags.toml, line 3, column 7: "), "{error}");
}

#[test]
fn a_database_that_is_none_is_one_line_and_a_failure() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("app.db"), "not a database at all, and long enough to be read as one".repeat(4))
        .unwrap();
    let error = complaint(serve(&["--dir", folder.path().to_str().unwrap(), "--address", "127.0.0.1:0"]));
    assert!(error.contains("database"), "{error}");
}
