//! The runner's own tables in the target database.

use migration_planner::run::{Event, JournalEntry};
use migration_planner::{Evidence, Fingerprint, Plan, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RunError, refused};
use crate::letters;

/// The version of these tables, until a plan is paused.
const FORMAT: i64 = 1;

/// The version once a plan was paused, see [`pause`](crate::pause): whoever knows nothing of pauses must not go on.
const WITH_PAUSES: i64 = 2;

/// Everything starts with [`RESERVED_PREFIX`](migration_planner::RESERVED_PREFIX). No AUTOINCREMENT, which would leave
/// SQLite's own `sqlite_sequence` behind. The journal only grows: triggers refuse anything else.
const TABLES: &str = "
CREATE TABLE _cutover_format (version INTEGER NOT NULL);
CREATE TABLE _cutover_plan (hash TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL, adopted_ms INTEGER NOT NULL);
CREATE TABLE _cutover_origin (plan TEXT NOT NULL, name TEXT NOT NULL, sql TEXT NOT NULL, PRIMARY KEY (plan, name));
CREATE TABLE _cutover_journal (
    seq INTEGER PRIMARY KEY, plan TEXT NOT NULL, at_ms INTEGER NOT NULL, runner TEXT NOT NULL, event TEXT NOT NULL
);
CREATE TRIGGER _cutover_journal_keeps BEFORE UPDATE ON _cutover_journal
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
CREATE TRIGGER _cutover_journal_stays BEFORE DELETE ON _cutover_journal
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
CREATE TABLE _cutover_cursor (
    plan TEXT NOT NULL, step TEXT NOT NULL, part INTEGER NOT NULL, value, rows INTEGER NOT NULL,
    PRIMARY KEY (plan, step, part)
);
CREATE TABLE _cutover_evidence (seq INTEGER PRIMARY KEY, recorded_ms INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE _cutover_lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, fence INTEGER NOT NULL, until_ms INTEGER NOT NULL
);
";

/// Whether the tables are there, and of the version this crate writes.
pub(crate) fn exists(connection: &Connection) -> Result<bool, RunError> {
    let found: i64 = connection
        .query_row("SELECT count(*) FROM main.sqlite_schema WHERE name = '_cutover_format'", [], |row| row.get(0))
        .map_err(refused("to be read"))?;
    if found == 0 {
        return Ok(false);
    }
    let version: Option<i64> = connection
        .query_row("SELECT version FROM _cutover_format", [], |row| row.get(0))
        .optional()
        .map_err(refused("reading the journal's format"))?;
    match version {
        Some(FORMAT..=WITH_PAUSES) => Ok(true),
        Some(other) => Err(RunError::journal(format!("it has format {other}, this version knows {WITH_PAUSES}"))),
        None => Err(RunError::journal("it does not say which format it has")),
    }
}

/// Makes the tables if they are not there.
pub(crate) fn ensure(connection: &Connection) -> Result<(), RunError> {
    if exists(connection)? {
        return Ok(());
    }
    connection.execute_batch(TABLES).map_err(refused("the journal's tables"))?;
    connection
        .execute("INSERT INTO _cutover_format (version) VALUES (?)", [FORMAT])
        .map_err(refused("the journal's format"))?;
    Ok(())
}

/// Says that there are pauses from now on.
pub(crate) fn announce_pauses(connection: &Connection) -> Result<(), RunError> {
    connection
        .execute("UPDATE _cutover_format SET version = ?", [WITH_PAUSES])
        .map_err(refused("the journal's format"))
        .map(drop)
}

pub(crate) fn save_plan(connection: &Connection, plan: &Plan, now: Timestamp) -> Result<(), RunError> {
    connection
        .execute(
            "INSERT INTO _cutover_plan (hash, json, adopted_ms) VALUES (?, ?, ?) \
             ON CONFLICT (hash) DO UPDATE SET adopted_ms = excluded.adopted_ms",
            params![plan.hash().as_str(), plan.to_json(), millis(now)],
        )
        .map_err(refused("keeping the plan"))?;
    Ok(())
}

