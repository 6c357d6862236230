//! The runner's own tables in the target database.

use migration_planner::run::{Event, JournalEntry};
use migration_planner::{Evidence, Fingerprint, Plan, Timestamp};
use postgres::types::{ToSql, Type};
use postgres::{GenericClient, Row, Transaction};

use crate::error::DatabaseError;
use crate::lease::LOCK;
use crate::run_error::{RunError, refused};

/// The version of these tables.
const FORMAT: i32 = 1;

/// A value that goes into a statement, with its type.
pub(crate) type Given<'a> = (&'a (dyn ToSql + Sync), Type);

/// Runs a statement of our own.
pub(crate) fn query(
    client: &mut impl GenericClient,
    what: &str,
    sql: &str,
    given: &[Given<'_>],
) -> Result<Vec<Row>, RunError> {
    client.query_typed(sql, given).map_err(refused(what))
}

/// Whether the tables are there, and of the version this crate writes.
pub(crate) fn exists(client: &mut impl GenericClient) -> Result<bool, RunError> {
    // Looked up by name, since a role without rights in that schema would be refused.
    let sql = "SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'cutover' AND c.relname = 'format')";
    let found = query(client, "looking for the journal", sql, &[])?;
    if !found.first().is_some_and(|row| row.get(0)) {
        return Ok(false);
    }
    let rows = query(client, "reading the journal's format", "SELECT version FROM cutover.format", &[])?;
    match rows.first().map(|row| row.get::<_, i32>(0)) {
        Some(FORMAT) => Ok(true),
        Some(other) => Err(RunError::journal(format!("it has format {other}, this version knows {FORMAT}"))),
        None => Err(RunError::journal("it does not say which format it has")),
    }
}

/// Makes the tables if they are not there.
pub(crate) fn ensure(client: &mut impl GenericClient) -> Result<(), RunError> {
    if exists(client)? {
        return Ok(());
    }
    // Two that make them at once would have one of them refused.
    let locked = query(client, "a lock", "SELECT pg_try_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)])?;
    if !locked.first().is_some_and(|row| row.get(0)) {
        return Err(DatabaseError::busy().into());
    }
    // Another one may have made them before it let go of the lock.
    if exists(client)? {
        return Ok(());
    }
    client.batch_execute(include_str!("store/tables.sql")).map_err(refused("making the journal's tables"))?;
    query(client, "the journal's format", "INSERT INTO cutover.format VALUES ($1)", &[(&FORMAT, Type::INT4)]).map(drop)
}

pub(crate) fn save_plan(client: &mut impl GenericClient, plan: &Plan, now: Timestamp) -> Result<(), RunError> {
    let sql = "INSERT INTO cutover.plan (hash, json, adopted_ms) VALUES ($1, $2, $3) \
         ON CONFLICT (hash) DO UPDATE SET adopted_ms = excluded.adopted_ms";
    let given: [Given<'_>; 3] =
        [(&plan.hash().as_str(), Type::TEXT), (&plan.to_json(), Type::TEXT), (&millis(now), Type::INT8)];
    query(client, "keeping the plan", sql, &given).map(drop)
}

/// The plan that was adopted last, if any.
pub(crate) fn current_plan(client: &mut Transaction<'_>) -> Result<Option<Plan>, RunError> {
    if !exists(client)? {
        return Ok(None);
    }
    let sql = "SELECT p.hash, p.json FROM cutover.journal AS j JOIN cutover.plan AS p ON p.hash = j.plan \
         ORDER BY j.seq DESC LIMIT 1";
    let rows = query(client, "reading the plan", sql, &[])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let plan = Plan::from_json(row.get(1)).map_err(RunError::stored_plan)?;
    if plan.hash().as_str() != row.get::<_, &str>(0) {
        return Err(RunError::journal("the plan was replaced by another one"));
    }
    Ok(Some(plan))
}

/// Writes into the journal, under a lease or without one.
pub(crate) fn append(
    client: &mut impl GenericClient,
    plan: &Fingerprint,
    runner: &str,
    fence: Option<i64>,
    now: Timestamp,
    event: &Event,
) -> Result<(), RunError> {
    let event = serde_json::to_string(event).expect("events have string keys");
    let sql =
        "INSERT INTO cutover.journal (plan, at_ms, runner, fence, event) VALUES ($1, $2, $3, $4, $5::text::jsonb)";
    let given: [Given<'_>; 5] = [
        (&plan.as_str(), Type::TEXT),
        (&millis(now), Type::INT8),
        (&runner, Type::TEXT),
        (&fence, Type::INT8),
        (&event, Type::TEXT),
    ];
    query(client, "a journal entry", sql, &given).map(drop)
}

/// The journal of `plan` since it was adopted last.
pub(crate) fn journal(client: &mut impl GenericClient, plan: &Fingerprint) -> Result<Vec<JournalEntry>, RunError> {
    let sql = "SELECT seq, at_ms, runner, fence, event::text FROM cutover.journal WHERE plan = $1 ORDER BY seq";
    let mut entries = Vec::new();
    for row in query(client, "reading the journal", sql, &[(&plan.as_str(), Type::TEXT)])? {
        let seq: i64 = row.get(0);
        let event: Event = serde_json::from_str(row.get(4))
            .map_err(|error| RunError::journal(format!("entry {seq} cannot be read: {error}")))?;
        if event == Event::Adopted {
            entries.clear();
        }
        entries.push(JournalEntry::new(seq, timestamp(row.get(1)), row.get::<_, String>(2), event).under(row.get(3)));
    }
    Ok(entries)
}

pub(crate) fn record(client: &mut impl GenericClient, evidence: &Evidence, now: Timestamp) -> Result<(), RunError> {
    let json = serde_json::to_string(evidence).expect("evidence has string keys");
    let sql = "INSERT INTO cutover.evidence (recorded_ms, json) VALUES ($1, $2)";
    query(client, "keeping evidence", sql, &[(&millis(now), Type::INT8), (&json, Type::TEXT)]).map(drop)
}

pub(crate) fn evidence(client: &mut impl GenericClient) -> Result<Vec<Evidence>, RunError> {
    let rows = query(client, "reading evidence", "SELECT seq, json FROM cutover.evidence ORDER BY seq", &[])?;
    let read = |row: &Row| {
        let seq: i64 = row.get(0);
        serde_json::from_str(row.get(1))
            .map_err(|error| RunError::journal(format!("evidence {seq} cannot be read: {error}")))
    };
    rows.iter().map(read).collect()
}

pub(crate) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_unix_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(u64::try_from(millis).unwrap_or(0))
}
