//! Where a plan stands.

use migration_planner::{Fingerprint, GateState, PhaseKind, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use super::load;
use crate::error::RunError;

/// Where a plan stands, and what its gates say.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.db");
/// # rusqlite::Connection::open(&path)?.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")?;
/// # let found = migration_planner_sqlite::introspect(&path)?;
/// # let change = migration_planner::Change::drop_column("users", "old");
/// # let plan = migration_planner::Planner::new(&found.schema, found.server).plan(&change)?;
/// # let mut runner = migration_planner_sqlite::Runner::open(&path)?;
/// # runner.begin(&plan)?;
/// let status = runner.status()?;
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
    /// What its gate says now, whether or not the phase was left already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateState>,
    /// Whether it cannot be undone.
    pub point_of_no_return: bool,
}

/// How far a phase is.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.db");
/// # rusqlite::Connection::open(&path)?.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")?;
/// # let found = migration_planner_sqlite::introspect(&path)?;
/// # let change = migration_planner::Change::drop_column("users", "old");
/// # let plan = migration_planner::Planner::new(&found.schema, found.server).plan(&change)?;
/// # let mut runner = migration_planner_sqlite::Runner::open(&path)?;
/// # runner.begin(&plan)?;
/// use migration_planner_sqlite::PhaseState;
///
/// assert_eq!(runner.status()?.phases[1].state, PhaseState::Pending);
/// # Ok::<(), Box<dyn std::error::Error>>(())
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

pub(super) fn status(connection: &Connection, now: Timestamp) -> Result<Status, RunError> {
    let (plan, position) = load(connection)?.ok_or(RunError::NoPlan)?;
    let evidence = super::evidence(connection, &plan)?;
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
        gate: phase.gate().map(|gate| gate.evaluate(&evidence, now)),
        point_of_no_return: phase.is_point_of_no_return(),
    });
    Ok(Status {
        plan: plan.hash().clone(),
        change: plan.change().to_string(),
        phases: phases.collect(),
        finished: position.finished,
        rolling_back: position.rolling_back,
        rolled_back: position.rolled_back,
    })
}
