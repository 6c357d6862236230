//! Making a column reject NULL without reading all rows under a lock.

use super::facts::Fact;
use super::fill::Fill;
use super::statements::drop_constraint;
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::own_name;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    fill: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    if column.is_not_null() {
        return Err(task.nothing_to_do());
    }
    let object = ColumnRef::new(table.name(), column.name());
    let require = |instructions: &str| {
        Phase::database(
            "require",
            format!("`{object}` rejects NULL"),
            PhaseKind::Contract,
            instructions.to_owned(),
            steps(table, column.name()),
        )
    };
    let Some(fill) = fill else {
        let mut phases = task.switches("stops writing NULL to", ", and always gives a value");
        phases.push(require("Fails, and changes nothing, if a row has no value."));
        return Ok(phases);
    };
    let fill = Fill { table, column: column.name(), expression: fill, on_update: true };
    let mut phases = fill.phases(task);
    phases.push(require("Every row has a value, and every writer gives one or is given one."));
    phases.extend(task.switches("stops writing NULL to", ", and always gives a value"));
    phases.push(fill.cleanup());
    Ok(phases)
}

/// A check that is not valid, its validation, and then NOT NULL, which believes the check.
pub(super) fn steps(table: &Table, column: &str) -> Vec<Step> {
    let (alter, own) = (format!("ALTER TABLE {}", postgres_name(table.name())), ident(column));
    let check = check_name(column);
    let object = ColumnRef::new(table.name(), column);
    let add = format!("{alter} ADD CONSTRAINT {} CHECK ({own} IS NOT NULL) NOT VALID", ident(&check));
    let drop = drop_constraint(table.name(), &check);
    vec![
        Step::new(
            &format!("check-{column}"),
            format!("reject NULL in new rows of `{object}`"),
            Work::Sql { statements: vec![add.clone()] },
            Fact::constraint(table.name(), &check).probe(),
            Undo::Sql { statements: vec![drop.clone()] },
        ),
        Step::new(
            &format!("validate-{column}"),
            format!("look for NULL in the old rows of `{object}`"),
            Work::Sql { statements: vec![format!("{alter} VALIDATE CONSTRAINT {}", ident(&check))] },
            Fact::constraint_valid(table.name(), &check).probe(),
            Undo::Nothing,
        ),
        Step::new(
            &format!("not-null-{column}"),
            format!("`{object}` rejects NULL"),
            Work::Sql { statements: vec![format!("{alter} ALTER COLUMN {own} SET NOT NULL"), drop] },
            Fact::column_not_null(table.name(), column).probe(),
            Undo::Sql { statements: vec![format!("{alter} ALTER COLUMN {own} DROP NOT NULL"), add] },
        ),
    ]
}

fn check_name(column: &str) -> String {
    own_name("not_null", column)
}

/// Letting a column be NULL: whoever reads it has to live with that first.
pub(super) fn drop(task: &Task<'_>, table: &Table, column: &Column) -> Result<Vec<Phase>, Refusal> {
    if !column.is_not_null() {
        return Err(task.nothing_to_do());
    }
    let object = ColumnRef::new(table.name(), column.name());
    let set = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(column.name()));
    let back = steps(table, column.name()).into_iter().flat_map(|step| match step.work() {
        Work::Sql { statements } => statements.clone(),
        _ => Vec::new(),
    });
    // By themselves, so that nobody waits for the check of all rows. An attempt that was cut off may have left its check behind.
    let clear = drop_constraint(table.name(), &check_name(column.name())).replacen(
        "DROP CONSTRAINT ",
        "DROP CONSTRAINT IF EXISTS ",
        1,
    );
    let undo = Undo::SqlOutside { statements: std::iter::once(clear).chain(back).collect() };
    let step = Step::new(
        "let-null",
        format!("let `{object}` be null"),
        Work::Sql { statements: vec![format!("{set} DROP NOT NULL")] },
        Probe::Untold,
        undo,
    );
    let mut phases = task.switches("gets used to NULL in", "");
    phases.push(Phase::database(
        "contract",
        format!("let `{object}` be null"),
        PhaseKind::Contract,
        "Can be rolled back for as long as no row was written without a value.".to_owned(),
        vec![step],
    ));
    Ok(phases)
}
