//! The tables, and which version of them there is.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::error::StoreError;

/// What this version knows. A store has format 1 until a layer or a holdout is put into it, so that processes of the version
/// before go on with it as long as they can.
const FORMAT: i64 = 2;
/// The first format that has layers and holdouts.
const FORMAT_WITH_SECTIONS: i64 = 2;
const TABLES: [&str; 4] = ["flag_store", "flag_states", "flag_segments", "flag_changes"];

/// The revision is that of the newest change; states with `body` NULL are tombstones, as are segments with `hashes` NULL.
/// Bodies are flags in JSON, `hashes` a segment's as little-endian numbers of 64 bits, times milliseconds since 1970.
const CREATE: &str = "
    CREATE TABLE flag_store (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        format INTEGER NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT;
    INSERT INTO flag_store VALUES (1, 1, 0);
    CREATE TABLE flag_states (
        name TEXT PRIMARY KEY,
        revision INTEGER NOT NULL UNIQUE,
        body TEXT
    ) STRICT;
    CREATE TABLE flag_segments (
        revision INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        path TEXT,
        hashes BLOB
    ) STRICT;
    CREATE INDEX flag_segments_by_name ON flag_segments (name, revision);
    CREATE TABLE flag_changes (
        revision INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        who TEXT,
        why TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment')),
        name TEXT NOT NULL,
        before TEXT,
        after TEXT,
        undoes INTEGER
    ) STRICT;
    CREATE INDEX flag_changes_by_name ON flag_changes (name, revision);
    CREATE INDEX flag_changes_by_time ON flag_changes (at_ms, revision);
";

/// Layers and holdouts are kept in their history alone, which for them is what they are: there are few, and few changes. It is
/// a table of its own, with the columns of `flag_changes`, so that nothing which is there is touched.
const ADD_SECTIONS: &str = "
    CREATE TABLE flag_section_changes (
        revision INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        who TEXT,
        why TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('layer', 'holdout')),
        name TEXT NOT NULL,
        before TEXT,
        after TEXT,
        undoes INTEGER
    ) STRICT;
    CREATE INDEX flag_section_changes_by_name ON flag_section_changes (kind, name, revision);
    UPDATE flag_store SET format = 2;
";

/// How long one that could not prepare the store waits before it tries again.
const PAUSE: Duration = Duration::from_millis(2);

/// Makes the tables if there are none; `Err` if they are of a newer version, or some are gone.
///
/// SQLite lets nobody wait who changes the mode of the journal while another looks at the file, since the two could wait for
/// each other: so it is tried again from the start, where nothing is held, for as long as a change would wait.
pub(crate) fn prepare(connection: &mut Connection, read_only: bool, busy_timeout: Duration) -> Result<(), StoreError> {
    let started = Instant::now();
    loop {
        match prepare_once(connection, read_only) {
            Err(StoreError::Locked { .. }) if started.elapsed() < busy_timeout => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn prepare_once(connection: &mut Connection, read_only: bool) -> Result<(), StoreError> {
    if read_only || has(connection, TABLES[0])? {
        return check(connection);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    // Another process may have made them meanwhile.
    if !has(&transaction, TABLES[0])? {
        transaction.execute_batch(CREATE)?;
    }
    check(&transaction)?;
    Ok(transaction.commit()?)
}

/// Asked again in every change: another process may have brought the store to a newer version meanwhile.
pub(crate) fn check_format(connection: &Connection) -> Result<(), StoreError> {
    match format(connection)? {
        found if found > FORMAT => Err(StoreError::NewerFormat { found, known: FORMAT }),
        _ => Ok(()),
    }
}

/// Whether the store can hold layers and holdouts, and so may have some.
pub(crate) fn has_sections(connection: &Connection) -> Result<bool, StoreError> {
    Ok(format(connection)? >= FORMAT_WITH_SECTIONS)
}

/// Lets the store hold layers and holdouts, in the transaction that puts the first.
pub(crate) fn add_sections(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    if has_sections(transaction)? { Ok(()) } else { Ok(transaction.execute_batch(ADD_SECTIONS)?) }
}

/// The history of everything, as what a query selects from.
pub(crate) fn changes(connection: &Connection) -> Result<&'static str, StoreError> {
    let both = "(SELECT * FROM flag_changes UNION ALL SELECT * FROM flag_section_changes)";
    Ok(if has_sections(connection)? { both } else { "flag_changes" })
}

fn format(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT format FROM flag_store", [], |row| row.get(0))?)
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    check_format(connection)?;
    match TABLES.into_iter().find_map(|table| match has(connection, table) {
        Ok(true) => None,
        Ok(false) => Some(StoreError::MissingTable { table: table.to_owned() }),
        Err(error) => Some(error),
    }) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn has(connection: &Connection, table: &str) -> Result<bool, StoreError> {
    let found = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", [table], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
