//! The smallest unit a runner does, and how it is undone.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::name::{ColumnRef, ObjectName};
use crate::time::as_millis;

/// One step of a phase: work, how to tell that it is done, and how to undo it.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// let step = plan.phases().last().and_then(|phase| phase.steps().last()).expect("the drop");
/// assert_eq!((step.id(), step.title()), ("drop-column", "drop `users.name`"));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    id: String,
    title: String,
    work: Work,
    transaction: TransactionMode,
    done_when: Probe,
    undo: Undo,
    timeouts: Timeouts,
    impact: Impact,
}

impl Step {
    pub(crate) fn new(id: &str, title: String, work: Work, done_when: Probe, undo: Undo) -> Self {
        let transaction = match work {
            Work::Sql { .. } | Work::Verify { .. } | Work::WatchWrites { .. } => TransactionMode::Single,
            Work::Backfill { .. } => TransactionMode::PerBatch,
        };
        let (timeouts, impact) = (Timeouts::default(), Impact::default());
        Self { id: id.to_owned(), title, work, transaction, done_when, undo, timeouts, impact }
    }

    pub(crate) fn with_impact(mut self, impact: Impact) -> Self {
        self.impact = impact;
        self
    }

    /// Names the step within its plan; stable, used by the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it does, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The work itself.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// How the work goes into transactions.
    pub fn transaction(&self) -> TransactionMode {
        self.transaction
    }

    /// What holds in the catalog once the work is done: lets a runner see that somebody has done it already.
    pub fn done_when(&self) -> &Probe {
        &self.done_when
    }

    /// How the work is undone.
    pub fn undo(&self) -> &Undo {
        &self.undo
    }

    /// How long to wait.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// What it does to the live service.
    pub fn impact(&self) -> &Impact {
        &self.impact
    }
}

/// The work of a step.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::rename_column("users", "name", "full_name"))?;
/// use migration_planner::Work;
///
/// let works = plan.phases().iter().flat_map(|phase| phase.steps()).map(|step| step.work());
/// assert_eq!(works.filter(|work| matches!(work, Work::Backfill { batch_rows: 1000, .. })).count(), 1);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Work {
    /// Statements, in order.
    #[non_exhaustive]
    Sql {
        /// Each is one statement without a semicolon.
        statements: Vec<String>,
    },
    /// Rows are brought up to date in key order, some at a time, resumable after any of them.
    #[non_exhaustive]
    Backfill {
        /// The table.
        table: ObjectName,
        /// What orders and finds the rows.
        key: Key,
        /// What is set, as it stands after `SET`.
        set: String,
        /// Which rows need it, as it stands after `WHERE`; none must be left at the end.
        needs: String,
        /// How many rows are written in one transaction.
        batch_rows: u32,
    },
    /// Triggers are made that count, in a table of the plan's own, how often a column is written, by whomever.
    ///
    /// They see what a probe in the consumer's process cannot: the columns of inserts, and consumers nobody thought of. They
    /// do not see who it was, nor an insert that names the column and gives it its default.
    #[non_exhaustive]
    WatchWrites {
        /// The column.
        object: ColumnRef,
        /// The table with one row of `writes`, `first_ms` and `last_ms`.
        counter: String,
        /// What makes both, each one statement without a semicolon.
        statements: Vec<String>,
    },
    /// Nothing is written; something is looked up that must never hold.
    #[non_exhaustive]
    Verify {
        /// The table.
        table: ObjectName,
        /// What must hold in no row, as it stands after `WHERE`.
        never: String,
    },
}

/// What finds the rows of a table one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Key {
    /// SQLite's rowid, under a name that no column of the table has.
    #[non_exhaustive]
    RowId {
        /// `rowid`, `oid` or `_rowid_`.
        name: String,
    },
    /// The primary key.
    #[non_exhaustive]
    Columns {
        /// Its columns, in order.
        columns: Vec<String>,
    },
}

/// How the work of a step goes into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransactionMode {
    /// All statements and the journal in one transaction.
    Single,
    /// One transaction per batch, with its cursor.
    PerBatch,
}

/// A fact about the catalog that a runner can look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "probe", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields name what is looked up")]
pub enum Probe {
    /// The table has the column.
    #[non_exhaustive]
    ColumnExists { table: ObjectName, column: String },
    /// The table exists and does not have the column.
    #[non_exhaustive]
    ColumnAbsent { table: ObjectName, column: String },
    /// The column accepts NULL.
    #[non_exhaustive]
    ColumnNullable { table: ObjectName, column: String },
    /// All these triggers exist.
    #[non_exhaustive]
    TriggersExist { names: Vec<String> },
    /// None of these triggers exists.
    #[non_exhaustive]
    TriggersAbsent { names: Vec<String> },
    /// The index exists.
    #[non_exhaustive]
    IndexExists { name: String },
    /// The index does not exist.
    #[non_exhaustive]
    IndexAbsent { name: String },
    /// The catalog cannot tell; only the journal can.
    Untold,
}

