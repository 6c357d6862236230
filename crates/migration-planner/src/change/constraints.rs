//! Changes of constraints and indexes.

use super::Change;
use crate::name::ObjectName;
use crate::schema::{Constraint, Index};

impl Change {
    /// Add a constraint: a check, a foreign key, a unique or primary key, an exclusion.
    pub fn add_constraint(table: impl Into<ObjectName>, constraint: Constraint) -> Self {
        Self::AddConstraint {
            table: table.into(),
            constraint: Box::new(constraint),
            surplus: None,
            more: Vec::new(),
            index: None,
            converting: false,
        }
    }

    /// For a unique constraint or a primary key over rows that are not unique yet: which rows go, an SQL condition. They are
    /// deleted for good before the constraint is added. Has no effect on other changes.
    #[must_use]
    pub fn without_rows(mut self, condition: impl Into<String>) -> Self {
        if let Self::AddConstraint { surplus, .. } = &mut self {
            *surplus = Some(condition.into());
        }
        self
    }

    /// For a foreign key that is added: an index over its columns, built before it, so that deleting a row of the other table
    /// need not read all of this one. Has no effect on other changes.
    #[must_use]
    pub fn indexed_by(mut self, by: Index) -> Self {
        if let Self::AddConstraint { index, .. } = &mut self {
            *index = Some(Box::new(by));
        }
        self
    }

    /// For a foreign key that is added on PostgreSQL: columns of this table that are of another type than those they refer to get that type
    /// first, in the phases of [`change_type`](Self::change_type). Without it such a key is refused. Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::{Change, Constraint};
    ///
    /// let key = Constraint::foreign_key(["user_id"], "users", ["id"]);
    /// let change = Change::add_constraint("orders", key).converting();
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn converting(mut self) -> Self {
        if let Self::AddConstraint { converting, .. } = &mut self {
            *converting = true;
        }
        self
    }

    /// Have all rows checked against a constraint that so far only new rows are.
    pub fn validate_constraint(table: impl Into<ObjectName>, name: impl Into<String>) -> Self {
        Self::ValidateConstraint { table: table.into(), name: name.into() }
    }

    /// Remove a constraint.
    pub fn drop_constraint(table: impl Into<ObjectName>, name: impl Into<String>) -> Self {
        Self::DropConstraint { table: table.into(), name: name.into() }
    }

    /// Give a constraint another name.
    pub fn rename_constraint(table: impl Into<ObjectName>, name: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameConstraint { table: table.into(), name: name.into(), to: to.into() }
    }

    /// Put `by` in the place of a constraint, under its name, so that at every moment one of them holds: another action of a
    /// foreign key, other columns of a primary key.
    pub fn replace_constraint(table: impl Into<ObjectName>, name: impl Into<String>, by: Constraint) -> Self {
        Self::ReplaceConstraint { table: table.into(), name: name.into(), by: Box::new(by) }
    }

    /// Add a check to a domain.
    pub fn add_domain_check(
        domain: impl Into<ObjectName>,
        name: impl Into<String>,
        expression: impl Into<String>,
    ) -> Self {
        Self::AddDomainCheck { domain: domain.into(), name: name.into(), expression: expression.into() }
    }

    /// Build an index while others read and write.
    pub fn create_index(table: impl Into<ObjectName>, index: Index) -> Self {
        Self::CreateIndex { table: table.into(), index: Box::new(index) }
    }

    /// Remove an index.
    pub fn drop_index(index: impl Into<ObjectName>) -> Self {
        Self::DropIndex { index: index.into() }
    }

    /// Put another index in the place of one, under its name, so that at every moment one of them can be used.
    pub fn replace_index(index: impl Into<ObjectName>, by: Index) -> Self {
        Self::ReplaceIndex { index: index.into(), by: Box::new(by) }
    }

    /// Give an index another name.
    pub fn rename_index(index: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        Self::RenameIndex { index: index.into(), to: to.into() }
    }

    /// Build an index anew: because it has grown, or because an attempt to build it was cut off and left it not valid.
    pub fn reindex(index: impl Into<ObjectName>) -> Self {
        Self::Reindex { index: index.into() }
    }

    /// Let the server look at a table's values, as it should after an index over expressions was built.
    pub fn analyze(table: impl Into<ObjectName>) -> Self {
        Self::Analyze { table: table.into() }
    }
}
