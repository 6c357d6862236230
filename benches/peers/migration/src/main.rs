//! Linters of migrations, beside ours: whole commands on the same files, in turns, on the wall clock.
//!
//! squawk comes from the Python package index (`squawk-cli`), in an environment of its own below `target`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cutover_benches::{Target, machine_facts};

const TURNS: usize = 31;
const SQUAWK: &str = "squawk-cli==2.70.0";

fn main() {
    println!("{}", machine_facts());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let exams = std::env::var_os("CUTOVER_EXAMS").map_or_else(|| root.join("../shared/exams"), PathBuf::from);
    let corpus = exams.join("migrations/cratesio/migrations");
    let files = ups(&corpus);
    if files.is_empty() {
        return println!("bench migration/lint: left out, the exams are missing; set CUTOVER_EXAMS");
    }
    let Some(ours) = build(&root) else { return println!("bench migration/lint: left out, cutover does not build") };
    let Some(squawk) = install(&root) else {
        return println!(
            "bench migration/lint: left out, {SQUAWK} cannot be installed (python3 with venv and pip is needed)"
        );
    };
    let lint = || {
        let mut command = Command::new(&ours);
        command.args(["migrations", "lint"]).arg(&corpus);
        command
    };
    let theirs = || {
        let mut command = Command::new(&squawk);
        command.args(["--pg-version", "15.0"]).args(&files);
        command
    };
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        our_times.push(time(lint()));
        their_times.push(time(theirs()));
    }
    let (own, other) = (median(&mut our_times), median(&mut their_times));
    println!("lint of {} files, median of {TURNS}: cutover {own:?}, squawk {other:?}", files.len());
    let ratio = own.as_secs_f64() / other.as_secs_f64();
    println!("{}", Target { bench: "migration", case: "lint of cratesio beside squawk", ratio, at_most: 1.0 });
}

/// All files that bring a database up, in order.
fn ups(corpus: &Path) -> Vec<PathBuf> {
    let Ok(entries) = corpus.read_dir() else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path().join("up.sql")).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

fn build(root: &Path) -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["build", "--quiet", "--release", "--package", "cutover"];
    let built = Command::new(cargo).args(words).current_dir(root).status().is_ok_and(|status| status.success());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    built.then(|| target.join("release/cutover"))
}

fn install(root: &Path) -> Option<PathBuf> {
    let folder = root.join("target/squawk");
    let squawk = folder.join("bin/squawk");
    let runs = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !runs(&squawk, &["--version"]) {
        runs(Path::new("python3"), &["-m", "venv", folder.to_str()?]);
        runs(&folder.join("bin/pip"), &["install", "--quiet", SQUAWK]);
    }
    runs(&squawk, &["--version"]).then_some(squawk)
}

/// How long a command takes from start to end. Both linters find something, so they end with a code that is not zero.
fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let output = command.output().expect("it ran a moment ago");
    let took = started.elapsed();
    assert!(!output.stdout.is_empty(), "a linter that prints nothing has not looked");
    took
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
