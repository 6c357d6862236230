//! What somebody wants to be different about a schema.

mod across;
mod columns;
mod constraints;
mod data;
mod display;
mod material;
mod objects;
mod subject;
mod tables;

pub(crate) use material::Material;

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;
use crate::schema::{Column, ColumnSetting, Constraint, Identity, Index, Object, ObjectKind, Table};

/// One desired change.
///
/// Each is made by a function of its name: [`Change::drop_column`], [`Change::add_constraint`]. The guide's catalogue lists what
/// becomes of each on each server.
///
/// ```
/// use migration_planner::{Change, Column, Constraint};
///
/// assert_eq!(Change::drop_column("users", "legacy_name").to_string(), "drop column users.legacy_name");
/// let age = Change::add_column("users", Column::new("age", "int").not_null()).filled_with("0");
/// assert_eq!(age.to_string(), "add column users.age");
/// let check = Change::add_constraint("users", Constraint::check("age >= 0").named("age_is_sane"));
/// assert_eq!(check.to_string(), "add constraint age_is_sane to users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "the fields are the arguments of the function that makes the change, which is documented"
)]
pub enum Change {
    /// See [`Change::create_table`].
    #[non_exhaustive]
    CreateTable { table: Box<Table> },
    /// See [`Change::drop_table`].
    #[non_exhaustive]
    DropTable { table: ObjectName },
    /// See [`Change::replace_table`].
    #[non_exhaustive]
    ReplaceTable { table: Box<Table> },
    /// See [`Change::rename_table`].
    #[non_exhaustive]
    RenameTable { table: ObjectName, to: String },
    /// See [`Change::move_table`].
    #[non_exhaustive]
    MoveTable { table: ObjectName, schema: String },
    /// See [`Change::rebuild_table`].
    #[non_exhaustive]
    RebuildTable { table: ObjectName, to: Box<Table> },
    /// See [`Change::partition_table`].
    #[non_exhaustive]
    PartitionTable {
        table: ObjectName,
        key: String,
        first: ObjectName,
        bounds: String,
        rest: Vec<(ObjectName, String)>,
    },
    /// See [`Change::attach_partition`].
    #[non_exhaustive]
    AttachPartition { table: ObjectName, partition: ObjectName, bounds: String, check: String },
    /// See [`Change::detach_partition`].
    #[non_exhaustive]
    DetachPartition { table: ObjectName, partition: ObjectName, check: String },
    /// See [`Change::set_table_option`].
    #[non_exhaustive]
    SetTableOption { table: ObjectName, option: String, value: Option<String> },
    /// See [`Change::set_replica_identity`].
    #[non_exhaustive]
    SetReplicaIdentity { table: ObjectName, identity: String },
    /// See [`Change::set_row_security`].
    #[non_exhaustive]
    SetRowSecurity { table: ObjectName, enabled: bool, forced: bool },
    /// See [`Change::comment_on_table`].
    #[non_exhaustive]
    CommentOnTable { table: ObjectName, comment: Option<String> },
    /// See [`Change::grant`].
    #[non_exhaustive]
    Grant { on: String, privileges: String, role: String },
    /// See [`Change::revoke`].
    #[non_exhaustive]
    Revoke { on: String, privileges: String, role: String },

    /// See [`Change::add_column`].
    #[non_exhaustive]
    AddColumn {
        table: ObjectName,
        column: Box<Column>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        constraints: Vec<Constraint>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        announced: bool,
    },
    /// See [`Change::drop_column`].
    #[non_exhaustive]
    DropColumn {
        table: ObjectName,
        column: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        replaced: Vec<Object>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        kept_by_children: bool,
    },
    /// See [`Change::replace_column`].
    #[non_exhaustive]
    ReplaceColumn {
        table: ObjectName,
        column: Box<Column>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
    },
    /// See [`Change::rename_column`].
    #[non_exhaustive]
    RenameColumn { table: ObjectName, column: String, to: String },
    /// See [`Change::split_column`].
    #[non_exhaustive]
    SplitColumn { table: ObjectName, column: String, into: Vec<Derived>, back: Option<String> },
    /// See [`Change::merge_columns`].
    #[non_exhaustive]
    MergeColumns { table: ObjectName, columns: Vec<String>, into: Box<Derived>, back: Vec<String> },
    /// See [`Change::change_type`].
    #[non_exhaustive]
    ChangeType {
        table: ObjectName,
        column: String,
        data_type: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        up: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<String>,
    },
    /// See [`Change::set_default`].
    #[non_exhaustive]
    SetDefault { table: ObjectName, column: String, default: Option<String> },
    /// See [`Change::set_not_null`].
    #[non_exhaustive]
    SetNotNull {
        table: ObjectName,
        column: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
    },
    /// See [`Change::drop_not_null`].
    #[non_exhaustive]
    DropNotNull { table: ObjectName, column: String },
    /// See [`Change::set_identity`].
    #[non_exhaustive]
    SetIdentity { table: ObjectName, column: String, identity: Option<Identity> },
    /// See [`Change::drop_expression`].
    #[non_exhaustive]
    DropExpression { table: ObjectName, column: String },
    /// See [`Change::set_column`].
    #[non_exhaustive]
    SetColumn { table: ObjectName, column: String, setting: ColumnSetting, value: String },
    /// See [`Change::comment_on_column`].
    #[non_exhaustive]
    CommentOnColumn { table: ObjectName, column: String, comment: Option<String> },

