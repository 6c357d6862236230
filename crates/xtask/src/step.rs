//! One command after the other, each announced, the first failure ends the run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

/// Why a verb failed: one line for people.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line of ours among the output of the commands.
#[expect(clippy::print_stderr, reason = "this is a command line")]
pub(crate) fn say(line: &str) {
    eprintln!("xtask: {line}");
}

/// The folder of the root manifest.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask lives in crates/xtask").to_owned()
}

/// `cargo` with `words`, run at the root, by the same cargo that runs this program.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(root());
    command
}

/// Runs `command` with its output shown; a non-zero exit is a failure that names `what`.
pub(crate) fn run(what: &str, mut command: Command) -> Result<(), Failure> {
    say(what);
    let started = Instant::now();
    let status = command.status().map_err(|error| Failure::new(format!("{what}: cannot start: {error}")))?;
    if !status.success() {
        return Err(Failure::new(format!("{what}: {status}")));
    }
    say(&format!("{what}: done in {:.0} s", started.elapsed().as_secs_f64()));
    Ok(())
}

/// Runs `command` and returns what it printed, whatever its exit status.
pub(crate) fn output(what: &str, mut command: Command) -> Result<Output, Failure> {
    say(what);
    command.output().map_err(|error| Failure::new(format!("{what}: cannot start: {error}")))
}

/// The names of the Rust files in `folder` below the root, without their ending, sorted.
pub(crate) fn names_of_files(folder: &str) -> Result<Vec<String>, Failure> {
    let folder = root().join(folder);
    let entries =
        folder.read_dir().map_err(|error| Failure::new(format!("cannot read {}: {error}", folder.display())))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned))
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// All of `names`, or the one asked for; an unknown name is a failure that lists the known ones.
pub(crate) fn chosen(kind: &str, names: Vec<String>, asked: Option<&str>) -> Result<Vec<String>, Failure> {
    match asked {
        None => Ok(names),
        Some(name) if names.iter().any(|known| known == name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(Failure::new(format!("no {kind} is called {name}; there are: {}", names.join(", ")))),
    }
}
