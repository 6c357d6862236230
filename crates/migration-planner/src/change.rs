//! What somebody wants to be different about a schema.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{ColumnRef, ObjectName};

/// One desired change.
///
/// ```
/// use migration_planner::Change;
///
/// assert_eq!(Change::drop_column("users", "legacy_name").to_string(), "drop column users.legacy_name");
/// assert_eq!(
///     Change::rename_column("users", "name", "full_name").to_string(),
///     "rename column users.name to full_name",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Change {
    /// Remove a column and what is in it.
    #[non_exhaustive]
    DropColumn {
        /// The table.
        table: ObjectName,
        /// The column to remove.
        column: String,
        /// What rows get that were written without the column, should the removal be rolled back: an SQL literal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
    },
    /// Give a column another name.
    #[non_exhaustive]
    RenameColumn {
        /// The table.
        table: ObjectName,
        /// The name it has.
        column: String,
        /// The name it shall have.
        to: String,
    },
}

impl Change {
    /// Remove `column` from `table`.
    pub fn drop_column(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self::DropColumn { table: table.into(), column: column.into(), fill: None }
    }

    /// Give `column` of `table` the name `to`.
    pub fn rename_column(table: impl Into<ObjectName>, column: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameColumn { table: table.into(), column: column.into(), to: to.into() }
    }

    /// For a column that is NOT NULL without a default: the SQL literal that rows written without it get, should the
    /// removal be rolled back. Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::drop_column("users", "legacy_name").filled_with("''");
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn filled_with(mut self, literal: impl Into<String>) -> Self {
        if let Self::DropColumn { fill, .. } = &mut self {
            *fill = Some(literal.into());
        }
        self
    }

    /// The column whose users have to move before the change can be completed.
    pub fn object(&self) -> ColumnRef {
        match self {
            Self::DropColumn { table, column, .. } | Self::RenameColumn { table, column, .. } => {
                ColumnRef::new(table, column)
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DropColumn { table, column, .. } => write!(f, "drop column {table}.{column}"),
            Self::RenameColumn { table, column, to } => write!(f, "rename column {table}.{column} to {to}"),
        }
    }
}
