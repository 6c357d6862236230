//! A source that is written down.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;

use super::entry;
use super::log::Log;
use super::tape::Delivered;
use crate::clock::{Clock, SystemClock};
use crate::source::change::Changes;
use crate::source::contents::Contents;
use crate::source::contract::{Source, SourceError};
use crate::source::revision::Revision;

/// Bytes of one file.
const LIMIT: u64 = 16 << 20;

/// Another source, with everything that it delivers (contents, changes, errors, and when) written to a file: what happened in
/// an incident is then played again in a test, by a [`ReplaySource`](crate::ReplaySource).
///
/// ```
/// use std::time::SystemTime;
/// use feature_flags::{EditableSource, Flag, Flags, MemorySource, RecordedSource, Recording, ReplaySource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.recording");
/// let source = MemorySource::new();
/// source.put(Flag::new("new-search").enabled(true))?;
/// drop(Flags::builder().source(RecordedSource::new(source, &path).limit(1_000_000))?);
///
/// // In the test. What the clock says decides how far it has got; now, everything has happened.
/// let flags = Flags::builder().source(ReplaySource::new(Recording::read(&path)?))?;
/// assert!(flags.enabled("new-search", &()));
/// # Ok(()) }
/// ```
///
/// The file is bounded: when it is full it is renamed to have `.1` at its end, in place of the one before, and a new one begins
/// with all contents. Lines reach the file when they are delivered, and the disk when the system pleases. Where it cannot be
/// written, flags are delivered all the same, and there is a warning in the status at the next load. Each process has a file of its own. No
/// context is in it; keys of segments are there as hashes.
pub struct RecordedSource<S> {
    inner: S,
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    log: Log,
    /// What the source held last: a new file begins with it.
    kept: Option<Contents>,
    /// Why the last line could not be written, until somebody was told.
    failed: Option<String>,
}

impl<S: Source> RecordedSource<S> {
    /// Writes down what `inner` delivers, to the end of the file at `path`, which holds at most 16 MB, as does the one before it.
    pub fn new(inner: S, path: impl AsRef<Path>) -> Self {
        let state = State { log: Log::new(path.as_ref(), LIMIT), kept: None, failed: None };
        Self { inner, clock: Box::new(SystemClock), state: Mutex::new(state) }
    }

    /// Lets a file have so many bytes; there are at most two of them.
    #[must_use]
    pub fn limit(self, bytes: u64) -> Self {
        self.state.lock().log.set_limit(bytes);
        self
    }

    /// Notes when something was delivered by `clock` instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    fn record(&self, state: &mut State, delivered: &Delivered) {
        let at = self.clock.now();
        let State { log, kept, failed } = state;
        let started = entry::write(at, &Delivered::Started(self.inner.name()));
        let head = || match &*kept {
            Some(contents) => format!("{started}{}", entry::write(at, &Delivered::Loaded(Box::new(contents.clone())))),
            None => started.clone(),
        };
        if let Err(error) = log.add(&entry::write(at, delivered), head) {
            *failed = Some(format!("{} could not be written: {error}", log.path().display()));
        }
        match delivered {
            Delivered::Loaded(contents) => *kept = Some((**contents).clone()),
            Delivered::Changes { changes, .. } => {
                if let Some(kept) = kept {
                    kept.apply(changes);
                }
            }
            _ => {}
        }
    }
}

impl<S: Source> Source for RecordedSource<S> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let loaded = self.inner.load();
        let mut state = self.state.lock();
        match loaded {
            Ok(contents) => {
                self.record(&mut state, &Delivered::Loaded(Box::new(contents.clone())));
                Ok(state.failed.take().into_iter().fold(contents, Contents::with_warning))
            }
            Err(error) => {
                self.record(&mut state, &failure(&error));
                Err(error)
            }
        }
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let changes = self.inner.changes(since, patience);
        let delivered = match &changes {
            Ok(Changes::None) => return changes,
            Ok(Changes::Some(changes)) => Delivered::Changes { since, changes: changes.clone() },
            Ok(Changes::Unknown) => Delivered::Unknown,
            Err(error) => failure(error),
        };
        self.record(&mut self.state.lock(), &delivered);
        changes
    }
}

fn failure(error: &SourceError) -> Delivered {
    match error {
        SourceError::Malformed { message } => Delivered::Failed { malformed: true, message: message.clone() },
        SourceError::Unavailable { source } => {
            let mut message = source.to_string();
            let mut cause = source.source();
            while let Some(error) = cause {
                message = format!("{message}: {error}");
                cause = error.source();
            }
            Delivered::Failed { malformed: false, message }
        }
    }
}

impl<S: Source> fmt::Debug for RecordedSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedSource").field("of", &self.inner.name()).finish_non_exhaustive()
    }
}