    /// See [`Change::move_columns`].
    #[non_exhaustive]
    MoveColumns { table: ObjectName, columns: Vec<String>, to: ObjectName, on: Vec<(String, String)> },
    /// See [`Change::split_table`].
    #[non_exhaustive]
    SplitTable { table: ObjectName, columns: Vec<String>, into: Box<Table>, on: Vec<(String, String)> },
    /// See [`Change::merge_tables`].
    #[non_exhaustive]
    MergeTables { table: ObjectName, into: ObjectName, on: Vec<(String, String)> },
    /// See [`Change::make_junction`].
    #[non_exhaustive]
    MakeJunction { table: ObjectName, column: String, into: Box<Table>, own: String, other: String },

    /// See [`Change::add_constraint`].
    #[non_exhaustive]
    AddConstraint {
        table: ObjectName,
        constraint: Box<Constraint>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        surplus: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        more: Vec<Constraint>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<Box<Index>>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        converting: bool,
    },
    /// See [`Change::validate_constraint`].
    #[non_exhaustive]
    ValidateConstraint { table: ObjectName, name: String },
    /// See [`Change::drop_constraint`].
    #[non_exhaustive]
    DropConstraint { table: ObjectName, name: String },
    /// See [`Change::rename_constraint`].
    #[non_exhaustive]
    RenameConstraint { table: ObjectName, name: String, to: String },
    /// See [`Change::replace_constraint`].
    #[non_exhaustive]
    ReplaceConstraint { table: ObjectName, name: String, by: Box<Constraint> },
    /// See [`Change::add_domain_check`].
    #[non_exhaustive]
    AddDomainCheck { domain: ObjectName, name: String, expression: String },

    /// See [`Change::create_index`].
    #[non_exhaustive]
    CreateIndex { table: ObjectName, index: Box<Index> },
    /// See [`Change::drop_index`].
    #[non_exhaustive]
    DropIndex { index: ObjectName },
    /// See [`Change::replace_index`].
    #[non_exhaustive]
    ReplaceIndex { index: ObjectName, by: Box<Index> },
    /// See [`Change::rename_index`].
    #[non_exhaustive]
    RenameIndex { index: ObjectName, to: String },
    /// See [`Change::reindex`].
    #[non_exhaustive]
    Reindex { index: ObjectName },
    /// See [`Change::analyze`].
    #[non_exhaustive]
    Analyze { table: ObjectName },

    /// See [`Change::create`].
    #[non_exhaustive]
    Create { object: Box<Object> },
    /// See [`Change::replace`].
    #[non_exhaustive]
    Replace { object: Box<Object> },
    /// See [`Change::drop_object`].
    #[non_exhaustive]
    Drop { kind: ObjectKind, name: ObjectName, arguments: Option<String>, on: Option<ObjectName> },
    /// See [`Change::rename_object`].
    #[non_exhaustive]
    Rename { kind: ObjectKind, name: ObjectName, to: String },
    /// See [`Change::refresh_view`].
    #[non_exhaustive]
    RefreshView { view: ObjectName },
    /// See [`Change::add_enum_value`].
    #[non_exhaustive]
    AddEnumValue { name: ObjectName, value: String, before: Option<String> },
    /// See [`Change::rename_enum_value`].
    #[non_exhaustive]
    RenameEnumValue { name: ObjectName, value: String, to: String },
    /// See [`Change::update_extension`].
    #[non_exhaustive]
    UpdateExtension { name: String, to: String },
    /// See [`Change::publish`].
    #[non_exhaustive]
    Publish { publication: String, table: ObjectName, columns: Vec<String> },
    /// See [`Change::unpublish`].
    #[non_exhaustive]
    Unpublish { publication: String, table: ObjectName },

    /// See [`Change::fill`].
    #[non_exhaustive]
    Fill { table: ObjectName, set: String, needs: String },
    /// See [`Change::delete_rows`].
    #[non_exhaustive]
    DeleteRows { table: ObjectName, when: String },
    /// See [`Change::sql`].
    #[non_exhaustive]
    Sql { statements: Vec<String>, undo: Option<Vec<String>> },
}

/// A new column whose values come from those that are there.
///
/// ```
/// use migration_planner::{Column, Derived};
///
/// let first = Derived::new(Column::new("first_name", "text"), "split_part(name, ' ', 1)");
/// assert_eq!(first.expression(), "split_part(name, ' ', 1)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Derived {
    column: Column,
    expression: String,
}

impl Derived {
    /// The column, and the SQL expression over the row that gives its value.
    pub fn new(column: Column, expression: impl Into<String>) -> Self {
        Self { column, expression: expression.into() }
    }

    /// The column.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The SQL expression over the row.
    pub fn expression(&self) -> &str {
        &self.expression
    }
}
