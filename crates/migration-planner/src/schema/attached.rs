//! What PostgreSQL lets hang on a table beside columns, constraints and indexes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::name::ObjectName;

/// What hangs on a table; empty for one of SQLite.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct Attached {
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Grant>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unlogged: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tablespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_identity: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    row_security: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forced_row_security: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitioned_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_of: Option<PartitionOf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inherits: Vec<ObjectName>,
}

impl Attached {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which rows of a partitioned table are in one of its partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PartitionOf {
    parent: ObjectName,
    bounds: String,
}

/// A privilege on a table or on some of its columns.
///
/// ```
/// use migration_planner::Grant;
///
/// let grant = Grant::new("SELECT, INSERT", "reporting");
/// assert_eq!(grant.privileges(), "SELECT, INSERT");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grant {
    privileges: String,
    role: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    grantable: bool,
}

impl Grant {
    /// `privileges` as they stand after `GRANT` (`SELECT, INSERT (name)`), for `role`; `PUBLIC` is everybody.
    pub fn new(privileges: impl Into<String>, role: impl Into<String>) -> Self {
        Self { privileges: privileges.into(), role: role.into(), grantable: false }
    }

    /// Says that the role may grant them on.
    #[must_use]
    pub fn grantable(mut self) -> Self {
        self.grantable = true;
        self
    }

    /// The privileges, as they stand after `GRANT`.
    pub fn privileges(&self) -> &str {
        &self.privileges
    }

    /// Who has them.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Whether the role may grant them on.
    pub fn is_grantable(&self) -> bool {
        self.grantable
    }
}

/// What only PostgreSQL has.
impl Table {
    /// Gives the table a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.attached.comment = Some(text.into());
        self
    }

    /// Says whose the table is.
    #[must_use]
    pub fn owned_by(mut self, role: impl Into<String>) -> Self {
        self.attached.owner = Some(role.into());
        self
    }

    /// Adds a privilege.
    #[must_use]
    pub fn with_grant(mut self, grant: Grant) -> Self {
        self.attached.grants.push(grant);
        self
    }

    /// Says that the table is not in the log, and so neither on standbys nor after a crash.
    #[must_use]
    pub fn unlogged(mut self) -> Self {
        self.attached.unlogged = true;
        self
    }

    /// Sets a storage parameter, such as `fillfactor`.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attached.options.insert(name.into(), value.into());
        self
    }

    /// Says in which tablespace the table is.
    #[must_use]
    pub fn in_tablespace(mut self, name: impl Into<String>) -> Self {
        self.attached.tablespace = Some(name.into());
        self
    }

    /// Says how rows are known to subscribers: `FULL`, `NOTHING`, `DEFAULT` or `USING INDEX name`.
    #[must_use]
    pub fn replica_identity(mut self, identity: impl Into<String>) -> Self {
        self.attached.replica_identity = Some(identity.into());
        self
    }

    /// Says that policies decide who sees which rows; `forced` for the owner too.
    #[must_use]
    pub fn row_security(mut self, forced: bool) -> Self {
        self.attached.row_security = true;
        self.attached.forced_row_security = forced;
        self
    }

    /// Says how the table is partitioned: `RANGE (at)`.
    #[must_use]
    pub fn partitioned_by(mut self, key: impl Into<String>) -> Self {
        self.attached.partitioned_by = Some(key.into());
        self
    }

    /// Says which part of `parent` the table is: `FOR VALUES FROM (1) TO (10)`, or `DEFAULT`.
    #[must_use]
    pub fn partition_of(mut self, parent: impl Into<ObjectName>, bounds: impl Into<String>) -> Self {
        self.attached.partition_of = Some(PartitionOf { parent: parent.into(), bounds: bounds.into() });
        self
    }

    /// Adds a table whose columns this one has (`INHERITS`).
    #[must_use]
    pub fn inheriting(mut self, parent: impl Into<ObjectName>) -> Self {
        self.attached.inherits.push(parent.into());
        self
    }

    /// The comment.
    pub fn comment_text(&self) -> Option<&str> {
        self.attached.comment.as_deref()
    }

    /// Whose the table is, where that is known.
    pub fn owner(&self) -> Option<&str> {
        self.attached.owner.as_deref()
    }

    /// The privileges, without the owner's own.
    pub fn grants(&self) -> &[Grant] {
        &self.attached.grants
    }

    /// Whether the table is not in the log.
    pub fn is_unlogged(&self) -> bool {
        self.attached.unlogged
    }

    /// The storage parameters, by name.
    pub fn options(&self) -> &BTreeMap<String, String> {
        &self.attached.options
    }

    /// The tablespace, `None` for the database's own.
    pub fn tablespace(&self) -> Option<&str> {
        self.attached.tablespace.as_deref()
    }

    /// How rows are known to subscribers; `DEFAULT` is by the primary key.
    pub fn replica_identity_clause(&self) -> &str {
        self.attached.replica_identity.as_deref().unwrap_or("DEFAULT")
    }

    /// Whether policies decide who sees which rows.
    pub fn has_row_security(&self) -> bool {
        self.attached.row_security
    }

    /// Whether policies bind the owner too.
    pub fn forces_row_security(&self) -> bool {
        self.attached.forced_row_security
    }

    /// How the table is partitioned, `None` if it is not.
    pub fn partition_key(&self) -> Option<&str> {
        self.attached.partitioned_by.as_deref()
    }

    /// The table that this one is a part of, and which part.
    pub fn parent(&self) -> Option<(&ObjectName, &str)> {
        self.attached.partition_of.as_ref().map(|part| (&part.parent, part.bounds.as_str()))
    }

    /// The tables whose columns this one has.
    pub fn parents(&self) -> &[ObjectName] {
        &self.attached.inherits
    }

    /// A table of its own with the same columns.
    pub(crate) fn unpartitioned(mut self) -> Self {
        self.attached = Attached { owner: self.attached.owner, ..Attached::default() };
        self
    }
}
