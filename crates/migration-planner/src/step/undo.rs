//! How to tell that a step is done, how to mend it, and how it is undone.

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;

/// A fact about the catalog that a runner can look up.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// let step = &plan.phases()[0].steps()[0];
/// // Whether a step is done already: here, a query that says so.
/// assert!(matches!(step.done_when(), migration_planner::Probe::Holds { query, .. } if query.starts_with("SELECT EXISTS")));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// A query says so: it returns one row with one boolean.
    #[non_exhaustive]
    Holds { query: String },
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "undo", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Undo {
    /// By statements that restore the catalog exactly.
    #[non_exhaustive]
    Sql {
        /// Each is one statement without a semicolon.
        statements: Vec<String>,
    },
    /// As [`Sql`](Self::Sql), by statements that the server refuses within a transaction: each runs by itself.
    #[non_exhaustive]
    SqlOutside {
        /// Each is one statement without a semicolon.
        statements: Vec<String>,
    },
    /// As [`Work::Rebuild`](crate::Work::Rebuild), by statements that make a table what it was.
    #[non_exhaustive]
    Rebuild {
        /// The table.
        table: ObjectName,
        /// Each is one statement without a semicolon.
        statements: Vec<String>,
    },
    /// Nothing has to be undone: what the step wrote goes with what an earlier step made.
    Nothing,
    /// Not at all: what was in the database is gone.
    Impossible,
}

/// What clears away the rest of an attempt that was cut off half way, such as an index that is not valid.
///
/// A runner asks the query before it tries a step outside a transaction, and runs the statements if it says yes.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::create_index("users", Index::new("by_age", ["age"])))?;
/// let step = &plan.phases()[0].steps()[0];
/// let repair = step.repair().expect("a build that is cut off leaves an index that is not valid");
/// assert!(repair.when().contains("NOT indisvalid"));
/// assert_eq!(repair.statements(), ["DROP INDEX CONCURRENTLY IF EXISTS by_age"]);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Repair {
    when: String,
    statements: Vec<String>,
}

impl Repair {
    pub(crate) fn new(when: String, statements: Vec<String>) -> Self {
        Self { when, statements }
    }

    /// A query that returns one row with one boolean: whether something was left half done.
    pub fn when(&self) -> &str {
        &self.when
    }

    /// What clears it away; each statement runs by itself, outside a transaction.
    pub fn statements(&self) -> &[String] {
        &self.statements
    }
}
