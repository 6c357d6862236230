//! Plans for PostgreSQL.

mod add_column;
mod add_constraint;
mod dependents;
mod drop_column;
mod facts;
mod fill;
mod impact;
mod indexes;
mod key_definition;
mod not_null;
mod row_key;
mod statements;
mod trigger;

use super::task::Task;
use crate::change::Change;
use crate::phase::Phase;
use crate::refusal::Refusal;
use crate::server::ServerKind;

/// The phases of a change, each step with what the locks' oracle says of it.
pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    let phases = match change {
        Change::AddColumn { table, column, constraints, fill, announced } => {
            let add = add_column::Addition { column, constraints, fill: fill.as_deref(), announced: *announced };
            add_column::phases(task, task.table(table)?, &add)?
        }
        Change::DropColumn { table, column, fill } => {
            let table = task.table(table)?;
            drop_column::phases(task, table, task.column(table, column)?, fill.as_deref())?
        }
        Change::SetNotNull { table, column, fill } => {
            let table = task.table(table)?;
            not_null::phases(task, table, task.column(table, column)?, fill.as_deref())?
        }
        Change::AddConstraint { table, constraint, surplus } => {
            add_constraint::phases(task, task.table(table)?, constraint, surplus.as_deref())?
        }
        Change::CreateIndex { table, index } => indexes::create(task, task.table(table)?, index)?,
        Change::DropIndex { index } => indexes::drop(task, index)?,
        Change::ReplaceIndex { index, by } => indexes::replace(task, index, by)?,
        Change::Reindex { index } => indexes::reindex(task, index)?,
        Change::DropNotNull { table, column } => {
            let table = task.table(table)?;
            not_null::drop(task, table, task.column(table, column)?)?
        }
        _ => return Err(Refusal::ServerNotSupported { change: task.words.clone(), kind: ServerKind::Postgres }),
    };
    impact::weighed(task, phases)
}
