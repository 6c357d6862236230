//! What a step does to whoever uses the database meanwhile.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;
use crate::postgres::Effect;
use crate::server::Server;

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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Impact {
    locks: Vec<HeldLock>,
    #[serde(default)]
    rewrites: bool,
    #[serde(default)]
    scans: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unknown: bool,
}

impl Impact {
    /// What the locks' oracle says, with the largest of the tables that are read or written whole.
    pub(crate) fn of(effect: &Effect, server: &Server) -> Self {
        let whole = || effect.rewritten().iter().chain(effect.scanned());
        let named = |relation: &String| match relation.rsplit_once('.') {
            Some((schema, name)) => ObjectName::in_schema(schema, name),
            None => ObjectName::from(relation.as_str()),
        };
        Self {
            locks: effect.locks().iter().map(|(name, mode)| HeldLock { table: named(name), mode: *mode }).collect(),
            rewrites: !effect.rewritten().is_empty(),
            scans: !effect.scanned().is_empty(),
            rows: whole().filter_map(|name| server.rows(&named(name))).max(),
            unknown: effect.is_unknown(),
        }
    }

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

    /// Whether nothing can be said of it, since somebody else wrote the statements.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// The strongest lock on any relation.
    pub fn strongest(&self) -> Option<LockMode> {
        self.locks.iter().map(HeldLock::mode).max()
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
        if self.unknown {
            parts.push("locks that are not known".to_owned());
        }
        f.write_str(&if parts.is_empty() { "no lock".to_owned() } else { parts.join(", ") })
    }
}

/// A lock on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
