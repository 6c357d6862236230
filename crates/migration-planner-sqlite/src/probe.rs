//! Looks up whether a step has been done.

use migration_planner::Probe;
use rusqlite::{Connection, params};

use crate::error::{RunError, refused};

/// Whether the catalog says that `probe` holds; `false` where it cannot tell.
pub(crate) fn holds(connection: &Connection, probe: &Probe) -> Result<bool, RunError> {
    match probe {
        Probe::ColumnExists { table, column, .. } => Ok(column_fact(connection, table.name(), column)?.is_some()),
        Probe::ColumnAbsent { table, column, .. } => Ok(object_exists(connection, "table", table.name())?
            && column_fact(connection, table.name(), column)?.is_none()),
        Probe::ColumnNullable { table, column, .. } => {
            Ok(column_fact(connection, table.name(), column)? == Some(false))
        }
        Probe::TriggersExist { names, .. } => all(names, |name| object_exists(connection, "trigger", name)),
        Probe::TriggersAbsent { names, .. } => all(names, |name| Ok(!object_exists(connection, "trigger", name)?)),
        Probe::IndexExists { name, .. } => object_exists(connection, "index", name),
        Probe::IndexAbsent { name, .. } => Ok(!object_exists(connection, "index", name)?),
        _ => Ok(false),
    }
}

/// Whether a column is NOT NULL; `None` if there is no such column.
fn column_fact(connection: &Connection, table: &str, column: &str) -> Result<Option<bool>, RunError> {
    let mut statement = connection
        .prepare("SELECT max(\"notnull\") FROM pragma_table_xinfo(?, 'main') WHERE name = ? COLLATE NOCASE")
        .map_err(refused("looking up a column"))?;
    statement.query_row(params![table, column], |row| row.get(0)).map_err(refused("looking up a column"))
}

fn object_exists(connection: &Connection, kind: &str, name: &str) -> Result<bool, RunError> {
    connection
        .query_row(
            "SELECT count(*) > 0 FROM main.sqlite_schema WHERE type = ? AND name = ? COLLATE NOCASE",
            params![kind, name],
            |row| row.get(0),
        )
        .map_err(refused("looking up an object"))
}

fn all(names: &[String], holds: impl Fn(&str) -> Result<bool, RunError>) -> Result<bool, RunError> {
    for name in names {
        if !holds(name)? {
            return Ok(false);
        }
    }
    Ok(true)
}
