//! Where a plan stands.

use migration_planner::{Fingerprint, GateState, PhaseKind, Timestamp};
use postgres::Transaction;
use serde::Serialize;

use super::{gates, load};
use crate::pause::{self, Pause};
use crate::run_error::RunError;
use crate::{lease, shape};

/// Where a plan stands, and what its gates say.
///
/// ```no_run
/// let status = migration_planner_postgres::Runner::open("postgresql://localhost/app")?.status()?;
/// println!("{:?}", status.current().map(|phase| &phase.title));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The plan.
    pub plan: Fingerprint,
    /// The change, in words.
    pub change: String,
    /// The phases, in order.
    pub phases: Vec<PhaseStatus>,
    /// Whether all of it is done.
    pub finished: bool,
    /// Whether it is being rolled back.
    pub rolling_back: bool,
    /// Whether it was rolled back.
    pub rolled_back: bool,
    /// Who paused it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// The runner that is at work now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
    /// What others changed in the plan's tables since the runner left them: `- ` before what there was, `+ ` before what there is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
}

impl Status {
    /// The phase that comes next or is being worked on, `None` after the end.
    pub fn current(&self) -> Option<&PhaseStatus> {
        self.phases.iter().find(|phase| phase.state != PhaseState::Done)
    }
}

/// Where a phase stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PhaseStatus {
    /// Its id.
    pub phase: String,
    /// What it is about.
    pub title: String,
    /// What kind it is.
    pub kind: PhaseKind,
    /// Who deploys it.
    pub deployed_by: String,
    /// How far it is.
    pub state: PhaseState,
    /// How many of its steps are done.
    pub steps_done: usize,
    /// How many steps it has.
    pub steps: usize,
    /// What its gate says now, whether or not the phase was left already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateState>,
    /// Whether it cannot be undone.
    pub point_of_no_return: bool,
}

/// How far a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhaseState {
    /// Not begun, and not next.
    Pending,
    /// Next, or begun.
    Current,
    /// Left.
    Done,
}

pub(super) fn status(client: &mut Transaction<'_>, now: Timestamp) -> Result<Status, RunError> {
    let (plan, position) = load(client)?.ok_or(RunError::NoPlan)?;
    let evidence = gates::evidence(client)?;
    let next = if position.is_over() { None } else { position.next_phase(&plan) };
    let phases = plan.phases().iter().enumerate().map(|(index, phase)| PhaseStatus {
        phase: phase.id().to_owned(),
        title: phase.title().to_owned(),
        kind: phase.kind(),
        deployed_by: phase.deployed_by().to_string(),
        state: if position.has_phase(phase) {
            PhaseState::Done
        } else if next == Some(index) || position.has_begun(phase) {
            PhaseState::Current
        } else {
            PhaseState::Pending
        },
        steps_done: position.steps_of(phase),
        steps: phase.steps().len(),
        gate: phase.gate().map(|gate| gate.evaluate(&evidence, now)),
        point_of_no_return: phase.is_point_of_no_return(),
    });
    let is_settled = position.is_over() || position.has_open_step(&plan);
    Ok(Status {
        plan: plan.hash().clone(),
        change: plan.change().to_string(),
        phases: phases.collect(),
        finished: position.finished,
        rolling_back: position.rolling_back,
        rolled_back: position.rolled_back,
        paused: pause::of(client, plan.hash())?,
        runner: lease::holder(client)?.map(|(owner, _)| owner),
        drift: if is_settled { Vec::new() } else { shape::differences(client, &plan)? },
    })
}