/// Keeps the definitions of a plan's tables as they were when it was begun.
pub(crate) fn save_origins(connection: &Connection, plan: &Plan) -> Result<(), RunError> {
    for (name, sql) in letters::definitions(connection, plan)? {
        connection
            .execute(
                "INSERT OR REPLACE INTO _cutover_origin (plan, name, sql) VALUES (?, ?, ?)",
                params![plan.hash().as_str(), name, sql],
            )
            .map_err(refused("keeping a definition"))?;
    }
    Ok(())
}

/// What [`save_origins`] kept: name and text.
pub(crate) fn origins(connection: &Connection, plan: &Fingerprint) -> Result<Vec<(String, String)>, RunError> {
    let read = || -> rusqlite::Result<Vec<(String, String)>> {
        connection
            .prepare("SELECT name, sql FROM _cutover_origin WHERE plan = ? ORDER BY name")?
            .query_map([plan.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    };
    read().map_err(refused("reading a definition"))
}

/// The plan that was adopted last, if any.
pub(crate) fn current_plan(connection: &Connection) -> Result<Option<Plan>, RunError> {
    if !exists(connection)? {
        return Ok(None);
    }
    let stored: Option<(String, String)> = connection
        .query_row(
            "SELECT p.hash, p.json FROM _cutover_journal AS j JOIN _cutover_plan AS p ON p.hash = j.plan \
             ORDER BY j.seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(refused("reading the plan"))?;
    let Some((hash, json)) = stored else { return Ok(None) };
    let plan = Plan::from_json(&json).map_err(RunError::stored_plan)?;
    if plan.hash().as_str() != hash {
        return Err(RunError::journal("the plan was replaced by another one"));
    }
    Ok(Some(plan))
}

pub(crate) fn append(
    connection: &Connection,
    plan: &Fingerprint,
    runner: &str,
    now: Timestamp,
    event: &Event,
) -> Result<(), RunError> {
    let event = serde_json::to_string(event).expect("events have string keys");
    connection
        .execute(
            "INSERT INTO _cutover_journal (plan, at_ms, runner, event) VALUES (?, ?, ?, ?)",
            params![plan.as_str(), millis(now), runner, event],
        )
        .map_err(refused("a journal entry"))?;
    Ok(())
}

/// The journal of `plan` since it was adopted last.
pub(crate) fn journal(connection: &Connection, plan: &Fingerprint) -> Result<Vec<JournalEntry>, RunError> {
    let read = || -> rusqlite::Result<Vec<(i64, i64, String, String)>> {
        connection
            .prepare("SELECT seq, at_ms, runner, event FROM _cutover_journal WHERE plan = ? ORDER BY seq")?
            .query_map([plan.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
    };
    let mut entries = Vec::new();
    for (seq, at, runner, event) in read().map_err(refused("reading the journal"))? {
        let event: Event = serde_json::from_str(&event)
            .map_err(|error| RunError::journal(format!("entry {seq} cannot be read: {error}")))?;
        if event == Event::Adopted {
            entries.clear();
        }
        entries.push(JournalEntry::new(seq, timestamp(at), runner, event));
    }
    Ok(entries)
}

pub(crate) fn record(connection: &Connection, evidence: &Evidence, now: Timestamp) -> Result<(), RunError> {
    let json = serde_json::to_string(evidence).expect("evidence has string keys");
    connection
        .execute("INSERT INTO _cutover_evidence (recorded_ms, json) VALUES (?, ?)", params![millis(now), json])
        .map_err(refused("keeping evidence"))?;
    Ok(())
}

pub(crate) fn evidence(connection: &Connection) -> Result<Vec<Evidence>, RunError> {
    let read = || -> rusqlite::Result<Vec<(i64, String)>> {
        connection
            .prepare("SELECT seq, json FROM _cutover_evidence ORDER BY seq")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    };
    read()
        .map_err(refused("reading evidence"))?
        .into_iter()
        .map(|(seq, json)| {
            serde_json::from_str(&json)
                .map_err(|error| RunError::journal(format!("evidence {seq} cannot be read: {error}")))
        })
        .collect()
}

pub(crate) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_unix_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(u64::try_from(millis).unwrap_or(0))
}
