//! The types of both ends of a foreign key.

use super::add_constraint::{self, Addition};
use super::derived::{self, Conversion};
use crate::name::ColumnRef;
use crate::phase::Phase;
use crate::planner::postgres::names::known_column;
use crate::planner::task::{Task, in_default_schema};
use crate::postgres::same_type;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Table};

/// A column that refers to one of another type.
struct Mismatch<'a> {
    own: &'a Column,
    other: ColumnRef,
    data_type: &'a str,
}

/// A foreign key between different types cannot use the index of the other table well, if at all.
pub(super) fn refuse_others(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<(), Refusal> {
    let Some(found) = mismatches(task, table, constraint)?.into_iter().next() else { return Ok(()) };
    Err(Refusal::NotPossible {
        change: task.words.clone(),
        kind: task.server.kind(),
        reason: format!(
            "`{}` is of type {} and `{}` of type {}: change one of them first, or let the key do it with `converting`",
            ColumnRef::new(table.name(), found.own.name()),
            found.own.data_type(),
            found.other,
            found.data_type
        ),
    })
}

/// The columns get the types of those that they refer to, one after the other and each to its last phase, and then the constraints.
pub(super) fn convert_and_add(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let (mut phases, mut schema, mut converted) = (Vec::new(), task.schema.clone(), table.clone());
    for constraint in std::iter::once(add.constraint).chain(add.more) {
        let to_do: Vec<(String, String)> = mismatches(&task.within(&schema), &converted, constraint)?
            .into_iter()
            .map(|found| (found.own.name().to_owned(), found.data_type.to_owned()))
            .collect();
        for (name, data_type) in to_do {
            let column = known_column(&converted, &name)?;
            let to = Conversion { data_type: &data_type, up: None, down: None, valid: None };
            let change = derived::change_type(&task.within(&schema), &converted, column, &to)?;
            phases.extend(change.into_iter().map(|phase| phase.called_for(&name)));
            converted.alter(&name, |column| *column = column.clone().typed(data_type));
            schema = schema.with_table(converted.clone());
        }
    }
    phases.extend(add_constraint::phases(&task.within(&schema), &converted, add)?);
    Ok(phases)
}

fn mismatches<'a>(task: &Task<'a>, table: &'a Table, constraint: &Constraint) -> Result<Vec<Mismatch<'a>>, Refusal> {
    let Constraint::ForeignKey { columns, references, referenced, .. } = constraint else { return Ok(Vec::new()) };
    let other = if references == table.name() { table } else { task.table(&in_default_schema(references))? };
    let keys: Vec<String> = if referenced.is_empty() {
        other.primary_key().into_iter().map(str::to_owned).collect()
    } else {
        referenced.clone()
    };
    let mut found = Vec::new();
    for (own, theirs) in columns.iter().zip(&keys) {
        let (own, theirs) = (known_column(table, own)?, known_column(other, theirs)?);
        if !same_type(own.data_type(), theirs.data_type()) {
            let other = ColumnRef::new(other.name(), theirs.name());
            found.push(Mismatch { own, other, data_type: theirs.data_type() });
        }
    }
    Ok(found)
}
