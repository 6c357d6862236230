//! Tables and their columns.

use serde::{Deserialize, Serialize};

use super::attached::Attached;
use super::column::Column;
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The statement as SQLite keeps it. What it means is in the other fields, which is what fingerprints are of.
    #[serde(skip)]
    definition: Option<String>,
    #[serde(default, skip_serializing_if = "Attached::is_empty")]
    pub(super) attached: Attached,
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
            definition: None,
            attached: Attached::default(),
        }
    }

    /// Adds a column at the end; one of the same name is replaced.
    #[must_use]
    pub fn with_column(mut self, column: Column) -> Self {
        self.definition = None;
        self.columns.retain(|known| known.name() != column.name());
        self.columns.push(column);
        self
    }

    /// Takes a column out; nothing happens if there is none of that name.
    #[must_use]
    pub fn without_column(mut self, name: &str) -> Self {
        self.definition = None;
        if let Some(gone) = self.column(name).map(|column| column.name().to_owned()) {
            self.columns.retain(|known| known.name() != gone);
        }
        self
    }

    /// The same table under another name.
    #[must_use]
    pub fn called(mut self, name: impl Into<ObjectName>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a constraint.
    #[must_use]
    pub fn with_constraint(mut self, constraint: Constraint) -> Self {
        self.definition = None;
        self.constraints.push(constraint);
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn with_index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// The same table without a column, to be given others.
    pub(crate) fn without_columns(mut self) -> Self {
        self.definition = None;
        self.columns.clear();
        self
    }

    /// The same table without its primary key.
    pub(crate) fn without_primary_key(mut self) -> Self {
        self.constraints.retain(|own| !matches!(own, Constraint::PrimaryKey { .. }));
        self.columns = self.columns.into_iter().map(Column::without_primary_key).collect();
        self.definition = None;
        self
    }

    /// The same table, as SQLite keeps it.
    pub(crate) fn defined_as(mut self, create_table: String) -> Self {
        self.definition = Some(create_table);
        self
    }

    /// The same table with other constraints and indexes.
    pub(crate) fn with_parts(mut self, constraints: Vec<Constraint>, indexes: Vec<Index>) -> Self {
        (self.constraints, self.indexes) = (constraints, indexes);
        self
    }

    /// Says that the table has no rowid (SQLite's `WITHOUT ROWID`).
    #[must_use]
    pub fn without_rowid(mut self) -> Self {
        self.definition = None;
        self.without_rowid = true;
        self
    }

    /// Says that the table enforces its columns' types (SQLite's `STRICT`).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.definition = None;
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
        self.definition = Some(create_table.to_owned());
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

    /// The table with other columns, constraints or indexes; `None` for those it has.
    pub(crate) fn remade(
        mut self,
        columns: Option<Vec<Column>>,
        constraints: Option<Vec<Constraint>>,
        indexes: Option<Vec<Index>>,
    ) -> Self {
        self.columns = columns.unwrap_or(self.columns);
        self.constraints = constraints.unwrap_or(self.constraints);
        self.indexes = indexes.unwrap_or(self.indexes);
        self
    }

    pub(crate) fn alter(&mut self, name: &str, change: impl FnOnce(&mut Column)) {
        if let Some(column) = self.columns.iter_mut().find(|column| same_name(column.name(), name)) {
            change(column);
        }
    }

    /// The `CREATE TABLE` statement that the table was [completed from](Self::completed_from).
    pub fn definition(&self) -> Option<&str> {
        self.definition.as_deref()
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
        let exact = self.columns.iter().find(|column| column.name() == name);
        exact.or_else(|| self.columns.iter().find(|column| same_name(column.name(), name)))
    }

    /// The constraint called `name`, by the name PostgreSQL gives it where it was given none.
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        let called = |constraint: &Constraint| constraint.name_on(self.name.name());
        let exact = self.constraints.iter().find(|constraint| called(constraint) == name);
        exact.or_else(|| self.constraints.iter().find(|constraint| same_name(&called(constraint), name)))
    }

    /// The index called `name`.
    pub fn index(&self, name: &str) -> Option<&Index> {
        let exact = self.indexes.iter().find(|index| index.name().name() == name);
        exact.or_else(|| self.indexes.iter().find(|index| same_name(index.name().name(), name)))
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
