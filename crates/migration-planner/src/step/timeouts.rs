//! How long a step waits, and how often it is tried.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::as_millis;

/// How long a step may wait and run; `None` for the runner's default.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// let step = &plan.phases()[0].steps()[0];
/// assert_eq!(step.timeouts().lock(), Some(std::time::Duration::from_millis(50)));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "lock_ms")]
    lock: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "statement_ms")]
    statement: Option<Millis>,
}

impl Timeouts {
    pub(crate) fn new(lock: Duration, statement: Option<Duration>) -> Self {
        Self { lock: Some(Millis(lock)), statement: statement.map(Millis) }
    }

    /// How long one attempt waits for its lock.
    pub fn lock(self) -> Option<Duration> {
        self.lock.map(|span| span.0)
    }

    /// How long one statement runs.
    pub fn statement(self) -> Option<Duration> {
        self.statement.map(|span| span.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Millis(
    #[serde(with = "as_millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    Duration,
);

/// How often a step is tried again where it did not get its lock in time.
///
/// The waits between attempts grow from the first to the longest; a runner adds jitter of its own, so that two that wait for
/// each other do not do so for ever.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// let step = &plan.phases()[0].steps()[0];
/// let retry = step.retry().expect("others wait behind its lock");
/// assert!(retry.attempts() > 1 && retry.first_wait() < retry.longest_wait());
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Retry {
    attempts: u32,
    first_wait_ms: Millis,
    longest_wait_ms: Millis,
}

impl Retry {
    pub(crate) const fn new(attempts: u32, first_wait: Duration, longest_wait: Duration) -> Self {
        Self { attempts, first_wait_ms: Millis(first_wait), longest_wait_ms: Millis(longest_wait) }
    }

    /// How often it is tried in all, at least once.
    pub fn attempts(self) -> u32 {
        self.attempts.max(1)
    }

    /// How long to wait after the first attempt.
    pub fn first_wait(self) -> Duration {
        self.first_wait_ms.0
    }

    /// How long to wait between attempts at most.
    pub fn longest_wait(self) -> Duration {
        self.longest_wait_ms.0
    }
}
