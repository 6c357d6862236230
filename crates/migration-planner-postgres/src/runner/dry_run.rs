//! What a runner would do, found out without writing anything.

use migration_planner::run::{DryRun, Position};
use migration_planner::{Plan, Timestamp};
use postgres::Transaction;
use postgres::types::Type;

use super::{gates, load};
use crate::blockers;
use crate::name::qualified;
use crate::run_error::RunError;
use crate::store::{Given, query};
use crate::{pause, probe, shape};

pub(super) fn forward(client: &mut Transaction<'_>, now: Timestamp) -> Result<DryRun, RunError> {
    let (plan, position) = load(client)?.ok_or(RunError::NoPlan)?;
    if position.is_rolling_back() {
        return Err(RunError::RollingBack);
    }
    let dry_run = DryRun::forward(&plan, &position, &gates::evidence(client)?, now);
    looked_at(client, &plan, &position, dry_run, Way::Forward)
}

pub(super) fn back(client: &mut Transaction<'_>) -> Result<DryRun, RunError> {
    let (plan, position) = load(client)?.ok_or(RunError::NoPlan)?;
    let dry_run = DryRun::back(&plan, &position).map_err(|step| RunError::past_return(step.id()))?;
    looked_at(client, &plan, &position, dry_run, Way::Back)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
}

/// Adds what the database says.
fn looked_at(
    client: &mut Transaction<'_>,
    plan: &Plan,
    position: &Position,
    mut dry_run: DryRun,
    way: Way,
) -> Result<DryRun, RunError> {
    for told in &mut dry_run.steps {
        let phase = plan.phases().iter().find(|phase| phase.id() == told.phase);
        let step = phase.and_then(|phase| phase.steps().iter().find(|step| step.id() == told.step));
        let Some(step) = step else { continue };
        told.found_done = way == Way::Forward && probe::is_done(client, step)?;
        let tables: Vec<String> = step.impact().locks().iter().map(|held| qualified(held.table())).collect();
        told.in_the_way = blockers::holding(client, &tables)?;
    }
    if !position.is_over() && !position.has_open_step(plan) {
        dry_run.drift = shape::differences(client, plan)?;
    }
    dry_run.paused = pause::of(client, plan.hash())?;
    dry_run.missing_privileges = missing_privileges(client, plan)?;
    Ok(dry_run)
}

/// Changing a table takes being its owner, or a member of the role that is.
fn missing_privileges(client: &mut Transaction<'_>, plan: &Plan) -> Result<Vec<String>, RunError> {
    let tables: Vec<String> = plan.made_for().iter().map(|shape| qualified(shape.table())).collect();
    let sql = "SELECT format('must be owner of table %s, which is %s', t.name, c.relowner::regrole) FROM unnest($1::text[]) AS t (name) \
         JOIN pg_class AS c ON c.oid = to_regclass(t.name) WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1";
    let given: [Given<'_>; 1] = [(&tables, Type::TEXT_ARRAY)];
    Ok(query(client, "looking up privileges", sql, &given)?.iter().map(|row| row.get(0)).collect())
}
