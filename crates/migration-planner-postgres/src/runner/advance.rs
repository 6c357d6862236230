//! Going forward, a phase at a time.

use migration_planner::run::{Advance, Event, Position, Progress};

use super::gates::judge;
use super::step::Forward;
use super::{drift, load};
use crate::run_error::RunError;
use crate::turn::{Tell, Turn};
use crate::{pause, store, telemetry};

/// Works on the next phase.
pub(super) fn advance(turn: &mut Turn<'_>, tell: Tell<'_>) -> Result<Advance, RunError> {
    let (plan, position) = turn.database.read(load)?.ok_or(RunError::NoPlan)?;
    if position.is_rolling_back() {
        return Err(RunError::RollingBack);
    }
    if position.is_rolled_back() {
        return Err(RunError::NoPlan);
    }
    if let Some(pause) = turn.database.read(|transaction| pause::of(transaction, plan.hash()))? {
        return Ok(Advance::paused(pause));
    }
    if position.undoing().is_some() {
        super::roll_back::last_phase(turn, &mut *tell)?;
    }
    let (_, position) = turn.database.read(load)?.ok_or(RunError::NoPlan)?;
    let plan = drift::settled(turn, plan, &position, &mut *tell)?;
    let position =
        turn.database.read(|transaction| Ok(Position::of_entries(&store::journal(transaction, plan.hash())?)))?;
    let next = position.next_phase(&plan);
    // All phases were left and the process died before it said so.
    let Some(index) = next else { return Leave { turn, plan: &plan, index: None, tell }.finish() };
    let phase = &plan.phases()[index];
    tell(&Progress::phase(index, phase.id()));
    for step in phase.steps().iter().filter(|step| !position.has_step(phase, step.id())) {
        let forward = Forward { turn: &mut *turn, plan: &plan, index, step, tell: &mut *tell };
        if let Some(held) = forward.run()? {
            telemetry::phase(&plan, phase.id(), if matches!(held, Advance::Paused { .. }) { "paused" } else { "held" });
            return Ok(held);
        }
    }
    Leave { turn, plan: &plan, index: Some(index), tell }.run()
}

/// A phase whose steps are done.
struct Leave<'a, 't> {
    turn: &'a mut Turn<'t>,
    plan: &'a migration_planner::Plan,
    index: Option<usize>,
    tell: Tell<'a>,
}

impl Leave<'_, '_> {
    /// Leaves the phase if its gate is open.
    fn run(self) -> Result<Advance, RunError> {
        let Some(index) = self.index else { return self.finish() };
        let (limits, lease, clock) =
            (self.turn.database.options().own_limits(), self.turn.lease.clone(), self.turn.clock());
        let (plan, phase) = (self.plan, &self.plan.phases()[index]);
        // What could not be undone has been done: its gates were checked then.
        let check = !phase.is_point_of_no_return();
        let is_last = index + 1 == plan.phases().len();
        let advance = self.turn.write(phase.id(), &limits, self.tell, |transaction, tell| {
            let now = clock.now();
            let mut gate = None;
            if check {
                let judgement = judge(transaction, plan, index, now, tell)?;
                if !judgement.is_open() {
                    return Ok(Advance::held(phase.id(), judgement.closed()));
                }
                gate = judgement.own().cloned();
            }
            let mut append =
                |event: Event| store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), now, &event);
            append(Event::phase_done(phase.id(), gate))?;
            if is_last {
                append(Event::Finished)?;
                return Ok(Advance::Finished);
            }
            Ok(Advance::phase_done(phase.id()))
        })?;
        telemetry::phase(plan, phase.id(), if matches!(advance, Advance::Held { .. }) { "held" } else { "done" });
        Ok(advance)
    }

    fn finish(self) -> Result<Advance, RunError> {
        let (limits, lease, clock) =
            (self.turn.database.options().own_limits(), self.turn.lease.clone(), self.turn.clock());
        let plan = self.plan.hash();
        self.turn.write("finish", &limits, self.tell, |transaction, _| {
            store::append(transaction, plan, lease.owner(), Some(lease.fence()), clock.now(), &Event::Finished)
        })?;
        Ok(Advance::Finished)
    }
}
