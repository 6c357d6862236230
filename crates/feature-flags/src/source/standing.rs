//! How contents came to be served.

use std::time::SystemTime;

/// How contents came to be served, as a source tells it: what [`Status::readiness`](crate::Status::readiness) is made of.
///
/// ```
/// use feature_flags::{Contents, Revision, Standing};
///
/// let contents = Contents::new(Revision::ZERO).standing_in(Standing::stand_in("flags.toml", "the database is down"));
/// assert_ne!(contents.standing(), &Standing::Current);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Standing {
    /// They are what the source holds.
    #[default]
    Current,
    /// The source cannot be reached; this is what it once held.
    #[non_exhaustive]
    Kept {
        /// When it was last known to hold it.
        taken: SystemTime,
        /// Why it cannot be reached.
        why: String,
    },
    /// The source cannot be reached; this is what another one holds.
    #[non_exhaustive]
    StandIn {
        /// The other one's name.
        source: String,
        /// Why the first cannot be reached.
        why: String,
    },
}

impl Standing {
    /// What the source held at `taken`, since it cannot be reached, because of `why`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use feature_flags::Standing;
    ///
    /// let standing = Standing::kept(SystemTime::UNIX_EPOCH, "the database does not answer");
    /// assert!(matches!(standing, Standing::Kept { .. }));
    /// ```
    pub fn kept(taken: SystemTime, why: impl Into<String>) -> Self {
        Self::Kept { taken, why: why.into() }
    }

    /// What another source holds, since the first cannot be reached, because of `why`.
    pub fn stand_in(source: impl Into<String>, why: impl Into<String>) -> Self {
        Self::StandIn { source: source.into(), why: why.into() }
    }
}
