//! What a runner would do.

use serde::Serialize;

use super::blocker::Blocker;
use super::judgement::Judgement;
use super::pause::Pause;
use super::position::Position;
use crate::evidence::Evidence;
use crate::gate::GateState;
use crate::phase::{Phase, UndoPiece};
use crate::plan::Plan;
use crate::render;
use crate::step::Step;
use crate::time::Timestamp;

/// What a runner would do now.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table, Timestamp};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key());
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("city", "text")))?;
/// use migration_planner::run::{DryRun, Event, Position};
///
/// let would = DryRun::forward(&plan, &Position::of(&[Event::Adopted]), &[], Timestamp::from_unix_millis(0));
/// assert_eq!(would.steps[0].statements, ["ALTER TABLE users ADD COLUMN city text"]);
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryRun {
    /// The phase that would be worked on; `None` if there is none, or where all phases would be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The steps that are not done, or would be undone, in order.
    pub steps: Vec<DryStep>,
    /// The consumers whose gates would hold the phase back now, and why.
    pub gates: Vec<(String, GateState)>,
    /// Who paused the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// What has changed under the plan, see [`Status::drift`](super::Status::drift).
    pub drift: Vec<String>,
    /// Privileges that are missing, in words.
    pub missing_privileges: Vec<String>,
    /// The step that would fail, and why, where the runner can try the phase on a copy of the schema, as that of SQLite does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_fail: Option<(String, String)>,
}

/// What a runner would do in a step.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("name", "text")))?;
/// use migration_planner::Timestamp;
/// use migration_planner::run::{DryRun, Position};
///
/// let dry = DryRun::forward(&plan, &Position::default(), &[], Timestamp::from(std::time::SystemTime::UNIX_EPOCH));
/// assert_eq!(dry.steps[0].statements, ["ALTER TABLE users ADD COLUMN name text"]);
/// assert_eq!(dry.steps[0].locks, "ACCESS EXCLUSIVE on `users`");
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryStep {
    /// The phase it is in.
    pub phase: String,
    /// Its id.
    pub step: String,
    /// What it does, or undoes.
    pub title: String,
    /// What would be run. Batches are told as one statement over all rows.
    pub statements: Vec<String>,
    /// The locks that are predicted, in words.
    pub locks: String,
    /// Whether the catalog says that it is done already, so that nothing would be.
    pub found_done: bool,
    /// Others that hold a lock on one of its tables at this moment.
    pub in_the_way: Vec<Blocker>,
}

impl DryRun {
    /// What advancing would do, as far as the plan, its journal and the evidence at `now` tell. What the database says, of steps and
    /// of the plan as a whole, is for the runner to add.
    pub fn forward(plan: &Plan, position: &Position, evidence: &[Evidence], now: Timestamp) -> Self {
        let next = if position.is_over() { None } else { position.next_phase(plan) };
        let Some(index) = next else { return Self::default() };
        let phase = &plan.phases()[index];
        let steps = phase.steps().iter().filter(|step| !position.has_step(phase, step.id()));
        Self {
            phase: Some(phase.id().to_owned()),
            steps: steps.map(|step| DryStep::of(phase, step, render::statements(step.work()))).collect(),
            gates: Judgement::of(plan, index, evidence, now).closed(),
            ..Self::default()
        }
    }

    /// What rolling back would do.
    ///
    /// # Errors
    /// The step that cannot be undone, so that nothing would be.
    pub fn back<'a>(plan: &'a Plan, position: &Position) -> Result<Self, &'a Step> {
        if let Some(step) = position.past_return(plan, 0) {
            return Err(step);
        }
        let steps = plan.phases().iter().rev().flat_map(|phase| {
            let pieces = phase.way_back(|step| position.has_touched(phase, step)).into_iter();
            let steps = pieces.flat_map(|piece| match piece {
                UndoPiece::Together(steps) => steps,
                UndoPiece::Outside(step) => vec![step],
            });
            steps.map(move |step| DryStep::of(phase, step, render::undo_statements(step.undo())))
        });
        Ok(Self { steps: steps.collect(), ..Self::default() })
    }
}

impl DryStep {
    fn of(phase: &Phase, step: &Step, statements: Vec<String>) -> Self {
        Self {
            phase: phase.id().to_owned(),
            step: step.id().to_owned(),
            title: step.title().to_owned(),
            statements,
            locks: step.impact().to_string(),
            found_done: false,
            in_the_way: Vec::new(),
        }
    }
}
