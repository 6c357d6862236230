//! What a source last held, kept on disk.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::change::{Change, Changes};
use super::contents::Contents;
use super::contract::{Source, SourceError};
use super::revision::Revision;
use super::standing::Standing;
use super::stored;
use crate::clock::{Clock, SystemClock};

/// The first line of a file; the number is the version of the format.
const MAGIC: &str = "feature-flags cache 1";
/// Of a file with layers or holdouts. Versions of this crate that know the first only do not use it, since flags without
/// the layers they are in would take in others; what has none is written for them too.
const MAGIC_WITH_SECTIONS: &str = "feature-flags cache 2";

/// Another source, whose last good contents are kept in a file, so that an application starts with them while the source
/// is down. The status then says so, and how old they are.
///
/// ```
/// use std::sync::Arc;
/// use feature_flags::{CachedSource, EditableSource, EmbeddedSource, Flag, Flags, FileSource, MemorySource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let cache = directory.path().join("flags.cache");
/// let source = MemorySource::new();
/// source.put(Flag::new("new-search").enabled(true))?;
/// drop(Flags::builder().source(CachedSource::new(source, &cache))?);
///
/// // The next start, when the source cannot be reached.
/// let source = CachedSource::new(FileSource::new("no/such/flags.toml")?, &cache);
/// let flags = Flags::builder().source(source)?;
/// assert!(flags.enabled("new-search", &()));
/// assert!(flags.status().readiness().to_string().ends_with("flags kept from an earlier run are served"));
/// # Ok(()) }
/// ```
///
/// The file is replaced in one step and reaches the disk before it counts. One that is damaged or of another version is not
/// used, and told beside the source's own error; one that cannot be written is a warning, since serving flags does not
/// depend on it. What a source that stands in holds is not kept. Each process has a file of its own.
pub struct CachedSource<S> {
    inner: S,
    path: PathBuf,
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What is kept, as long as changes can be added to it.
    kept: Option<Contents>,
    /// Whether the source answered yet.
    reached: bool,
}

impl<S: Source> CachedSource<S> {
    /// Keeps what `inner` holds in the file at `path`.
    pub fn new(inner: S, path: impl AsRef<Path>) -> Self {
        Self { inner, path: path.as_ref().to_owned(), clock: Box::new(SystemClock), state: Mutex::default() }
    }

    /// Notes when contents were taken by `clock` instead of the machine's.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{CachedSource, Clock, MemorySource};
    ///
    /// struct Fixed(SystemTime);
    ///
    /// impl Clock for Fixed {
    ///     fn now(&self) -> SystemTime {
    ///         self.0
    ///     }
    /// }
    ///
    /// let then = Fixed(SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_112_000));
    /// let _source = CachedSource::new(MemorySource::new(), "flags.cache").clock(then);
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Writes what is to be kept; what went wrong, for people.
    fn keep(&self, contents: &Contents) -> Result<(), String> {
        let text = written(self.clock.now(), contents);
        let failed = |error: io::Error| format!("{} could not be written: {error}", self.path.display());
        replace_file(&self.path, text.as_bytes()).map_err(failed)
    }

    /// What is kept. `Ok(None)` if nothing is, `Err` if it is no good.
    fn kept(&self) -> Result<Option<(SystemTime, Contents)>, String> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} could not be read: {error}", self.path.display())),
        };
        read(&text).map(Some).map_err(|message| format!("{} is not used: {message}", self.path.display()))
    }
}

