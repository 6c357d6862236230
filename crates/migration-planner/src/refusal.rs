//! Why there is no plan.

use crate::name::{ColumnRef, ObjectName};
use crate::schema::ObjectKind;
use crate::server::{ServerKind, ServerVersion};

/// Why a change cannot be planned. Nothing has been touched.
///
/// ```
/// use migration_planner::{Change, Column, Planner, Schema, Server, Table};
///
/// let schema = Schema::new().with_table(Table::new("users").with_column(Column::new("name", "TEXT")));
/// let refusal = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "nmae")).unwrap_err();
/// assert_eq!(refusal.to_string(), "no column `users.nmae`; did you mean `name`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such table; the nearest names may help.
    #[error("no table `{table}`{}", hint(nearest))]
    #[non_exhaustive]
    UnknownTable {
        /// The table asked for.
        table: ObjectName,
        /// At most three names that are close, nearest first.
        nearest: Vec<String>,
    },
    /// The table has no such column; the nearest names may help.
    #[error("no column `{column}`{}", hint(nearest))]
    #[non_exhaustive]
    UnknownColumn {
        /// The column asked for.
        column: ColumnRef,
        /// At most three names that are close, nearest first.
        nearest: Vec<String>,
    },
    /// The new name is taken.
    #[error("column `{column}` exists already")]
    #[non_exhaustive]
    ColumnExists {
        /// The column in the way.
        column: ColumnRef,
    },
    /// Names that start with this crate's prefix belong to running plans.
    #[error("`{name}` starts with the prefix of the planner's own objects")]
    #[non_exhaustive]
    ReservedName {
        /// The name.
        name: String,
    },
    /// The server would not keep the name as it is.
    #[error("`{}` cannot be a name on {kind}: {reason}", name.escape_debug())]
    #[non_exhaustive]
    UnusableName {
        /// The name.
        name: String,
        /// The kind of server.
        kind: ServerKind,
        /// Why.
        reason: &'static str,
    },
    /// A piece of SQL would end, or swallow, the statement that it is put into: a semicolon, or a parenthesis, quote or comment that is
    /// open.
    #[error("`{}` cannot be put into a statement: it has a semicolon, NUL, or an open parenthesis, quote or comment", sql.escape_debug())]
    #[non_exhaustive]
    BrokenSql {
        /// The piece.
        sql: String,
    },
    /// A step would lock more relations at once than the server has room for, and then nobody gets a lock any more. Raise
    /// `max_locks_per_transaction`, or change partitions one by one.
    #[error("step `{step}` would lock {locks} relations at once, the server has room for {room} locks in all")]
    #[non_exhaustive]
    TooManyLocks {
        /// The step that would.
        step: String,
        /// How many relations it locks.
        locks: u64,
        /// How many locks there can be, by the server's settings.
        room: u64,
    },
    /// Other objects need the column: change those first.
    #[error("`{column}` is needed by {}", list(dependents))]
    #[non_exhaustive]
    ColumnInUse {
        /// The column.
        column: ColumnRef,
        /// What needs it, never empty.
        dependents: Vec<Dependent>,
    },
    /// A table keeps at least one column: drop the table instead.
    #[error("`{column}` is the only column of its table")]
    #[non_exhaustive]
    LastColumn {
        /// The column.
        column: ColumnRef,
    },
    /// As soon as one consumer stops writing the column its inserts fail. See
    /// [`Change::filled_with`](crate::Change::filled_with).
    #[error("`{column}` is not null and has no default: say what rows written without it get if this is rolled back")]
    #[non_exhaustive]
    NothingToFillWith {
        /// The column.
        column: ColumnRef,
    },
    /// A copy of the column cannot have the same default.
    #[error("`{column}` has the default `{default}`, which is not a constant")]
    #[non_exhaustive]
    DefaultNotConstant {
        /// The column.
        column: ColumnRef,
        /// The default.
        default: String,
    },
    /// A trigger of the application would fire when the plan copies values, for every row.
    #[error("trigger `{trigger}` would fire for every value the plan copies into `{column}`")]
    #[non_exhaustive]
    TriggerWouldFire {
        /// The column written by the plan.
        column: ColumnRef,
        /// The trigger.
        trigger: ObjectName,
    },
    /// The table has no key by which its rows can be found one after the other.
    #[error("the rows of `{table}` cannot be addressed: {reason}")]
    #[non_exhaustive]
    NoRowKey {
        /// The table.
        table: ObjectName,
        /// What is in the way.
        reason: String,
    },
    /// There is no such object; the nearest names may help.
    #[error("no {kind} `{name}`{}", hint(nearest))]
    #[non_exhaustive]
    UnknownObject {
        /// What was asked for: `index`, `constraint`, `view`.
        kind: String,
        /// Its name.
        name: String,
        /// At most three names that are close, nearest first.
        nearest: Vec<String>,
    },
    /// The new name is taken.
    #[error("{kind} `{name}` exists already")]
    #[non_exhaustive]
    ObjectExists {
        /// What is in the way: `table`, `index`.
        kind: String,
        /// Its name.
        name: String,
    },
    /// An index that is there does the same already: every write would pay for both.
    #[error("index `{index}` would order the same as `{same_as}`, which is there")]
    #[non_exhaustive]
    Redundant {
        /// The index asked for.
        index: String,
        /// The one there is.
        same_as: String,
    },
    /// Other objects need the table or the object: change those first.
    #[error("`{name}` is needed by {}", list(dependents))]
    #[non_exhaustive]
    InUse {
        /// What is needed.
        name: String,
        /// What needs it, never empty.
        dependents: Vec<Dependent>,
    },
    /// The change is complete already.
    #[error("`{change}`: that is how it is already")]
    #[non_exhaustive]
    NothingToDo {
        /// The change.
        change: String,
    },
    /// A table that is not small would be read or written whole while nobody else can write to it. See
    /// [`Policy`](crate::Policy), and [`Change::rebuild_table`](crate::Change::rebuild_table) for the way round it.
    #[error("step `{step}` would hold {lock} on `{relation}` while every row of it is {what}")]
    #[non_exhaustive]
    WouldBlock {
        /// The step that would.
        step: String,
        /// The relation.
        relation: String,
        /// The lock.
        lock: String,
        /// `read` or `written`.
        what: &'static str,
    },
    /// Rows that are there would have no value. See [`Change::filled_with`](crate::Change::filled_with).
    #[error("`{column}` is not null and has no default: say what the rows get that are there")]
    #[non_exhaustive]
    NoValueForRows {
        /// The column.
        column: ColumnRef,
    },
    /// The change makes no sense, or not safely, on this kind of server: the reason says why.
    #[error("`{change}` is not possible on {kind}: {reason}")]
    #[non_exhaustive]
    NotPossible {
        /// The change.
        change: String,
        /// The kind of server.
        kind: ServerKind,
        /// Why, and what to do instead.
        reason: String,
    },
    /// The server is too old for a statement of the plan.
    #[error("{what} needs {kind} {needed}, this is {found}")]
    #[non_exhaustive]
    ServerTooOld {
        /// What needs it.
        what: String,
        /// The kind of server.
        kind: ServerKind,
        /// The first version that can.
        needed: ServerVersion,
        /// The version there is.
        found: ServerVersion,
    },
    /// Changes of this kind are not planned for this kind of server.
    #[error("`{change}` cannot be planned for {kind}")]
    #[non_exhaustive]
    ServerNotSupported {
        /// The change.
        change: String,
        /// The kind of server.
        kind: ServerKind,
    },
    /// Two consumers have the same name, so that evidence about one would open the other's gate.
    #[error("two consumers are called `{name}`")]
    #[non_exhaustive]
    AmbiguousConsumer {
        /// The name.
        name: String,
    },
    /// Nobody was said to use the database, so that nothing would be shown before something goes.
    #[error("a plan needs at least one consumer")]
    NoConsumers,
}

