//! What finds the rows of a table one after the other.

use super::quote::{quoted, quoted_table};
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::step::Key;

/// The primary key of a table without rowid, else the rowid.
pub(super) fn row_key(table: &Table) -> Result<Key, Refusal> {
    if table.is_without_rowid() {
        return Ok(Key::Columns { columns: table.primary_key().into_iter().map(str::to_owned).collect() });
    }
    let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none());
    free.map(|name| Key::RowId { name: name.to_owned() }).ok_or_else(|| Refusal::NoRowKey {
        table: table.name().clone(),
        reason: "columns hide all three names of the rowid".to_owned(),
    })
}

/// What holds of the row that a trigger calls `NEW`, and of no other.
pub(super) fn is_new_row(key: &Key) -> String {
    match key {
        Key::RowId { name } => format!("{name} = NEW.{name}"),
        Key::Columns { columns } => {
            let same: Vec<String> = columns.iter().map(|key| format!("{0} IS NEW.{0}", quoted(key))).collect();
            same.join(" AND ")
        }
        Key::Ctid => unreachable!("`row_key` gives a rowid or columns"),
    }
}

/// What holds of the row that a trigger on a view of the whole table calls `OLD`: of that row alone, or of one that is equal to it.
///
/// Without a primary key a view has nothing that tells equal rows apart. It need not: one of them gets the new values for each time
/// that the trigger fires, and it fires once for each of them.
pub(super) fn is_old_row(table: &Table) -> Result<String, Refusal> {
    let key = table.primary_key();
    if !key.is_empty() {
        let same: Vec<String> = key.iter().map(|column| format!("{0} IS OLD.{0}", quoted(column))).collect();
        return Ok(same.join(" AND "));
    }
    let Key::RowId { name } = row_key(table)? else { unreachable!("a table without rowid has a primary key") };
    let stored = table.columns().iter().filter(|column| column.generation().is_none());
    // Whatever its collation and its type: `'a'` is not `'A'`, and 1 is not 1.0.
    let same = |column: &Column| {
        format!("{0} IS OLD.{0} COLLATE BINARY AND typeof({0}) = typeof(OLD.{0})", quoted(column.name()))
    };
    let same: Vec<String> = stored.map(same).collect();
    Ok(format!("{name} = (SELECT {name} FROM {} WHERE {} LIMIT 1)", quoted_table(table.name()), same.join(" AND ")))
}
