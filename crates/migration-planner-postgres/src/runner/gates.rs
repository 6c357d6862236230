//! What the gates of a plan say.

use migration_planner::{Evidence, GateState, Phase, Plan, Timestamp};
use postgres::GenericClient;

use crate::progress::Progress;
use crate::run_error::RunError;
use crate::store;
use crate::turn::Tell;

/// What the gates of a phase say.
pub(super) struct Judged {
    /// Those that are not open.
    pub(super) closed: Vec<(String, GateState)>,
    /// The phase's own.
    pub(super) own: Option<GateState>,
}

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
) -> Result<Judged, RunError> {
    let phase: &Phase = &plan.phases()[index];
    let gates: Vec<_> = {
        let earlier = plan.gates_before(if phase.is_point_of_no_return() { index } else { 0 });
        earlier.chain(phase.gate()).collect()
    };
    if gates.is_empty() {
        return Ok(Judged { closed: Vec::new(), own: None });
    }
    let lock = "LOCK TABLE cutover.evidence IN SHARE MODE";
    client.batch_execute(lock).map_err(RunError::refused("holding the evidence still"))?;
    let evidence = evidence(client)?;
    let (mut closed, mut own) = (Vec::new(), None);
    for gate in gates {
        let state = gate.evaluate(&evidence, now);
        tell(&Progress::Gate { consumer: gate.consumer().to_owned(), state: state.clone() });
        if !state.is_open() {
            closed.push((gate.consumer().to_owned(), state.clone()));
        }
        own = Some(state);
    }
    Ok(Judged { closed, own })
}