/// Something that needs a column.
///
/// ```
/// use migration_planner::Dependent;
///
/// assert_eq!(Dependent::PrimaryKey.to_string(), "the primary key");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dependent {
    /// The primary key.
    PrimaryKey,
    /// A unique constraint.
    UniqueConstraint,
    /// A foreign key, of this table or of the named one.
    #[non_exhaustive]
    ForeignKey {
        /// The table that has the foreign key.
        table: ObjectName,
    },
    /// A check.
    #[non_exhaustive]
    Check {
        /// Its expression.
        expression: String,
    },
    /// A generated column.
    #[non_exhaustive]
    GeneratedColumn {
        /// Its name.
        column: String,
    },
    /// An index that does more than order this column.
    #[non_exhaustive]
    Index {
        /// Its name.
        name: ObjectName,
    },
    /// A view.
    #[non_exhaustive]
    View {
        /// Its name.
        name: ObjectName,
    },
    /// A trigger.
    #[non_exhaustive]
    Trigger {
        /// Its name.
        name: ObjectName,
    },
    /// A column.
    #[non_exhaustive]
    Column {
        /// Its name.
        column: ColumnRef,
    },
    /// A partition.
    #[non_exhaustive]
    Partition {
        /// Its name.
        name: ObjectName,
    },
    /// Another object.
    #[non_exhaustive]
    Object {
        /// What it is.
        kind: ObjectKind,
        /// Its name.
        name: ObjectName,
    },
}

impl std::fmt::Display for Dependent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PrimaryKey => f.write_str("the primary key"),
            Self::UniqueConstraint => f.write_str("a unique constraint"),
            Self::ForeignKey { table } => write!(f, "a foreign key of `{table}`"),
            Self::Check { expression } => write!(f, "the check `{expression}`"),
            Self::GeneratedColumn { column } => write!(f, "the generated column `{column}`"),
            Self::Index { name } => write!(f, "the index `{name}`"),
            Self::View { name } => write!(f, "the view `{name}`"),
            Self::Trigger { name } => write!(f, "the trigger `{name}`"),
            Self::Column { column } => write!(f, "the column `{column}`"),
            Self::Partition { name } => write!(f, "the partition `{name}`"),
            Self::Object { kind, name } => write!(f, "the {kind} `{name}`"),
        }
    }
}

fn hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", nearest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "))
    }
}

fn list(dependents: &[Dependent]) -> String {
    dependents.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
