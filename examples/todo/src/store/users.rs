//! Users, and the query that the tour replaces.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, StoreError};
use crate::user::{Found, NameStart, NewUser, User};

/// The three ways to find users whose name starts with a text, in the order of their names.
///
/// All of them ignore the case of ASCII letters, and an empty text finds everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsersQuery {
    /// Reads every row of the table and compares `legacy_name`, a copy of the name in capitals. Slow.
    Old,
    /// Reads the range of the index over `name`.
    New,
    /// Reads a smaller index, which leaves out users with an empty name: the planted bug.
    Fancy,
}

/// Whether a write keeps `legacy_name` up to date for those who still read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegacyName {
    /// The column is written.
    Kept,
    /// The column is not named in any statement.
    LeftAlone,
}

impl Store {
    /// The user `id`, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn user(&self, id: i64) -> Result<Option<User>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(SHOWING)?;
            let user = statement.query_row([id], |row| {
                Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)?, staff: row.get(3)? })
            });
            Ok(user.optional()?)
        })
    }

    /// Adds a user and returns the id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be written.
    pub fn add_user(&self, new: &NewUser, legacy: LegacyName) -> Result<i64, StoreError> {
        self.write(|connection| {
            let mut statement = connection.prepare_cached(adding(legacy))?;
            Ok(statement.query_row(params![new.name, new.email], |row| row.get(0))?)
        })
    }

    /// Changes the user `id`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where there is none.
    pub fn edit_user(&self, id: i64, new: &NewUser, legacy: LegacyName) -> Result<(), StoreError> {
        let changed = self.write(|connection| {
            Ok(connection.prepare_cached(editing(legacy))?.execute(params![id, new.name, new.email])?)
        })?;
        if changed == 0 { Err(StoreError::Missing { what: "user", id }) } else { Ok(()) }
    }

    /// Calls `work` with the searches of one moment: each one sees the same rows, whatever others write meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn searching<T>(&self, work: impl FnOnce(&Searches<'_>) -> T) -> Result<T, StoreError> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            let outcome = work(&Searches { connection: &moment });
            moment.finish()?;
            Ok(outcome)
        })
    }
}

/// Searches that see the rows of one moment.
#[derive(Debug)]
pub struct Searches<'a> {
    connection: &'a Connection,
}

impl Searches<'_> {
    /// The first `limit` users whose name starts with `start`, found by `query`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn starting_with(&self, query: UsersQuery, start: &NameStart, limit: u32) -> Result<Vec<Found>, StoreError> {
        let start = start.as_str();
        let bound = if query == UsersQuery::Old { pattern(start) } else { after_all(start) };
        let mut statement = self.connection.prepare_cached(finding(query))?;
        if query != UsersQuery::Old {
            statement.raw_bind_parameter(3, start)?;
        }
        statement.raw_bind_parameter(1, bound)?;
        statement.raw_bind_parameter(2, limit)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Found { id: row.get(0)?, name: row.get(1)? });
        }
        Ok(found)
    }
}

/// Every statement on `users` that the service may run when it finds them by `query` and treats `legacy_name` so: what has to
/// be rehearsed before the table is changed.
pub fn statements_on_users(query: UsersQuery, legacy: LegacyName) -> [&'static str; 4] {
    [SHOWING, finding(query), adding(legacy), editing(legacy)]
}

const SHOWING: &str = "SELECT id, name, email, staff FROM users WHERE id = ?1";

fn adding(legacy: LegacyName) -> &'static str {
    match legacy {
        LegacyName::Kept => "INSERT INTO users (name, email, legacy_name) VALUES (?1, ?2, upper(?1)) RETURNING id",
        LegacyName::LeftAlone => "INSERT INTO users (name, email) VALUES (?1, ?2) RETURNING id",
    }
}

fn editing(legacy: LegacyName) -> &'static str {
    match legacy {
        LegacyName::Kept => "UPDATE users SET name = ?2, email = ?3, legacy_name = upper(?2) WHERE id = ?1",
        LegacyName::LeftAlone => "UPDATE users SET name = ?2, email = ?3 WHERE id = ?1",
    }
}

fn finding(query: UsersQuery) -> &'static str {
    match query {
        UsersQuery::Old => {
            r"SELECT id, name FROM users WHERE legacy_name LIKE ?1 ESCAPE '\' ORDER BY legacy_name COLLATE NOCASE, id LIMIT ?2"
        }
        UsersQuery::New => {
            "SELECT id, name FROM users INDEXED BY users_by_name
             WHERE name COLLATE NOCASE >= ?3 AND name COLLATE NOCASE < ?1
             ORDER BY name COLLATE NOCASE, id LIMIT ?2"
        }
        UsersQuery::Fancy => {
            "SELECT id, name FROM users INDEXED BY users_named
             WHERE name <> '' AND name COLLATE NOCASE >= ?3 AND name COLLATE NOCASE < ?1
             ORDER BY name COLLATE NOCASE, id LIMIT ?2"
        }
    }
}

/// The pattern of `LIKE` for texts that start with `start`, with its wildcards taken as they stand.
fn pattern(start: &str) -> String {
    let mut pattern = String::with_capacity(start.len() + 1);
    for c in start.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A text that sorts after every name that starts with `start`: no name holds the last character of Unicode.
fn after_all(start: &str) -> String {
    format!("{start}\u{10FFFF}")
}

#[cfg(test)]
mod tests {
    use super::{after_all, pattern};

    #[test]
    fn wildcards_in_a_search_stand_for_themselves() {
        assert_eq!(pattern("50%_a"), r"50\%\_a%");
    }

    #[test]
    fn every_longer_name_sorts_before_the_upper_bound() {
        assert!(*"annabel" < *after_all("ann"));
        assert!(*"ann" < *after_all("ann"));
    }
}
