//! What the gates of a phase say.

use crate::evidence::Evidence;
use crate::gate::{Gate, GateState};
use crate::plan::Plan;
use crate::time::Timestamp;

/// What the gates say that have to be open for a phase to be left, or, beyond the point of no return, to be begun.
///
/// A runner makes it in the transaction of what it allows, and lets nobody record evidence until that ends: then evidence that comes
/// after the judgement came after the step as well.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table, Timestamp};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// use migration_planner::run::Judgement;
///
/// let judgement = Judgement::of(&plan, 0, &[], Timestamp::from_unix_millis(0));
/// assert!(!judgement.is_open(), "nothing is known of anybody");
/// assert_eq!(judgement.closed()[0].0, "application");
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Judgement {
    all: Vec<(String, GateState)>,
}

impl Judgement {
    /// Judges the gates of the phase at `index` by the `evidence` there is at `now`.
    ///
    /// # Panics
    /// If the plan has no such phase.
    pub fn of(plan: &Plan, index: usize, evidence: &[Evidence], now: Timestamp) -> Self {
        let server = plan.server().kind();
        let judged =
            gates(plan, index).map(|gate| (gate.consumer().to_owned(), gate.evaluate_on(server, evidence, now)));
        Self { all: judged.collect() }
    }

    /// Whether there is any gate to be judged.
    ///
    /// # Panics
    /// If the plan has no such phase.
    pub fn is_needed(plan: &Plan, index: usize) -> bool {
        gates(plan, index).next().is_some()
    }

    /// Whether all are open.
    pub fn is_open(&self) -> bool {
        self.all.iter().all(|(_, state)| state.is_open())
    }

    /// All consumers whose gates were judged, and what these say, in order.
    pub fn all(&self) -> &[(String, GateState)] {
        &self.all
    }

    /// The consumers whose gates are not open, and why.
    pub fn closed(&self) -> Vec<(String, GateState)> {
        self.all.iter().filter(|(_, state)| !state.is_open()).cloned().collect()
    }

    /// What the last of the gates says, which is the phase's own where it has one.
    pub fn own(&self) -> Option<&GateState> {
        self.all.last().map(|(_, state)| state)
    }
}

/// Beyond the point of no return those of all phases before it are asked once more.
fn gates(plan: &Plan, index: usize) -> impl Iterator<Item = &Gate> {
    let phase = &plan.phases()[index];
    plan.gates_before(if phase.is_point_of_no_return() { index } else { 0 }).chain(phase.gate())
}
