//! What the gates of a plan say.

use migration_planner::run::{Judgement, Progress};
use migration_planner::{Evidence, Plan, Timestamp};
use rusqlite::Connection;

use crate::error::RunError;
use crate::{store, watch};

/// What was recorded, and what the plan's own triggers counted.
pub(super) fn evidence(connection: &Connection, plan: &Plan) -> Result<Vec<Evidence>, RunError> {
    let mut evidence = store::evidence(connection)?;
    evidence.extend(watch::writes(connection, plan)?);
    Ok(evidence)
}

/// Judges the gates that have to be open for a phase to be left, or, beyond the point of no return, to be begun.
pub(super) fn judge(
    connection: &Connection,
    plan: &Plan,
    index: usize,
    now: Timestamp,
    tell: &mut dyn FnMut(&Progress),
) -> Result<Judgement, RunError> {
    let judgement = Judgement::of(plan, index, &evidence(connection, plan)?, now);
    for (consumer, state) in judgement.all() {
        tell(&Progress::gate(consumer, state));
    }
    Ok(judgement)
}
