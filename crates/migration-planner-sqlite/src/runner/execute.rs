//! Going forward.

use std::sync::Arc;

use migration_planner::{Phase, Plan, Step, Undo, Work};
use rusqlite::Connection;

use super::{Advance, Judged, judge_gates, load};
use crate::backfill::{Backfill, count_where, forget_cursor};
use crate::clock::Clock;
use crate::connection::Database;
use crate::error::RunError;
use crate::journal::{Event, Position};
use crate::lease::Lease;
use crate::probe;
use crate::progress::Progress;
use crate::rehearsal::{Rehearsal, unknown_work};
use crate::store;

/// How often batches go through a whole table again where rows are left at its end.
const PASSES: u32 = 3;

/// Works on the next phase.
pub(super) fn advance(
    database: &mut Database,
    lease: &Lease,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Advance, RunError> {
    let (plan, position) = database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.rolling_back {
        return Err(RunError::RollingBack);
    }
    if position.rolled_back {
        return Err(RunError::NoPlan);
    }
    let Some(index) = position.next_phase(&plan) else { return finish(database, lease, &plan) };
    let phase = &plan.phases()[index];
    tell(&Progress::Phase { index, phase: phase.id().to_owned() });
    rehearse_rest(database, phase, &position)?;
    let mut run = Run { database, lease, plan: &plan, index, tell };
    for step in phase.steps().iter().filter(|step| !position.has_step(phase, step.id())) {
        if let Some(held) = run.step(step)? {
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

    /// Does one step; `Some` if a gate holds it back.
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
        crate::measure::step_done(self.plan, step.id(), took);
        (self.tell)(&Progress::StepDone { step: step.id().to_owned(), took });
        Ok(None)
    }

    /// Brings all rows up to date, where the step does that. What it writes over or deletes is gone with the first batch, so each
    /// asks the gates, and the first is in the journal.
    fn in_batches(&mut self, step: &Step) -> Result<Option<Advance>, RunError> {
        let (plan, index, lease) = (self.plan, self.index, self.lease);
        let Some(batches) = Backfill::of(plan.hash().as_str(), step) else { return Ok(None) };
        let (phase, clock) = (&plan.phases()[index], Arc::clone(&self.database.options().clock));
        batches.run(self.database, lease, self.tell, |connection| {
            if phase.is_point_of_no_return() {
                let Judged { closed, .. } = judge_gates(connection, plan, index, clock.now(), &mut |_| {})?;
                if !closed.is_empty() {
                    return Ok(Some(Advance::Held { phase: phase.id().to_owned(), gates: closed }));
                }
            }
            let is_said = || {
                Ok::<_, RunError>(Position::of(&store::journal(connection, plan.hash())?).is_begun(phase, step.id()))
            };
            if *step.undo() == Undo::Impossible && !is_said()? {
                let event = Event::StepBegun { phase: phase.id().to_owned(), step: step.id().to_owned() };
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
            if plan.phases()[index].is_point_of_no_return() {
                // In the same transaction as the step, so that no evidence slips in between.
                let Judged { closed, .. } = judge_gates(connection, plan, index, now, tell)?;
                if !closed.is_empty() {
                    return Ok(Some(Advance::Held { phase: plan.phases()[index].id().to_owned(), gates: closed }));
                }
            }
            let found_done = probe::holds(connection, step.done_when())?;
            if !found_done {
                work(connection, step, tell)?;
            }
            let phase = plan.phases()[index].id().to_owned();
            let event = Event::StepDone { phase, step: step.id().to_owned(), found_done };
            store::append(connection, plan.hash(), lease.owner(), now, &event)?;
            tell(&Progress::StepJournaled { step: step.id().to_owned() });
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
                let Judged { closed, own } = judge_gates(connection, plan, index, now, tell)?;
                if !closed.is_empty() {
                    return Ok(Advance::Held { phase: phase.clone(), gates: closed });
                }
                gate = own;
            }
            let event = Event::PhaseDone { phase: phase.clone(), gate };
            store::append(connection, plan.hash(), lease.owner(), now, &event)?;
            if is_last {
                store::append(connection, plan.hash(), lease.owner(), now, &Event::Finished)?;
                return Ok(Advance::Finished);
            }
            Ok(Advance::PhaseDone { phase: phase.clone() })
        })?;
        let state = if matches!(advance, Advance::Held { .. }) { "held" } else { "done" };
        crate::measure::phase(plan, self.phase().id(), state);
        Ok(advance)
    }
}

/// Does the work of a step within a transaction. A backfill has been done by now; what is left of it is to check that.
fn work(connection: &Connection, step: &Step, tell: &mut dyn FnMut(&Progress)) -> Result<(), RunError> {
    match step.work() {
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
            for (index, sql) in statements.iter().enumerate() {
                connection.execute_batch(sql).map_err(RunError::refused(format!("step `{}`", step.id())))?;
                tell(&Progress::Statement { step: step.id().to_owned(), index });
            }
            Ok(())
        }
        Work::Backfill { table, needs: condition, .. }
        | Work::Delete { table, when: condition, .. }
        | Work::Verify { table, never: condition, .. } => match count_where(connection, table, condition)? {
            0 => Ok(()),
            rows => Err(RunError::CheckFailed { step: step.id().to_owned(), rows }),
        },
        other => Err(unknown_work(step, other)),
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
