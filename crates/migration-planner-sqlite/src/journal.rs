//! What happened, in order, and what follows from it.

use std::collections::BTreeSet;

use migration_planner::{GateState, Phase, Plan, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::Row;

/// Something that happened to a plan in a database.
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
/// use migration_planner_sqlite::Event;
///
/// assert_eq!(runner.journal()?[0].event, Event::Adopted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Event {
    /// The plan was begun.
    Adopted,
    /// Work in batches that cannot be undone was begun: its first batch was written in the transaction that wrote this.
    #[non_exhaustive]
    StepBegun {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
    },
    /// A step was done, in the transaction that wrote this.
    #[non_exhaustive]
    StepDone {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
        /// Whether it had been done by somebody else, so that nothing was left to do.
        found_done: bool,
    },
    /// A phase was left.
    #[non_exhaustive]
    PhaseDone {
        /// The phase.
        phase: String,
        /// What its gate said at that moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gate: Option<GateState>,
    },
    /// The plan came to its end.
    Finished,
    /// Rolling back was begun.
    RollbackStarted,
    /// A step was undone, in the transaction that wrote this and that undid the rest of its phase.
    #[non_exhaustive]
    StepUndone {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
    },
    /// Everything was undone.
    RolledBack,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its place in the journal; grows.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub runner: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl JournalEntry {
    pub(crate) fn of((seq, at, runner, event): Row) -> Self {
        Self { seq, at, runner, event }
    }
}

/// Where a plan stands, as its journal tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    steps: BTreeSet<(String, String)>,
    /// Those of which a part was done that cannot be undone.
    begun: BTreeSet<(String, String)>,
    phases: BTreeSet<String>,
    pub(crate) finished: bool,
    pub(crate) rolling_back: bool,
    pub(crate) rolled_back: bool,
}

impl Position {
    pub(crate) fn of(journal: &[Row]) -> Self {
        let mut position = Self::default();
        for (_, _, _, event) in journal {
            position.apply(event);
        }
        position
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Adopted => *self = Self::default(),
            Event::StepBegun { phase, step } => {
                self.begun.insert((phase.clone(), step.clone()));
            }
            Event::StepDone { phase, step, .. } => {
                self.steps.insert((phase.clone(), step.clone()));
            }
            Event::PhaseDone { phase, .. } => {
                self.phases.insert(phase.clone());
            }
            Event::Finished => self.finished = true,
            Event::RollbackStarted => self.rolling_back = true,
            Event::StepUndone { phase, step } => {
                self.steps.remove(&(phase.clone(), step.clone()));
                self.phases.remove(phase);
            }
            Event::RolledBack => {
                *self = Self { rolled_back: true, ..Self::default() };
            }
        }
    }

    /// Whether nothing more will happen to the plan.
    pub(crate) fn is_over(&self) -> bool {
        self.finished || self.rolled_back
    }

    pub(crate) fn has_step(&self, phase: &Phase, step: &str) -> bool {
        self.steps.contains(&(phase.id().to_owned(), step.to_owned()))
    }

    /// Whether a part of the step was done that cannot be undone.
    pub(crate) fn is_begun(&self, phase: &Phase, step: &str) -> bool {
        self.begun.contains(&(phase.id().to_owned(), step.to_owned()))
    }

    pub(crate) fn has_begun(&self, phase: &Phase) -> bool {
        self.steps.iter().chain(&self.begun).any(|(of, _)| of == phase.id())
    }

    pub(crate) fn has_phase(&self, phase: &Phase) -> bool {
        self.phases.contains(phase.id())
    }

    /// The index of the first phase that was not left.
    pub(crate) fn next_phase(&self, plan: &Plan) -> Option<usize> {
        plan.phases().iter().position(|phase| !self.has_phase(phase))
    }
}
