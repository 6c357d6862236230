//! Changes of whole tables.

use super::Change;
use crate::name::ObjectName;
use crate::schema::Table;

impl Change {
    /// Create a table, with its indexes. Its foreign keys are added one by one, so that what they refer to is locked for
    /// moments only.
    pub fn create_table(table: Table) -> Self {
        Self::CreateTable { table: Box::new(table) }
    }

    /// Remove a table and what is in it, once nobody uses it.
    pub fn drop_table(table: impl Into<ObjectName>) -> Self {
        Self::DropTable { table: table.into() }
    }

    /// Remove the table that has the name of this one, and what is in it, and create this one in its place. Between the two everybody has
    /// stopped using the name, so that nobody takes one for the other.
    ///
    /// ```
    /// use migration_planner::{Change, Column, Table};
    ///
    /// let events = Table::new("events").with_column(Column::new("id", "bigint").primary_key());
    /// assert_eq!(Change::replace_table(events).to_string(), "replace table events");
    /// ```
    pub fn replace_table(table: Table) -> Self {
        Self::ReplaceTable { table: Box::new(table) }
    }

    /// Give a table another name. Until everybody has moved, a view has the old one.
    pub fn rename_table(table: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        Self::RenameTable { table: table.into(), to: to.into() }
    }

    /// Put a table into another schema. Until everybody has moved, a view stands in for it.
    pub fn move_table(table: impl Into<ObjectName>, schema: impl Into<String>) -> Self {
        Self::MoveTable { table: table.into(), schema: schema.into() }
    }

    /// Make a table anew as `to` says, beside the old one, and swap them: for what cannot be changed in place. `to` has the
    /// same name and the same columns, in any order.
    ///
    /// ```
    /// use migration_planner::{Change, Column, Table};
    ///
    /// let old = Table::new("log").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("at", "date"));
    /// let change = Change::rebuild_table("log", old.unlogged());
    /// assert_eq!(change.to_string(), "rebuild table log");
    /// ```
    pub fn rebuild_table(table: impl Into<ObjectName>, to: Table) -> Self {
        Self::RebuildTable { table: table.into(), to: Box::new(to) }
    }

    /// Make a partitioned table of one that is not: the rows that are there become the partition `first`, within `bounds`, without
    /// being moved; `key` is how, as it stands after `PARTITION BY`. Say with [`with_partition`](Self::with_partition) where
    /// other rows go.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::partition_table("events", "RANGE (id)", "events_old", "FOR VALUES FROM (MINVALUE) TO (1000000)")
    ///     .with_partition("events_new", "FOR VALUES FROM (1000000) TO (MAXVALUE)");
    /// assert_eq!(change.to_string(), "partition table events by RANGE (id)");
    /// ```
    pub fn partition_table(
        table: impl Into<ObjectName>,
        key: impl Into<String>,
        first: impl Into<ObjectName>,
        bounds: impl Into<String>,
    ) -> Self {
        Self::PartitionTable {
            table: table.into(),
            key: key.into(),
            first: first.into(),
            bounds: bounds.into(),
            rest: Vec::new(),
        }
    }

    /// For a table that is partitioned: another partition, empty at first. Has no effect on other changes.
    #[must_use]
    pub fn with_partition(mut self, name: impl Into<ObjectName>, bounds: impl Into<String>) -> Self {
        if let Self::PartitionTable { rest, .. } = &mut self {
            rest.push((name.into(), bounds.into()));
        }
        self
    }

    /// Make the table `partition` a part of `table`. `check` is an expression that says of a row what `bounds` say, so that
    /// the rows are read while others write: `bounds` `FOR VALUES FROM (1) TO (10)` of `id`, `check` `id >= 1 AND id < 10`.
    ///
    /// A partition that is not there is created.
    pub fn attach_partition(
        table: impl Into<ObjectName>,
        partition: impl Into<ObjectName>,
        bounds: impl Into<String>,
        check: impl Into<String>,
    ) -> Self {
        Self::AttachPartition {
            table: table.into(),
            partition: partition.into(),
            bounds: bounds.into(),
            check: check.into(),
        }
    }

    /// Make `partition` a table of its own. `check` says of a row what its bounds say, so that it can come back without being
    /// read under a lock.
    pub fn detach_partition(
        table: impl Into<ObjectName>,
        partition: impl Into<ObjectName>,
        check: impl Into<String>,
    ) -> Self {
        Self::DetachPartition { table: table.into(), partition: partition.into(), check: check.into() }
    }

    /// Set a storage parameter of a table, such as `fillfactor`; `None` for the server's default.
    pub fn set_table_option(table: impl Into<ObjectName>, option: impl Into<String>, value: Option<&str>) -> Self {
        Self::SetTableOption { table: table.into(), option: option.into(), value: value.map(str::to_owned) }
    }

    /// Say how rows are known to subscribers: `FULL`, `NOTHING`, `DEFAULT` or `USING INDEX name`.
    pub fn set_replica_identity(table: impl Into<ObjectName>, identity: impl Into<String>) -> Self {
        Self::SetReplicaIdentity { table: table.into(), identity: identity.into() }
    }

    /// Let policies decide who sees which rows, or no longer; `forced` for the owner too.
    pub fn set_row_security(table: impl Into<ObjectName>, enabled: bool, forced: bool) -> Self {
        Self::SetRowSecurity { table: table.into(), enabled, forced }
    }

    /// Give a table a comment, or take it away.
    pub fn comment_on_table(table: impl Into<ObjectName>, comment: Option<&str>) -> Self {
        Self::CommentOnTable { table: table.into(), comment: comment.map(str::to_owned) }
    }

    /// Grant `privileges` on an object, as it stands after `ON` (`users`, `SCHEMA audit`), to `role`.
    pub fn grant(privileges: impl Into<String>, on: impl Into<String>, role: impl Into<String>) -> Self {
        Self::Grant { on: on.into(), privileges: privileges.into(), role: role.into() }
    }

    /// Revoke `privileges` on an object from `role`. They must have been granted: undoing it grants them again.
    pub fn revoke(privileges: impl Into<String>, on: impl Into<String>, role: impl Into<String>) -> Self {
        Self::Revoke { on: on.into(), privileges: privileges.into(), role: role.into() }
    }
}
