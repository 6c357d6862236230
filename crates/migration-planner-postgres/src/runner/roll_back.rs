//! Going back.

use migration_planner::{Phase, Plan, Step, Undo};

use super::load;
use super::step::repair;
use crate::batches::forget_cursors;
use crate::journal::{Event, Position};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::turn::{Tell, Turn};
use crate::{probe, shape, store, telemetry};

/// Undoes everything, the last step first.
pub(super) fn all(turn: &mut Turn<'_>, tell: Tell<'_>) -> Result<(), RunError> {
    let (plan, position) = turn.database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.rolled_back {
        return Ok(());
    }
    refuse_past_return(&plan, &position, 0)?;
    let mut back = Back { turn, plan: &plan, tell };
    if !position.rolling_back {
        back.append(&Event::RollbackStarted)?;
    }
    for phase in plan.phases().iter().rev() {
        back.phase(phase, &position)?;
    }
    back.append(&Event::RolledBack)
}

/// Undoes the last phase of which anything was done.
pub(super) fn last_phase(turn: &mut Turn<'_>, tell: Tell<'_>) -> Result<Option<String>, RunError> {
    let (plan, position) = turn.database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.rolling_back {
        return Err(RunError::RollingBack);
    }
    // One that was begun is finished, also where the last of its steps is undone and only that was not said.
    let begun = position.undoing.as_deref().and_then(|id| plan.phases().iter().position(|phase| phase.id() == id));
    let Some(index) = begun.or_else(|| position.last_touched(&plan)) else { return Ok(None) };
    refuse_past_return(&plan, &position, index)?;
    let phase = &plan.phases()[index];
    let mut back = Back { turn, plan: &plan, tell };
    if begun.is_none() {
        back.append(&Event::PhaseUndoBegun { phase: phase.id().to_owned() })?;
    }
    back.phase(phase, &position)?;
    back.append(&Event::PhaseUndone { phase: phase.id().to_owned() })?;
    Ok(Some(phase.id().to_owned()))
}

/// If a step from the phase at `from` on cannot be undone, none is.
fn refuse_past_return(plan: &Plan, position: &Position, from: usize) -> Result<(), RunError> {
    let steps = plan.phases().iter().skip(from).flat_map(|phase| phase.steps().iter().map(move |step| (phase, step)));
    let done = |phase: &Phase, step: &Step| position.has_step(phase, step.id()) || position.is_open(phase, step.id());
    match steps.into_iter().find(|(phase, step)| *step.undo() == Undo::Impossible && done(phase, step)) {
        Some((_, step)) => Err(RunError::PastReturn { step: step.id().to_owned() }),
        None => Ok(()),
    }
}

struct Back<'a, 't> {
    turn: &'a mut Turn<'t>,
    plan: &'a Plan,
    tell: Tell<'a>,
}

impl Back<'_, '_> {
    /// Undoes what was done of a phase.
    fn phase(&mut self, phase: &Phase, position: &Position) -> Result<(), RunError> {
        for step in phase.inverse_steps() {
            let is_done = position.has_step(phase, step.id());
            if is_done || position.is_open(phase, step.id()) && self.settle(phase, step)? {
                self.step(phase, step)?;
            }
        }
        telemetry::phase(self.plan, phase.id(), "rolled-back");
        Ok(())
    }

    /// Finds out what became of a step that was begun outside of a transaction; whether there is something to undo.
    ///
    /// What is half done and cannot be cleared away is done to its end first: from there the way back is known.
    fn settle(&mut self, phase: &Phase, step: &Step) -> Result<bool, RunError> {
        let limits = self.turn.database.options().limits(step);
        let own_limits = self.turn.database.options().own_limits();
        repair(self.turn, step, &limits, &mut *self.tell)?;
        let is_done = self.turn.database.write(&own_limits, |transaction| probe::is_done(transaction, step))?;
        if is_done {
            return Ok(true);
        }
        if step.repair().is_some() {
            self.journal(&Event::StepUndone { phase: phase.id().to_owned(), step: step.id().to_owned() }, &[], step)?;
            return Ok(false);
        }
        if let migration_planner::Work::Sql { statements, .. } = step.work() {
            for sql in statements {
                self.turn.run_outside(step.id(), sql, &limits, &mut *self.tell)?;
            }
        }
        Ok(true)
    }

    fn step(&mut self, phase: &Phase, step: &Step) -> Result<(), RunError> {
        let clock = self.turn.clock();
        let start = clock.now();
        self.turn.at_step(step);
        let undone = Event::StepUndone { phase: phase.id().to_owned(), step: step.id().to_owned() };
        match step.undo() {
            Undo::Sql { statements, .. } => self.journal(&undone, statements, step)?,
            Undo::SqlOutside { statements, .. } => {
                self.append(&Event::UndoBegun { phase: phase.id().to_owned(), step: step.id().to_owned() })?;
                (self.tell)(&Progress::StepBegun { step: step.id().to_owned() });
                let limits = self.turn.database.options().limits(step);
                for (index, sql) in statements.iter().enumerate() {
                    self.turn.run_outside(step.id(), sql, &limits, &mut *self.tell)?;
                    (self.tell)(&Progress::Statement { step: step.id().to_owned(), index });
                }
                self.journal(&undone, &[], step)?;
            }
            _ => self.journal(&undone, &[], step)?,
        }
        let took = clock.now().since(start);
        telemetry::step_done(self.plan, step.id(), took, true);
        (self.tell)(&Progress::StepDone { step: step.id().to_owned(), took });
        Ok(())
    }

    /// Runs statements and writes down what they were, in one transaction.
    fn journal(&mut self, event: &Event, statements: &[String], step: &Step) -> Result<(), RunError> {
        let limits = self.turn.database.options().limits(step);
        let (plan, lease, clock) = (self.plan, self.turn.lease.clone(), self.turn.clock());
        self.turn.write(step.id(), &limits, &mut *self.tell, |transaction, tell| {
            for (index, sql) in statements.iter().enumerate() {
                transaction.batch_execute(sql).map_err(RunError::of_step(step.id()))?;
                tell(&Progress::Statement { step: step.id().to_owned(), index });
            }
            forget_cursors(transaction, plan.hash(), Some(step.id()))?;
            shape::keep(transaction, plan)?;
            store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), event)?;
            tell(&Progress::StepJournaled { step: step.id().to_owned() });
            Ok(())
        })
    }

    fn append(&mut self, event: &Event) -> Result<(), RunError> {
        let limits = self.turn.database.options().own_limits();
        let (plan, lease, clock) = (self.plan, self.turn.lease.clone(), self.turn.clock());
        self.turn.write("roll back", &limits, &mut *self.tell, |transaction, _| {
            store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), event)
        })
    }
}
