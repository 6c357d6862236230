//! Going forward.

use std::sync::Arc;

use migration_planner::run::{Advance, Clock, Event, Position, Progress};
use migration_planner::{Phase, Plan, Step, Timestamp, Undo, Work};
use rusqlite::Connection;

use super::gates::judge;
use super::{drift, load};
use crate::backfill::{Backfill, count_where, forget_cursor};
use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::lease::Lease;
use crate::probe;
use crate::rehearsal::Rehearsal;
use crate::{pause, shape, store, telemetry};

/// How often batches go through a whole table again where rows are left at its end.
const PASSES: u32 = 3;

/// Works on the next phase.
pub(super) fn advance(
    database: &mut Database,
    lease: &Lease,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Advance, RunError> {
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.is_rolling_back() {
        return Err(RunError::RollingBack);
    }
    if position.is_rolled_back() {
        return Err(RunError::NoPlan);
    }
    if let Some(pause) = database.read(|connection| pause::of(connection, plan.hash()))? {
        return Ok(Advance::paused(pause));
    }
    let plan = drift::settled(database, lease, plan, &mut *tell)?;
    let position = database.read(|connection| Ok(Position::of_entries(&store::journal(connection, plan.hash())?)))?;
    let Some(index) = position.next_phase(&plan) else { return finish(database, lease, &plan) };
    let phase = &plan.phases()[index];
    tell(&Progress::phase(index, phase.id()));
    rehearse_rest(database, phase, &position)?;
    let mut run = Run { database, lease, plan: &plan, index, tell };
    for step in phase.steps().iter().filter(|step| !position.has_step(phase, step.id())) {
        if let Some(held) = run.step(step)? {
            let state = if matches!(held, Advance::Paused { .. }) { "paused" } else { "held" };
            telemetry::phase(&plan, phase.id(), state);
            return Ok(held);
        }
    }
    run.leave()
}

/// A database that changed under a plan is noticed before the first statement, not at the last.
fn rehearse_rest(database: &mut Database, phase: &Phase, position: &Position) -> Result<(), RunError> {
    let steps: Vec<&Step> = phase.steps().iter().filter(|step| !position.has_step(phase, step.id())).collect();
    if steps.is_empty() {
        return Ok(());
    }
    database.read(|connection| {
        let rehearsal = Rehearsal::of(connection)?;
        for step in &steps {
            if !probe::holds(connection, step.done_when())? {
                rehearsal.forward(step)?;
            }
        }
        Ok(())
    })
}

struct Run<'a> {
    database: &'a mut Database,
    lease: &'a Lease,
    plan: &'a Plan,
    index: usize,
    tell: &'a mut dyn FnMut(&Progress),
}

