//! What finds the rows of a table one after the other.

use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Index, Table};
use crate::step::Key;

/// The key of the rows, or else where they are stored: for work after which a row no longer needs it.
pub(super) fn row_address(table: &Table) -> Key {
    row_key(table).unwrap_or(Key::Ctid)
}

/// The primary key, or columns that are unique and never NULL.
pub(super) fn row_key(table: &Table) -> Result<Key, Refusal> {
    let primary = table.primary_key();
    if !primary.is_empty() {
        return Ok(Key::Columns { columns: primary.into_iter().map(str::to_owned).collect() });
    }
    let required = |columns: &[String]| columns.iter().all(|name| table.column(name).is_some_and(Column::is_not_null));
    let constraints = table.constraints().iter().filter_map(|constraint| match constraint {
        Constraint::Unique { columns, .. } => Some(columns.as_slice()),
        _ => None,
    });
    let whole = table.indexes().iter().filter(|index| index.is_unique() && index.predicate().is_none());
    let candidates = constraints.chain(whole.map(Index::parts));
    let found = candidates.into_iter().find(|columns| !columns.is_empty() && required(columns));
    found.map(|columns| Key::Columns { columns: columns.to_vec() }).ok_or_else(|| Refusal::NoRowKey {
        table: table.name().clone(),
        reason: "it has neither a primary key nor unique columns that reject NULL".to_owned(),
    })
}
