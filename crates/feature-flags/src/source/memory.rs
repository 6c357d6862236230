//! Flags kept in memory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::change::{Change, Changes};
use super::contents::Contents;
use super::contract::{EditableSource, Source, SourceError};
use super::revision::Revision;
use crate::model::Flag;

/// Flags kept in memory: to change flags live in tests, and for applications that bring them from elsewhere themselves.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use feature_flags::{EditableSource, Flag, Flags, MemorySource};
///
/// let source = Arc::new(MemorySource::new());
/// let flags = Flags::builder().source(source.clone())?;
/// let revision = source.put(Flag::new("new-search").enabled(true))?;
/// assert!(flags.wait_for_revision(revision, Duration::from_secs(5)));
/// assert!(flags.enabled("new-search", &()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Removed flags leave a tombstone of a few bytes.
#[derive(Debug, Default)]
pub struct MemorySource {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    revision: Revision,
    /// The last change of each name, also of those that are gone.
    last: BTreeMap<String, Change>,
    /// Those names by the revision of that change.
    names: BTreeMap<Revision, String>,
}

impl MemorySource {
    /// Without any flag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the change, if there is one; the revision after it.
    fn change(&self, change: impl FnOnce(&State, Revision) -> Option<Change>) -> Revision {
        let mut state = self.state.lock();
        if let Some(change) = change(&state, state.revision.next()) {
            state.revision = change.revision();
            state.names.insert(change.revision(), change.name().to_owned());
            if let Some(before) = state.last.insert(change.name().to_owned(), change) {
                state.names.remove(&before.revision());
            }
            self.changed.notify_all();
        }
        state.revision
    }
}

impl Source for MemorySource {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let state = self.state.lock();
        let flags = state.last.values().filter_map(|change| match change {
            Change::Put { flag, .. } => Some(flag.clone()),
            Change::Removed { .. } => None,
        });
        Ok(flags.fold(Contents::new(state.revision), Contents::with))
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        // Patience beyond all time has no end.
        let deadline = Instant::now().checked_add(patience);
        let mut state = self.state.lock();
        if since > state.revision {
            return Ok(Changes::Unknown);
        }
        while state.revision <= since {
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) if self.changed.wait_until(&mut state, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        let changes: Vec<Change> = {
            let names = state.names.range(since.next()..).map(|(_, name)| name);
            names.filter_map(|name| state.last.get(name)).cloned().collect()
        };
        Ok(if changes.is_empty() { Changes::None } else { Changes::Some(changes) })
    }
}

impl EditableSource for MemorySource {
    fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
        Ok(self.change(|_, revision| Some(Change::Put { revision, flag })))
    }

    fn remove(&self, name: &str) -> Result<Revision, SourceError> {
        Ok(self.change(|state, revision| {
            let is_there = matches!(state.last.get(name), Some(Change::Put { .. }));
            is_there.then(|| Change::Removed { revision, name: name.to_owned() })
        }))
    }
}
