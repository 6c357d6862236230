//! How careful a plan is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::as_millis;

/// How long consumers are watched, and how large the pieces of work are.
///
/// ```
/// use migration_planner::Policy;
/// use std::time::Duration;
///
/// let policy = Policy::default().observation(Duration::from_secs(7 * 86_400));
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(rename = "observation_ms", with = "as_millis")]
    pub(crate) observation: Duration,
    #[serde(rename = "freshness_ms", with = "as_millis")]
    pub(crate) freshness: Duration,
    pub(crate) batch_rows: u32,
}

impl Default for Policy {
    /// A day of observation that ended at most an hour ago; backfills of 1,000 rows at a time.
    fn default() -> Self {
        Self { observation: Duration::from_hours(24), freshness: Duration::from_hours(1), batch_rows: 1_000 }
    }
}

impl Policy {
    /// How long a consumer must have been watched without a use. A consumer's own period counts if it is longer.
    #[must_use]
    pub fn observation(mut self, span: Duration) -> Self {
        self.observation = span;
        self
    }

    /// How long ago that observation may have ended.
    #[must_use]
    pub fn freshness(mut self, span: Duration) -> Self {
        self.freshness = span;
        self
    }

    /// How many rows a backfill writes in one transaction; 0 counts as 1.
    #[must_use]
    pub fn batch_rows(mut self, rows: u32) -> Self {
        self.batch_rows = rows.max(1);
        self
    }
}
