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
    #[serde(default = "lock_timeout", rename = "lock_timeout_ms", with = "as_millis")]
    pub(crate) lock_timeout: Duration,
    #[serde(default = "small_table")]
    pub(crate) small_table: u64,
    #[serde(default)]
    pub(crate) allow_blocking: bool,
}

/// Whoever comes behind a statement that waits for its lock waits too, so it does not wait for long.
fn lock_timeout() -> Duration {
    Duration::from_millis(50)
}

/// What PostgreSQL reads or writes in a few hundredths of a second.
fn small_table() -> u64 {
    10_000
}

impl Default for Policy {
    /// A day of observation that ended at most an hour ago; backfills of 1,000 rows at a time; 50 milliseconds for a lock; tables
    /// of up to 10,000 rows may be read or written whole while others wait.
    fn default() -> Self {
        Self {
            observation: Duration::from_hours(24),
            freshness: Duration::from_hours(1),
            batch_rows: 1_000,
            lock_timeout: lock_timeout(),
            small_table: small_table(),
            allow_blocking: false,
        }
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

    /// How long one attempt of a step waits for a lock that others would wait behind. PostgreSQL only.
    #[must_use]
    pub fn lock_timeout(mut self, span: Duration) -> Self {
        self.lock_timeout = span;
        self
    }

    /// Up to how many rows a table may have to be read or written whole while others wait for it. A table whose rows nobody
    /// has counted is not small.
    #[must_use]
    pub fn small_table(mut self, rows: u64) -> Self {
        self.small_table = rows;
        self
    }

    /// Whether larger tables may be so too: for a change that has no other form, in hours in which nobody minds.
    #[must_use]
    pub fn allow_blocking(mut self, allowed: bool) -> Self {
        self.allow_blocking = allowed;
        self
    }
}
