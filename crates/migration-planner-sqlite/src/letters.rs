//! Restores the text of a table's definition where going back restored its meaning.
//!
//! SQLite keeps the text of `CREATE TABLE` as its catalog, and edits it: a `NOT NULL` that was dropped and set again comes
//! back at another place, and the comment beside it does not come back at all. Where the meaning is the original one, the
//! text is put back by the procedure that SQLite documents for changes of the text alone
//! (<https://sqlite.org/lang_altertable.html#otheralter>).

use migration_planner::Plan;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RunError, refused};
use crate::introspect::read_schema;

/// The definitions of the tables a plan is made for, as they are now: name and text.
pub(crate) fn definitions(connection: &Connection, plan: &Plan) -> Result<Vec<(String, String)>, RunError> {
    let mut found = Vec::new();
    for shape in plan.made_for() {
        let row = connection
            .query_row(
                "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
                [shape.table().name()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(refused("reading a definition"))?;
        found.extend(row);
    }
    Ok(found)
}

/// Puts back the text of those tables whose meaning is again what the plan was made for. To be called in the transaction
/// that changed them, which has told other connections to look at the schema again.
pub(crate) fn restore(connection: &Connection, plan: &Plan, originals: &[(String, String)]) -> Result<(), RunError> {
    let now = definitions(connection, plan)?;
    for (name, sql) in originals.iter().filter(|original| !now.contains(original)) {
        let schema = read_schema(connection).map_err(refused("to be looked at"))?;
        let shape = plan.made_for().iter().find(|shape| shape.table().matches(&name.as_str().into()));
        let restored =
            shape.is_some_and(|shape| schema.fingerprint(shape.table()).as_ref() == Some(shape.fingerprint()));
        if restored {
            write(connection, name, sql)?;
        }
    }
    Ok(())
}

fn write(connection: &Connection, name: &str, sql: &str) -> Result<(), RunError> {
    let refused = || refused("restoring the text of a definition");
    connection.execute_batch("PRAGMA writable_schema = ON").map_err(refused())?;
    let written = connection
        .execute("UPDATE main.sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", params![sql, name])
        .map_err(refused());
    // Also ends the permission, whatever came of it, and reads the text that was written.
    connection.execute_batch("PRAGMA writable_schema = RESET").map_err(refused())?;
    written.map(|_| ())
}
