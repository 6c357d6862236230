//! Values that move from one table to another: moved columns, tables that are split and merged, references that become rows.
//!
//! Triggers on both tables write to the other what is written to the one, wherever the two differ: where they do not, nothing is left
//! to write, and that ends it. Rows are made in batches as well, by writing over a value with itself, which has the triggers make them.

mod junction;
mod link;

use super::one::phase;
use super::quote::{quoted, quoted_table};
use super::{objects, refused, require};
use crate::change::Change;
use crate::name::{ColumnRef, same_name};
use crate::phase::{Phase, PhaseKind};
use crate::planner::pairing::refuse_ambiguous;
use crate::planner::task::{find_column, refuse_taken_column};
use crate::planner::{Site, Task, dependents};
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Column, Table};
use crate::server::ServerVersion;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};
use link::{Link, Rows};

const DROP_COLUMN: ServerVersion = ServerVersion::new(3, 35, 0);

pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    require(task.server, DROP_COLUMN, "moving values between tables")?;
    match change {
        Change::MoveColumns { table, columns, to, on } => moved(task, task.table(table)?, columns, task.table(to)?, on),
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
        in_step(task, link.expand(task, Vec::new()), vec![link.fill(task)?, link.verify()], &link.to_names());
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", to.name())));
    phases.push(last(task, from, link.stop().into_iter().chain(link.drop_columns()).collect()));
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
    for name in on.iter().map(|(_, theirs)| theirs) {
        find_column(into, name)?;
    }
    for column in &moving {
        let later = find_column(into, column.name())?;
        if !same_name(later.data_type(), column.data_type()) || later.is_not_null() || later.default().is_some() {
            let later = ColumnRef::new(into.name(), later.name());
            let reason = format!(
                "`{later}` is of another type, or has to be given, or has a default: change that in a step of its own"
            );
            return Err(refused::not_possible(task, &reason));
        }
    }
    refuse_ambiguous(task, find_column, from, into, on)?;
    let made = objects::create_table(task, into)?.iter().flat_map(|phase| phase.steps().to_vec()).collect();
    let link = Link { from, to: into, on, columns: moving, rows: Rows::AreMade };
    let fill = vec![link.make(task)?, link.verify_rows(), link.verify()];
    let mut phases = in_step(task, link.expand(task, made), fill, &link.to_names());
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", into.name())));
    phases.push(last(task, from, link.stop().into_iter().chain(link.drop_columns()).collect()));
    Ok(phases)
}

/// All columns of a table but those by which rows belong together move to another, then it goes.
fn merged(task: &Task<'_>, from: &Table, to: &Table, on: &[(String, String)]) -> Result<Vec<Phase>, Refusal> {
    objects::refuse_needed_table(task, from)?;
    let is_key = |column: &&Column| on.iter().any(|(own, _)| same_name(own, column.name()));
    let names: Vec<&str> = from.columns().iter().filter(|column| !is_key(column)).map(Column::name).collect();
    let moving: Vec<Column> = names.iter().map(|name| find_column(from, name).cloned()).collect::<Result<_, _>>()?;
    for column in &moving {
        refuse_taken_column(to, column.name())?;
        refuse_given(task, from, column)?;
        refuse_fired(task, from, column)?;
    }
    refuse_ambiguous(task, find_column, from, to, on)?;
    let link = Link { from, to, on, columns: moving, rows: Rows::GoWithThem };
    let mut phases =
        in_step(task, link.expand(task, Vec::new()), vec![link.fill(task)?, link.verify()], &link.to_names());
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", to.name())));
    let drop = format!("DROP TABLE {}", quoted_table(from.name()));
    phases.push(last(task, from, link.stop().into_iter().chain([drop]).collect()));
    Ok(phases)
}

/// The columns that move, which nothing else may need, and which may be left out by whoever writes the new place.
fn moving(task: &Task<'_>, from: &Table, names: &[String]) -> Result<Vec<Column>, Refusal> {
    let mut moving = Vec::new();
    for name in names {
        let column = find_column(from, name)?;
        refuse_needed(task, from, column)?;
        refuse_given(task, from, column)?;
        refuse_fired(task, from, column)?;
        moving.push(column.clone());
    }
    if moving.is_empty() {
        return Err(task.nothing_to_do());
    }
    Ok(moving)
}

fn refuse_needed(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    let site = Site { schema: task.schema, server: task.server, policy: task.policy, table, column };
    let mut needed = dependents::dependents(&site);
    let (own, shared) = dependents::indexes(&site);
    needed.extend(own.iter().chain(&shared).map(|index| Dependent::Index { name: index.name().clone() }));
    dependents::refuse_if_any(site.object(), needed)
}

/// A row is written in two places by two writers, and each leaves out what it does not know.
fn refuse_given(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    if column.is_not_null() || column.default().is_some() || column.generation().is_some() {
        let column = ColumnRef::new(table.name(), column.name());
        let reason =
            format!("`{column}` is not simply NULL where it is left out: let it be null and drop its default first");
        return Err(refused::not_possible(task, &reason));
    }
    Ok(())
}

/// What triggers do where a column is written they would do twice.
fn refuse_fired(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    let fires = task.schema.triggers().iter().find(|trigger| trigger.fires_on_update_of(table.name(), column.name()));
    fires.map_or(Ok(()), |trigger| {
        Err(Refusal::TriggerWouldFire {
            column: ColumnRef::new(table.name(), column.name()),
            trigger: trigger.name().clone(),
        })
    })
}

/// The phases in which both places come to be the same.
fn in_step(task: &Task<'_>, expand: Vec<Step>, fill: Vec<Step>, names: &str) -> Vec<Phase> {
    vec![
        phase(
            task,
            PhaseKind::Expand,
            "From here on both places can be written. Inserts without a list of columns fail where there are more columns.",
            expand,
        ),
        phase(
            task,
            PhaseKind::Backfill,
            &format!("Brings {names} up to date in short transactions, and can be stopped and resumed at any time."),
            fill,
        ),
    ]
}

/// The triggers go, and the old place with them.
fn last(task: &Task<'_>, table: &Table, statements: Vec<String>) -> Phase {
    let step = Step::new(
        "drop-old",
        "drop what was moved".to_owned(),
        Work::Sql { statements },
        Probe::Untold,
        Undo::Impossible,
    )
    .with_impact(Impact::locking(table.name(), LockMode::DatabaseWrite).rewriting(task.rows(table)));
    phase(task, PhaseKind::Contract, "Every value is in its new place.", vec![step]).beyond_return()
}

/// `a = x.b` for pairs of columns, joined.
fn equal<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>, left: &str, right: &str) -> String {
    let same: Vec<String> = pairs.map(|(a, b)| format!("{left}{} = {right}{}", quoted(a), quoted(b))).collect();
    same.join(" AND ")
}
