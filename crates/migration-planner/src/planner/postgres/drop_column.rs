//! Dropping a column: everybody stops using it, it is hidden under another name, then it goes.

use super::dependents::refuse_dependents_of_column;
use super::facts::Fact;
use super::objects;
use crate::name::{ColumnRef, ObjectName};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::own_name;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Object, Schema, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A column that is to go.
pub(super) struct Removal<'a> {
    pub(super) column: &'a Column,
    /// What rows get that are written without it while it can still come back.
    pub(super) fill: Option<&'a str>,
    /// What names it, as it is to be without it.
    pub(super) replaced: &'a [Object],
    /// Whether the tables that inherit from this one keep it.
    pub(super) kept_by_children: bool,
}

pub(super) fn phases(task: &Task<'_>, table: &Table, drop: &Removal<'_>) -> Result<Vec<Phase>, Refusal> {
    let Removal { column, replaced, .. } = *drop;
    refuse_inherited(task, table, column)?;
    let without = replaced.iter().fold(task.schema.clone(), |schema, object| schema.with_object(object.clone()));
    refuse_dependents_of_column(&without, table, column.name())?;
    let replace = objects::replace_steps(task, replaced)?;
    if table.columns().len() == 1 {
        return Err(Refusal::LastColumn { column: ColumnRef::new(table.name(), column.name()) });
    }
    let children = children(task.schema, table.name());
    // Who inherits nothing of it keeps nothing of it either.
    let only = if drop.kept_by_children && !children.is_empty() { "ONLY " } else { "" };
    let mut phases = Vec::new();
    let is_given = column.default().is_some() || column.generation().is_some() || column.identity_kind().is_some();
    if column.is_not_null() && !is_given {
        phases.push(expand(table, column, drop.fill, only)?);
    }
    phases.extend(task.switches("stops using", ""));
    if !replace.is_empty() {
        phases.push(Phase::database(
            "replace",
            format!("what names `{}` no longer does", ColumnRef::new(table.name(), column.name())),
            PhaseKind::Contract,
            "Whoever fails with a new definition is helped at once by rolling this phase back.".to_owned(),
            replace,
        ));
    }
    let stays_in = |child: &&Table| child.column(column.name()).is_some_and(|own| !own.is_inherited());
    if only.is_empty() && !children.iter().any(stays_in) {
        let hidden = tombstone(column);
        phases.extend([hide(table, column), contract(table, column, &hidden, only)]);
    } else {
        // Hiding it would hide it in the tables that keep it as well.
        phases.push(contract(table, column, column.name(), only));
    }
    Ok(phases)
}

/// The server lets a column go only where it was declared.
fn refuse_inherited(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    if !column.is_inherited() || table.parents().is_empty() {
        return Ok(());
    }
    let parents: Vec<String> = table.parents().iter().map(|parent| format!("`{parent}`")).collect();
    Err(Refusal::NotPossible {
        change: task.words.clone(),
        kind: task.server.kind(),
        reason: format!(
            "`{}` has it from {}: drop it there, or end the inheritance first",
            table.name(),
            parents.join(" or ")
        ),
    })
}

/// All tables that inherit from the one called `name`, however far down.
fn children<'a>(schema: &'a Schema, name: &ObjectName) -> Vec<&'a Table> {
    let mut found: Vec<&'a Table> = Vec::new();
    let mut names = vec![name.clone()];
    while let Some(parent) = names.pop() {
        let own = schema.tables().iter().filter(|table| table.parents().contains(&parent));
        for child in own {
            if !found.iter().any(|known| known.name() == child.name()) {
                names.push(child.name().clone());
                found.push(child);
            }
        }
    }
    found
}

/// Whoever stops writing the column first must not have its inserts refused. A default does that without letting the column be
/// null, so that undoing it has no rows to mend.
fn expand(table: &Table, column: &Column, fill: Option<&str>, only: &str) -> Result<Phase, Refusal> {
    let object = ColumnRef::new(table.name(), column.name());
    let fill = fill
        .filter(|fill| !fill.trim().eq_ignore_ascii_case("null"))
        .ok_or_else(|| Refusal::NothingToFillWith { column: object.clone() })?;
    let alter = format!("ALTER TABLE {only}{} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    let step = Step::new(
        "set-default",
        format!("give `{object}` a default"),
        Work::Sql { statements: vec![format!("{alter} SET DEFAULT {fill}")] },
        Probe::Untold,
        Undo::Sql { statements: vec![format!("{alter} DROP DEFAULT")] },
    );
    Ok(Phase::database(
        "expand",
        format!("let rows be written without `{object}`"),
        PhaseKind::Expand,
        "Every version of every consumer works before and after.".to_owned(),
        vec![step],
    ))
}

/// The name that a column has between the day nobody uses it any more and the day it goes.
fn tombstone(column: &Column) -> String {
    own_name("gone", column.name())
}

fn hide(table: &Table, column: &Column) -> Phase {
    let object = ColumnRef::new(table.name(), column.name());
    let (alter, hidden) = (format!("ALTER TABLE {}", postgres_name(table.name())), tombstone(column));
    let step = Step::new(
        "hide-column",
        format!("give `{object}` a name that nobody uses"),
        Work::Sql { statements: vec![format!("{alter} RENAME COLUMN {} TO {}", ident(column.name()), ident(&hidden))] },
        Fact::column(table.name(), &hidden).probe(),
        Undo::Sql { statements: vec![format!("{alter} RENAME COLUMN {} TO {}", ident(&hidden), ident(column.name()))] },
    );
    Phase::database(
        "hide",
        format!("hide `{object}`"),
        PhaseKind::Contract,
        "Whoever still used it fails now, and is helped at once by rolling this phase back: nothing is lost yet. Wait for as \
         long as the slowest consumer takes to come round."
            .to_owned(),
        vec![step],
    )
}

/// The end of the column, which is called `name` by then; with `only`, of this table's alone.
fn contract(table: &Table, column: &Column, name: &str, only: &str) -> Phase {
    let object = ColumnRef::new(table.name(), column.name());
    let step = Step::new(
        "drop-column",
        format!("drop `{object}`"),
        Work::Sql {
            statements: vec![format!("ALTER TABLE {only}{} DROP COLUMN {}", postgres_name(table.name()), ident(name))],
        },
        Fact::column(table.name(), name).not().probe(),
        Undo::Impossible,
    );
    Phase::database(
        "contract",
        format!("drop `{object}`"),
        PhaseKind::Contract,
        "What is in the column is gone for good. Take a copy first if anybody may ask for it.".to_owned(),
        vec![step],
    )
    .beyond_return()
}
