//! What is done where the database has changed under a plan.

use std::sync::Arc;

use migration_planner::run::{Event, OnDrift, Progress};
use migration_planner::{Phase, Plan, Planner, Step, Timestamp, Undo, Work};
use rusqlite::Connection;

use super::{begin, roll_back};
use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::introspect::introspection;
use crate::lease::Lease;
use crate::{shape, store, telemetry};

/// Compares the plan's tables with how they were left; gives the plan to go on with.
pub(super) fn settled(
    database: &mut Database,
    lease: &Lease,
    plan: Plan,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Plan, RunError> {
    let known = database.read(|connection| shape::differences(connection, &plan))?;
    let differences = match known {
        Some(differences) if differences.is_empty() => return Ok(plan),
        Some(differences) => differences,
        None => {
            // They are what they are, and from here on it is known.
            write(database, lease, |connection, _| shape::keep(connection, &plan))?;
            return Ok(plan);
        }
    };
    telemetry::drifted(&plan, &differences);
    let on_drift = database.options().on_drift;
    match on_drift {
        OnDrift::Accept => refuse_to_accept(&plan, &differences)?,
        OnDrift::Replan => {}
        _ => return Err(RunError::drifted(differences)),
    }
    tell(&Progress::drifted(differences));
    write(database, lease, |connection, now| {
        // What is in the journal is what is accepted: others may have gone on in between.
        let differences = shape::differences(connection, &plan)?.unwrap_or_default();
        store::append(connection, plan.hash(), lease.owner(), now, &Event::drifted(differences))?;
        // What is to be undone has to be told from what others did until it is.
        if on_drift == OnDrift::Accept { shape::keep(connection, &plan) } else { Ok(()) }
    })?;
    if on_drift == OnDrift::Accept { Ok(plan) } else { anew(database, lease, &plan, tell) }
}

/// A table that the plan makes anew, forward or back, would come out as it was planned, whatever was accepted.
fn refuse_to_accept(plan: &Plan, differences: &[String]) -> Result<(), RunError> {
    let mut steps = plan.phases().iter().flat_map(Phase::steps);
    steps
        .find(|step| makes_anew(step))
        .map_or(Ok(()), |step| Err(RunError::would_lose(step.id(), differences.to_vec())))
}

/// Undoes what was done, and begins a plan of the same change for the database as it is then.
fn anew(
    database: &mut Database,
    lease: &Lease,
    plan: &Plan,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Plan, RunError> {
    roll_back::all(database, lease, tell)?;
    let found = database.read(|connection| introspection(connection).map_err(refused("to be looked at")))?;
    let planner = Planner::new(&found.schema, found.server).consumers(plan.consumers().to_vec());
    let planned = planner.policy(database.options().policy.clone()).plan(plan.change());
    let planned = planned.map_err(RunError::cannot_replan)?;
    write(database, lease, |connection, now| begin::adopt(connection, &planned, lease, now))?;
    Ok(planned)
}

/// Writes under the lease.
fn write(
    database: &mut Database,
    lease: &Lease,
    mut work: impl FnMut(&Connection, Timestamp) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let (clock, span) = (Arc::clone(&database.options().clock), database.options().lease);
    database.write(|connection| {
        let now = clock.now();
        lease.renew(connection, now.plus(span))?;
        work(connection, now)
    })
}

/// Refuses a step where others have changed a table since the phase was begun. To be called in the transaction of the step.
pub(super) fn refuse(connection: &Connection, plan: &Plan, step: &Step) -> Result<(), RunError> {
    if matches!(step.work(), Work::Rebuild { .. }) {
        return refuse_to_lose(connection, plan, step);
    }
    let differences = shape::differences(connection, plan)?.unwrap_or_default();
    if differences.is_empty() { Ok(()) } else { Err(RunError::drifted(differences)) }
}

/// Refuses to make a table anew, forward or back, that somebody has changed: the statements are of the time of the plan. To be called
/// in the transaction that does it.
pub(super) fn refuse_to_lose(connection: &Connection, plan: &Plan, step: &Step) -> Result<(), RunError> {
    let differences = shape::differences(connection, plan)?.unwrap_or_default();
    if differences.is_empty() { Ok(()) } else { Err(RunError::would_lose(step.id(), differences)) }
}

/// Whether a step makes a table anew, forward or back.
fn makes_anew(step: &Step) -> bool {
    matches!(step.work(), Work::Rebuild { .. }) || matches!(step.undo(), Undo::Rebuild { .. })
}
