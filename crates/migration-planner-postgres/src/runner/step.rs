//! Doing one step: in a transaction, in batches, or outside of transactions.

use std::time::Duration;

use migration_planner::run::{Advance, Event, Pace, Position, Progress};
use migration_planner::{Plan, Step, TransactionMode, Undo, Work};
use postgres::Transaction;

use super::drift;
use super::gates::judge;
use crate::batches::{Batches, count, forget_cursors};
use crate::lease::Lease;
use crate::name::qualified;
use crate::options::Limits;
use crate::run_error::{RunError, is_lost, of_step};
use crate::turn::{Tell, Turn};
use crate::{pause, probe, shape, store, telemetry};

/// A step that is to be done.
pub(super) struct Forward<'a, 't> {
    pub(super) turn: &'a mut Turn<'t>,
    pub(super) plan: &'a Plan,
    /// The place of its phase.
    pub(super) index: usize,
    pub(super) step: &'a Step,
    pub(super) tell: Tell<'a>,
}

impl Forward<'_, '_> {
    /// Does the step; `Some` if a gate or a pause holds it back.
    pub(super) fn run(mut self) -> Result<Option<Advance>, RunError> {
        let clock = self.turn.clock();
        let start = clock.now();
        self.turn.at_steps(&[self.step]);
        let held = match self.step.transaction() {
            TransactionMode::Outside => self.outside()?,
            _ => match Batches::of(self.step) {
                Some(batches) => self.in_batches(&batches)?,
                None => self.within()?,
            },
        };
        if held.is_none() {
            let took = clock.now().since(start);
            telemetry::step_done(self.plan, self.step.id(), took, false);
            (self.tell)(&Progress::step_done(self.step.id(), took));
        }
        Ok(held)
    }

    fn limits(&self) -> Limits {
        self.turn.database.options().limits(self.step)
    }

    /// All of it in one transaction, with its journal entry.
    fn within(&mut self) -> Result<Option<Advance>, RunError> {
        let (limits, lease, clock) = (self.limits(), self.turn.lease.clone(), self.turn.clock());
        let (plan, index, step) = (self.plan, self.index, self.step);
        self.turn.write(step.id(), &limits, &mut *self.tell, |transaction, tell| {
            if let Some(held) = held_back(transaction, plan, index, clock.now(), &mut *tell)? {
                return Ok(Some(held));
            }
            // What is kept when it is done is what this step makes of the tables, and nothing that others did.
            drift::refuse(transaction, plan)?;
            let found_done = probe::is_done(transaction, step)?;
            if !found_done {
                work(transaction, step, &mut *tell)?;
            }
            done(transaction, plan, index, step, &lease, clock.now(), found_done)?;
            tell(&Progress::step_journaled(step.id()));
            Ok(None)
        })
    }