impl Run<'_> {
    fn phase(&self) -> &Phase {
        &self.plan.phases()[self.index]
    }

    /// Does one step; `Some` if a gate or a pause holds it back.
    fn step(&mut self, step: &Step) -> Result<Option<Advance>, RunError> {
        let clock = Arc::clone(&self.database.options().clock);
        let start = clock.now();
        for pass in 1.. {
            if let Some(held) = self.in_batches(step)? {
                return Ok(Some(held));
            }
            match self.in_one(step) {
                // Rows have come behind the cursor: the next pass, or the next call, begins at the first row.
                Err(error @ RunError::CheckFailed { .. }) if self.begin_batches_anew(step)? => {
                    if pass == PASSES {
                        return Err(error);
                    }
                }
                Ok(Some(held)) => return Ok(Some(held)),
                Ok(None) => break,
                Err(error) => return Err(error),
            }
        }
        let took = clock.now().since(start);
        telemetry::step_done(self.plan, step.id(), took, false);
        (self.tell)(&Progress::step_done(step.id(), took));
        Ok(None)
    }

    /// Brings all rows up to date, where the step does that. What it writes over or deletes is gone with the first batch, so each
    /// asks the gates, and the first is in the journal.
    fn in_batches(&mut self, step: &Step) -> Result<Option<Advance>, RunError> {
        let (plan, index, lease) = (self.plan, self.index, self.lease);
        let Some(batches) = Backfill::of(plan.hash().as_str(), step) else { return Ok(None) };
        let (phase, clock) = (&plan.phases()[index], Arc::clone(&self.database.options().clock));
        batches.run(self.database, lease, self.tell, |connection| {
            if let Some(held) = held_back(connection, plan, index, clock.now(), &mut |_| {})? {
                return Ok(Some(held));
            }
            let is_said = || {
                let journal = store::journal(connection, plan.hash())?;
                Ok::<_, RunError>(Position::of_entries(&journal).is_open(phase, step.id()))
            };
            if *step.undo() == Undo::Impossible && !is_said()? {
                let event = Event::step_begun(phase.id(), step.id());
                store::append(connection, plan.hash(), lease.owner(), clock.now(), &event)?;
            }
            Ok(None)
        })
    }

    /// Lets the step's batches begin at the first row; `false` if it has none.
    fn begin_batches_anew(&mut self, step: &Step) -> Result<bool, RunError> {
        let (plan, lease, clock) = (self.plan.hash().as_str(), self.lease, Arc::clone(&self.database.options().clock));
        let span = self.database.options().lease;
        if Backfill::of(plan, step).is_none() {
            return Ok(false);
        }
        self.database.write(|connection| {
            lease.renew(connection, clock.now().plus(span))?;
            forget_cursor(connection, plan, step.id())
        })?;
        Ok(true)
    }

    /// Does the work, or looks at what the batches did, in one transaction with the journal entry.
    fn in_one(&mut self, step: &Step) -> Result<Option<Advance>, RunError> {
        let clock = Arc::clone(&self.database.options().clock);
        let (plan, index, lease, tell) = (self.plan, self.index, self.lease, &mut *self.tell);
        let span = self.database.options().lease;
        let in_transaction = |connection: &Connection| {
            let now = clock.now();
            lease.renew(connection, now.plus(span))?;
            if let Some(held) = held_back(connection, plan, index, now, tell)? {
                return Ok(Some(held));
            }
            // What is kept below is what this step makes of them, and nothing that others did.
            drift::refuse(connection, plan, step)?;
            let found_done = probe::holds(connection, step.done_when())?;
            if !found_done {
                work(connection, step, tell)?;
            }
            let event = Event::step_done(plan.phases()[index].id(), step.id(), found_done);
            store::append(connection, plan.hash(), lease.owner(), now, &event)?;
            shape::keep(connection, plan)?;
            tell(&Progress::step_journaled(step.id()));
            Ok(None)
        };
        if matches!(step.work(), Work::Rebuild { .. }) {
            self.database.write_unenforced(step.id(), in_transaction)
        } else {
            self.database.write(in_transaction)
        }
    }

    /// Leaves the phase if its gate is open.
    fn leave(mut self) -> Result<Advance, RunError> {
        let clock = Arc::clone(&self.database.options().clock);
        let (plan, index, lease, tell) = (self.plan, self.index, self.lease, &mut self.tell);
        let span = self.database.options().lease;
        let phase = plan.phases()[index].id().to_owned();
        // What could not be undone has been done: its gates were checked then.
        let check = !plan.phases()[index].is_point_of_no_return();
        let is_last = index + 1 == plan.phases().len();
        let advance = self.database.write(|connection| {
            let now = clock.now();
            lease.renew(connection, now.plus(span))?;
            let mut gate = None;
            if check {
                let judgement = judge(connection, plan, index, now, tell)?;
                if !judgement.is_open() {
                    return Ok(Advance::held(phase.as_str(), judgement.closed()));
                }
                gate = judgement.own().cloned();
            }
            let event = Event::phase_done(&phase, gate);
            store::append(connection, plan.hash(), lease.owner(), now, &event)?;
            if is_last {
                store::append(connection, plan.hash(), lease.owner(), now, &Event::Finished)?;
                return Ok(Advance::Finished);
            }
            Ok(Advance::phase_done(phase.as_str()))
        })?;
        let state = if matches!(advance, Advance::Held { .. }) { "held" } else { "done" };
        telemetry::phase(plan, self.phase().id(), state);
        Ok(advance)
    }
}

/// Whether a pause, or a gate beyond the point of no return, holds the work back. Looked at in the transaction of the work itself,
/// so that no evidence slips in between.
fn held_back(
    connection: &Connection,
    plan: &Plan,
    index: usize,
    now: Timestamp,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Option<Advance>, RunError> {
    if let Some(pause) = pause::of(connection, plan.hash())? {
        return Ok(Some(Advance::paused(pause)));
    }
    if !plan.phases()[index].is_point_of_no_return() {
        return Ok(None);
    }
    let judgement = judge(connection, plan, index, now, tell)?;
    Ok((!judgement.is_open()).then(|| Advance::held(plan.phases()[index].id(), judgement.closed())))
}

/// Does the work of a step within a transaction. A backfill has been done by now; what is left of it is to check that.
fn work(connection: &Connection, step: &Step, tell: &mut dyn FnMut(&Progress)) -> Result<(), RunError> {
    match step.work() {
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
            for (index, sql) in statements.iter().enumerate() {
                connection.execute_batch(sql).map_err(refused(format!("step `{}`", step.id())))?;
                tell(&Progress::statement(step.id(), index));
            }
            Ok(())
        }
        Work::Backfill { table, needs: condition, .. }
        | Work::Delete { table, when: condition, .. }
        | Work::Verify { table, never: condition, .. } => match count_where(connection, table, condition)? {
            0 => Ok(()),
            rows => Err(RunError::check_failed(step.id(), rows)),
        },
        _ => Err(RunError::unknown_work(step.id())),
    }
}

/// All phases were left and the process died before it said so.
fn finish(database: &mut Database, lease: &Lease, plan: &Plan) -> Result<Advance, RunError> {
    let clock: Arc<dyn Clock> = Arc::clone(&database.options().clock);
    let span = database.options().lease;
    database.write(|connection| {
        lease.renew(connection, clock.now().plus(span))?;
        store::append(connection, plan.hash(), lease.owner(), clock.now(), &Event::Finished)
    })?;
    Ok(Advance::Finished)
}
