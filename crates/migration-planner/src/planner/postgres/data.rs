//! Changes of rows, some at a time.

use super::row_key::row_address;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::Task;
use crate::schema::Table;
use crate::step::{Probe, Step, Undo, Work};

pub(super) fn fill(task: &Task<'_>, table: &Table, set: &str, needs: &str) -> Vec<Phase> {
    let work = Work::Backfill {
        table: table.name().clone(),
        key: row_address(table),
        set: set.to_owned(),
        needs: needs.to_owned(),
        batch_rows: task.policy.batch_rows,
    };
    vec![for_good(task, "fill", work, "What was in these columns is gone for good.")]
}

pub(super) fn delete(task: &Task<'_>, table: &Table, when: &str) -> Vec<Phase> {
    let work = Work::Delete {
        table: table.name().clone(),
        key: row_address(table),
        when: when.to_owned(),
        batch_rows: task.policy.batch_rows,
    };
    let mut phases = task.switches("no longer needs these rows of", "");
    phases.push(for_good(task, "delete", work, "What is in these rows is gone for good."));
    phases
}

fn for_good(task: &Task<'_>, id: &str, work: Work, loss: &str) -> Phase {
    let step = Step::new(id, task.words.clone(), work, Probe::Untold, Undo::Impossible);
    let instructions =
        format!("{loss} Take a copy first if anybody may ask for it. Can be stopped and resumed at any time.");
    Phase::database(id, task.words.clone(), PhaseKind::Backfill, instructions, vec![step]).beyond_return()
}