/// How a step is undone.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// use migration_planner::Undo;
///
/// let last = plan.phases().last().expect("the drop");
/// assert!(last.inverse_steps().any(|step| *step.undo() == Undo::Impossible));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undo", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Undo {
    /// By statements that restore the catalog exactly.
    #[non_exhaustive]
    Sql {
        /// Each is one statement without a semicolon.
        statements: Vec<String>,
    },
    /// Nothing has to be undone: what the step wrote goes with what an earlier step made.
    Nothing,
    /// Not at all: what was in the database is gone.
    Impossible,
}

/// How long a step may wait and run; `None` for the runner's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "lock_ms")]
    lock: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "statement_ms")]
    statement: Option<Millis>,
}

impl Timeouts {
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
struct Millis(#[serde(with = "as_millis")] Duration);

/// What a step does to whoever uses the database meanwhile.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// let drop = plan.phases().last().and_then(|phase| phase.steps().last()).expect("the drop");
/// assert_eq!(drop.impact().to_string(), "database write lock on `users`, rewrites every row");
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    locks: Vec<HeldLock>,
    #[serde(default)]
    rewrites: bool,
    #[serde(default)]
    scans: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

impl Impact {
    pub(crate) fn locking(table: &ObjectName, mode: LockMode) -> Self {
        Self { locks: vec![HeldLock { table: table.clone(), mode }], ..Self::default() }
    }

    pub(crate) fn rewriting(mut self, rows: Option<u64>) -> Self {
        self.rewrites = true;
        self.rows = rows;
        self
    }

    pub(crate) fn scanning(mut self, rows: Option<u64>) -> Self {
        self.scans = true;
        self.rows = rows;
        self
    }

    /// The strongest lock per table.
    pub fn locks(&self) -> &[HeldLock] {
        &self.locks
    }

    /// Whether every row is written anew under the lock.
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// Whether every row is read under the lock.
    pub fn scans(&self) -> bool {
        self.scans
    }

    /// How many rows that are, if known.
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> =
            self.locks.iter().map(|held| format!("{} on `{}`", held.mode, held.table)).collect();
        let rows = self.rows.map_or("every row".to_owned(), |rows| format!("{rows} rows"));
        if self.rewrites {
            parts.push(format!("rewrites {rows}"));
        } else if self.scans {
            parts.push(format!("reads {rows}"));
        }
        f.write_str(&if parts.is_empty() { "no lock".to_owned() } else { parts.join(", ") })
    }
}

/// A lock on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldLock {
    table: ObjectName,
    mode: LockMode,
}

impl HeldLock {
    /// The table.
    pub fn table(&self) -> &ObjectName {
        &self.table
    }

    /// How strong the lock is.
    pub fn mode(&self) -> LockMode {
        self.mode
    }
}

/// How strong a lock is.
///
/// ```
/// use migration_planner::LockMode;
///
/// assert!(LockMode::ShareUpdateExclusive < LockMode::AccessExclusive); // weak to strong
/// assert_eq!(LockMode::AccessExclusive.to_string(), "ACCESS EXCLUSIVE");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LockMode {
    /// SQLite's one write lock on the whole database: readers go on in WAL mode, other writers wait.
    DatabaseWrite,
    /// PostgreSQL's ACCESS SHARE: taken by reading; only ACCESS EXCLUSIVE waits for it.
    AccessShare,
    /// PostgreSQL's ROW SHARE: taken by foreign keys on the table they refer to.
    RowShare,
    /// PostgreSQL's ROW EXCLUSIVE: taken by writing.
    RowExclusive,
    /// PostgreSQL's SHARE UPDATE EXCLUSIVE: reads and writes go on, other changes of the schema wait.
    ShareUpdateExclusive,
    /// PostgreSQL's SHARE: reads go on, writes wait.
    Share,
    /// PostgreSQL's SHARE ROW EXCLUSIVE: reads go on, writes wait.
    ShareRowExclusive,
    /// PostgreSQL's EXCLUSIVE: reads go on, writes wait.
    Exclusive,
    /// PostgreSQL's ACCESS EXCLUSIVE: everybody waits.
    AccessExclusive,
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DatabaseWrite => "database write lock",
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}
