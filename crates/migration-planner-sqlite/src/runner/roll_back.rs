//! Going back.

use std::sync::Arc;

use migration_planner::{Phase, Step, Undo};
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

/// Undoes what was done, the last step first, each in a transaction with its journal entry.
pub(super) fn roll_back(
    database: &mut Database,
    lease: &Lease,
    tell: &mut dyn FnMut(&Progress),
) -> Result<(), RunError> {
    let clock = Arc::clone(&database.options().clock);
    let span = database.options().lease;
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    let done =
        |phase: &&Phase, step: &&Step| position.has_step(phase, step.id()) || position.is_begun(phase, step.id());
    let steps: Vec<(&Phase, &Step)> = plan
        .phases()
        .iter()
        .rev()
        .flat_map(|phase| phase.inverse_steps().map(move |step| (phase, step)))
        .filter(|(phase, step)| done(phase, step))
        .collect();
    if let Some((_, step)) = steps.iter().find(|(_, step)| *step.undo() == Undo::Impossible) {
        return Err(RunError::PastReturn { step: step.id().to_owned() });
    }
    let mut journal = |event: Event, undo: &[String], step: Option<&Step>| {
        let in_transaction = |connection: &Connection| {
            lease.renew(connection, clock.now().plus(span))?;
            for (index, sql) in undo.iter().enumerate() {
                connection.execute_batch(sql).map_err(RunError::refused("undoing a step"))?;
                if let Some(step) = step {
                    tell(&Progress::Statement { step: step.id().to_owned(), index });
                }
            }
            if !undo.is_empty() {
                letters::restore(connection, &plan, &store::origins(connection, plan.hash())?)?;
            }
            if let Some(step) = step {
                forget_cursor(connection, plan.hash().as_str(), step.id())?;
            }
            store::append(connection, plan.hash(), lease.owner(), clock.now(), &event)?;
            if let Some(step) = step {
                tell(&Progress::StepJournaled { step: step.id().to_owned() });
            }
            Ok(())
        };
        match step {
            Some(step) if matches!(step.undo(), Undo::Rebuild { .. }) => {
                database.write_unenforced(step.id(), in_transaction)
            }
            _ => database.write(in_transaction),
        }
    };
    if !position.rolling_back {
        journal(Event::RollbackStarted, &[], None)?;
    }
    for (phase, step) in steps {
        let undo = match step.undo() {
            Undo::Sql { statements, .. } | Undo::Rebuild { statements, .. } => statements.as_slice(),
            _ => &[],
        };
        journal(Event::StepUndone { phase: phase.id().to_owned(), step: step.id().to_owned() }, undo, Some(step))?;
    }
    journal(Event::RolledBack, &[], None)?;
    for phase in plan.phases() {
        crate::measure::phase(&plan, phase.id(), "rolled-back");
    }
    Ok(())
}
