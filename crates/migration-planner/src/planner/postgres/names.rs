//! Names as PostgreSQL tells them apart: to the letter, since what was not quoted is in lower case already.

use crate::hash::Fingerprint;
use crate::name::{ColumnRef, ObjectName, RESERVED_PREFIX};
use crate::nearest::nearest;
use crate::planner::task;
use crate::refusal::Refusal;
use crate::schema::{Column, Schema, Table};
use crate::sql::{LONGEST_NAME, clipped};

/// The name of something that belongs to the plan: `_cutover_what_name`. Where that is longer than the server keeps, a hash takes the
/// place of the end, so that two names which begin alike stay two.
pub(super) fn own_name(what: &str, name: &str) -> String {
    let whole = format!("{RESERVED_PREFIX}{what}_{name}");
    if whole.len() <= LONGEST_NAME {
        return whole;
    }
    let hash = Fingerprint::of(&whole);
    format!("{}_{}", clipped(&whole, LONGEST_NAME - 1 - hash.short().len()), hash.short())
}

/// The column called `name` of `table`, for a change that names it.
pub(super) fn find_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Refusal> {
    exactly(table, name, task::find_column(table, name)?)
}

/// The column called `name` of a table, be it one of the plan's own making.
pub(super) fn known_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Refusal> {
    exactly(table, name, task::known_column(table, name)?)
}

fn exactly<'t>(table: &'t Table, name: &str, column: &'t Column) -> Result<&'t Column, Refusal> {
    if column.name() == name {
        return Ok(column);
    }
    let nearest = nearest(name, table.columns().iter().map(Column::name));
    Err(Refusal::UnknownColumn { column: ColumnRef::new(table.name(), name), nearest })
}

/// Refuses a name that a new column of `table` cannot have.
pub(super) fn refuse_taken_column(table: &Table, name: &str) -> Result<(), Refusal> {
    match table.column(name) {
        Some(other) if other.name() != name => Ok(()),
        _ => task::refuse_taken_column(table, name),
    }
}

/// Whether a table or an index has the name.
pub(super) fn is_taken(schema: &Schema, name: &ObjectName) -> bool {
    let is_index = |table: &Table| {
        table.name().schema() == name.schema() && table.indexes().iter().any(|own| own.name().name() == name.name())
    };
    schema.tables().iter().any(|table| table.name() == name || is_index(table))
}
