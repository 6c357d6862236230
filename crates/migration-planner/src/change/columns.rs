//! Changes of columns.

use super::{Change, Derived};
use crate::name::ObjectName;
use crate::schema::{Column, ColumnSetting, Constraint, Identity, Object};

impl Change {
    /// Add a column at the end. For one that is NOT NULL and has no default, say what the rows that are there get:
    /// [`filled_with`](Self::filled_with).
    pub fn add_column(table: impl Into<ObjectName>, column: Column) -> Self {
        Self::AddColumn {
            table: table.into(),
            column: Box::new(column),
            constraints: Vec::new(),
            fill: None,
            announced: false,
        }
    }

    /// For a column that is added: a constraint over it, added after it in the way that holds no lock for long. For a
    /// constraint that is added: another one, each in transactions of its own. Has no effect on other changes.
    #[must_use]
    pub fn with_constraint(mut self, constraint: Constraint) -> Self {
        if let Self::AddColumn { constraints: more, .. } | Self::AddConstraint { more, .. } = &mut self {
            more.push(constraint);
        }
        self
    }

    /// For a column that is added: it waits until every consumer can live with it, as a column that frameworks give a meaning to
    /// (`type`) has to. Has no effect on other changes.
    #[must_use]
    pub fn announced(mut self) -> Self {
        if let Self::AddColumn { announced, .. } = &mut self {
            *announced = true;
        }
        self
    }

    /// Remove `column` from `table`, and what is in it.
    pub fn drop_column(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self::DropColumn {
            table: table.into(),
            column: column.into(),
            fill: None,
            replaced: Vec::new(),
            kept_by_children: false,
        }
    }

    /// For a column that is removed: the tables that inherit from this one keep it, with what is in it, as a column of their own. It is
    /// not hidden first then, since the server gives it one name in all of them. Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::drop_column("places", "population").kept_by_children();
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn kept_by_children(mut self) -> Self {
        if let Self::DropColumn { kept_by_children, .. } = &mut self {
            *kept_by_children = true;
        }
        self
    }

    /// For a column that is removed: objects that name it, as they are to be without it. They take the place of what has their
    /// name before the column is hidden, so that nothing goes with it unsaid. Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::{Change, Object};
    ///
    /// let names = Object::parse("CREATE VIEW names AS SELECT id FROM users").expect("it is a view");
    /// let change = Change::drop_column("users", "legacy_name").replacing([names]);
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn replacing(mut self, objects: impl IntoIterator<Item = Object>) -> Self {
        if let Self::DropColumn { replaced, .. } = &mut self {
            replaced.extend(objects);
        }
        self
    }

    /// Remove the column that has the name of this one, and what is in it, and add this one in its place. Between the two
    /// everybody has stopped using the name, so that nobody takes one for the other.
    pub fn replace_column(table: impl Into<ObjectName>, column: Column) -> Self {
        Self::ReplaceColumn { table: table.into(), column: Box::new(column), fill: None }
    }

    /// Give `column` of `table` the name `to`. Until everybody has moved, both names work.
    pub fn rename_column(table: impl Into<ObjectName>, column: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameColumn { table: table.into(), column: column.into(), to: to.into() }
    }

    /// What rows get that have no value of their own, an SQL expression:
    /// - for a column that is added NOT NULL, or made so, the rows that are there;
    /// - for a column that is removed and was NOT NULL without a default, rows written without it, should that be rolled back.
    ///
    /// Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::drop_column("users", "legacy_name").filled_with("''");
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn filled_with(mut self, expression: impl Into<String>) -> Self {
        if let Self::DropColumn { fill, .. }
        | Self::AddColumn { fill, .. }
        | Self::ReplaceColumn { fill, .. }
        | Self::SetNotNull { fill, .. } = &mut self
        {
            *fill = Some(expression.into());
        }
        self
    }

    /// Put what is in one column into several. Until everybody has moved, all are kept equal in meaning: what is written to the
    /// new ones gives the old one its value by the expression `back`; without it, the new ones are not for writing meanwhile.
    ///
    /// ```
    /// use migration_planner::{Change, Column, Derived};
    ///
    /// let change = Change::split_column(
    ///     "users",
    ///     "name",
    ///     [
    ///         Derived::new(Column::new("first_name", "text"), "split_part(name, ' ', 1)"),
    ///         Derived::new(Column::new("last_name", "text"), "split_part(name, ' ', 2)"),
    ///     ],
    ///     Some("first_name || ' ' || last_name"),
    /// );
    /// assert_eq!(change.to_string(), "split column users.name into first_name, last_name");
    /// ```
    pub fn split_column(
        table: impl Into<ObjectName>,
        column: impl Into<String>,
        into: impl IntoIterator<Item = Derived>,
        back: Option<&str>,
    ) -> Self {
        Self::SplitColumn {
            table: table.into(),
            column: column.into(),
            into: into.into_iter().collect(),
            back: back.map(str::to_owned),
        }
    }

