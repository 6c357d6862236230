//! Reports as lines of JSON, and what several processes wrote as one report per experiment.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use crate::lab::Lab;
use crate::report::Report;

/// The number of the format that is written. Readers refuse lines of a later one.
const FORMAT: u32 = 1;

/// One line.
#[derive(Serialize, Deserialize)]
struct Line<R> {
    format: u32,
    /// Which writer wrote it: each process, each time it starts, is another one.
    source: String,
    report: R,
}

/// Writes the reports of a lab as lines of JSON, one per experiment.
///
/// Reports count from the start of their lab, so of each writer and experiment only the latest line matters: write as
/// often as you like,
/// and begin a new file, with a new writer or the same, whenever you like.
///
/// ```
/// use experiment::{Lab, ReportLog, ReportWriter};
///
/// let lab = Lab::new();
/// let mut file = Vec::new();
/// let mut writer = ReportWriter::new(&mut file);
/// for _ in 0..3 {
///     lab.experiment("users-query").control(|| 1).candidate("new", || 1).run();
///     writer.write(&lab)?;
/// }
///
/// let mut log = ReportLog::new();
/// log.read("reports.jsonl", &file[..])?;
/// assert_eq!(log.reports()[0].runs, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ReportWriter<W> {
    writer: W,
    source: String,
}

impl<W: Write> ReportWriter<W> {
    /// A writer with an identity of its own.
    pub fn new(writer: W) -> Self {
        // Two sets of the keys that the standard library draws for its hash maps: 128 bits that no other writer has.
        let draw = || std::collections::hash_map::RandomState::new().build_hasher().finish();
        Self { writer, source: format!("{:016x}{:016x}", draw(), draw()) }
    }

    /// Writes what the lab knows now, and flushes.
    ///
    /// # Errors
    /// Those of the writer. A line that was written in part is skipped by readers.
    pub fn write(&mut self, lab: &Lab) -> io::Result<()> {
        for report in lab.reports() {
            let line = Line { format: FORMAT, source: self.source.clone(), report };
            serde_json::to_writer(&mut self.writer, &line)?;
            self.writer.write_all(b"\n")?;
        }
        self.writer.flush()
    }
}

/// Reads what [`ReportWriter`]s wrote, and merges it.
///
/// ```
/// use experiment::ReportLog;
///
/// let mut log = ReportLog::new();
/// log.read("broken.jsonl", &b"{\"format\":1,"[..])?;
/// assert_eq!(log.bad_lines()[0].to_string(), "broken.jsonl, line 1: it is no report");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ReportLog {
    /// The latest report of each source and experiment.
    latest: BTreeMap<(String, String), Report>,
    bad_lines: Vec<BadLine>,
}

impl ReportLog {
    /// A log of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads lines from `reader`, which is called `file` in what is said about bad ones. Those are skipped and kept in
    /// [`bad_lines`](ReportLog::bad_lines); empty lines are skipped.
    ///
    /// # Errors
    /// Those of the reader; the lines before are kept.
    pub fn read(&mut self, file: &str, mut reader: impl BufRead) -> io::Result<()> {
        let mut bytes = Vec::new();
        for line in 1_u64.. {
            bytes.clear();
            if reader.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let trimmed = bytes.trim_ascii();
            if trimmed.is_empty() {
                continue;
            }
            if let Err(fault) = self.add(trimmed) {
                self.bad_lines.push(BadLine { file: file.to_owned(), line, fault });
            }
        }
        Ok(())
    }

    fn add(&mut self, line: &[u8]) -> Result<(), LineFault> {
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        // The number first: what comes after it may look different in a later format.
        let Header { format } = serde_json::from_slice(line).map_err(LineFault::not_a_report)?;
        if format > FORMAT {
            return Err(LineFault::LaterFormat { format });
        }
        let Line { source, report, .. } =
            serde_json::from_slice::<Line<Report>>(line).map_err(LineFault::not_a_report)?;
        let key = (source, report.experiment.clone());
        let is_newer = self.latest.get(&key).is_none_or(|known| known.runs <= report.runs);
        if is_newer {
            self.latest.insert(key, report);
        }
        Ok(())
    }

    /// One report per experiment, by name: the latest of every writer, merged.
    pub fn reports(&self) -> Vec<Report> {
        let mut merged: BTreeMap<&str, Report> = BTreeMap::new();
        for ((_, experiment), report) in &self.latest {
            match merged.get_mut(experiment.as_str()) {
                Some(known) => known.add(report),
                None => drop(merged.insert(experiment, report.clone())),
            }
        }
        merged.into_values().collect()
    }

    /// The lines that could not be used, in the order in which they were read.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }
}

/// A line that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}: {fault}")]
#[non_exhaustive]
pub struct BadLine {
    /// What the file was called.
    pub file: String,
    /// The number of the line, the first being 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: LineFault,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is no JSON, or not that of a report; the last line of a file may have been cut off.
    #[error("it is no report")]
    #[non_exhaustive]
    NotAReport {
        /// What the parser says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It was written by a later version of this crate.
    #[error("it has format {format}, and this version reads up to {FORMAT}")]
    #[non_exhaustive]
    LaterFormat {
        /// The number of its format.
        format: u32,
    },
}

impl LineFault {
    fn not_a_report(source: serde_json::Error) -> Self {
        Self::NotAReport { source: Box::new(source) }
    }
}
