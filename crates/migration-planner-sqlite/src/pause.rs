//! Whether somebody has paused a plan.

use migration_planner::Fingerprint;
use migration_planner::run::Pause;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RunError, refused};
use crate::store::{announce_pauses, millis, timestamp};

/// Made with the first pause: databases of earlier versions have none, and need none until then.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS _cutover_pause (
    plan TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL
)";

/// The pause that a plan is in, if any.
pub(crate) fn of(connection: &Connection, plan: &Fingerprint) -> Result<Option<Pause>, RunError> {
    if !is_there(connection)? {
        return Ok(None);
    }
    let sql = "SELECT at_ms, author, reason FROM _cutover_pause WHERE plan = ?";
    connection
        .query_row(sql, [plan.as_str()], |row| {
            Ok(Pause::new(timestamp(row.get(0)?), row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })
        .optional()
        .map_err(refused("looking for a pause"))
}

pub(crate) fn begin(connection: &Connection, plan: &Fingerprint, pause: &Pause) -> Result<(), RunError> {
    connection.execute_batch(TABLE).map_err(refused("pausing the plan"))?;
    announce_pauses(connection)?;
    let sql = "INSERT OR REPLACE INTO _cutover_pause (plan, at_ms, author, reason) VALUES (?, ?, ?, ?)";
    connection
        .execute(sql, params![plan.as_str(), millis(pause.at), pause.author, pause.reason])
        .map_err(refused("pausing the plan"))
        .map(drop)
}

pub(crate) fn end(connection: &Connection, plan: &Fingerprint) -> Result<(), RunError> {
    if !is_there(connection)? {
        return Ok(());
    }
    connection
        .execute("DELETE FROM _cutover_pause WHERE plan = ?", [plan.as_str()])
        .map_err(refused("ending a pause"))
        .map(drop)
}

fn is_there(connection: &Connection) -> Result<bool, RunError> {
    let sql = "SELECT count(*) > 0 FROM main.sqlite_schema WHERE name = '_cutover_pause'";
    connection.query_row(sql, [], |row| row.get(0)).map_err(refused("looking for a pause"))
}
