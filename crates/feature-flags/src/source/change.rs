//! What happens to flags in a source.

use super::revision::Revision;
use crate::model::Flag;

/// What happened since a revision.
///
/// ```
/// use std::time::Duration;
/// use feature_flags::{Changes, EditableSource, Flag, MemorySource, Source};
///
/// let source = MemorySource::new();
/// let seen = source.load()?.revision();
/// source.put(Flag::new("new-search"))?;
/// match source.changes(seen, Duration::ZERO)? {
///     Changes::Some(changes) => assert_eq!(changes[0].name(), "new-search"),
///     other => panic!("something changed: {other:?}"),
/// }
/// # Ok::<(), feature_flags::SourceError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Changes {
    /// Nothing.
    None,
    /// These, in no order.
    Some(Vec<Change>),
    /// The source cannot tell: load it.
    Unknown,
}

/// What happened to one flag.
///
/// ```
/// use feature_flags::{Change, Flag, Revision};
///
/// let changes = [Change::put(Revision::new(3), Flag::new("a")), Change::removed(Revision::new(4), "a")];
/// assert!(changes.iter().all(|change| change.name() == "a"));
/// assert_eq!(changes.iter().map(Change::revision).max(), Some(Revision::new(4)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// It is this now.
    Put {
        /// With this change.
        revision: Revision,
        /// The flag.
        flag: Flag,
    },
    /// It is gone.
    Removed {
        /// With this change.
        revision: Revision,
        /// The flag's name.
        name: String,
    },
}

impl Change {
    /// The flag is this now.
    pub fn put(revision: Revision, flag: Flag) -> Self {
        Self::Put { revision, flag }
    }

    /// The flag is gone.
    pub fn removed(revision: Revision, name: impl Into<String>) -> Self {
        Self::Removed { revision, name: name.into() }
    }

    /// The same with another revision, for sources that number the changes of others anew.
    ///
    /// ```
    /// use feature_flags::{Change, Flag, Revision};
    ///
    /// let change = Change::put(Revision::FIRST, Flag::new("new-search"));
    /// assert_eq!(change.renumbered(Revision::new(9)).revision(), Revision::new(9));
    /// ```
    #[must_use]
    pub fn renumbered(self, revision: Revision) -> Self {
        match self {
            Self::Put { flag, .. } => Self::Put { revision, flag },
            Self::Removed { name, .. } => Self::Removed { revision, name },
        }
    }

    /// When it happened.
    pub fn revision(&self) -> Revision {
        match self {
            Self::Put { revision, .. } | Self::Removed { revision, .. } => *revision,
        }
    }

    /// The name of the flag it happened to.
    pub fn name(&self) -> &str {
        match self {
            Self::Put { flag, .. } => flag.name(),
            Self::Removed { name, .. } => name,
        }
    }
}
