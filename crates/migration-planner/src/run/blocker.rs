//! Who others wait for.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// A session that somebody waits for.
///
/// ```
/// use migration_planner::run::Blocker;
///
/// let mut blocker = Blocker::new(4711);
/// blocker.application = "nightly-export".to_owned();
/// blocker.state = "idle in transaction".to_owned();
/// assert_eq!(blocker.to_string(), "nightly-export (pid 4711), idle in transaction, in a transaction for 0 s");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Blocker {
    /// Its number on the server: on PostgreSQL, what `pg_cancel_backend` and `pg_terminate_backend` take.
    pub pid: i32,
    /// What the program calls itself; empty if it does not.
    pub application: String,
    /// As whom it is connected; empty where this role may not see that.
    pub user: String,
    /// What it is doing, in the server's words: `active`, `idle in transaction`; empty where this role may not see that.
    pub state: String,
    /// For how long its transaction has been open.
    #[serde(rename = "transaction_seconds", serialize_with = "as_seconds")]
    pub transaction: Duration,
    /// The statement it runs, or ran last: shortened, and without values.
    pub query: String,
}

impl Blocker {
    /// A session of which only the number is known.
    pub fn new(pid: i32) -> Self {
        let unknown = String::new;
        Self {
            pid,
            application: unknown(),
            user: unknown(),
            state: unknown(),
            transaction: Duration::ZERO,
            query: unknown(),
        }
    }
}

fn as_seconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(span.as_secs())
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.application.is_empty() { "a program without a name" } else { &self.application };
        write!(f, "{name} (pid {}", self.pid)?;
        if !self.user.is_empty() {
            write!(f, ", user {}", self.user)?;
        }
        let state = if self.state.is_empty() { "state unknown" } else { &self.state };
        write!(f, "), {state}, in a transaction for {} s", self.transaction.as_secs())?;
        if self.query.is_empty() { Ok(()) } else { write!(f, ": {}", self.query) }
    }
}
