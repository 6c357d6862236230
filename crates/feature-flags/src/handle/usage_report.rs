//! Usage that was handed over, put together.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::clock::{from_milliseconds, to_milliseconds};

/// The version of the format.
const FORMAT: u32 = 1;
/// The largest file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// How often flags gave which answers, and from when to when: what one or many processes handed over.
///
/// ```
/// use feature_flags::{Flag, Flags, UsageFile, UsageReport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = |process: usize| directory.path().join(format!("web-{process}.usage.json"));
/// for process in [1, 2] {
///     let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).flag(Flag::new("new-menu")).build();
///     assert!(flags.enabled("new-search", &()));
///     UsageFile::new(path(process)).add(&flags)?;
/// }
/// let mut usage = UsageReport::read(path(1))?;
/// usage.merge(UsageReport::read(path(2))?);
/// assert_eq!((usage.of("new-search")[0].count, usage.of("new-menu").len()), (2, 0));
/// assert!(usage.there_since("new-menu").is_some(), "it is there, and nobody has read it");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageReport {
    pub(super) from: SystemTime,
    pub(super) to: SystemTime,
    flags: BTreeMap<String, Vec<UsageSpan>>,
    there_since: BTreeMap<String, SystemTime>,
}

/// How often a flag gave one answer for one reason, and when.
///
/// ```
/// use feature_flags::{Flag, Flags, UsageFile, UsageReport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("web-1.usage.json");
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// assert!(flags.enabled("new-search", &()) && flags.enabled("new-search", &()));
/// UsageFile::new(&path).add(&flags)?;
/// let report = UsageReport::read(&path)?;
/// let span = &report.of("new-search")[0];
/// assert_eq!((span.variant.as_str(), span.reason.as_str(), span.count), ("on", "fixed", 2));
/// assert!(span.first <= span.last);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageSpan {
    /// The variant; `on` or `off` for a flag without variants.
    pub variant: String,
    /// Whether it was on.
    pub enabled: bool,
    /// The reason's code, such as `rule`.
    pub reason: String,
    /// It was not before this: the beginning of the time for which usage was handed over first.
    pub first: SystemTime,
    /// It was not after this: the end of the time for which usage was handed over last.
    pub last: SystemTime,
    /// How often.
    pub count: u64,
}

/// Why usage was not handed over, or not read.
///
/// ```
/// use feature_flags::{UsageError, UsageReport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("notes.txt");
/// std::fs::write(&path, "bread, milk")?;
/// assert!(matches!(UsageReport::read(&path), Err(UsageError::Malformed { .. })));
/// assert!(matches!(UsageReport::read(path.with_extension("json")), Err(UsageError::Io { .. })));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// The file cannot be read or written. What was to be handed over will be next time.
    #[error("usage in {} could not be read or written", path.display())]
    #[non_exhaustive]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else, or is of a later version. It is left as it is.
    #[error("{} holds no usage that this version can read: {message}", path.display())]
    #[non_exhaustive]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl UsageReport {
    /// Reads what was handed over to the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, or holds something else.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, UsageError> {
        let path = path.as_ref();
        let failed = |source| UsageError::Io { path: path.to_owned(), source };
        let malformed = |message| UsageError::Malformed { path: path.to_owned(), message };
        let bytes = fs::metadata(path).map_err(failed)?.len();
        if bytes > MOST_BYTES {
            return Err(malformed(format!("it has {bytes} bytes; at most {MOST_BYTES} are read")));
        }
        let text = fs::read(path).map_err(failed)?;
        let Stored { format, from, to, flags, there_since } =
            serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
        if format != FORMAT {
            return Err(malformed(format!("its format is {format}, expected {FORMAT}")));
        }
        let there_since = there_since.into_iter().map(|(flag, at)| (flag, from_milliseconds(at))).collect();
        let (from, to) = (from_milliseconds(from), from_milliseconds(to));
        let mut report = Self { from, to, flags: BTreeMap::new(), there_since };
        for (flag, spans) in flags {
            for span in spans {
                report.add(flag.clone(), span.span());
            }
        }
        Ok(report)
    }

    /// Of this time, in which nothing was handed over yet.
    pub(super) fn empty(from: SystemTime, to: SystemTime) -> Self {
        Self { from, to, flags: BTreeMap::new(), there_since: BTreeMap::new() }
    }

    /// Adds what others handed over.
    pub fn merge(&mut self, other: Self) {
        (self.from, self.to) = (self.from.min(other.from), self.to.max(other.to));
        for (flag, spans) in other.flags {
            for span in spans {
                self.add(flag.clone(), span);
            }
        }
        for (flag, at) in other.there_since {
            self.was_there(flag, at);
        }
    }

    /// The beginning of the time that it is about: nothing is known of before.
    pub fn from(&self) -> SystemTime {
        self.from
    }

    /// When usage was handed over last.
    pub fn to(&self) -> SystemTime {
        self.to
    }

    /// What the flag answered; nothing if it was not read in this time.
    pub fn of(&self, flag: &str) -> &[UsageSpan] {
        self.flags.get(flag).map(Vec::as_slice).unwrap_or_default()
    }

    /// When a process handed over usage for the first time while there was this flag, read or not: the flag is as old as that,
    /// or older. `None` if that is not known.
    pub fn there_since(&self, flag: &str) -> Option<SystemTime> {
        self.there_since.get(flag).copied()
    }

    pub(super) fn was_there(&mut self, flag: String, at: SystemTime) {
        let since = self.there_since.entry(flag).or_insert(at);
        *since = at.min(*since);
    }

    pub(super) fn add(&mut self, flag: String, span: UsageSpan) {
        let spans = self.flags.entry(flag).or_default();
        let is_same = |other: &&mut UsageSpan| {
            (&other.variant, other.enabled, &other.reason) == (&span.variant, span.enabled, &span.reason)
        };
        match spans.iter_mut().find(is_same) {
            Some(known) => {
                (known.first, known.last) = (known.first.min(span.first), known.last.max(span.last));
                known.count = known.count.saturating_add(span.count);
            }
            None => spans.push(span),
        }
    }

    pub(super) fn to_json(&self) -> String {
        let of = |(flag, spans): (&String, &Vec<UsageSpan>)| (flag.clone(), spans.iter().map(StoredSpan::of).collect());
        let flags = self.flags.iter().map(of).collect();
        let there_since = self.there_since.iter().map(|(flag, at)| (flag.clone(), to_milliseconds(*at))).collect();
        let (from, to) = (to_milliseconds(self.from), to_milliseconds(self.to));
        let stored = Stored { format: FORMAT, from, to, flags, there_since };
        serde_json::to_string(&stored).expect("its keys are texts")
    }
}

/// The stored form; times are milliseconds since 1970.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    from: u64,
    to: u64,
    flags: BTreeMap<String, Vec<StoredSpan>>,
    /// Not in all files of this format: then it is unknown.
    #[serde(default)]
    there_since: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredSpan {
    variant: String,
    enabled: bool,
    reason: String,
    first: u64,
    last: u64,
    count: u64,
}

impl StoredSpan {
    fn of(span: &UsageSpan) -> Self {
        let UsageSpan { variant, enabled, reason, first, last, count } = span.clone();
        Self { variant, enabled, reason, first: to_milliseconds(first), last: to_milliseconds(last), count }
    }

    fn span(self) -> UsageSpan {
        let Self { variant, enabled, reason, first, last, count } = self;
        UsageSpan { variant, enabled, reason, first: from_milliseconds(first), last: from_milliseconds(last), count }
    }
}
