//! Why lines did not get into the file.

use std::io;
use std::path::PathBuf;

/// Why a file of lines could not be opened, or lines did not get into it.
///
/// ```
/// use experiment::{JsonLines, JsonLinesError};
///
/// let opened = JsonLines::open("/no/such/folder/experiments.jsonl", Default::default());
/// assert!(matches!(opened, Err(JsonLinesError::Open { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonLinesError {
    /// The file could not be opened, read or made: look at its folder and the rights to it.
    #[error("{} cannot be opened", path.display())]
    #[non_exhaustive]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another process, or this one, is writing the file: give each process a file of its own.
    #[error("{} is being written by somebody else", path.display())]
    #[non_exhaustive]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full, or the right to write was lost. Writing is tried again with the next lines.
    #[error("{} could not be written, and {lost} lines are lost", path.display())]
    #[non_exhaustive]
    Write {
        /// The file.
        path: PathBuf,
        /// How many lines are lost.
        lost: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The full file could not be moved aside, so that no line is written until that works.
    #[error("{} could not be moved aside, and {lost} lines are lost", path.display())]
    #[non_exhaustive]
    Rotate {
        /// The file.
        path: PathBuf,
        /// How many lines are lost.
        lost: u64,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// An input could not be put into JSON, or is longer than inputs may be.
    #[error("an input of {experiment} could not be put into JSON")]
    #[non_exhaustive]
    Input {
        /// The experiment.
        experiment: String,
        /// What its `Serialize` says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Lines are longer than a file may be.
    #[error("{lost} lines are longer than {} may be, and are lost", path.display())]
    #[non_exhaustive]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How many lines are lost.
        lost: u64,
    },
}

impl JsonLinesError {
    /// How many lines are lost; 0 where a file could not be opened.
    pub fn lost(&self) -> u64 {
        match self {
            Self::Open { .. } | Self::InUse { .. } => 0,
            Self::Input { .. } => 1,
            Self::Write { lost, .. } | Self::Rotate { lost, .. } | Self::TooLong { lost, .. } => *lost,
        }
    }
}

/// So many lines were lost since the last flush: the hook was told why.
#[derive(Debug, thiserror::Error)]
#[error("{lost} lines were lost since the last flush")]
pub(super) struct LinesLost {
    pub(super) lost: u64,
}
