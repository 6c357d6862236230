//! Going back.

use std::sync::Arc;

use migration_planner::{Phase, Plan, Step, Undo};
use rusqlite::Connection;

use super::load;
use crate::backfill::forget_cursor;
use crate::connection::Database;
use crate::error::RunError;
use crate::journal::Event;
use crate::lease::Lease;
use crate::letters;
use crate::progress::Progress;
use crate::store;

/// Undoes what was done, the last phase first, each phase in one transaction with its journal entries.
///
/// By the step, a process that is killed would leave half a phase behind: a column without the triggers that keep it equal to another,
/// and what is written to it meanwhile would go with it.
pub(super) fn roll_back(
    database: &mut Database,
    lease: &Lease,
    tell: &mut dyn FnMut(&Progress),
) -> Result<(), RunError> {
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    let done = |phase: &Phase, step: &Step| position.has_step(phase, step.id()) || position.is_begun(phase, step.id());
    let phases: Vec<(&Phase, Vec<&Step>)> = plan
        .phases()
        .iter()
        .rev()
        .map(|phase| (phase, phase.inverse_steps().filter(|step| done(phase, step)).collect()))
        .collect();
    let mut steps = phases.iter().flat_map(|(_, steps)| steps);
    if let Some(step) = steps.find(|step| *step.undo() == Undo::Impossible) {
        return Err(RunError::PastReturn { step: step.id().to_owned() });
    }
    let mut back = Back { database, lease, plan: &plan, tell };
    if !position.rolling_back {
        back.journal(&Event::RollbackStarted)?;
    }
    for (phase, steps) in phases.into_iter().filter(|(_, steps)| !steps.is_empty()) {
        back.undo(phase, &steps)?;
    }
    back.journal(&Event::RolledBack)?;
    for phase in plan.phases() {
        crate::measure::phase(&plan, phase.id(), "rolled-back");
    }
    Ok(())
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

    /// Undoes the steps of a phase, all or none.
    fn undo(&mut self, phase: &Phase, steps: &[&Step]) -> Result<(), RunError> {
        let plan = self.plan;
        // A table that is rebuilt is dropped in between, which enforced references would not stand: the whole phase goes without.
        let rebuild = steps.iter().find(|step| matches!(step.undo(), Undo::Rebuild { .. })).copied();
        self.write(rebuild, |connection, append, tell| {
            for step in steps {
                undo(connection, step, tell)?;
                forget_cursor(connection, plan.hash().as_str(), step.id())?;
                let (phase, step) = (phase.id().to_owned(), step.id().to_owned());
                append(connection, &Event::StepUndone { phase, step: step.clone() })?;
                tell(&Progress::StepJournaled { step });
            }
            letters::restore(connection, plan, &store::origins(connection, plan.hash())?)
        })
    }

    /// Does `work` in a transaction that holds the lease, one without enforced references where a table is rebuilt. What it is given
    /// writes to the journal.
    fn write(
        &mut self,
        rebuild: Option<&Step>,
        mut work: impl FnMut(
            &Connection,
            &dyn Fn(&Connection, &Event) -> Result<(), RunError>,
            &mut dyn FnMut(&Progress),
        ) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
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

fn undo(connection: &Connection, step: &Step, tell: &mut dyn FnMut(&Progress)) -> Result<(), RunError> {
    let (Undo::Sql { statements, .. } | Undo::Rebuild { statements, .. }) = step.undo() else { return Ok(()) };
    for (index, sql) in statements.iter().enumerate() {
        connection.execute_batch(sql).map_err(RunError::refused("undoing a step"))?;
        tell(&Progress::Statement { step: step.id().to_owned(), index });
    }
    Ok(())
}
