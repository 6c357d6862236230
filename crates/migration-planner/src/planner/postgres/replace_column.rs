//! A column that goes and comes back as another one under the same name.

use super::add_column::{self, Addition};
use super::drop_column::{self, Removal};
use crate::phase::Phase;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};

/// The whole of dropping it, to its last phase, and only then the new one: there is no moment in which a version that means the
/// one finds the other.
pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    old: &Column,
    new: &Column,
    fill: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let drop = Removal { column: old, fill, replaced: &[], kept_by_children: false };
    let mut phases = drop_column::phases(task, table, &drop)?;
    let without = table.clone().without_column(old.name());
    let add = Addition {
        column: new,
        constraints: &[],
        fill: fill.filter(|_| new.is_not_null() && new.default().is_none()),
        announced: false,
    };
    phases.extend(add_column::phases(task, &without, &add)?.into_iter().map(|phase| phase.called_for("new")));
    Ok(phases)
}
