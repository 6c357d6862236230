//! Where a plan stands, for people and for programs.

use serde::Serialize;

use super::pause::Pause;
use super::position::Position;
use crate::evidence::Evidence;
use crate::gate::GateState;
use crate::hash::Fingerprint;
use crate::phase::{Phase, PhaseKind};
use crate::plan::Plan;
use crate::time::Timestamp;

/// Where a plan stands, and what its gates say.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table, Timestamp};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// use migration_planner::run::{Event, Position, Status};
///
/// let status = Status::of(&plan, &Position::of(&[Event::Adopted]), &[], Timestamp::from_unix_millis(0));
/// assert_eq!(status.current().map(|phase| phase.phase.as_str()), Some("switch-application"));
/// println!("{}", serde_json::to_string_pretty(&status)?);
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
    /// What a journal and the evidence at `now` say of a plan. Who paused it, who is at work and what has drifted is for the runner
    /// to add, who can look.
    pub fn of(plan: &Plan, position: &Position, evidence: &[Evidence], now: Timestamp) -> Self {
        let next = if position.is_over() { None } else { position.next_phase(plan) };
        let phase = |(index, phase): (usize, &Phase)| PhaseStatus {
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
            gate: phase.gate().map(|gate| gate.evaluate_on(plan.server().kind(), evidence, now)),
            point_of_no_return: phase.is_point_of_no_return(),
        };
        Self {
            plan: plan.hash().clone(),
            change: plan.change().to_string(),
            phases: plan.phases().iter().enumerate().map(phase).collect(),
            finished: position.is_finished(),
            rolling_back: position.is_rolling_back(),
            rolled_back: position.is_rolled_back(),
            paused: None,
            runner: None,
            drift: Vec::new(),
        }
    }

    /// The phase that comes next or is being worked on, `None` after the end.
    pub fn current(&self) -> Option<&PhaseStatus> {
        self.phases.iter().find(|phase| phase.state != PhaseState::Done)
    }
}

/// Where a phase stands.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// use migration_planner::Timestamp;
/// use migration_planner::run::{PhaseState, Position, Status};
///
/// let status = Status::of(&plan, &Position::default(), &[], Timestamp::from(std::time::SystemTime::UNIX_EPOCH));
/// let next = status.current().expect("nothing was done yet");
/// assert_eq!((next.phase.as_str(), next.steps_done, next.steps), ("expand", 0, 1));
/// assert_ne!(next.state, PhaseState::Done);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
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
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// use migration_planner::Timestamp;
/// use migration_planner::run::{PhaseState, Position, Status};
///
/// let status = Status::of(&plan, &Position::default(), &[], Timestamp::from(std::time::SystemTime::UNIX_EPOCH));
/// assert!(status.phases.iter().all(|phase| phase.state != PhaseState::Done));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
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
