//! Who has paused a plan.

use std::fmt;

use serde::Serialize;

use crate::time::Timestamp;

/// Who paused a plan, and why.
///
/// ```
/// use migration_planner::Timestamp;
/// use migration_planner::run::Pause;
///
/// let pause = Pause::new(Timestamp::from_unix_millis(0), "ada", "a sale is on");
/// assert_eq!(pause.to_string(), "paused by ada at 1970-01-01T00:00:00Z: a sale is on");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pause {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
}

impl Pause {
    /// A pause since `at`.
    pub fn new(at: Timestamp, author: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { at, author: author.into(), reason: reason.into() }
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "paused by {} at {}: {}", self.author, self.at, self.reason)
    }
}
