//! Adding a column: in one step where that changes the catalog alone, else filled in batches.

use super::add_constraint;
use super::facts::Fact;
use super::fill::Fill;
use super::impact::catalog;
use super::not_null;
use super::statements::{column_attached, column_definition};
use super::{domain_column, numbered_column};
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::refuse_taken_column;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Generated, Table};
use crate::sql::tokens::names_exactly;
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A column that is to be added.
pub(super) struct Addition<'a> {
    pub(super) column: &'a Column,
    pub(super) constraints: &'a [Constraint],
    /// What the rows get that are there.
    pub(super) fill: Option<&'a str>,
    /// Whether consumers have to get used to it first.
    pub(super) announced: bool,
}

pub(super) fn phases(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let column = add.column;
    refuse_taken_column(table, column.name())?;
    let is_small = task.rows(table).is_some_and(|rows| rows <= task.policy.small_table);
    if !is_small && let Some((column, mut constraints)) = domain_column::of_base_type(task, column) {
        constraints.extend_from_slice(add.constraints);
        return phases(task, table, &Addition { column: &column, constraints: &constraints, ..*add });
    }
    let with_it = table.clone().with_column(column.clone());
    let mut phases = if add.announced { task.switches("gets ready for", "") } else { Vec::new() };
    let object = ColumnRef::new(table.name(), column.name());
    let is_given = column.default().is_some() || column.generation().is_some() || column.identity_kind().is_some();
    let reads_row = |fill: &str| table.columns().iter().any(|own| names_exactly(fill, own.name()));
    if add.fill.is_some() && column.identity_kind().is_some() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: format!("`{object}` numbers the rows that are there by itself: say nothing to fill it with"),
        });
    }
    let mut steps = Vec::new();
    let mut after: Vec<Phase> = Vec::new();
    match add.fill {
        None if column.is_not_null() && !is_given && !is_serial(column) => {
            return Err(Refusal::NoValueForRows { column: object });
        }
        None if is_small || is_free(task, table, column) => steps.push(add_step(table, column)),
        None if column.identity_kind().is_some() || is_serial(column) => {
            steps.extend(numbered_column::numbered(task, table, column));
        }
        None if column.generation().is_some() => {
            let expression = column.generation().map_or("", Generated::expression);
            steps.extend(numbered_column::computed(task, table, column, expression));
        }
        None if column.default().is_none() => steps.push(add_step(table, column)),
        None => steps.extend(filled_by_default(task, &with_it, column)),
        Some(fill)
            if column.is_not_null()
                && !is_given
                && !reads_row(fill)
                && is_free(task, table, &defaulted(column, fill)) =>
        {
            // The default is there for rows that are there, and for writers that do not know the column yet.
            steps.push(add_step(table, &defaulted(column, fill)));
            after.extend(task.switches("gives a value to", " whenever it inserts a row"));
            after.push(default_goes(table, column, fill));
        }
        Some(fill) => {
            let filling = Fill { table: &with_it, column: column.name(), expression: fill, on_update: false };
            let bare = column.clone().nullable().without_default();
            steps.push(add_step(table, &bare));
            if let Some(default) = column.default() {
                steps.push(set_default(table, column, default));
            }
            steps.push(filling.trigger_step());
            steps.push(filling.batches(task));
            if column.is_not_null() {
                steps.extend(not_null::steps(&with_it, column.name()));
            }
            after.extend(task.switches("gives a value to", " whenever it inserts a row"));
            after.push(filling.cleanup());
        }
    }
    let attached = column_attached(table.name(), column);
    if !attached.is_empty() {
        let title = format!("say what `{object}` is for");
        steps.push(Step::new("describe", title, Work::Sql { statements: attached }, Probe::Untold, Undo::Nothing));
    }
    for constraint in add.constraints {
        steps.extend(add_constraint::steps(task, &with_it, constraint)?);
    }
    phases.push(Phase::database(
        "expand",
        format!("add `{object}`"),
        PhaseKind::Expand,
        "Inserts without a list of columns fail from here on, and `SELECT *` has one column more.".to_owned(),
        steps,
    ));
    phases.extend(after);
    Ok(phases)
}

fn defaulted(column: &Column, default: &str) -> Column {
    column.clone().default_value(default)
}

fn is_serial(column: &Column) -> bool {
    ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"]
        .iter()
        .any(|serial| column.data_type().eq_ignore_ascii_case(serial))
}

/// Whether adding the column changes the catalog alone.
fn is_free(task: &Task<'_>, table: &Table, column: &Column) -> bool {
    let effect = catalog(task).predict(&add_sql(table, column));
    effect.rewritten().is_empty() && effect.scanned().is_empty()
}

fn add_sql(table: &Table, column: &Column) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", postgres_name(table.name()), column_definition(column))
}

pub(super) fn add_step(table: &Table, column: &Column) -> Step {
    let drop = format!("ALTER TABLE {} DROP COLUMN {}", postgres_name(table.name()), ident(column.name()));
    Step::new(
        "add-column",
        format!("add `{}`", ColumnRef::new(table.name(), column.name())),
        Work::Sql { statements: vec![add_sql(table, column)] },
        Fact::column(table.name(), column.name()).probe(),
        Undo::Sql { statements: vec![drop] },
    )
}

fn set_default(table: &Table, column: &Column, default: &str) -> Step {
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    Step::new(
        "set-default",
        format!("give new rows a value in `{}`", ColumnRef::new(table.name(), column.name())),
        Work::Sql { statements: vec![format!("{alter} SET DEFAULT {default}")] },
        Probe::Untold,
        Undo::Sql { statements: vec![format!("{alter} DROP DEFAULT")] },
    )
}

/// A default that gives each row a value of its own is not given to old rows by the server without writing all of them at once.
fn filled_by_default(task: &Task<'_>, with_it: &Table, column: &Column) -> Vec<Step> {
    let default = column.default().unwrap_or("NULL");
    let bare = column.clone().nullable().without_default();
    let filling = Fill { table: with_it, column: column.name(), expression: default, on_update: false };
    let mut steps = vec![add_step(with_it, &bare), set_default(with_it, column, default), filling.batches(task)];
    if column.is_not_null() {
        steps.extend(not_null::steps(with_it, column.name()));
    }
    steps
}

/// Once every writer gives a value the default goes, since nobody asked for one.
fn default_goes(table: &Table, column: &Column, default: &str) -> Phase {
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    let object = ColumnRef::new(table.name(), column.name());
    let step = Step::new(
        "drop-default",
        format!("`{object}` has no default"),
        Work::Sql { statements: vec![format!("{alter} DROP DEFAULT")] },
        Probe::Untold,
        Undo::Sql { statements: vec![format!("{alter} SET DEFAULT {default}")] },
    );
    Phase::database(
        "cleanup",
        format!("`{object}` has to be given by whoever writes"),
        PhaseKind::Cleanup,
        "Writers that give no value fail from here on.".to_owned(),
        vec![step],
    )
}
