//! Which change came before which.

use std::fmt;

/// Counts the changes of a source.
///
/// ```
/// use feature_flags::Revision;
///
/// assert_eq!(Revision::ZERO.next(), Revision::FIRST);
/// assert!(Revision::new(7) > Revision::FIRST);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(u64);

impl Revision {
    /// Before the first change.
    pub const ZERO: Self = Self(0);
    /// The first change.
    pub const FIRST: Self = Self(1);

    /// A revision by its number, as databases keep it.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
