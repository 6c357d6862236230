//! Changes of what is in a table, and statements of the user's own.

use super::Change;
use crate::name::ObjectName;

impl Change {
    /// Set columns of the rows for which `needs` holds, some at a time: `fill("users", "age = 0", "age IS NULL")`. None must
    /// need it in the end. What was in the columns is gone.
    pub fn fill(table: impl Into<ObjectName>, set: impl Into<String>, needs: impl Into<String>) -> Self {
        Self::Fill { table: table.into(), set: set.into(), needs: needs.into() }
    }

    /// Delete the rows for which `when` holds, some at a time.
    pub fn delete_rows(table: impl Into<ObjectName>, when: impl Into<String>) -> Self {
        Self::DeleteRows { table: table.into(), when: when.into() }
    }

    /// Run statements of your own in one transaction. `undo` are those that undo them; without, they cannot be undone.
    ///
    /// ```
    /// use migration_planner::Change;
    ///
    /// let change = Change::sql(["CREATE TABLE t (id int)"], Some(&["DROP TABLE t"]));
    /// assert_eq!(change.to_string(), "run CREATE TABLE t (id int)");
    /// ```
    pub fn sql<S: Into<String>>(statements: impl IntoIterator<Item = S>, undo: Option<&[&str]>) -> Self {
        Self::Sql {
            statements: statements.into_iter().map(Into::into).collect(),
            undo: undo.map(|undo| undo.iter().map(|&sql| sql.to_owned()).collect()),
        }
    }
}
