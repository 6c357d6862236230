//! What is done where the database has changed under a plan.

use migration_planner::run::{Event, OnDrift, Position, Progress};
use migration_planner::{Plan, Planner};
use postgres::Transaction;

use super::{begin, roll_back};
use crate::introspect;
use crate::run_error::RunError;
use crate::turn::{Tell, Turn};
use crate::{shape, store, telemetry};

/// Compares the plan's tables with how they were left; gives the plan to go on with.
pub(super) fn settled(turn: &mut Turn<'_>, plan: Plan, position: &Position, tell: Tell<'_>) -> Result<Plan, RunError> {
    if position.has_open_step(&plan) {
        // What was begun outside of a transaction may have been done and not been written down.
        return Ok(plan);
    }
    let differences = turn.database.read(|transaction| shape::differences(transaction, &plan))?;
    if differences.is_empty() {
        return Ok(plan);
    }
    telemetry::drifted(&plan, &differences);
    match turn.database.options().on_drift {
        OnDrift::Accept | OnDrift::Replan => tell(&Progress::drifted(differences.clone())),
        _ => return Err(RunError::drifted(differences)),
    }
    let (limits, lease, clock) = (turn.database.options().own_limits(), turn.lease.clone(), turn.clock());
    turn.write("go on", &limits, tell, |transaction, _| {
        let event = Event::drifted(differences.clone());
        store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), &event)?;
        shape::keep(transaction, &plan)
    })?;
    if turn.database.options().on_drift == OnDrift::Accept { Ok(plan) } else { anew(turn, &plan, tell) }
}

/// Undoes what was done, and begins a plan of the same change for the database as it is then.
fn anew(turn: &mut Turn<'_>, plan: &Plan, tell: Tell<'_>) -> Result<Plan, RunError> {
    roll_back::all(turn, tell)?;
    let found = introspect::read(turn.database.client()?)?;
    let planner = Planner::new(&found.schema, found.server).consumers(plan.consumers().to_vec());
    let planned = planner.policy(turn.database.options().policy.clone()).plan(plan.change());
    let planned = planned.map_err(RunError::cannot_replan)?;
    let (limits, lease, clock) = (turn.database.options().own_limits(), turn.lease.clone(), turn.clock());
    turn.write("begin", &limits, tell, |transaction, _| begin::adopt(transaction, &planned, &lease, clock.now()))?;
    Ok(planned)
}

/// Refuses a step where others have changed a table of the plan since the step before. To be called in the transaction of the step,
/// ahead of its work.
pub(super) fn refuse(transaction: &mut Transaction<'_>, plan: &Plan) -> Result<(), RunError> {
    let differences = shape::differences(transaction, plan)?;
    if differences.is_empty() { Ok(()) } else { Err(RunError::drifted(differences)) }
}
