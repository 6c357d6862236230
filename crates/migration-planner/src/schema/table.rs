//! Tables and their columns.

use serde::{Deserialize, Serialize};

use super::constraint::Constraint;
use super::definition::{Detail, details};
use super::index::Index;
use crate::name::{ObjectName, same_name};

/// A table.
///
/// ```
/// use migration_planner::{Column, Index, Table};
///
/// let users = Table::new("users")
///     .with_column(Column::new("id", "INTEGER").primary_key())
///     .with_column(Column::new("email", "TEXT").not_null())
///     .with_index(Index::new("users_by_email", ["email"]));
/// assert_eq!(users.primary_key(), ["id"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    name: ObjectName,
    columns: Vec<Column>,
    #[serde(default)]
    constraints: Vec<Constraint>,
    #[serde(default)]
    indexes: Vec<Index>,
    #[serde(default)]
    without_rowid: bool,
    #[serde(default)]
    strict: bool,
}

impl Table {
    /// A table without columns.
    pub fn new(name: impl Into<ObjectName>) -> Self {
        Self {
            name: name.into(),
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            without_rowid: false,
            strict: false,
        }
    }

    /// Adds a column at the end; one of the same name is replaced.
    #[must_use]
    pub fn with_column(mut self, column: Column) -> Self {
        self.columns.retain(|known| !same_name(known.name(), column.name()));
        self.columns.push(column);
        self
    }

    /// Adds a constraint.
    #[must_use]
    pub fn with_constraint(mut self, constraint: Constraint) -> Self {
        self.constraints.push(constraint);
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn with_index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Says that the table has no rowid (SQLite's `WITHOUT ROWID`).
    #[must_use]
    pub fn without_rowid(mut self) -> Self {
        self.without_rowid = true;
        self
    }

    /// Says that the table enforces its columns' types (SQLite's `STRICT`).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Adds what a `CREATE TABLE` statement says and SQLite's catalog does not tell by itself: checks, collations of
    /// columns, and the expressions of generated columns.
    ///
    /// ```
    /// use migration_planner::{Column, Table};
    ///
    /// let table = Table::new("t")
    ///     .with_column(Column::new("a", "TEXT"))
    ///     .completed_from("CREATE TABLE t (a TEXT COLLATE NOCASE CHECK (a <> ''))");
    /// assert_eq!(table.column("a").and_then(|a| a.collation_name()), Some("NOCASE"));
    /// assert_eq!(table.constraints().len(), 1);
    /// ```
    #[must_use]
    pub fn completed_from(mut self, create_table: &str) -> Self {
        for detail in details(create_table) {
            match detail {
                Detail::Check(Some(column), expression) => {
                    self.constraints.push(Constraint::column_check(column, expression));
                }
                Detail::Check(None, expression) => self.constraints.push(Constraint::check(expression)),
                Detail::Collation(column, name) => self.alter(&column, |column| column.collation = Some(name)),
                Detail::Generated(column, generated) => {
                    self.alter(&column, |column| column.generated = Some(generated));
                }
            }
        }
        self
    }

    fn alter(&mut self, name: &str, change: impl FnOnce(&mut Column)) {
        if let Some(column) = self.columns.iter_mut().find(|column| same_name(column.name(), name)) {
            change(column);
        }
    }

    /// The table's name.
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column called `name`, without regard to ASCII case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same_name(column.name(), name))
    }

    /// Constraints that are not part of a column.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// The indexes that were created as such, not those behind a constraint.
    pub fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// Whether the table has no rowid.
    pub fn is_without_rowid(&self) -> bool {
        self.without_rowid
    }

    /// Whether the table enforces its columns' types.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// The columns of the primary key, empty if there is none.
    pub fn primary_key(&self) -> Vec<&str> {
        let declared = self.constraints.iter().find_map(|constraint| match constraint {
            Constraint::PrimaryKey { columns, .. } => Some(columns.iter().map(String::as_str).collect()),
            _ => None,
        });
        declared.unwrap_or_else(|| self.columns.iter().filter(|c| c.is_primary_key()).map(Column::name).collect())
    }
}

/// A column of a table.
///
/// ```
/// use migration_planner::Column;
///
/// let column = Column::new("legacy_name", "TEXT").not_null().default_value("''");
/// assert_eq!(column.default(), Some("''"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    #[serde(default)]
    not_null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generated: Option<Generated>,
    #[serde(default)]
    primary_key: bool,
}

impl Column {
    /// A nullable column of `data_type`, as written in SQL; empty where SQLite was told none.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            not_null: false,
            default: None,
            collation: None,
            generated: None,
            primary_key: false,
        }
    }

    /// Makes the column reject NULL.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// Gives the column a default: an SQL expression, for example `'none'` or `now()`.
    #[must_use]
    pub fn default_value(mut self, expression: impl Into<String>) -> Self {
        self.default = Some(expression.into());
        self
    }

    /// Gives the column a collation other than the server's default.
    #[must_use]
    pub fn collation(mut self, name: impl Into<String>) -> Self {
        self.collation = Some(name.into());
        self
    }

    /// Makes the column a computed one.
    #[must_use]
    pub fn generated(mut self, generated: Generated) -> Self {
        self.generated = Some(generated);
        self
    }

    /// Makes the column the table's primary key.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The declared type, as written.
    pub fn data_type(&self) -> &str {
        &self.data_type
    }

    /// Whether the column rejects NULL.
    pub fn is_not_null(&self) -> bool {
        self.not_null
    }

    /// The default, an SQL expression.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// The collation, `None` for the server's default.
    pub fn collation_name(&self) -> Option<&str> {
        self.collation.as_deref()
    }

    /// How the column is computed, `None` for an ordinary one.
    pub fn generation(&self) -> Option<&Generated> {
        self.generated.as_ref()
    }

    /// Whether the column was declared the primary key by itself.
    pub fn is_primary_key(&self) -> bool {
        self.primary_key
    }
}

/// How a generated column gets its value.
///
/// ```
/// use migration_planner::Generated;
///
/// assert_eq!(Generated::stored("price * amount").expression(), "price * amount");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "storage", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Generated {
    /// Computed on write and stored.
    #[non_exhaustive]
    Stored {
        /// The SQL expression.
        expression: String,
    },
    /// Computed on read.
    #[non_exhaustive]
    Virtual {
        /// The SQL expression.
        expression: String,
    },
}

impl Generated {
    /// Computed on write and stored.
    pub fn stored(expression: impl Into<String>) -> Self {
        Self::Stored { expression: expression.into() }
    }

    /// Computed on read.
    pub fn computed(expression: impl Into<String>) -> Self {
        Self::Virtual { expression: expression.into() }
    }

    /// The SQL expression.
    pub fn expression(&self) -> &str {
        match self {
            Self::Stored { expression } | Self::Virtual { expression } => expression,
        }
    }
}
