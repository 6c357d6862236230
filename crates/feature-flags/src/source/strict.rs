//! A source that has no flags rather than wrong ones.

use std::time::Duration;

use super::change::{Change, Changes};
use super::contents::Contents;
use super::contract::{Source, SourceError};
use super::revision::Revision;
use crate::model::check;

/// Another source whose contents are taken as a whole or not at all: where a flag is wrong or there is a warning, what
/// was served before is served on, and the status says why. Without this, each flag stands for itself.
///
/// ```
/// use feature_flags::{EmbeddedSource, Flags, StrictSource};
///
/// let source = EmbeddedSource::new("format = 1\n[flags]\ngood = true\nbad = 7");
/// let error = Flags::builder().source(StrictSource::new(source)).unwrap_err();
/// assert!(error.in_one_line().contains("flag `bad`: expected true, false"), "{error:?}");
/// ```
#[derive(Debug)]
pub struct StrictSource<S> {
    inner: S,
}

impl<S: Source> StrictSource<S> {
    /// The contents of `inner`, where nothing is wrong with them.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: Source> Source for StrictSource<S> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let contents = self.inner.load()?;
        let wrong = contents.problems().map(ToString::to_string).chain(contents.warnings().iter().cloned());
        let in_itself = contents.flags().iter().filter_map(|flag| {
            let message = check(flag).err()?;
            Some(format!("flag `{}`: {message}", flag.name()))
        });
        let wrong: Vec<String> = wrong.chain(in_itself).collect();
        match wrong.as_slice() {
            [] => Ok(contents),
            [only] => Err(SourceError::malformed(only.as_str())),
            [first, others @ ..] => Err(SourceError::malformed(format!("{first}, and {} more", others.len()))),
        }
    }

    /// A change that is not right is not told by itself: all is loaded anew, and refused, until it is mended.
    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let changes = self.inner.changes(since, patience)?;
        Ok(match changes {
            Changes::Some(changes) if !changes.iter().all(is_right) => Changes::Unknown,
            changes => changes,
        })
    }
}

fn is_right(change: &Change) -> bool {
    match change {
        Change::Put { flag, .. } => check(flag).is_ok(),
        Change::Removed { .. } => true,
    }
}