    /// Each statement by itself, between a journal entry that says that it begins and one that says that it is done.
    fn outside(&mut self) -> Result<Option<Advance>, RunError> {
        let (limits, lease, clock) = (self.limits(), self.turn.lease.clone(), self.turn.clock());
        let own_limits = self.turn.database.options().own_limits();
        let (plan, index, step) = (self.plan, self.index, self.step);
        let phase = plan.phases()[index].id();
        // An attempt that was cut off may have left something behind, which is no change by others.
        let is_begun = self.is_begun()?;
        let begun = self.turn.write(step.id(), &own_limits, &mut *self.tell, |transaction, tell| {
            if let Some(held) = held_back(transaction, plan, index, clock.now(), tell)? {
                return Ok(Begun::Held(held));
            }
            if !is_begun {
                drift::refuse(transaction, plan)?;
            }
            if probe::is_done(transaction, step)? {
                done(transaction, plan, index, step, &lease, clock.now(), true)?;
                return Ok(Begun::FoundDone);
            }
            let event = Event::step_begun(phase, step.id());
            store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), &event)?;
            Ok(Begun::Now)
        })?;
        match begun {
            Begun::Held(held) => return Ok(Some(held)),
            Begun::FoundDone => return Ok(None),
            Begun::Now => (self.tell)(&Progress::step_begun(step.id())),
        }
        self.statements_outside(&limits)?;
        self.turn.write(step.id(), &own_limits, &mut *self.tell, |transaction, tell| {
            done(transaction, plan, index, step, &lease, clock.now(), false)?;
            tell(&Progress::step_journaled(step.id()));
            Ok(())
        })?;
        Ok(None)
    }

    /// Runs the statements, and clears away what an attempt that failed has left behind: before another one, and for good.
    fn statements_outside(&mut self, limits: &Limits) -> Result<(), RunError> {
        let Work::Sql { statements, .. } = self.step.work() else {
            return Err(RunError::unknown_work(self.step.id()));
        };
        let clock = self.turn.clock();
        for attempt in 1.. {
            for sql in statements {
                self.turn.wait_for_what_was_left_running(self.step.id(), sql, &mut *self.tell)?;
            }
            repair(self.turn, self.step, limits, &mut *self.tell)?;
            // Somebody else may have come to its end meanwhile, or the repair itself.
            let (own_limits, step) = (self.turn.database.options().own_limits(), self.step);
            if self.turn.database.write(&own_limits, |transaction| probe::is_done(transaction, step))? {
                return Ok(());
            }
            let mut run = || {
                for (index, sql) in statements.iter().enumerate() {
                    self.turn.run_outside(self.step.id(), sql, limits, &mut *self.tell)?;
                    (self.tell)(&Progress::statement(self.step.id(), index));
                }
                Ok(())
            };
            match run() {
                Err(error @ RunError::Database(crate::DatabaseError::Locked { .. })) => {
                    if attempt >= limits.attempts {
                        let _next_call_repairs = repair(self.turn, self.step, limits, &mut *self.tell);
                        return Err(RunError::blocked(self.step.id(), attempt, self.turn.companion.seen()));
                    }
                    let (rest, blockers) = (limits.rest(attempt), self.turn.companion.seen());
                    telemetry::waiting(self.step.id(), attempt, &blockers);
                    (self.tell)(&Progress::waiting(self.step.id(), attempt, rest, blockers));
                    clock.sleep(rest);
                    drop(error);
                }
                Err(error) => {
                    // An index that is of no use costs every write; if it cannot be cleared away now, the next call does it.
                    if !is_lost(&error) {
                        let _next_call_repairs = repair(self.turn, self.step, limits, &mut *self.tell);
                    }
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
        unreachable!("attempts are counted without end")
    }

    /// Some rows at a time, each batch and its cursor one short transaction, and a look at all of them in the end.
    fn in_batches(&mut self, batches: &Batches<'_>) -> Result<Option<Advance>, RunError> {
        for pass in 1.. {
            if let Some(held) = self.all_batches(batches)? {
                return Ok(Some(held));
            }
            let left = self.check_and_finish(batches)?;
            if left == 0 {
                return Ok(None);
            }
            if pass == batches.passes() {
                return Err(RunError::check_failed(self.step.id(), left));
            }
        }
        unreachable!("passes are counted without end")
    }

    fn all_batches(&mut self, batches: &Batches<'_>) -> Result<Option<Advance>, RunError> {
        let (limits, clock) = (self.limits(), self.turn.clock());
        let (plan, index, step) = (self.plan, self.index, self.step);
        let share = u32::from(self.turn.database.options().writing_share);
        let of = self.turn.database.read(|transaction| batches.estimate(transaction))?;
        let lease = self.turn.lease.clone();
        // What cannot be undone is in the journal with the first batch, so that nobody rolls back what is half gone.
        let mut is_said = *step.undo() != Undo::Impossible || self.is_begun()?;
        let (began, mut in_this_run) = (clock.now(), 0);
        loop {
            let start = clock.now();
            let batch = self.turn.write(step.id(), &limits, &mut *self.tell, |transaction, tell| {
                if let Some(held) = held_back(transaction, plan, index, clock.now(), tell)? {
                    return Ok(Err(held));
                }
                if !is_said {
                    let event = Event::step_begun(plan.phases()[index].id(), step.id());
                    store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), clock.now(), &event)?;
                }
                batches.next(transaction, plan.hash()).map(Ok)
            })?;
            let batch = match batch {
                Ok(batch) => batch,
                Err(held) => return Ok(Some(held)),
            };
            is_said = true;
            let took = clock.now().since(start);
            in_this_run += batch.looked_at;
            telemetry::batch(plan.hash().as_str(), step.id(), batch.looked_at);
            let pace = Pace::new(batch.rows, of, in_this_run, clock.now().since(began));
            (self.tell)(&Progress::batch(step.id(), &pace, took));
            if batch.is_last {
                return Ok(None);
            }
            // Leaves the disk and the row locks to the others for as long as the share says.
            if share < 100 {
                clock.sleep((took * (100 - share) / share).max(Duration::from_millis(1)));
            }
        }
    }

    fn is_begun(&mut self) -> Result<bool, RunError> {
        let (plan, phase) = (self.plan, &self.plan.phases()[self.index]);
        let journal = self.turn.database.read(|transaction| store::journal(transaction, plan.hash()))?;
        Ok(Position::of_entries(&journal).is_open(phase, self.step.id()))
    }

    /// Counts what is left. Nothing: the step is done. Something: the next pass begins at the first row.
    fn check_and_finish(&mut self, batches: &Batches<'_>) -> Result<u64, RunError> {
        let (limits, lease, clock) = (self.limits(), self.turn.lease.clone(), self.turn.clock());
        let (plan, index, step) = (self.plan, self.index, self.step);
        self.turn.write(step.id(), &limits, &mut *self.tell, |transaction, tell| {
            let left = batches.left(transaction)?;
            if left > 0 {
                // Also after the last one: whoever tries again finds rows that have come since.
                forget_cursors(transaction, plan.hash(), Some(step.id()))?;
                return Ok(left);
            }
            drift::refuse(transaction, plan)?;
            done(transaction, plan, index, step, &lease, clock.now(), false)?;
            tell(&Progress::step_journaled(step.id()));
            Ok(0)
        })
    }
}

