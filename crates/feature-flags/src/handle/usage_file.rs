//! Usage that outlives its process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::flags::Flags;
use super::usage::Usage;
use crate::clock::{Clock, SystemClock, from_milliseconds, to_milliseconds};
use crate::compile::Definition;
use crate::source::replace_file;

/// The version of the format.
const FORMAT: u32 = 1;
/// The largest file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Hands a handle's usage over to a file, where it is added to what is there: of earlier processes, and of others that hand
/// over to the same file at the same time. `cutover flags stale` reads it.
///
/// Call [`add`](Self::add) now and then (every few minutes, say) and at the end; no thread is started for it. What was not handed
/// over when a process is killed is lost. The file has an entry for each flag, and for each of its variants and reasons with first and last
/// time and a count, so it does not grow with time; beside it lies an empty file `.lock`. Names and counts are in it, and nobody's
/// attributes.
///
/// ```
/// use feature_flags::{Flag, Flags, UsageFile, UsageReport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("web-1.usage.json");
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// let mut usage = UsageFile::new(&path);
/// assert!(flags.enabled("new-search", &()));
/// usage.add(&flags)?;
/// let report = UsageReport::read(&path)?;
/// assert_eq!((report.of("new-search")[0].variant.as_str(), report.of("new-search")[0].count), ("on", 1));
/// # Ok(()) }
/// ```
pub struct UsageFile {
    path: PathBuf,
    clock: Box<dyn Clock>,
    /// When the usage that is handed over next began.
    since: SystemTime,
    /// What is in the file already.
    handed: BTreeMap<Answered, u64>,
}

/// A flag's answer and its reason.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Answered {
    flag: String,
    variant: String,
    enabled: bool,
    reason: String,
}

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
    from: SystemTime,
    to: SystemTime,
    flags: BTreeMap<String, Vec<UsageSpan>>,
    there_since: BTreeMap<String, SystemTime>,
}

/// How often a flag gave one answer for one reason, and when.
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

impl UsageFile {
    /// Usage is handed over to the file at `path`, which comes into being with the first. One for each handle: it remembers what
    /// of the handle's usage is in the file already. What was counted before it was made is taken to be of this moment.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let clock = SystemClock;
        Self { path: path.as_ref().to_owned(), since: clock.now(), clock: Box::new(clock), handed: BTreeMap::new() }
    }

    /// Takes the time from `clock` instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.since = clock.now();
        self.clock = Box::new(clock);
        self
    }

    /// Adds what was counted since the last time to the file, and which flags there are. It is replaced in one step. Waits while another process does
    /// so; reads and writes the whole file.
    ///
    /// # Errors
    /// If the file cannot be read or written, or holds something else. Nothing is lost: it is handed over next time.
    pub fn add(&mut self, flags: &Flags) -> Result<(), UsageError> {
        let now = self.clock.now();
        let mut fresh = Vec::new();
        let mut handed = self.handed.clone();
        for Usage { flag, enabled, variant, reason, count } in flags.usage() {
            let answered = Answered { flag, variant, enabled, reason: reason.to_owned() };
            let before = handed.insert(answered.clone(), count).unwrap_or_default();
            if count > before {
                fresh.push((answered, count - before));
            }
        }
        let lock = self.lock().map_err(|source| self.failed(source))?;
        let mut report = match UsageReport::read(&self.path) {
            Ok(report) => report,
            Err(UsageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                UsageReport { from: self.since, to: now, flags: BTreeMap::new(), there_since: BTreeMap::new() }
            }
            Err(error) => return Err(error),
        };
        (report.from, report.to) = (report.from.min(self.since), report.to.max(now));
        for (Answered { flag, variant, enabled, reason }, count) in fresh {
            let span = UsageSpan { variant, enabled, reason, first: self.since, last: now, count };
            report.add(flag, span);
        }
        for name in flags.core().snapshot().table().definitions().map(Definition::name) {
            report.was_there(name.to_owned(), now);
        }
        replace_file(&self.path, report.to_json().as_bytes()).map_err(|source| self.failed(source))?;
        drop(lock);
        (self.handed, self.since) = (handed, now);
        Ok(())
    }

    /// Held while the file is read and replaced. It lies beside the file, since that one is another after each time.
    fn lock(&self) -> io::Result<File> {
        let mut name = OsString::from(&self.path);
        name.push(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(name)?;
        lock.lock()?;
        Ok(lock)
    }

    fn failed(&self, source: io::Error) -> UsageError {
        UsageError::Io { path: self.path.clone(), source }
    }
}

impl fmt::Debug for UsageFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageFile").field("path", &self.path).finish_non_exhaustive()
    }
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

    fn was_there(&mut self, flag: String, at: SystemTime) {
        let since = self.there_since.entry(flag).or_insert(at);
        *since = at.min(*since);
    }

    fn add(&mut self, flag: String, span: UsageSpan) {
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

    fn to_json(&self) -> String {
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
