//! What a runner would do, found out without writing anything.

use std::error::Error;

use migration_planner::run::{DryRun, Position};
use migration_planner::{Phase, Plan, Step};
use rusqlite::Connection;

use super::{gates, load};
use crate::connection::Database;
use crate::error::RunError;
use crate::rehearsal::Rehearsal;
use crate::{pause, probe, shape};

pub(super) fn forward(database: &mut Database) -> Result<DryRun, RunError> {
    let now = database.options().clock.now();
    let missing_privileges = missing_privileges(database)?;
    database.read_without_writing(|connection| {
        let (plan, position) = load(connection)?.ok_or(RunError::NoPlan)?;
        if position.is_rolling_back() {
            return Err(RunError::RollingBack);
        }
        let mut dry_run = DryRun::forward(&plan, &position, &gates::evidence(connection, &plan)?, now);
        let rehearsal = Rehearsal::of(connection)?;
        for step in of_dry_run(&plan, &dry_run.clone()) {
            let found_done = probe::holds(connection, step.done_when())?;
            for told in dry_run.steps.iter_mut().filter(|told| told.step == step.id()) {
                told.found_done = found_done;
            }
            if !found_done && dry_run.would_fail.is_none() {
                dry_run.would_fail = failure(rehearsal.forward(step))?;
            }
        }
        answer(connection, &plan, dry_run, &missing_privileges)
    })
}

pub(super) fn back(database: &mut Database) -> Result<DryRun, RunError> {
    let missing_privileges = missing_privileges(database)?;
    database.read_without_writing(|connection| {
        let (plan, position): (Plan, Position) = load(connection)?.ok_or(RunError::NoPlan)?;
        let mut dry_run = DryRun::back(&plan, &position).map_err(|step| RunError::past_return(step.id()))?;
        let rehearsal = Rehearsal::of(connection)?;
        for step in of_dry_run(&plan, &dry_run.clone()) {
            if dry_run.would_fail.is_none() {
                dry_run.would_fail = failure(rehearsal.back(step))?;
            }
        }
        answer(connection, &plan, dry_run, &missing_privileges)
    })
}

/// The steps that an answer tells of.
fn of_dry_run<'a>(plan: &'a Plan, dry_run: &'a DryRun) -> impl Iterator<Item = &'a Step> {
    let find = |phase: &str, step: &str| {
        let phase = plan.phases().iter().find(|known| known.id() == phase);
        phase.map_or(&[][..], Phase::steps).iter().find(|known| known.id() == step)
    };
    dry_run.steps.iter().filter_map(move |told| find(&told.phase, &told.step))
}

/// What would fail, and why.
fn failure(rehearsed: Result<(), RunError>) -> Result<Option<(String, String)>, RunError> {
    match rehearsed {
        Ok(()) => Ok(None),
        Err(ref error @ RunError::WouldFail { ref step, .. }) => {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Ok(Some((step.clone(), why)))
        }
        Err(error) => Err(error),
    }
}

fn answer(
    connection: &Connection,
    plan: &Plan,
    mut dry_run: DryRun,
    missing_privileges: &[String],
) -> Result<DryRun, RunError> {
    dry_run.drift = shape::differences(connection, plan)?.unwrap_or_default();
    dry_run.paused = pause::of(connection, plan.hash())?;
    dry_run.missing_privileges = missing_privileges.to_vec();
    Ok(dry_run)
}

fn missing_privileges(database: &Database) -> Result<Vec<String>, RunError> {
    let missing = "the file, or the directory it is in, cannot be written by this user";
    Ok(if database.is_read_only()? { vec![missing.to_owned()] } else { Vec::new() })
}
