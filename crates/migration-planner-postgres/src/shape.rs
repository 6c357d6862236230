//! The tables of a plan as the runner left them, to notice what others changed since.

use migration_planner::Plan;
use postgres::GenericClient;
use postgres::types::Type;

use crate::name::qualified;
use crate::run_error::RunError;
use crate::store::{Given, query};

/// What the plan's tables are now: a line for each column, constraint, index and so on.
pub(crate) fn of(client: &mut impl GenericClient, plan: &Plan) -> Result<Vec<String>, RunError> {
    let mut lines = Vec::new();
    for shape in plan.made_for() {
        let name = qualified(shape.table());
        let rows = query(client, "looking at a table", include_str!("shape.sql"), &[(&name, Type::TEXT)])?;
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    Ok(lines)
}

/// Keeps them as they are now, in the transaction that made them so.
pub(crate) fn keep(client: &mut impl GenericClient, plan: &Plan) -> Result<(), RunError> {
    let lines = of(client, plan)?;
    let sql = "INSERT INTO cutover.shape (plan, lines) VALUES ($1, $2) ON CONFLICT (plan) DO UPDATE SET lines = excluded.lines";
    let given: [Given<'_>; 2] = [(&plan.hash().as_str(), Type::TEXT), (&lines, Type::TEXT_ARRAY)];
    query(client, "keeping the shape of tables", sql, &given).map(drop)
}

/// What others changed since: `- ` before what there was, `+ ` before what there is.
pub(crate) fn differences(client: &mut impl GenericClient, plan: &Plan) -> Result<Vec<String>, RunError> {
    let sql = "SELECT lines FROM cutover.shape WHERE plan = $1";
    let rows = query(client, "reading the shape of tables", sql, &[(&plan.hash().as_str(), Type::TEXT)])?;
    let Some(before) = rows.first().map(|row| row.get::<_, Vec<String>>(0)) else {
        return Err(RunError::journal("it does not say how the plan's tables were left"));
    };
    let now = of(client, plan)?;
    let missing = before.iter().filter(|line| !now.contains(line)).map(|line| format!("- {line}"));
    let added = now.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    Ok(missing.chain(added).collect())
}
