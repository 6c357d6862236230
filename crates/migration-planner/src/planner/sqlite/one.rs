//! Phases of one statement there and one back.

use crate::phase::{Phase, PhaseKind};
use crate::planner::Task;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

/// Every version works before and after.
pub(super) const COMPATIBLE: &str =
    "Every version of every consumer works before and after. Other writers wait while it runs.";

/// A step of statements that SQLite does in one transaction, on the table that the task is about.
pub(super) fn sql(task: &Task<'_>, id: &str, title: String, forward: Vec<String>, back: Vec<String>) -> Step {
    let undo = if back.is_empty() { Undo::Nothing } else { Undo::Sql { statements: back } };
    Step::new(id, title, Work::Sql { statements: forward }, Probe::Untold, undo)
        .with_impact(Impact::locking(task.subject.object(), LockMode::DatabaseWrite))
}

/// A phase of the database's.
pub(super) fn phase(task: &Task<'_>, kind: PhaseKind, instructions: &str, steps: Vec<Step>) -> Phase {
    Phase::database(&kind.to_string(), task.words.clone(), kind, instructions.to_owned(), steps)
}

/// What is looked up before anything is changed.
pub(super) fn verify(table: &crate::name::ObjectName, id: &str, never: String) -> Step {
    let title = format!("look for rows of `{table}` that would not do");
    Step::new(id, title, Work::Verify { table: table.clone(), never }, Probe::Untold, Undo::Nothing)
}
