//! What a place where flags are kept has to do.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::change::Changes;
use super::contents::Contents;
use super::revision::Revision;
use crate::model::Flag;

/// A place where flags are kept: `Flags::builder().source(..)` serves what it holds, as it changes.
///
/// The core has [`MemorySource`](crate::MemorySource); databases are the business of crates of their own.
///
/// # Contract
/// - Every change gets a [`Revision`] higher than all before it. Revision 0 is before the first change.
/// - `load` gives everything as of one revision, never a part of a change.
/// - `changes` waits until there is something newer than `since`, at most `patience`, and gives the changes since then:
///   for each flag the last one is enough. A flag that was removed is a [`Change::Removed`](crate::Change::Removed), a tombstone, so that changes
///   can be applied in any order and more than once: of one flag, the highest revision counts. A source that cannot tell
///   any more what changed since then answers [`Changes::Unknown`], and is loaded anew; so does one that never came to
///   `since`, since it was emptied or replaced.
/// - Errors are passing: the caller keeps what it has, tells its listener and asks again later. Neither method panics.
/// - Both are called from one thread that may block, never while a flag is evaluated.
///
/// `testing::source_conformance` (feature `testing`) checks all of this for any source that can be edited.
///
/// # Implementing
/// ```
/// use std::time::Duration;
/// use feature_flags::{Changes, Contents, Flag, Revision, Source, SourceError};
///
/// /// Flags from environment variables: `FLAG_NEW_SEARCH=on`. They never change.
/// struct Environment;
///
/// impl Source for Environment {
///     fn name(&self) -> String {
///         "environment".to_owned()
///     }
///
///     fn load(&self) -> Result<Contents, SourceError> {
///         let mut contents = Contents::new(Revision::FIRST);
///         for (name, value) in std::env::vars() {
///             if let Some(name) = name.strip_prefix("FLAG_") {
///                 let name = name.to_lowercase().replace('_', "-");
///                 contents = contents.with(Flag::new(name).enabled(value == "on"));
///             }
///         }
///         Ok(contents)
///     }
///
///     fn changes(&self, _since: Revision, patience: Duration) -> Result<Changes, SourceError> {
///         std::thread::sleep(patience);
///         Ok(Changes::None)
///     }
/// }
///
/// let flags = feature_flags::Flags::builder().source(Environment)?;
/// # assert!(!flags.enabled("new-search", &()));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[diagnostic::on_unimplemented(note = "implement `Source`, or wrap the source in `Arc`")]
pub trait Source: Send + Sync + 'static {
    /// What errors and logs call it, such as a file's path; without secrets.
    fn name(&self) -> String;

    /// Everything it holds.
    ///
    /// # Errors
    /// If that cannot be said now.
    fn load(&self) -> Result<Contents, SourceError>;

    /// What changed since a revision; waits for something at most `patience`.
    ///
    /// # Errors
    /// If that cannot be said now.
    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError>;
}

/// A [`Source`] whose flags can be changed through it.
///
/// # Contract
/// A change is there for `load` and `changes` of every caller when the method returns.
///
/// # Implementing
/// A source around another one hands changes on; [`MemorySource`](crate::MemorySource) keeps them itself.
/// ```
/// use std::time::Duration;
/// use feature_flags::{Changes, Contents, EditableSource, Flag, Flags, MemorySource, Revision, Source, SourceError};
///
/// /// Refuses changes to what belongs to another team.
/// struct Ours<S>(S);
///
/// impl<S: Source> Source for Ours<S> {
///     fn name(&self) -> String {
///         self.0.name()
///     }
///
///     fn load(&self) -> Result<Contents, SourceError> {
///         self.0.load()
///     }
///
///     fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
///         self.0.changes(since, patience)
///     }
/// }
///
/// impl<S: EditableSource> EditableSource for Ours<S> {
///     fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
///         match flag.name().strip_prefix("search.") {
///             Some(_) => self.0.put(flag),
///             None => Err(SourceError::unavailable(format!("`{}` is not a flag of search", flag.name()))),
///         }
///     }
///
///     fn remove(&self, name: &str) -> Result<Revision, SourceError> {
///         self.0.remove(name)
///     }
/// }
///
/// let source = Ours(MemorySource::new());
/// source.put(Flag::new("search.new").enabled(true))?;
/// assert!(source.put(Flag::new("checkout.new")).is_err());
/// assert!(Flags::builder().source(source)?.enabled("search.new", &()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EditableSource: Source {
    /// Puts a flag, in place of one of the same name.
    ///
    /// # Errors
    /// If it was not put: nothing changed.
    fn put(&self, flag: Flag) -> Result<Revision, SourceError>;

    /// Removes a flag; one that is not there stays away, and nothing changes.
    ///
    /// # Errors
    /// If it was not removed: nothing changed.
    fn remove(&self, name: &str) -> Result<Revision, SourceError>;
}

const _: fn(&dyn Source, &dyn EditableSource) = |_, _| {}; // stay object-safe

impl<S: Source + ?Sized> Source for Arc<S> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        (**self).load()
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        (**self).changes(since, patience)
    }
}

impl<S: EditableSource + ?Sized> EditableSource for Arc<S> {
    fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
        (**self).put(flag)
    }

    fn remove(&self, name: &str) -> Result<Revision, SourceError> {
        (**self).remove(name)
    }
}

/// Why a source could not answer. Ask again later.
///
/// ```
/// use std::error::Error;
/// use feature_flags::SourceError;
///
/// let error = SourceError::unavailable("connection refused");
/// assert_eq!(error.to_string(), "the source cannot be reached");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It cannot be reached.
    #[error("the source cannot be reached")]
    #[non_exhaustive]
    Unavailable {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It holds something that cannot be understood.
    #[error("the source holds something malformed: {message}")]
    #[non_exhaustive]
    Malformed {
        /// What.
        message: String,
    },
}

impl SourceError {
    /// It cannot be reached, because of `error`.
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: error.into() }
    }

    /// The error of the source called `name`, with its causes.
    pub(super) fn in_one_line(&self, name: &str) -> String {
        let mut line = format!("{name}: {self}");
        let mut cause = self.source();
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            cause = error.source();
        }
        line
    }

    /// It holds something that cannot be understood.
    ///
    /// ```
    /// use feature_flags::SourceError;
    ///
    /// let error = SourceError::malformed("row 7 is no flag");
    /// assert!(matches!(error, SourceError::Malformed { .. }));
    /// ```
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed { message: message.into() }
    }
}
