//! What the gates of a plan say.

use migration_planner::run::{Judgement, Progress};
use migration_planner::{Evidence, Plan, Timestamp};
use postgres::GenericClient;

use crate::run_error::{RunError, refused};
use crate::store;
use crate::turn::Tell;

/// Everything that speaks for or against a gate. Whatever looks at the database itself, such as triggers that count writes, adds
/// its records here.
pub(super) fn evidence(client: &mut impl GenericClient) -> Result<Vec<Evidence>, RunError> {
    store::evidence(client)
}

/// Judges the gates that have to be open for a phase to be left, or, beyond the point of no return, to be begun.
///
/// Until the transaction ends nobody else can record: evidence that comes after the judgement came after the step as well.
pub(super) fn judge(
    client: &mut impl GenericClient,
    plan: &Plan,
    index: usize,
    now: Timestamp,
    tell: Tell<'_>,
) -> Result<Judgement, RunError> {
    if !Judgement::is_needed(plan, index) {
        return Ok(Judgement::of(plan, index, &[], now));
    }
    let lock = "LOCK TABLE cutover.evidence IN SHARE MODE";
    client.batch_execute(lock).map_err(refused("holding the evidence still"))?;
    let judgement = Judgement::of(plan, index, &evidence(client)?, now);
    for (consumer, state) in judgement.all() {
        tell(&Progress::gate(consumer, state));
    }
    Ok(judgement)
}
