//! How the flags are doing.

use std::fmt;
use std::time::Duration;

use super::readiness::Readiness;
use super::snapshot::SnapshotId;
use crate::source::Problem;

/// What is served, how fresh it is, and what is wrong: readiness as data. `Display` gives one line, for a health check.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::Flags;
///
/// let flags = Flags::from_toml("format = 1\n[flags]\ngood = true\nbad = \"a lot\"")?;
/// let status = flags.status();
/// assert_eq!(status.flags(), 2);
/// assert_eq!(status.problems()[0].flag(), "bad");
/// assert!(status.last_error().is_none() && status.readiness().is_ready());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Status {
    pub(super) snapshot: SnapshotId,
    pub(super) flags: usize,
    pub(super) age: Duration,
    pub(super) readiness: Readiness,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
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

    /// Whether that is what the source holds.
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
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

    /// What else people should know of the source, such as a cache that could not be read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Why the source could not be read the last time; `None` once it could be again.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}

/// `ready: serving 12 flags of snapshot 3 (content 7c33fa9be4b39c61), known to be current 1 s ago, 2 flags are wrong`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { readiness, flags, snapshot, age, problems, warnings, .. } = self;
        write!(
            f,
            "{readiness}: serving {flags} flags of snapshot {snapshot}, known to be current {} s ago",
            age.as_secs()
        )?;
        match problems.len() {
            0 => {}
            1 => f.write_str(", 1 flag is wrong")?,
            wrong => write!(f, ", {wrong} flags are wrong")?,
        }
        warnings.iter().try_for_each(|warning| write!(f, ", {warning}"))
    }
}
