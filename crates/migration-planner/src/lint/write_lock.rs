//! What a statement does to whoever else writes where all writers take turns, as on SQLite.

use super::compatibility::Said;
use super::hazard::Hazard;
use crate::postgres::cursor::Cursor;
use crate::sql::Dialect;

/// A statement that writes to every row of a table that others use, and so keeps all who write waiting to its end.
pub(super) fn unbounded_write(
    statement: &str,
    is_used: impl Fn(&str) -> bool,
    is_small: impl Fn(&str) -> bool,
) -> Option<Said> {
    let mut cursor = Cursor::of(statement, Dialect::Sqlite);
    // DELETE without a condition is none: SQLite then gives the pages back without a look at the rows.
    if !cursor.eat("update") {
        return None;
    }
    if cursor.eat("or") {
        cursor.skip_one();
    }
    let table = cursor.name()?;
    // A condition within parentheses is one of another query.
    if cursor.skip_past("where") || !is_used(&table) || is_small(&table) {
        return None;
    }
    Some(Said {
        hazard: Hazard::UnboundedWrite,
        message: format!(
            "updates every row of `{table}` in one go: whoever else writes to the database, to any table, waits until the end of the transaction"
        ),
        instead: vec![format!("go through `{table}` in key order, some thousand rows in a transaction of their own")],
    })
}
