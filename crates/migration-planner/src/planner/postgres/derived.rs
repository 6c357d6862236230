//! Columns that take over from others: renamed, split, merged, of another type.
//!
//! The new columns stand beside the old ones and a trigger keeps both in step, whichever is written. A marker column says of
//! which rows the new ones were filled, so that an expression that gives another value each time is evaluated once, and NULL
//! can be a value.

mod change_key_type;
mod change_type;
mod convertible;
mod in_step;
mod reworded;
mod takeover;

pub(super) use change_type::{Conversion, change_type};

use in_step::InStep;

use super::dependents::{refuse_dependents_of_column, refuse_programs_by_name};
use super::not_null;
use super::statements::with_name_replaced;
use crate::change::Derived;
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::{known_column, own_name, refuse_taken_column};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// In the end the *second* column goes and the first takes its name: constraints, indexes, references and the place of the
/// original stay what they were.
pub(super) fn rename(task: &Task<'_>, table: &Table, column: &Column, to: &str) -> Result<Vec<Phase>, Refusal> {
    refuse_taken_column(table, to)?;
    refuse_programs_by_name(task, table, column.name())?;
    if column.generation().is_some() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: "its values are computed and cannot be written under another name: add a second one, then drop the first".to_owned(),
        });
    }
    let copy = Column::new(to, plain_type(column.data_type()));
    let copy = column.collation_name().map_or(copy.clone(), |name| copy.clone().collation(name));
    let step = InStep {
        table,
        news: vec![(copy, None)],
        olds: vec![(column.name().to_owned(), None)],
        is_two_way: true,
        aliases: Vec::new(),
    };
    let mut phases = vec![step.expand(), step.backfill(task, step.mirrors(column.name(), to))];
    phases.extend(task.switches("moves away from", &format!(", but `{to}` instead")));
    let alter = format!("ALTER TABLE {}", postgres_name(table.name()));
    let mut statements = step.stop();
    statements.push(format!("{alter} DROP COLUMN {}, DROP COLUMN {}", ident(to), ident(&step.marker())));
    statements.push(format!("{alter} RENAME COLUMN {} TO {}", ident(column.name()), ident(to)));
    let object = ColumnRef::new(table.name(), column.name());
    let swap = Step::new(
        "swap",
        format!("drop the copy and give `{object}` the name `{to}`"),
        Work::Sql { statements },
        super::facts::Fact::column(table.name(), column.name()).not().probe(),
        Undo::Impossible,
    );
    phases.push(last(format!("`{object}` takes the name `{to}`"), "The old name is gone; no value is.", swap));
    Ok(phases)
}

pub(super) fn split(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    into: &[Derived],
    back: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let backs: Vec<String> = back.into_iter().map(str::to_owned).collect();
    replaced(task, table, &[column], into, &backs)
}

pub(super) fn merge(
    task: &Task<'_>,
    table: &Table,
    columns: &[String],
    into: &Derived,
    back: &[String],
) -> Result<Vec<Phase>, Refusal> {
    let olds: Result<Vec<&Column>, Refusal> = columns.iter().map(|name| known_column(table, name)).collect();
    if !back.is_empty() && back.len() != columns.len() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: format!("there are {} columns and {} expressions back", columns.len(), back.len()),
        });
    }
    replaced(task, table, &olds?, std::slice::from_ref(into), back)
}

/// The old columns go once everybody uses the new ones.
fn replaced(
    task: &Task<'_>,
    table: &Table,
    olds: &[&Column],
    into: &[Derived],
    back: &[String],
) -> Result<Vec<Phase>, Refusal> {
    for derived in into {
        refuse_taken_column(table, derived.column().name())?;
    }
    for old in olds {
        refuse_dependents_of_column(task.schema, table, old.name())?;
        let is_given = !old.is_not_null() || old.default().is_some();
        if back.is_empty() && !is_given {
            return Err(Refusal::NothingToFillWith { column: ColumnRef::new(table.name(), old.name()) });
        }
    }
    let step = InStep {
        table,
        news: into.iter().map(|new| (new.column().clone(), Some(new.expression().to_owned()))).collect(),
        olds: olds.iter().enumerate().map(|(i, old)| (old.name().to_owned(), back.get(i).cloned())).collect(),
        is_two_way: !back.is_empty(),
        aliases: Vec::new(),
    };
    let required = into.iter().filter(|new| new.column().is_not_null());
    let with_them = into.iter().fold(table.clone(), |table, new| table.with_column(new.column().clone().nullable()));
    let more = required.flat_map(|new| not_null::steps(&with_them, new.column().name())).collect();
    let mut phases = vec![step.expand(), step.backfill(task, more)];
    phases.extend(task.switches("moves away from", &format!(", but {} instead", step.names_of_new())));
    let mut statements = step.stop();
    let gone = olds.iter().map(|old| old.name().to_owned()).chain([step.marker()]);
    let gone: Vec<String> = gone.map(|name| format!("DROP COLUMN {}", ident(&name))).collect();
    statements.push(format!("ALTER TABLE {} {}", postgres_name(table.name()), gone.join(", ")));
    for new in into {
        if let Some(default) = new.column().default() {
            let alter =
                format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(new.column().name()));
            statements.push(format!("{alter} SET DEFAULT {default}"));
        }
        statements.extend(super::statements::column_attached(table.name(), new.column()));
    }
    let drop = Step::new(
        "drop-columns",
        "drop what was replaced".to_owned(),
        Work::Sql { statements },
        Probe::Untold,
        Undo::Impossible,
    );
    phases.push(last(
        format!("drop what {} replaced", step.names_of_new()),
        "What was in the old columns, and cannot be made of the new ones, is gone for good.",
        drop,
    ));
    Ok(phases)
}

fn last(title: String, instructions: &str, step: Step) -> Phase {
    Phase::database("contract", title, PhaseKind::Contract, instructions.to_owned(), vec![step]).beyond_return()
}

/// A second column takes no values from a sequence of its own.
pub(super) fn plain_type(data_type: &str) -> String {
    match data_type.trim().to_lowercase().as_str() {
        "serial" | "serial4" => "integer".to_owned(),
        "bigserial" | "serial8" => "bigint".to_owned(),
        "smallserial" | "serial2" => "smallint".to_owned(),
        _ => data_type.to_owned(),
    }
}

impl InStep<'_> {
    /// Indexes for reading by the new name, which go with the column.
    fn mirrors(&self, old: &str, new: &str) -> Vec<Step> {
        let of_it =
            self.table.indexes().iter().filter(|index| index.involves(old) && self.table.partition_key().is_none());
        of_it
            .map(|index| {
                let body = with_name_replaced(&super::statements::index_body(self.table, index), old, new);
                let name = own_name("mirror", index.name().name());
                let mirror =
                    crate::schema::Index::new(name.as_str(), [new]).defined_by(format!("CREATE INDEX i ON t {body}"));
                super::indexes::build(self.table, &mirror, &name)
            })
            .collect()
    }
}
