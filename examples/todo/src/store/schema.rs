//! The tables before the change of the tour.

use rusqlite::Connection;

use super::StoreError;

/// Creates what is missing. `legacy_name` is not created in a file that lost it: the table is there already.
///
/// `AUTOINCREMENT` is what makes an id of a todo never come back. `users_named` leaves out the users without a name: it
/// is the trap the query `fancy` falls into.
pub(super) fn create(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS users (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             name TEXT NOT NULL,
             email TEXT NOT NULL,
             staff INTEGER NOT NULL DEFAULT 0,
             legacy_name TEXT
         );
         CREATE INDEX IF NOT EXISTS users_by_name ON users (name COLLATE NOCASE, id);
         CREATE INDEX IF NOT EXISTS users_named ON users (name COLLATE NOCASE, id) WHERE name <> '';
         CREATE TABLE IF NOT EXISTS todos (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             owner INTEGER NOT NULL REFERENCES users (id),
             title TEXT NOT NULL,
             done INTEGER NOT NULL DEFAULT 0
         );
         CREATE INDEX IF NOT EXISTS todos_by_owner ON todos (owner, id);
         COMMIT;",
    )?;
    Ok(())
}
