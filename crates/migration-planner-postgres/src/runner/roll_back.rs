//! Going back.

use std::time::Duration;

use migration_planner::run::{Event, Position, Progress};
use migration_planner::{Phase, Plan, Step, Timestamp, Undo, UndoPiece};
use postgres::Transaction;

use super::load;
use super::step::repair;
use crate::batches::forget_cursors;
use crate::lease::Lease;
use crate::options::Limits;
use crate::run_error::{RunError, is_locked, of_step};
use crate::turn::{Tell, Turn};
use crate::{probe, shape, store, telemetry};

/// Undoes everything, the last phase first.
pub(super) fn all(turn: &mut Turn<'_>, tell: Tell<'_>) -> Result<(), RunError> {
    let (plan, position) = turn.database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.is_rolled_back() {
        return Ok(());
    }
    refuse_past_return(&plan, &position, 0)?;
    let mut back = Back { turn, plan: &plan, tell };
    if !position.is_rolling_back() {
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
    if position.is_rolling_back() {
        return Err(RunError::RollingBack);
    }
    let Some(index) = position.last_phase(&plan) else { return Ok(None) };
    refuse_past_return(&plan, &position, index)?;
    let phase = &plan.phases()[index];
    let mut back = Back { turn, plan: &plan, tell };
    if position.undoing().is_none() {
        back.append(&Event::phase_undo_begun(phase.id()))?;
    }
    back.phase(phase, &position)?;
    back.append(&Event::phase_undone(phase.id()))?;
    Ok(Some(phase.id().to_owned()))
}

/// If a step from the phase at `from` on cannot be undone, none is.
fn refuse_past_return(plan: &Plan, position: &Position, from: usize) -> Result<(), RunError> {
    position.past_return(plan, from).map_or(Ok(()), |step| Err(RunError::past_return(step.id())))
}

struct Back<'a, 't> {
    turn: &'a mut Turn<'t>,
    plan: &'a Plan,
    tell: Tell<'a>,
}

impl Back<'_, '_> {
    /// Undoes what was done of a phase: all that may be in one transaction in one, so that nobody is ever left with half a phase.
    fn phase(&mut self, phase: &Phase, position: &Position) -> Result<(), RunError> {
        let mut is_half_done = false;
        // It is the last one that was begun, so it comes before all the others.
        if let Some(open) = phase.steps().iter().find(|step| position.is_open(phase, step.id())) {
            is_half_done = self.settle(phase, open)?;
        }
        let is_done =
            |step: &Step| position.has_step(phase, step.id()) || is_half_done && position.is_open(phase, step.id());
        for piece in phase.way_back(is_done) {
            match piece {
                UndoPiece::Together(steps) => self.together(phase, &steps)?,
                UndoPiece::Outside(step) => self.outside(phase, step)?,
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
            self.undone(phase, step)?;
            return Ok(false);
        }
        if let migration_planner::Work::Sql { statements, .. } = step.work() {
            for sql in statements {
                self.turn.run_outside(step.id(), sql, &limits, &mut *self.tell)?;
            }
        }
        Ok(true)
    }

    /// Undoes steps in one transaction, with their entries in the journal.
    fn together(&mut self, phase: &Phase, steps: &[&Step]) -> Result<(), RunError> {
        let options = self.turn.database.options();
        let limits = Limits::strictest(steps.iter().map(|step| options.limits(step)), options.own_limits());
        let (plan, lease, clock) = (self.plan, self.turn.lease.clone(), self.turn.clock());
        self.turn.at_steps(steps);
        let start = clock.now();
        let whose = if let [step] = steps { step.id() } else { phase.id() };
        let took = self.turn.write(whose, &limits, &mut *self.tell, |transaction, tell| {
            let (mut took, mut began) = (Vec::new(), start);
            for step in steps {
                undo(transaction, step, tell)?;
                journal(transaction, plan, phase, step, &lease, clock.now())?;
                tell(&Progress::step_journaled(step.id()));
                let now = clock.now();
                took.push(now.since(began));
                began = now;
            }
            shape::keep(transaction, plan)?;
            Ok(took)
        })?;
        for (step, took) in steps.iter().zip(took) {
            self.told(step, took);
        }
        Ok(())
    }

    /// Undoes a step by statements that stand by themselves, between a journal entry that says that it begins and one that says
    /// that it is done.
    fn outside(&mut self, phase: &Phase, step: &Step) -> Result<(), RunError> {
        let Undo::SqlOutside { statements, .. } = step.undo() else { return Ok(()) };
        let clock = self.turn.clock();
        let start = clock.now();
        self.turn.at_steps(&[step]);
        self.append(&Event::undo_begun(phase.id(), step.id()))?;
        (self.tell)(&Progress::step_begun(step.id()));
        for (index, sql) in statements.iter().enumerate() {
            self.statement(step, sql)?;
            (self.tell)(&Progress::statement(step.id(), index));
        }
        self.undone(phase, step)?;
        self.told(step, clock.now().since(start));
        Ok(())
    }

    /// Runs a statement that undoes something by itself, and again where a lock could not be had in time.
    fn statement(&mut self, step: &Step, sql: &str) -> Result<(), RunError> {
        let options = self.turn.database.options();
        let limits = options.limits(step).of_undoing(sql, options.own_limits());
        for attempt in 1.. {
            match self.turn.run_outside(step.id(), sql, &limits, &mut *self.tell) {
                Err(error) if is_locked(&error) => {
                    let blockers = self.turn.companion.seen();
                    if attempt >= limits.attempts {
                        return Err(RunError::blocked(step.id(), attempt, blockers));
                    }
                    let rest = limits.rest(attempt);
                    telemetry::waiting(step.id(), attempt, &blockers);
                    (self.tell)(&Progress::waiting(step.id(), attempt, rest, blockers));
                    self.turn.clock().sleep(rest);
                }
                done => return done,
            }
        }
        unreachable!("attempts are counted without end")
    }

    /// Writes down that nothing is left of a step.
    fn undone(&mut self, phase: &Phase, step: &Step) -> Result<(), RunError> {
        let limits = self.turn.database.options().limits(step);
        let (plan, lease, clock) = (self.plan, self.turn.lease.clone(), self.turn.clock());
        self.turn.write(step.id(), &limits, &mut *self.tell, |transaction, tell| {
            shape::keep(transaction, plan)?;
            journal(transaction, plan, phase, step, &lease, clock.now())?;
            tell(&Progress::step_journaled(step.id()));
            Ok(())
        })
    }

    fn told(&mut self, step: &Step, took: Duration) {
        telemetry::step_done(self.plan, step.id(), took, true);
        (self.tell)(&Progress::step_done(step.id(), took));
    }

    fn append(&mut self, event: &Event) -> Result<(), RunError> {
        let limits = self.turn.database.options().own_limits();
        let (plan, lease, clock) = (self.plan, self.turn.lease.clone(), self.turn.clock());
        self.turn.write("roll back", &limits, &mut *self.tell, |transaction, _| {
            store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), event)
        })
    }
}

/// Runs what undoes a step within a transaction.
fn undo(transaction: &mut Transaction<'_>, step: &Step, tell: Tell<'_>) -> Result<(), RunError> {
    let Undo::Sql { statements, .. } = step.undo() else { return Ok(()) };
    for (index, sql) in statements.iter().enumerate() {
        transaction.batch_execute(sql).map_err(of_step(step.id()))?;
        tell(&Progress::statement(step.id(), index));
    }
    Ok(())
}

/// Writes down that a step was undone; its batches would begin at the first row again.
fn journal(
    transaction: &mut Transaction<'_>,
    plan: &Plan,
    phase: &Phase,
    step: &Step,
    lease: &Lease,
    now: Timestamp,
) -> Result<(), RunError> {
    forget_cursors(transaction, plan.hash(), Some(step.id()))?;
    let event = Event::step_undone(phase.id(), step.id());
    store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), now, &event)
}
