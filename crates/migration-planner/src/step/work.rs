//! What a step does.

use serde::{Deserialize, Serialize};

use crate::name::{ColumnRef, ObjectName};

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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Rows are copied into another table in key order, some at a time, resumable after any of them.
    ///
    /// Each batch is `INSERT INTO into (columns) SELECT select FROM table WHERE .. ON CONFLICT DO NOTHING`, and locks the rows
    /// it reads until it is committed (`FOR SHARE`): a row that is deleted meanwhile must not come back. Triggers that an
    /// earlier step made take care of rows that are written meanwhile.
    #[non_exhaustive]
    Copy {
        /// The table that is read.
        table: ObjectName,
        /// What orders and finds its rows.
        key: Key,
        /// The table that is written.
        into: ObjectName,
        /// The columns that are written.
        columns: Vec<String>,
        /// One expression over the table that is read for each of them.
        select: Vec<String>,
        /// Which rows are copied, as it stands after `WHERE`; `true` for all.
        needs: String,
        /// How many rows are read in one transaction.
        batch_rows: u32,
    },
    /// Rows are deleted in key order, some at a time.
    #[non_exhaustive]
    Delete {
        /// The table.
        table: ObjectName,
        /// What orders and finds the rows.
        key: Key,
        /// Which rows go, as it stands after `WHERE`; none must be left at the end.
        when: String,
        /// How many rows are looked at in one transaction.
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
    /// A table of SQLite is made anew: statements, in order, in one transaction in which references are not enforced, since the table
    /// is away for a moment. Before it commits, no row may refer to one that is not there, unless it did before.
    #[non_exhaustive]
    Rebuild {
        /// The table.
        table: ObjectName,
        /// Each is one statement without a semicolon.
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
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::delete_rows("users", "age > 200"))?;
/// use migration_planner::{Key, Work};
///
/// let step = plan.phases().iter().flat_map(|phase| phase.steps()).next().expect("rows go");
/// assert!(matches!(step.work(), Work::Delete { key: Key::Columns { columns, .. }, .. } if columns == &["id"]));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Where the rows of a table of PostgreSQL are stored, for those that have no key: block after block.
    ///
    /// A row that others change meanwhile moves, maybe to a block that was read already. So the whole table is gone through again
    /// until no row is left that needs the work, and the work must leave none that still needs it. Before PostgreSQL 14 each batch
    /// reads the whole table.
    Ctid,
}
