//! Going back.

use std::sync::Arc;
use std::time::Duration;

use migration_planner::run::{Event, Position, Progress};
use migration_planner::{Phase, Plan, Step, Undo, UndoPiece};
use rusqlite::Connection;

use super::{drift, load};
use crate::backfill::forget_cursor;
use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::lease::Lease;
use crate::{letters, shape, store, telemetry};

/// Undoes what was done, the last phase first, each phase in one transaction with its journal entries.
///
/// By the step, a process that is killed would leave half a phase behind: a column without the triggers that keep it equal to another,
/// and what is written to it meanwhile would go with it.
pub(super) fn all(database: &mut Database, lease: &Lease, tell: &mut dyn FnMut(&Progress)) -> Result<(), RunError> {
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    refuse_past_return(&plan, &position, 0)?;
    // Before anything is said or done; what happens in between is noticed in the transaction of each phase.
    if let Some(step) = plan.phases().iter().flat_map(|phase| touched(phase, &position)).find(|step| makes_anew(step)) {
        database.read(|connection| drift::refuse_to_lose(connection, &plan, step))?;
    }
    let mut back = Back { database, lease, plan: &plan, tell };
    if !position.is_rolling_back() {
        back.journal(&Event::RollbackStarted)?;
    }
    for phase in plan.phases().iter().rev() {
        let steps = touched(phase, &position);
        if !steps.is_empty() {
            back.undo(phase, &steps, &[], &[])?;
        }
    }
    back.journal(&Event::RolledBack)?;
    for phase in plan.phases() {
        telemetry::phase(&plan, phase.id(), "rolled-back");
    }
    Ok(())
}

/// Undoes the last phase of which anything was done, in one transaction.
pub(super) fn last_phase(
    database: &mut Database,
    lease: &Lease,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Option<String>, RunError> {
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.is_rolling_back() {
        return Err(RunError::RollingBack);
    }
    let Some(index) = position.last_phase(&plan) else { return Ok(None) };
    refuse_past_return(&plan, &position, index)?;
    let phase = &plan.phases()[index];
    let steps = touched(phase, &position);
    let mut back = Back { database, lease, plan: &plan, tell };
    back.undo(phase, &steps, &[Event::phase_undo_begun(phase.id())], &[Event::phase_undone(phase.id())])?;
    telemetry::phase(&plan, phase.id(), "rolled-back");
    Ok(Some(phase.id().to_owned()))
}

/// If a step from the phase at `from` on cannot be undone, none is.
fn refuse_past_return(plan: &Plan, position: &Position, from: usize) -> Result<(), RunError> {
    position.past_return(plan, from).map_or(Ok(()), |step| Err(RunError::past_return(step.id())))
}

/// The steps of a phase of which anything was done, in the order in which they are undone. SQLite refuses nothing in a transaction.
fn touched<'a>(phase: &'a Phase, position: &Position) -> Vec<&'a Step> {
    let pieces = phase.way_back(|step| position.has_touched(phase, step)).into_iter();
    let steps = pieces.flat_map(|piece| match piece {
        UndoPiece::Together(steps) => steps,
        UndoPiece::Outside(step) => vec![step],
    });
    steps.collect()
}

struct Back<'a> {
    database: &'a mut Database,
    lease: &'a Lease,
    plan: &'a Plan,
    tell: &'a mut dyn FnMut(&Progress),
}

impl Back<'_> {
    fn journal(&mut self, event: &Event) -> Result<(), RunError> {
        self.write(None, |connection, append, _| append(connection, event))
    }

    /// Undoes the steps of a phase, all or none, with what is in the journal before and after them.
    fn undo(&mut self, phase: &Phase, steps: &[&Step], before: &[Event], after: &[Event]) -> Result<(), RunError> {
        let (plan, clock) = (self.plan, Arc::clone(&self.database.options().clock));
        // A table that is rebuilt is dropped in between, which enforced references would not stand: the whole phase goes without.
        let rebuild = steps.iter().find(|step| makes_anew(step)).copied();
        let start = clock.now();
        let took: Vec<Duration> = self.write(rebuild, |connection, append, tell| {
            if let Some(step) = rebuild {
                drift::refuse_to_lose(connection, plan, step)?;
            }
            // No other step back takes away what others did, which stays and is in the journal.
            let differences = shape::differences(connection, plan)?.unwrap_or_default();
            if !differences.is_empty() {
                append(connection, &Event::drifted(differences.clone()))?;
                tell(&Progress::drifted(differences));
            }
            before.iter().try_for_each(|event| append(connection, event))?;
            let (mut took, mut began) = (Vec::new(), start);
            for step in steps {
                undo(connection, step, tell)?;
                forget_cursor(connection, plan.hash().as_str(), step.id())?;
                append(connection, &Event::step_undone(phase.id(), step.id()))?;
                tell(&Progress::step_journaled(step.id()));
                let now = clock.now();
                took.push(now.since(began));
                began = now;
            }
            after.iter().try_for_each(|event| append(connection, event))?;
            letters::restore(connection, plan, &store::origins(connection, plan.hash())?)?;
            shape::keep(connection, plan)?;
            Ok(took)
        })?;
        for (step, took) in steps.iter().zip(took) {
            telemetry::step_done(plan, step.id(), took, true);
            (self.tell)(&Progress::step_done(step.id(), took));
        }
        Ok(())
    }

    /// Does `work` in a transaction that holds the lease, one without enforced references where a table is rebuilt. What it is given
    /// writes to the journal.
    fn write<T>(
        &mut self,
        rebuild: Option<&Step>,
        mut work: impl FnMut(
            &Connection,
            &dyn Fn(&Connection, &Event) -> Result<(), RunError>,
            &mut dyn FnMut(&Progress),
        ) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let (clock, span) = (Arc::clone(&self.database.options().clock), self.database.options().lease);
        let (lease, plan, tell) = (self.lease, self.plan, &mut *self.tell);
        let append = |connection: &Connection, event: &Event| {
            store::append(connection, plan.hash(), lease.owner(), clock.now(), event)
        };
        let in_transaction = |connection: &Connection| {
            lease.renew(connection, clock.now().plus(span))?;
            work(connection, &append, tell)
        };
        match rebuild {
            Some(step) => self.database.write_unenforced(step.id(), in_transaction),
            None => self.database.write(in_transaction),
        }
    }
}

/// Whether a step is undone by making a table anew.
fn makes_anew(step: &Step) -> bool {
    matches!(step.undo(), Undo::Rebuild { .. })
}

fn undo(connection: &Connection, step: &Step, tell: &mut dyn FnMut(&Progress)) -> Result<(), RunError> {
    let (Undo::Sql { statements, .. } | Undo::Rebuild { statements, .. }) = step.undo() else { return Ok(()) };
    for (index, sql) in statements.iter().enumerate() {
        connection.execute_batch(sql).map_err(refused("undoing a step"))?;
        tell(&Progress::statement(step.id(), index));
    }
    Ok(())
}
