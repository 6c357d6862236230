//! What a plan's own triggers counted, as evidence.

use migration_planner::{Evidence, Finding, Plan, Window, Work};
use rusqlite::Connection;

use crate::error::{RunError, refused};
use crate::introspect::quoted;
use crate::store::timestamp;

/// One record per consumer, since triggers do not see who wrote; none where nothing was written.
pub(crate) fn writes(connection: &Connection, plan: &Plan) -> Result<Vec<Evidence>, RunError> {
    let mut found = Vec::new();
    for step in plan.phases().iter().flat_map(migration_planner::Phase::steps) {
        let Work::WatchWrites { object, counter, .. } = step.work() else { continue };
        let Some((writes, window)) = counted(connection, counter)? else { continue };
        for consumer in plan.consumers() {
            let finding = Finding::usage(1, 0, writes, 0);
            let author = "the plan's triggers, which cannot tell who it was";
            found.push(Evidence::new(consumer.name(), object.clone(), finding, window, author));
        }
    }
    Ok(found)
}

fn counted(connection: &Connection, counter: &str) -> Result<Option<(u64, Window)>, RunError> {
    let exists: bool = connection
        .query_row("SELECT count(*) > 0 FROM main.sqlite_schema WHERE type = 'table' AND name = ?", [counter], |row| {
            row.get(0)
        })
        .map_err(refused("looking up an object"))?;
    if !exists {
        return Ok(None);
    }
    let sql = format!("SELECT writes, first_ms, last_ms FROM {} WHERE writes > 0", quoted(counter));
    let mut statement = connection.prepare(&sql).map_err(refused("reading who writes"))?;
    let read = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)));
    let rows: Vec<(i64, i64, i64)> = read.and_then(Iterator::collect).map_err(refused("reading who writes"))?;
    Ok(rows.first().map(|(writes, first, last)| {
        let (first, last) = (timestamp(*first), timestamp(*last));
        (writes.unsigned_abs(), Window::new(first, last).unwrap_or(Window::instant(last)))
    }))
}
