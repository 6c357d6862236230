//! A recording, read.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::entry;
use super::log::before;
use crate::context::Timestamp;
use crate::source::change::Change;
use crate::source::contents::Contents;
use crate::source::revision::Revision;

/// The largest file that is read.
const MOST_BYTES: u64 = 1 << 30;

/// What a [`RecordedSource`](crate::RecordedSource) wrote down, to be looked at or played again by a [`ReplaySource`](crate::ReplaySource).
///
/// `Display` tells it line by line, without what the flags say.
///
/// ```
/// use feature_flags::{Delivered, Flag, EditableSource, MemorySource, RecordedSource, Recording, Source};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.recording");
/// let source = MemorySource::new();
/// source.put(Flag::new("new-search"))?;
/// RecordedSource::new(source, &path).load()?;
/// let recording = Recording::read(&path)?;
/// assert!(matches!(&recording.entries()[1].delivered, Delivered::Loaded(contents) if contents.flags().len() == 1));
/// assert!(recording.to_string().ends_with(" 1 flags at revision 1\n") && recording.problems().is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Recording {
    pub(super) entries: Vec<RecordingEntry>,
    problems: Vec<String>,
}

/// What was delivered at one moment.
///
/// ```
/// use feature_flags::{EditableSource, Flag, MemorySource, RecordedSource, Recording, Source};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.recording");
/// let source = MemorySource::new();
/// source.put(Flag::new("new-search"))?;
/// RecordedSource::new(source, &path).load()?;
/// for entry in Recording::read(&path)?.entries() {
///     println!("{:?}: {:?}", entry.at, entry.delivered);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordingEntry {
    /// When, to the millisecond.
    pub at: SystemTime,
    /// What.
    pub delivered: Delivered,
}

/// What a source delivered.
///
/// ```
/// use feature_flags::{Delivered, EditableSource, Flag, MemorySource, RecordedSource, Recording, Source};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.recording");
/// let source = MemorySource::new();
/// source.put(Flag::new("new-search"))?;
/// RecordedSource::new(source, &path).load()?;
/// let recording = Recording::read(&path)?;
/// let loaded = recording.entries().iter().find_map(|entry| match &entry.delivered {
///     Delivered::Loaded(contents) => Some(contents),
///     _ => None,
/// });
/// assert_eq!(loaded.ok_or("it was loaded")?.flags(), [Flag::new("new-search")]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Delivered {
    /// Nothing yet: the recording began, with the source of this name.
    Started(String),
    /// All of its contents.
    Loaded(Box<Contents>),
    /// What changed since a revision.
    #[non_exhaustive]
    Changes {
        /// The revision that was asked for.
        since: Revision,
        /// What changed.
        changes: Vec<Change>,
    },
    /// That it cannot tell what changed.
    Unknown,
    /// An error.
    #[non_exhaustive]
    Failed {
        /// Whether what it holds is malformed; otherwise it could not be reached.
        malformed: bool,
        /// Why.
        message: String,
    },
}

/// Why a recording cannot be read.
///
/// ```
/// use feature_flags::{Recording, RecordingError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.recording");
/// assert!(matches!(Recording::read(&path), Err(RecordingError::Unreadable { .. })), "there is none");
/// std::fs::write(&path, "bread, milk\n")?;
/// assert!(matches!(Recording::read(&path), Err(RecordingError::Malformed { .. })));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is none, or it is not for this process to read.
    #[error("{} could not be read", path.display())]
    #[non_exhaustive]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is something else, or of a later version.
    #[error("{} is no recording of this version: {message}", path.display())]
    #[non_exhaustive]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with its first line.
        message: String,
    },
}

impl Recording {
    /// Reads the recording at `path`, with the part before it that lies beside it.
    ///
    /// Lines that cannot be read, such as the last one of a process that was killed, are left out and listed by
    /// [`problems`](Self::problems).
    ///
    /// # Errors
    /// If the file cannot be read, or its first line is not that of a recording.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let mut recording = Self { entries: Vec::new(), problems: Vec::new() };
        let earlier = before(path);
        if earlier.exists() {
            recording.add(&earlier)?;
        }
        recording.add(path)?;
        Ok(recording)
    }

    fn add(&mut self, path: &Path) -> Result<(), RecordingError> {
        let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
        let bytes = fs::metadata(path).map_err(unreadable)?.len();
        if bytes > MOST_BYTES {
            let message = format!("it has {bytes} bytes; at most {MOST_BYTES} are read");
            return Err(RecordingError::Malformed { path: path.to_owned(), message });
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.is_empty()) {
            match entry::read(line) {
                Ok(entry) => self.entries.push(entry),
                Err(message) if number == 1 => {
                    return Err(RecordingError::Malformed { path: path.to_owned(), message });
                }
                Err(message) => {
                    let message = format!("line {number} of {} cannot be read: {message}", path.display());
                    // What it said is not known, which is told like an error of the source.
                    if let Some(last) = self.entries.last() {
                        let delivered = Delivered::Failed { malformed: true, message: message.clone() };
                        self.entries.push(RecordingEntry { at: last.at, delivered });
                    }
                    self.problems.push(message);
                }
            }
        }
        Ok(())
    }

    /// What was delivered, the oldest first.
    pub fn entries(&self) -> &[RecordingEntry] {
        &self.entries
    }

    /// Lines that could not be read, each with its number.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// `2026-12-01T08:00:00Z 12 flags at revision 3`, line by line.
impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for RecordingEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Timestamp::from(self.at))?;
        match &self.delivered {
            Delivered::Started(source) => write!(f, "recording {source}"),
            Delivered::Loaded(contents) => {
                write!(f, "{} flags at revision {}", contents.flags().len(), contents.revision())
            }
            Delivered::Changes { since, changes } => {
                write!(f, "changes since revision {since}:")?;
                changes.iter().try_for_each(|change| match change {
                    Change::Put { revision, flag } => write!(f, " {revision} puts {}", flag.name()),
                    Change::Removed { revision, name } => write!(f, " {revision} removes {name}"),
                })
            }
            Delivered::Unknown => f.write_str("changes unknown"),
            Delivered::Failed { malformed: true, message } => write!(f, "malformed: {message}"),
            Delivered::Failed { malformed: false, message } => write!(f, "unreachable: {message}"),
        }
    }
}
