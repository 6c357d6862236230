//! Plans for SQLite: by its own statements where it has them, else by making the table anew.

mod across;
mod columns;
mod constraints;
mod definition;
mod derived;
mod drop_column;
mod objects;
mod one;
mod programs;
mod quote;
mod rebuild;
mod refused;
mod rename_column;
mod row_key;
mod sync_triggers;
mod write_watch;

use row_key::row_key;

use super::{Site, Task};
use crate::change::Change;
use crate::phase::{Phase, PhaseKind};
use crate::refusal::Refusal;
use crate::schema::{ObjectKind, Table};
use crate::server::{Server, ServerKind, ServerVersion};
use crate::sql::Dialect;
use crate::sql::tokens::tokens;
use crate::step::{Step, TransactionMode, Undo, Work};

const DROP_NOT_NULL: ServerVersion = ServerVersion::new(3, 53, 0);

/// The phases of a change.
pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    let phases = of_columns(task, change)?;
    // Only a write-ahead log lets others read while something is written.
    let readers_wait = task.server.setting("journal_mode").is_some_and(|mode| !mode.eq_ignore_ascii_case("wal"));
    let is_long = |step: &Step| {
        step.transaction() != TransactionMode::PerBatch && (step.impact().rewrites() || step.impact().scans())
    };
    let told = |phase: Phase| {
        if readers_wait && phase.steps().iter().any(is_long) {
            phase.remarking("Readers wait meanwhile, too: the database is not in WAL mode.")
        } else {
            phase
        }
    };
    Ok(phases.into_iter().map(told).collect())
}

fn of_columns(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::AddColumn { table, column, constraints, fill, announced } => {
            let add = columns::Addition { column, constraints, fill: fill.as_deref(), announced: *announced };
            columns::add(task, task.table(table)?, &add)
        }
        Change::DropColumn { table, column, fill, replaced, .. } => {
            drop_column::phases(task, &Site::of(task, table, column)?, fill.as_deref(), replaced)
        }
        Change::ReplaceColumn { table, column, fill } => {
            replace_column(task, task.table(table)?, column, fill.as_deref())
        }
        Change::RenameColumn { table, column, to } => {
            rename_column::phases(&Site::of(task, table, column)?, task.consumers, to)
        }
        Change::SplitColumn { table, column, into, back } => {
            let back: Vec<String> = back.iter().cloned().collect();
            derived::phases(task, task.table(table)?, std::slice::from_ref(column), into, &back)
        }
        Change::MergeColumns { table, columns, into, back } => {
            derived::phases(task, task.table(table)?, columns, std::slice::from_ref(&**into), back)
        }
        Change::ChangeType { table, column, data_type, up, down, valid } => {
            let (up, down, valid) = (up.as_deref(), down.as_deref(), valid.as_deref());
            columns::change_type(task, task.table(table)?, column, &columns::Conversion { data_type, up, down, valid })
        }
        Change::SetDefault { table, column, default } => {
            columns::set_default(task, task.table(table)?, column, default.as_deref())
        }
        Change::SetNotNull { table, column, fill } => {
            columns::set_not_null(task, task.table(table)?, column, fill.as_deref())
        }
        Change::DropNotNull { table, column } => columns::drop_not_null(task, task.table(table)?, column),
        Change::DropExpression { table, column } => columns::drop_expression(task, task.table(table)?, column),
        Change::AddConstraint { table, constraint, surplus, more, index, .. } => {
            let all = std::iter::once(&**constraint).chain(more).collect();
            let add = constraints::Addition { all, surplus: surplus.as_deref(), index: index.as_deref() };
            constraints::add(task, task.table(table)?, &add)
        }
        Change::DropConstraint { table, name } => constraints::drop(task, task.table(table)?, name),
        Change::RenameConstraint { table, name, to } => constraints::rename(task, task.table(table)?, name, to),
        Change::ReplaceConstraint { table, name, by } => constraints::replace(task, task.table(table)?, name, by),
        _ => of_others(task, change),
    }
}