impl<S: Source> Source for CachedSource<S> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let mut state = self.state.lock();
        match self.inner.load() {
            Ok(contents) => {
                state.reached = true;
                // What another source holds is not what this one held.
                let is_own = *contents.standing() == Standing::Current;
                let warning = if is_own { self.keep(&contents).err() } else { None };
                state.kept = is_own.then(|| contents.clone());
                Ok(warning.into_iter().fold(contents, Contents::with_warning))
            }
            // Whoever was served already serves on.
            Err(error) if state.reached => Err(error),
            Err(error) => match self.kept() {
                Ok(Some((taken, contents))) => {
                    Ok(contents.standing_in(Standing::kept(taken, error.in_one_line(&self.inner.name()))))
                }
                Ok(None) => Err(error),
                Err(warning) => {
                    let error = error.in_one_line(&self.inner.name());
                    Err(SourceError::unavailable(format!("{error}; {warning}")))
                }
            },
        }
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let mut state = self.state.lock();
        if !state.reached {
            // What was kept may be of a time that the source does not remember: it is loaded anew once it answers.
            drop(state);
            return self.inner.changes(Revision::ZERO, Duration::ZERO).map(|_| Changes::Unknown);
        }
        drop(state);
        let changes = self.inner.changes(since, patience)?;
        if let Changes::Some(changes) = &changes {
            state = self.state.lock();
            if let Some(mut contents) = state.kept.take() {
                contents.apply(changes);
                // Where it cannot be written, the next load says so.
                let _told_by_load = self.keep(&contents);
                state.kept = Some(contents);
            }
        }
        Ok(changes)
    }
}

/// A head of lines, then one flag, segment, layer, holdout or problem per line; the sum is over all behind its line.
fn written(taken: SystemTime, contents: &Contents) -> String {
    let taken = taken.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut body = format!("taken {taken}\nrevision {}\n", contents.revision());
    stored::write_contents(contents, &mut body);
    let has_sections = contents.layers().len() + contents.holdouts().len() > 0;
    let magic = if has_sections { MAGIC_WITH_SECTIONS } else { MAGIC };
    format!("{magic}\nsum {:016x}\n{body}", xxh3_64(body.as_bytes()))
}

fn read(text: &str) -> Result<(SystemTime, Contents), String> {
    let (magic, text) = text.split_once('\n').ok_or("it is cut off")?;
    if ![MAGIC, MAGIC_WITH_SECTIONS].contains(&magic) {
        return Err(format!("it is no cache of this version, which begins with `{MAGIC_WITH_SECTIONS}`"));
    }
    let (sum, body) = text.split_once('\n').ok_or("it is cut off")?;
    if sum != format!("sum {:016x}", xxh3_64(body.as_bytes())) {
        return Err("it is damaged".to_owned());
    }
    let mut lines = body.lines();
    let mut head = |key: &str| lines.next().and_then(|line| line.strip_prefix(key)).ok_or(format!("it has no {key}"));
    let taken: u64 = head("taken ")?.parse().map_err(|_| "it does not say when it was taken")?;
    let revision: u64 = head("revision ")?.parse().map_err(|_| "it has no revision")?;
    let contents = stored::read_contents(Revision::new(revision), lines)?;
    Ok((UNIX_EPOCH + Duration::from_millis(taken), contents))
}

/// Writes beside the file, brings it to the disk, and renames over it.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let write = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name is on disk only once its directory is.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        #[cfg(unix)]
        fs::File::open(directory)?.sync_all()?;
        #[cfg(not(unix))]
        let _ = directory;
        Ok(())
    };
    write().inspect_err(|_| {
        let _may_not_exist = fs::remove_file(&beside);
    })
}

impl Contents {
    /// These, and what happened since: of each flag, the highest revision counts.
    pub(super) fn apply(&mut self, changes: &[Change]) {
        let mut newest: BTreeMap<&str, &Change> = BTreeMap::new();
        for change in changes {
            let known = newest.entry(change.name()).or_insert(change);
            if change.revision() > known.revision() {
                *known = change;
            }
        }
        self.flags.retain(|flag| !newest.contains_key(flag.name()));
        self.broken.retain(|(problem, _)| !newest.contains_key(problem.flag()));
        for change in newest.into_values() {
            self.revision = self.revision.max(change.revision());
            if let Change::Put { flag, .. } = change {
                self.flags.push(flag.clone());
            }
        }
    }
}

impl<S: Source> fmt::Debug for CachedSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSource").field("of", &self.inner.name()).field("path", &self.path).finish_non_exhaustive()
    }
}
