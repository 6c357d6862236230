//! What several processes wrote, as one report per experiment.

mod fault;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub use fault::{BadLine, LineFault, ReadError};

use crate::json_lines::files_of;
use crate::lines::{FORMAT, Found, Header, Lines};
use crate::report::Report;

/// Reads what [`ReportWriter`](crate::ReportWriter)s and [`JsonLines`](crate::JsonLines) wrote, and merges it.
///
/// ```
/// use experiment::{Lab, ReportLog, ReportWriter};
///
/// let mut log = ReportLog::new();
/// for process in ["a.jsonl", "b.jsonl"] {
///     let lab = Lab::new();
///     lab.experiment("users-query").control(|| 1).candidate("new", || 1).run();
///     let mut lines = Vec::new();
///     ReportWriter::new(&mut lines).write(&lab)?;
///     log.read(process, &lines[..])?;
/// }
/// log.read("broken.jsonl", &b"{\"format\":1}\n"[..])?;
///
/// assert_eq!(log.reports()[0].runs, 2);
/// assert_eq!(log.bad_lines()[0].to_string(), "broken.jsonl, line 1: it is no report");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct ReportLog {
    /// The latest report of each lab and experiment.
    latest: BTreeMap<(String, String), Known>,
    /// How many reports were read.
    read: u64,
    bad_lines: Vec<BadLine>,
    more_bad_lines: u64,
    other_lines: u64,
}

/// A report, and which one it was of all that were read.
#[derive(Debug)]
struct Known {
    place: u64,
    report: Report,
}

/// So many bad lines are kept: a file of garbage must not fill the memory.
const MOST_BAD_LINES: usize = 1_000;

/// A line as it is read.
#[derive(Deserialize)]
struct Line {
    source: String,
    report: Option<Report>,
    run: Option<IgnoredAny>,
    input: Option<IgnoredAny>,
}

impl ReportLog {
    /// A log of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads lines from `reader`, which is called `file` in what is said about bad ones. Those are passed over and kept
    /// in [`bad_lines`](ReportLog::bad_lines); empty lines, and those about runs, are passed over.
    ///
    /// # Errors
    /// [`ReadError::Read`] where the reader fails; the lines before are kept.
    pub fn read(&mut self, file: &str, reader: impl BufRead) -> Result<(), ReadError> {
        let mut lines = Lines::of(reader);
        loop {
            let line = lines.number + 1;
            let failed = |source| ReadError::Read { file: file.to_owned(), line, source };
            let Some(found) = lines.next().map_err(failed)? else { return Ok(()) };
            let taken = self.take(&found).map_err(|fault| if found.is_cut { fault.of_cut_line() } else { fault });
            if let Err(fault) = taken {
                self.keep_bad_line(BadLine { file: file.to_owned(), line: lines.number, fault });
            }
        }
    }

    /// Reads the file at `path`, and those that [`JsonLines`](crate::JsonLines) moved aside from there: `path.1` and so on.
    ///
    /// # Errors
    /// [`ReadError::Open`] where there is no such file, or one of them may not be read; [`ReadError::Read`] where reading
    /// fails. What was read before is kept.
    pub fn read_file(&mut self, path: impl AsRef<Path>) -> Result<(), ReadError> {
        let path = path.as_ref();
        let name = |path: &Path| path.display().to_string();
        let files = files_of(path).map_err(|source| ReadError::Open { file: name(path), source })?;
        let is_rotated = files.len() > 1;
        for file in files {
            match File::open(&file) {
                Ok(opened) => self.read(&name(&file), BufReader::new(opened))?,
                // It was moved in this moment, or its writer was killed after it moved it.
                Err(error) if is_rotated && error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ReadError::Open { file: name(&file), source }),
            }
        }
        Ok(())
    }

    fn take(&mut self, found: &Found<'_>) -> Result<(), LineFault> {
        if found.is_too_long {
            return Err(LineFault::TooLong);
        }
        let Header { format } = serde_json::from_slice(found.bytes).map_err(LineFault::not_a_report)?;
        if format > FORMAT {
            return Err(LineFault::LaterFormat { format });
        }
        let line: Line = serde_json::from_slice(found.bytes).map_err(LineFault::not_a_report)?;
        match line {
            Line { source, report: Some(report), .. } => self.add(source, report),
            Line { run: Some(_), .. } | Line { input: Some(_), .. } => self.other_lines += 1,
            _ => return Err(LineFault::not_a_report(serde::de::Error::missing_field("report"))),
        }
        Ok(())
    }

    fn add(&mut self, source: String, report: Report) {
        let key = (source, report.experiment.clone());
        self.read += 1;
        let is_newer = self.latest.get(&key).is_none_or(|known| known.report.runs <= report.runs);
        if is_newer {
            self.latest.insert(key, Known { place: self.read, report });
        }
    }

    fn keep_bad_line(&mut self, bad: BadLine) {
        if self.bad_lines.len() < MOST_BAD_LINES {
            self.bad_lines.push(bad);
        } else {
            self.more_bad_lines += 1;
        }
    }

    /// One report per experiment, by name: the latest of every lab, [merged](Report::merge). What holds at a moment, as
    /// the rate, is that of the report that was read last. What a process said last of runs under way and open breakers
    /// stays, also where it ended since.
    pub fn reports(&self) -> Vec<Report> {
        let mut merged: BTreeMap<&str, Report> = BTreeMap::new();
        let mut latest: Vec<_> = self.latest.iter().collect();
        latest.sort_by_key(|(_, known)| known.place);
        for ((_, experiment), Known { report, .. }) in latest {
            match merged.get_mut(experiment.as_str()) {
                Some(known) => known.add(report),
                None => drop(merged.insert(experiment, report.clone())),
            }
        }
        merged.into_values().collect()
    }

    /// The lines that could not be used, in the order in which they were read: the first thousand of them.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }

    /// How many further lines could not be used.
    pub fn more_bad_lines(&self) -> u64 {
        self.more_bad_lines
    }

    /// How many lines are about something else: single runs, and their inputs.
    pub fn other_lines(&self) -> u64 {
        self.other_lines
    }
}