enum Begun {
    Held(Advance),
    FoundDone,
    Now,
}

/// Whether a pause, or a gate beyond the point of no return, holds the work back. Looked at in the transaction of the work itself,
/// so that no evidence slips in between.
fn held_back(
    transaction: &mut Transaction<'_>,
    plan: &Plan,
    index: usize,
    now: migration_planner::Timestamp,
    tell: Tell<'_>,
) -> Result<Option<Advance>, RunError> {
    if let Some(pause) = pause::of(transaction, plan.hash())? {
        return Ok(Some(Advance::paused(pause)));
    }
    if !plan.phases()[index].is_point_of_no_return() {
        return Ok(None);
    }
    let judgement = judge(transaction, plan, index, now, tell)?;
    Ok((!judgement.is_open()).then(|| Advance::held(plan.phases()[index].id(), judgement.closed())))
}

/// Does the work of a step within a transaction.
fn work(transaction: &mut Transaction<'_>, step: &Step, tell: Tell<'_>) -> Result<(), RunError> {
    match step.work() {
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } => {
            for (index, sql) in statements.iter().enumerate() {
                transaction.batch_execute(sql).map_err(of_step(step.id()))?;
                tell(&Progress::statement(step.id(), index));
            }
            Ok(())
        }
        Work::Verify { table, never, .. } => {
            match count(transaction, step.id(), &format!("{} WHERE {never}", qualified(table)))? {
                0 => Ok(()),
                rows => Err(RunError::check_failed(step.id(), rows)),
            }
        }
        _ => Err(RunError::unknown_work(step.id())),
    }
}

/// Writes down that a step is done, and how it left the plan's tables.
fn done(
    transaction: &mut Transaction<'_>,
    plan: &Plan,
    index: usize,
    step: &Step,
    lease: &Lease,
    now: migration_planner::Timestamp,
    found_done: bool,
) -> Result<(), RunError> {
    shape::keep(transaction, plan)?;
    let event = Event::step_done(plan.phases()[index].id(), step.id(), found_done);
    store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), now, &event)
}

/// Clears away what an attempt that was cut off has left behind, if it has.
pub(super) fn repair(turn: &mut Turn<'_>, step: &Step, limits: &Limits, tell: Tell<'_>) -> Result<(), RunError> {
    let Some(repair) = step.repair() else { return Ok(()) };
    // Its own statement may still be running, and would have to be waited for.
    if let Work::Sql { statements, .. } = step.work() {
        for sql in statements {
            turn.end_what_was_left_running(step.id(), sql)?;
        }
    }
    let own_limits = turn.database.options().own_limits();
    if !turn.database.write(&own_limits, |transaction| probe::holds(transaction, step.id(), repair.when()))? {
        return Ok(());
    }
    tell(&Progress::repairing(step.id()));
    for sql in repair.statements() {
        turn.run_outside(step.id(), sql, limits, &mut *tell)?;
    }
    Ok(())
}
