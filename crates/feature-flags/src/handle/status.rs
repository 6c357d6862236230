//! How the flags are doing.

use std::time::Duration;

use super::snapshot::SnapshotId;
use crate::source::Problem;

/// What is served, how fresh it is, and what is wrong: readiness as data.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::Flags;
///
/// let flags = Flags::from_toml("format = 1\n[flags]\ngood = true\nbad = \"a lot\"")?;
/// let status = flags.status();
/// assert_eq!(status.flags(), 2);
/// assert_eq!(status.problems()[0].flag(), "bad");
/// assert!(status.last_error().is_none());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Status {
    pub(super) snapshot: SnapshotId,
    pub(super) flags: usize,
    pub(super) age: Duration,
    pub(super) problems: Vec<Problem>,
    pub(super) last_error: Option<String>,
}

impl Status {
    /// The snapshot that is served.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// How many flags there are, those that are wrong included.
    pub fn flags(&self) -> usize {
        self.flags
    }

    /// How long ago the snapshot was last known to be what the source holds: a watched file is looked at every second,
    /// so more than a few seconds mean that edits do not arrive.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// The flags that are wrong and serve their default.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Why the source could not be read the last time; `None` once it could be again.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}