fn of_others(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::CreateTable { table } => objects::create_table(task, table),
        Change::DropTable { table } => objects::drop_table(task, task.table(table)?),
        Change::ReplaceTable { table } => replace_table(task, table),
        Change::RenameTable { table, to } => objects::rename_table(task, task.table(table)?, to),
        Change::RebuildTable { table, to } => objects::rebuild_table(task, task.table(table)?, to),
        Change::CreateIndex { table, index } => objects::create_an_index(task, task.table(table)?, index),
        Change::DropIndex { index } => objects::drop_index(task, index),
        Change::ReplaceIndex { index, by } => objects::replace_index(task, index, by),
        Change::RenameIndex { index, to } => objects::rename_index(task, index, to),
        Change::Reindex { index } => objects::reindex(task, index),
        Change::Analyze { table } => Ok(objects::analyze(task, task.table(table)?)),
        Change::Create { object } => programs::create(task, object),
        Change::Replace { object } => programs::replace(task, object),
        Change::Drop { kind: kind @ (ObjectKind::View | ObjectKind::Trigger), name, .. } => {
            programs::drop(task, *kind, name)
        }
        Change::Drop { kind, .. } | Change::Rename { kind, .. } => Err(refused::of_kind(task, *kind)),
        Change::MoveColumns { .. }
        | Change::SplitTable { .. }
        | Change::MergeTables { .. }
        | Change::MakeJunction { .. } => across::phases(task, change),
        Change::Fill { table, set, needs } => {
            let table = task.table(table)?;
            let (key, batch_rows) = (row_key(table)?, task.policy.batch_rows);
            let work =
                Work::Backfill { table: table.name().clone(), key, set: set.clone(), needs: needs.clone(), batch_rows };
            Ok(columns::rows(task, table, "fill", work))
        }
        Change::DeleteRows { table, when } => {
            let table = task.table(table)?;
            let (key, batch_rows) = (row_key(table)?, task.policy.batch_rows);
            let work = Work::Delete { table: table.name().clone(), key, when: when.clone(), batch_rows };
            let mut phases = task.switches("no longer needs these rows of", "");
            phases.extend(columns::rows(task, table, "delete", work));
            Ok(phases)
        }
        Change::Sql { statements, undo } => {
            if statements.iter().chain(undo.iter().flatten()).any(|sql| ends_transactions(sql)) {
                let reason = "a step is one transaction of the runner's: leave BEGIN, COMMIT and ROLLBACK away";
                return Err(refused::not_possible(task, reason));
            }
            let step = one::sql(task, "run", task.words.clone(), statements.clone(), undo.clone().unwrap_or_default());
            let instructions = "The statements are somebody's own.";
            let phase = |step| one::phase(task, PhaseKind::Contract, instructions, vec![step]);
            Ok(vec![match undo {
                Some(_) => phase(step),
                None => phase(step.undone_by(Undo::Impossible)).beyond_return(),
            }])
        }
        _ => Err(refused::of(task, change)),
    }
}

/// The whole of dropping a column, to its last phase, and only then the new one.
fn replace_column(
    task: &Task<'_>,
    table: &Table,
    new: &crate::schema::Column,
    fill: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let site = Site::of(task, table.name(), new.name())?;
    let mut phases = drop_column::phases(task, &site, fill, &[])?;
    let without = rebuild::without(table, &[new.name()]);
    let fill = fill.filter(|_| new.is_not_null() && new.default().is_none());
    let add = columns::Addition { column: new, constraints: &[], fill, announced: false };
    phases.extend(columns::add(task, &without, &add)?.into_iter().map(|phase| phase.called_for("new")));
    Ok(phases)
}

/// The whole of dropping a table, to its last phase, and only then the new one.
fn replace_table(task: &Task<'_>, new: &Table) -> Result<Vec<Phase>, Refusal> {
    let mut phases = objects::drop_table(task, task.table(new.name())?)?;
    let without = task.schema.clone().without_table(new.name());
    let created = objects::create_table(&task.within(&without), new)?;
    phases.extend(created.into_iter().map(|phase| phase.called_for("new")));
    Ok(phases)
}

/// Whether a script holds a statement that begins or ends a transaction.
fn ends_transactions(script: &str) -> bool {
    let words = ["begin", "commit", "end", "rollback", "savepoint", "release"];
    let parts = Dialect::Sqlite.split(script);
    parts
        .iter()
        .any(|part| tokens(part.text()).next().is_some_and(|first| words.iter().any(|word| first.is_keyword(word))))
}

fn require(server: &Server, needed: ServerVersion, what: &str) -> Result<(), Refusal> {
    if server.version() >= needed {
        return Ok(());
    }
    Err(Refusal::ServerTooOld { what: what.to_owned(), kind: ServerKind::Sqlite, needed, found: server.version() })
}
