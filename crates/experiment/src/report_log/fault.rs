//! What can be wrong with a file of lines.

use std::error::Error;
use std::io;

use crate::lines::{FORMAT, LONGEST_LINE};

/// A line that could not be used. The others are.
///
/// ```
/// use experiment::{LineFault, ReportLog};
///
/// let mut log = ReportLog::new();
/// log.read("cut.jsonl", &b"not json\n{\"format\":1,\"sour"[..])?;
/// let [bad, cut] = log.bad_lines() else { panic!("there are two") };
/// assert_eq!((bad.file.as_str(), bad.line, bad.to_string().as_str()), ("cut.jsonl", 1, "cut.jsonl, line 1: it is no report"));
/// assert!(matches!(cut.fault, LineFault::CutOff { .. }));
/// # Ok::<(), experiment::ReadError>(())
/// ```
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
///
/// ```
/// use experiment::{LineFault, ReportLog};
///
/// let mut log = ReportLog::new();
/// log.read("from the future", &b"{\"format\":7}\n"[..])?;
/// assert!(matches!(log.bad_lines()[0].fault, LineFault::LaterFormat { format: 7, .. }));
/// # Ok::<(), experiment::ReadError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is no JSON, or not that of a report.
    #[error("it is no report")]
    #[non_exhaustive]
    NotAReport {
        /// What the parser says.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is the last line of a file, which ends before the line does: its writer was killed, or is still at it.
    #[error("it was cut off")]
    #[non_exhaustive]
    CutOff {
        /// What the parser says.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is an input, and not of the type that [`replay`](crate::replay) was asked for.
    #[error("its input is of another type")]
    #[non_exhaustive]
    OtherInput {
        /// What the parser says.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is longer than any report.
    #[error("it is longer than {LONGEST_LINE} bytes")]
    #[non_exhaustive]
    TooLong,
    /// It was written by a later version of this crate.
    #[error("it has format {format}, and this version reads up to {FORMAT}")]
    #[non_exhaustive]
    LaterFormat {
        /// The number of its format.
        format: u32,
    },
}

impl LineFault {
    pub(crate) fn not_a_report(source: serde_json::Error) -> Self {
        Self::NotAReport { source: Box::new(source) }
    }

    /// The same for a line at which the file ends.
    pub(crate) fn of_cut_line(self) -> Self {
        match self {
            Self::NotAReport { source } => Self::CutOff { source },
            other => other,
        }
    }
}

/// Why a file was not read to its end. The lines before are kept.
///
/// ```
/// use experiment::{ReadError, ReportLog};
///
/// let refused = ReportLog::new().read_file("nowhere.jsonl");
/// assert!(matches!(refused, Err(ReadError::Open { file, .. }) if file == "nowhere.jsonl"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not there, or may not be read.
    #[error("{file} cannot be opened")]
    #[non_exhaustive]
    Open {
        /// What the file is called.
        file: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Reading failed in the middle of it.
    #[error("{file} cannot be read from line {line} on")]
    #[non_exhaustive]
    Read {
        /// What the file is called.
        file: String,
        /// The number of the line, the first being 1.
        line: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}
