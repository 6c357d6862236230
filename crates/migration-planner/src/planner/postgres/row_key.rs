//! What finds the rows of a table one after the other.

use crate::refusal::Refusal;
use crate::schema::{Constraint, Table};
use crate::step::Key;

/// The primary key, or columns that are unique and never NULL.
pub(super) fn row_key(table: &Table) -> Result<Key, Refusal> {
    let primary = table.primary_key();
    if !primary.is_empty() {
        return Ok(Key::Columns { columns: primary.into_iter().map(str::to_owned).collect() });
    }
    let required =
        |columns: &[String]| columns.iter().all(|name| table.column(name).is_some_and(|own| own.is_not_null()));
    let constraints = table.constraints().iter().filter_map(|constraint| match constraint {
        Constraint::Unique { columns, .. } => Some(columns.as_slice()),
        _ => None,
    });
    let whole = table.indexes().iter().filter(|index| index.is_unique() && index.predicate().is_none());
    let candidates = constraints.chain(whole.map(|index| index.parts()));
    let found = candidates.into_iter().find(|columns| !columns.is_empty() && required(columns));
    found.map(|columns| Key::Columns { columns: columns.to_vec() }).ok_or_else(|| Refusal::NoRowKey {
        table: table.name().clone(),
        reason: "it has neither a primary key nor unique columns that reject NULL".to_owned(),
    })
}
