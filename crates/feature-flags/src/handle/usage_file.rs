//! Usage that outlives its process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::flags::Flags;
use super::usage::Usage;
use super::usage_report::{UsageError, UsageReport, UsageSpan};
use crate::clock::{Clock, SystemClock};
use crate::compile::Definition;
use crate::source::replace_file;

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

impl UsageFile {
    /// Usage is handed over to the file at `path`, which comes into being with the first. One for each handle: it remembers what
    /// of the handle's usage is in the file already. What was counted before it was made is taken to be of this moment.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let clock = SystemClock;
        Self { path: path.as_ref().to_owned(), since: clock.now(), clock: Box::new(clock), handed: BTreeMap::new() }
    }

    /// Takes the time from `clock` instead of the machine's.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Clock, Flags, UsageFile, UsageReport};
    ///
    /// struct Fixed(SystemTime);
    ///
    /// impl Clock for Fixed {
    ///     fn now(&self) -> SystemTime {
    ///         self.0
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("web-1.usage.json");
    /// let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    /// UsageFile::new(&path).clock(Fixed(then)).add(&Flags::builder().build())?;
    /// assert_eq!(UsageReport::read(&path)?.to(), then);
    /// # Ok(()) }
    /// ```
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
                UsageReport::empty(self.since, now)
            }
            Err(error) => return Err(error),
        };
        (report.from, report.to) = (report.from.min(self.since), report.to.max(now));
        for (Answered { flag, variant, enabled, reason }, count) in fresh {
            let span = UsageSpan { variant, enabled, reason, first: self.since, last: now, count };
            report.add(flag, span);
        }
        for name in flags.core.served.load().table().definitions().map(Definition::name) {
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
