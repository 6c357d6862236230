//! A source that cannot be edited.

use std::time::Duration;

use super::change::Changes;
use super::contents::Contents;
use super::contract::{Source, SourceError};
use super::revision::Revision;

/// Another source without its edits: for parts of an application that should see flags and not change them.
///
/// ```
/// use std::sync::Arc;
/// use feature_flags::{EditableSource, Flag, Flags, MemorySource, ReadOnlySource};
///
/// let source = Arc::new(MemorySource::new());
/// source.put(Flag::new("new-search").enabled(true))?;
/// let flags = Flags::builder().source(ReadOnlySource::new(source))?;
/// assert!(flags.enabled("new-search", &()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// That it is no [`EditableSource`](crate::EditableSource) is found out when compiling:
/// ```compile_fail
/// use feature_flags::{EditableSource, Flag, MemorySource, ReadOnlySource};
///
/// ReadOnlySource::new(MemorySource::new()).put(Flag::new("new-search"));
/// ```
#[derive(Debug)]
pub struct ReadOnlySource<S> {
    inner: S,
}

impl<S: Source> ReadOnlySource<S> {
    /// The same flags as `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: Source> Source for ReadOnlySource<S> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        self.inner.load()
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        self.inner.changes(since, patience)
    }
}
