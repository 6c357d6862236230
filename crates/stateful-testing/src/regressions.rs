//! The file that keeps failing sequences from one run to the next.
//!
//! Text that people can read, and delete an entry from:
//!
//! ```text
//! stateful-testing regressions, format 1
//!
//! failure
//!   story [add "Test Todo" 1, delete "" 2]
//!   replay add/0:0 delete/1:0,1
//! end
//! ```

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const HEADER: &str = "stateful-testing regressions, format 1";
const ABOUT: &str = "# Sequences that failed once; they run before anything else. Commit this file with the fix.";

/// One sequence that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Regression {
    /// In which line of the file it starts.
    pub(crate) line: usize,
    /// The sequence as it was printed.
    pub(crate) story: String,
    /// The text that makes it again.
    pub(crate) replay: String,
}

/// What is wrong with a file of regressions.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, RegressionsError, check};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("counter.txt");
/// std::fs::write(&path, "of another tool")?;
/// let Err(Failure::Regressions { source, .. }) = check(Counter::right()).regressions(path).try_run() else { panic!() };
/// assert!(matches!(source, RegressionsError::Header { .. }));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegressionsError {
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    #[non_exhaustive]
    Io {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The first line is not the one of this version: delete the file, or use the version that wrote it.
    #[error("the first line is `{found}`, not `{HEADER}`")]
    #[non_exhaustive]
    Header {
        /// The first line.
        found: String,
    },
    /// An entry is incomplete, as when the file was cut off: mend or delete it.
    #[error("line {line}: {problem}")]
    #[non_exhaustive]
    Entry {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The model cannot make the sequence any more: delete the entry if it has lost its meaning.
    #[error("line {line}: the model cannot make {story} any more: it makes {now}")]
    #[non_exhaustive]
    Stale {
        /// The line of the entry, from 1.
        line: usize,
        /// The sequence as it was.
        story: String,
        /// What is left of it.
        now: String,
    },
}

/// Where a path of regressions points: from the package's folder, if Cargo says which it is.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| path.to_owned(), |package| Path::new(&package).join(path))
}

/// Reads the file; a file that is not there holds nothing.
pub(crate) fn read(path: &Path) -> Result<Vec<Regression>, RegressionsError> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(RegressionsError::Io { source }),
    }
}

/// Adds a sequence, unless it is there already. The file is replaced whole, so that nobody ever sees half of it.
pub(crate) fn add(path: &Path, story: &str, replay: &str) -> Result<(), RegressionsError> {
    let mut all = read(path)?;
    if all.iter().any(|regression| regression.replay == replay && regression.story == one_line(story)) {
        return Ok(());
    }
    all.push(Regression { line: 0, story: one_line(story), replay: replay.to_owned() });
    let io = |source| RegressionsError::Io { source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    let mut unfinished = path.to_owned().into_os_string();
    unfinished.push(".unfinished");
    fs::write(&unfinished, print(&all)).map_err(io)?;
    fs::rename(&unfinished, path).map_err(io)
}

/// A story as the file holds it: a `Debug` that breaks lines must not break the file.
pub(crate) fn one_line(story: &str) -> String {
    story.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn print(regressions: &[Regression]) -> String {
    let mut text = format!("{HEADER}\n{ABOUT}\n");
    for Regression { story, replay, .. } in regressions {
        write!(text, "\nfailure\n  story {story}\n  replay {replay}\nend\n").expect("a string takes everything");
    }
    text
}

fn parse(text: &str) -> Result<Vec<Regression>, RegressionsError> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let (_, header) = lines.next().unwrap_or((1, ""));
    if header != HEADER {
        return Err(RegressionsError::Header { found: header.to_owned() });
    }
    let mut regressions = Vec::new();
    let mut meaningful = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    while let Some((line, word)) = meaningful.next() {
        if word != "failure" {
            return Err(entry(line, format!("expected `failure`, found `{word}`")));
        }
        let mut field = |name: &str| match meaningful.next() {
            Some((line, text)) => text
                .strip_prefix(name)
                .map(|rest| rest.trim().to_owned())
                .ok_or_else(|| entry(line, format!("expected `{name}`, found `{text}`"))),
            None => Err(entry(line, format!("the entry ends before its `{name}`"))),
        };
        let (story, replay) = (field("story")?, field("replay")?);
        field("end")?;
        regressions.push(Regression { line, story, replay });
    }
    Ok(regressions)
}

fn entry(line: usize, problem: String) -> RegressionsError {
    RegressionsError::Entry { line, problem }
}

#[cfg(test)]
mod tests;