    /// Put what is in several columns into one. `back` has one expression for each of them, or none: then the new one is not
    /// for writing until everybody has moved.
    pub fn merge_columns<C: Into<String>, B: Into<String>>(
        table: impl Into<ObjectName>,
        columns: impl IntoIterator<Item = C>,
        into: Derived,
        back: impl IntoIterator<Item = B>,
    ) -> Self {
        Self::MergeColumns {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            into: Box::new(into),
            back: back.into_iter().map(Into::into).collect(),
        }
    }

    /// Give a column another type. Where the stored values stay as they are this is one step; else a second column takes over.
    pub fn change_type(table: impl Into<ObjectName>, column: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self::ChangeType {
            table: table.into(),
            column: column.into(),
            data_type: data_type.into(),
            up: None,
            down: None,
            valid: None,
        }
    }

    /// Replace what is in a column by an expression of it, its type staying what it is: hash it, encrypt it. What was in it is
    /// gone in the end.
    pub fn transform_column(
        table: impl Into<ObjectName>,
        column: impl Into<String>,
        data_type: impl Into<String>,
        up: impl Into<String>,
    ) -> Self {
        Self::change_type(table, column, data_type).converted_by(up, None)
    }

    /// For a column whose type changes: the expressions that make a new value of an old one and an old one of a new one, where
    /// a cast does not do. Without `down` the new form is not for writing until everybody has moved. Has no effect on other
    /// changes.
    #[must_use]
    pub fn converted_by(mut self, new: impl Into<String>, old: Option<&str>) -> Self {
        if let Self::ChangeType { up, down, .. } = &mut self {
            *up = Some(new.into());
            *down = old.map(str::to_owned);
        }
        self
    }

    /// For a column whose type changes and some of whose values cannot be converted: an SQL condition that says of a row
    /// whether its value can. Rows that break it are looked for before anything is changed, and refused from then on, so that
    /// no writer fails for a reason that is not told. Has no effect on other changes.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::change_type("hosts", "address", "inet").convertible_when("address ~ '^[0-9.]+$'");
    /// # let _ = change;
    /// ```
    #[must_use]
    pub fn convertible_when(mut self, condition: impl Into<String>) -> Self {
        if let Self::ChangeType { valid, .. } = &mut self {
            *valid = Some(condition.into());
        }
        self
    }

    /// Give a column a default, or take it away. Rows that are there stay as they are.
    pub fn set_default(table: impl Into<ObjectName>, column: impl Into<String>, default: Option<&str>) -> Self {
        Self::SetDefault { table: table.into(), column: column.into(), default: default.map(str::to_owned) }
    }

    /// Make a column reject NULL. Say with [`filled_with`](Self::filled_with) what rows get that have none.
    pub fn set_not_null(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self::SetNotNull { table: table.into(), column: column.into(), fill: None }
    }

    /// Let a column be NULL, once everybody who reads it can live with that.
    pub fn drop_not_null(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self::DropNotNull { table: table.into(), column: column.into() }
    }

    /// Let PostgreSQL number the rows by `GENERATED .. AS IDENTITY` instead of a default that calls a sequence; `None` to stop.
    pub fn set_identity(table: impl Into<ObjectName>, column: impl Into<String>, identity: Option<Identity>) -> Self {
        Self::SetIdentity { table: table.into(), column: column.into(), identity }
    }

    /// Make a generated column an ordinary one that keeps its values.
    pub fn drop_expression(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self::DropExpression { table: table.into(), column: column.into() }
    }

    /// Set `STATISTICS`, `STORAGE` or `COMPRESSION` of a column.
    pub fn set_column(
        table: impl Into<ObjectName>,
        column: impl Into<String>,
        setting: ColumnSetting,
        value: impl Into<String>,
    ) -> Self {
        Self::SetColumn { table: table.into(), column: column.into(), setting, value: value.into() }
    }

    /// Give a column a comment, or take it away.
    pub fn comment_on_column(table: impl Into<ObjectName>, column: impl Into<String>, comment: Option<&str>) -> Self {
        Self::CommentOnColumn { table: table.into(), column: column.into(), comment: comment.map(str::to_owned) }
    }
}
