//! Constraints over the rows of a table.

use serde::{Deserialize, Serialize};

use crate::name::{ObjectName, same_name};
use crate::sql::tokens::mentions;

/// A constraint of a table.
///
/// ```
/// use migration_planner::Constraint;
///
/// let check = Constraint::check("age >= 0 AND name <> 'age'");
/// assert!(check.involves("age") && !check.involves("nickname"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Constraint {
    /// The primary key, where it has more than one column.
    #[non_exhaustive]
    PrimaryKey {
        /// Its columns, in order.
        columns: Vec<String>,
    },
    /// No two rows agree on these columns.
    #[non_exhaustive]
    Unique {
        /// Its columns, in order.
        columns: Vec<String>,
    },
    /// Every row satisfies an expression.
    #[non_exhaustive]
    Check {
        /// The SQL expression.
        expression: String,
        /// The column it was declared with; SQLite drops it together with that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
    },
    /// Every row's columns are found in another table.
    #[non_exhaustive]
    ForeignKey {
        /// Columns of this table.
        columns: Vec<String>,
        /// The other table.
        references: ObjectName,
        /// Columns of the other table; empty for its primary key.
        referenced: Vec<String>,
    },
}

impl Constraint {
    /// A primary key over `columns`.
    pub fn primary_key<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self::PrimaryKey { columns: owned(columns) }
    }

    /// A unique constraint over `columns`.
    pub fn unique<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self::Unique { columns: owned(columns) }
    }

    /// A check of `expression` over the whole table.
    pub fn check(expression: impl Into<String>) -> Self {
        Self::Check { expression: expression.into(), column: None }
    }

    /// A check of `expression` that was declared with `column`.
    pub fn column_check(column: impl Into<String>, expression: impl Into<String>) -> Self {
        Self::Check { expression: expression.into(), column: Some(column.into()) }
    }

    /// A reference from `columns` to the columns `referenced` of `references`; none named means its primary key.
    pub fn foreign_key<C: Into<String>, R: Into<String>>(
        columns: impl IntoIterator<Item = C>,
        references: impl Into<ObjectName>,
        referenced: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::ForeignKey { columns: owned(columns), references: references.into(), referenced: owned(referenced) }
    }

    /// Whether the constraint needs `column` of its own table.
    pub fn involves(&self, column: &str) -> bool {
        match self {
            Self::PrimaryKey { columns } | Self::Unique { columns } | Self::ForeignKey { columns, .. } => {
                columns.iter().any(|own| same_name(own, column))
            }
            Self::Check { expression, .. } => mentions(expression, column),
        }
    }
}

fn owned<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Vec<String> {
    columns.into_iter().map(Into::into).collect()
}
