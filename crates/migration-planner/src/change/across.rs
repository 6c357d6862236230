//! Changes that move values from one table to another.

use super::Change;
use crate::name::ObjectName;
use crate::schema::Table;

impl Change {
    /// Move columns of `table` to the table `to`, where rows belong together by `on`: pairs of a column of the one and a column of
    /// the other, unique in both. Until everybody has moved, both places are kept equal.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::move_columns("users", ["bio"], "profiles", [("id", "user_id")]);
    /// assert_eq!(change.to_string(), "move columns bio of users to profiles");
    /// ```
    pub fn move_columns<C: Into<String>, A: Into<String>, B: Into<String>>(
        table: impl Into<ObjectName>,
        columns: impl IntoIterator<Item = C>,
        to: impl Into<ObjectName>,
        on: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        Self::MoveColumns {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            to: to.into(),
            on: pairs(on),
        }
    }

    /// Move columns of `table` to a new table, with one row for each. `on` are pairs of a column of `table` and a column of `into`,
    /// whose key they are. Until everybody has moved, both are kept equal.
    pub fn split_table<C: Into<String>, A: Into<String>, B: Into<String>>(
        table: impl Into<ObjectName>,
        columns: impl IntoIterator<Item = C>,
        into: Table,
        on: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        Self::SplitTable {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            into: Box::new(into),
            on: pairs(on),
        }
    }

    /// Move everything in `table` to the table `into`, whose rows are the same by `on`, pairs of a column of the one and a column of
    /// the other; then `table` goes. Until everybody has moved, both are kept equal.
    pub fn merge_tables<A: Into<String>, B: Into<String>>(
        table: impl Into<ObjectName>,
        into: impl Into<ObjectName>,
        on: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        Self::MergeTables { table: table.into(), into: into.into(), on: pairs(on) }
    }

    /// Put a reference into a table of its own, so that a row can refer to several: `column` of `table` becomes rows of `into`, whose
    /// columns `own` and `other` hold the row's key and what it refers to, and are its key. Until everybody has moved, the column
    /// holds one of them.
    pub fn make_junction(
        table: impl Into<ObjectName>,
        column: impl Into<String>,
        into: Table,
        own: impl Into<String>,
        other: impl Into<String>,
    ) -> Self {
        Self::MakeJunction {
            table: table.into(),
            column: column.into(),
            into: Box::new(into),
            own: own.into(),
            other: other.into(),
        }
    }
}

fn pairs<A: Into<String>, B: Into<String>>(on: impl IntoIterator<Item = (A, B)>) -> Vec<(String, String)> {
    on.into_iter().map(|(a, b)| (a.into(), b.into())).collect()
}
