//! Looks up whether a step has been done.

use migration_planner::{ObjectName, Probe, Step};
use postgres::GenericClient;
use postgres::types::Type;

use crate::name::qualified;
use crate::run_error::{RunError, of_step};
use crate::store::{Given, query};

/// Whether the catalog says that a step is done; `false` where it cannot tell.
pub(crate) fn is_done(client: &mut impl GenericClient, step: &Step) -> Result<bool, RunError> {
    match step.done_when() {
        Probe::Holds { query, .. } => holds(client, step.id(), query),
        Probe::ColumnExists { table, column, .. } => column_that(client, table, column, "true"),
        Probe::ColumnAbsent { table, column, .. } => {
            Ok(relation_exists(client, table)? && !column_that(client, table, column, "true")?)
        }
        Probe::ColumnNullable { table, column, .. } => column_that(client, table, column, "NOT attnotnull"),
        Probe::TriggersExist { names, .. } => Ok(triggers(client, names)? == names.len()),
        Probe::TriggersAbsent { names, .. } => Ok(triggers(client, names)? == 0),
        Probe::IndexExists { name, .. } => relation_exists(client, &name.as_str().into()),
        Probe::IndexAbsent { name, .. } => Ok(!relation_exists(client, &name.as_str().into())?),
        _ => Ok(false),
    }
}

/// Asks a query of the plan that returns one row with one boolean.
pub(crate) fn holds(client: &mut impl GenericClient, step: &str, sql: &str) -> Result<bool, RunError> {
    let rows = client.query_typed(sql, &[]).map_err(of_step(step))?;
    Ok(rows.first().is_some_and(|row| row.try_get(0).unwrap_or(false)))
}

fn relation_exists(client: &mut impl GenericClient, name: &ObjectName) -> Result<bool, RunError> {
    let given: [Given<'_>; 1] = [(&qualified(name), Type::TEXT)];
    let rows = query(client, "looking up a relation", "SELECT to_regclass($1) IS NOT NULL", &given)?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

fn column_that(
    client: &mut impl GenericClient,
    table: &ObjectName,
    column: &str,
    what: &str,
) -> Result<bool, RunError> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped AND {what})"
    );
    let given: [Given<'_>; 2] = [(&qualified(table), Type::TEXT), (&column, Type::TEXT)];
    let rows = query(client, "looking up a column", &sql, &given)?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

fn triggers(client: &mut impl GenericClient, names: &[String]) -> Result<usize, RunError> {
    let sql = "SELECT count(DISTINCT tgname) FROM pg_trigger WHERE tgname = ANY ($1) AND NOT tgisinternal";
    let rows = query(client, "looking up triggers", sql, &[(&names, Type::NAME_ARRAY)])?;
    let found = rows.first().map_or(0, |row| row.get::<_, i64>(0));
    Ok(usize::try_from(found).unwrap_or(0))
}
