//! Everything that a source holds.

use super::revision::Revision;
use crate::model::Flag;

/// Everything that a source holds as of one revision.
///
/// ```
/// use feature_flags::{Contents, Flag, Revision};
///
/// let contents = Contents::new(Revision::FIRST).with(Flag::new("new-search"));
/// assert_eq!(contents.flags().len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Contents {
    pub(super) revision: Revision,
    pub(crate) flags: Vec<Flag>,
}

impl Contents {
    /// Nothing, as of `revision`.
    pub fn new(revision: Revision) -> Self {
        Self { revision, flags: Vec::new() }
    }

    /// Adds a flag.
    #[must_use]
    pub fn with(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// As of when.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The flags, in no order.
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }
}
