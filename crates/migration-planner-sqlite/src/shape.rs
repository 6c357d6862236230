//! The tables of a plan as the runner left them, to notice what others changed since.

use migration_planner::Plan;
use migration_planner::run::Event;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{RunError, refused};
use crate::introspect::read_schema;
use crate::store;

/// Made with the first plan that this version begins or goes on with; earlier versions neither make it nor look at it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS _cutover_shape (
    plan TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, lines TEXT NOT NULL
)";

/// What the plan's tables are now: a line for each column, constraint, index, trigger and view.
fn of(connection: &Connection, plan: &Plan) -> Result<Vec<String>, RunError> {
    let schema = read_schema(connection).map_err(refused("to be looked at"))?;
    let mut lines = Vec::new();
    for shape in plan.made_for() {
        lines.extend(schema.outline(shape.table()));
        lines.extend(own(connection, shape.table().name())?);
    }
    lines.sort_unstable();
    lines.dedup();
    Ok(lines)
}

/// What plans themselves hang on a table, which is in no schema: whoever takes away a trigger that keeps two columns equal changes it.
fn own(connection: &Connection, table: &str) -> Result<Vec<String>, RunError> {
    let read = || -> rusqlite::Result<Vec<String>> {
        connection
            .prepare(
                "SELECT tbl_name || ' ' || type || ' ' || name || ': ' || sql FROM main.sqlite_schema \
                 WHERE type IN ('index', 'trigger') AND tbl_name = ? COLLATE NOCASE \
                 AND name LIKE '\\_cutover\\_%' ESCAPE '\\' AND sql IS NOT NULL",
            )?
            .query_map([table], |row| row.get(0))?
            .collect()
    };
    read().map_err(refused("looking at a table"))
}

/// Keeps them as they are now, in the transaction that made them so and after its entry in the journal.
pub(crate) fn keep(connection: &Connection, plan: &Plan) -> Result<(), RunError> {
    let lines = serde_json::to_string(&of(connection, plan)?).expect("lines are text");
    connection.execute_batch(TABLE).map_err(refused("keeping the shape of tables"))?;
    let sql = "INSERT OR REPLACE INTO _cutover_shape (plan, seq, lines) \
               SELECT ?1, coalesce(max(seq), 0), ?2 FROM _cutover_journal WHERE plan = ?1";
    connection
        .execute(sql, params![plan.hash().as_str(), lines])
        .map_err(refused("keeping the shape of tables"))
        .map(drop)
}

/// What others changed since: `- ` before what there was, `+ ` before what there is. `None` where it is not known how they were left,
/// since an earlier version, which does not keep that, has worked on the plan last.
pub(crate) fn differences(connection: &Connection, plan: &Plan) -> Result<Option<Vec<String>>, RunError> {
    let Some(before) = kept(connection, plan)? else { return Ok(None) };
    let now = of(connection, plan)?;
    let missing = before.iter().filter(|line| !now.contains(line)).map(|line| format!("- {line}"));
    let added = now.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    Ok(Some(missing.chain(added).collect()))
}

/// What [`keep`] kept, unless somebody has worked on the plan since and has not kept it.
fn kept(connection: &Connection, plan: &Plan) -> Result<Option<Vec<String>>, RunError> {
    let exists: bool = connection
        .query_row("SELECT count(*) > 0 FROM main.sqlite_schema WHERE name = '_cutover_shape'", [], |row| row.get(0))
        .map_err(refused("reading the shape of tables"))?;
    if !exists {
        return Ok(None);
    }
    let sql = "SELECT seq, lines FROM _cutover_shape WHERE plan = ?";
    let row: Option<(i64, String)> = connection
        .query_row(sql, [plan.hash().as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(refused("reading the shape of tables"))?;
    let Some((seq, lines)) = row else { return Ok(None) };
    let changes = |event: &Event| matches!(event, Event::Adopted | Event::StepDone { .. } | Event::StepUndone { .. });
    let journal = store::journal(connection, plan.hash())?;
    if journal.iter().any(|entry| entry.seq > seq && changes(&entry.event)) {
        return Ok(None);
    }
    let lines = serde_json::from_str(&lines)
        .map_err(|error| RunError::journal(format!("how the plan's tables were left cannot be read: {error}")))?;
    Ok(Some(lines))
}
