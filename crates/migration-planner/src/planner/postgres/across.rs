//! Values that move from one table to another: moved columns, tables that are split and merged, references that become rows.
//!
//! Triggers on both tables write to the other what is written to the one, wherever the two differ: where they do not, there is
//! nothing left to write, and that ends it. Whoever writes one row of each at once in two orders may be told of a deadlock, as with
//! any two tables.

mod junction;
mod link;

use link::{Link, Rows};

use super::dependents::{refuse_dependents_of_column, refuse_dependents_of_table};
use super::tables;
use crate::change::Change;
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::pairing::refuse_ambiguous;
use crate::planner::postgres::names::{find_column, refuse_taken_column};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::MoveColumns { table, columns, to, on } => {
            let (from, to) = (task.table(table)?, task.table(to)?);
            moved(task, from, columns, to, on)
        }
        Change::SplitTable { table, columns, into, on } => split(task, task.table(table)?, columns, into, on),
        Change::MergeTables { table, into, on } => merged(task, task.table(table)?, task.table(into)?, on),
        Change::MakeJunction { table, column, into, own, other } => {
            let table = task.table(table)?;
            junction::phases(task, table, find_column(table, column)?, into, own, other)
        }
        _ => Err(task.nothing_to_do()),
    }
}

fn moved(
    task: &Task<'_>,
    from: &Table,
    columns: &[String],
    to: &Table,
    on: &[(String, String)],
) -> Result<Vec<Phase>, Refusal> {
    let moving = moving(task, from, columns)?;
    for column in &moving {
        refuse_taken_column(to, column.name())?;
    }
    refuse_ambiguous(task, find_column, from, to, on)?;
    let link = Link { from, to, on, columns: moving, rows: Rows::AreThere };
    let mut phases =
        vec![link.expand(vec![link.add_columns()]), backfill(&link, vec![link.fill(task)?, link.verify()])];
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", to.name())));
    phases.push(columns_go(&link));
    Ok(phases)
}

/// The new table is made whole and gets a row for each.
fn split(
    task: &Task<'_>,
    from: &Table,
    columns: &[String],
    into: &Table,
    on: &[(String, String)],
) -> Result<Vec<Phase>, Refusal> {
    let moving = moving(task, from, columns)?;
    for name in columns.iter().map(String::as_str).chain(on.iter().map(|(_, theirs)| theirs.as_str())) {
        find_column(into, name)?;
    }
    refuse_ambiguous(task, find_column, from, into, on)?;
    let made: Vec<Step> = tables::create(task, into)?.iter().flat_map(|phase| phase.steps().to_vec()).collect();
    let link = Link { from, to: into, on, columns: moving, rows: Rows::AreMade };
    let mut phases =
        vec![link.expand(made), backfill(&link, vec![link.copy(task)?, link.verify_rows(), link.verify()])];
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", into.name())));
    phases.push(columns_go(&link));
    Ok(phases)
}

/// All columns of a table but those by which rows belong together move to another, then it goes.
fn merged(task: &Task<'_>, from: &Table, to: &Table, on: &[(String, String)]) -> Result<Vec<Phase>, Refusal> {
    refuse_dependents_of_table(task, from)?;
    let is_key = |column: &&Column| on.iter().any(|(own, _)| own == column.name());
    let moving: Vec<Column> = from.columns().iter().filter(|column| !is_key(column)).cloned().collect();
    for column in &moving {
        refuse_taken_column(to, column.name())?;
    }
    refuse_ambiguous(task, find_column, from, to, on)?;
    let link = Link { from, to, on, columns: moving, rows: Rows::GoWithThem };
    let mut phases =
        vec![link.expand(vec![link.add_columns()]), backfill(&link, vec![link.fill(task)?, link.verify()])];
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", to.name())));
    let mut statements = link.stop();
    statements.push(format!("DROP TABLE {}", postgres_name(from.name())));
    phases.push(last(format!("drop `{}`", from.name()), statements));
    Ok(phases)
}

/// The columns that move, which nothing else may need, and which may be left out by whoever writes the new place.
fn moving(task: &Task<'_>, from: &Table, columns: &[String]) -> Result<Vec<Column>, Refusal> {
    let mut moving = Vec::new();
    for name in columns {
        let column = find_column(from, name)?;
        refuse_dependents_of_column(task.schema, from, column.name())?;
        let is_given = column.default().is_some() || !column.is_not_null();
        if !is_given || column.generation().is_some() || column.identity_kind().is_some() {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: format!(
                    "`{}` cannot be left out by whoever writes the new place: let it be null, or give it a default, first",
                    ColumnRef::new(from.name(), column.name())
                ),
            });
        }
        moving.push(column.clone());
    }
    Ok(moving)
}

fn backfill(link: &Link<'_>, steps: Vec<Step>) -> Phase {
    Phase::database(
        "backfill",
        format!("fill {} of `{}` in all rows", link.names(), link.to.name()),
        PhaseKind::Backfill,
        "Runs in short transactions and can be stopped and resumed at any time.".to_owned(),
        steps,
    )
}

fn columns_go(link: &Link<'_>) -> Phase {
    let gone: Vec<String> = link.columns.iter().map(|column| format!("DROP COLUMN {}", ident(column.name()))).collect();
    let mut statements = link.stop();
    statements.push(format!("ALTER TABLE {} {}", postgres_name(link.from.name()), gone.join(", ")));
    last(format!("drop {} of `{}`", link.names(), link.from.name()), statements)
}

fn last(title: String, statements: Vec<String>) -> Phase {
    let step = Step::new("drop-old", title.clone(), Work::Sql { statements }, Probe::Untold, Undo::Impossible);
    Phase::database("contract", title, PhaseKind::Contract, "Every value is in its new place.".to_owned(), vec![step])
        .beyond_return()
}
