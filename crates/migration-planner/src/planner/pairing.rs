//! Whether a row of one table belongs to at most one of another.

use super::task::Task;
use crate::name::same_name;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Table};
use crate::server::ServerKind;

/// A row must have one counterpart at most, on either side.
pub(super) fn refuse_ambiguous(
    task: &Task<'_>,
    find_column: for<'t> fn(&'t Table, &str) -> Result<&'t Column, Refusal>,
    from: &Table,
    to: &Table,
    on: &[(String, String)],
) -> Result<(), Refusal> {
    let (own, theirs): (Vec<&str>, Vec<&str>) = on.iter().map(|(own, theirs)| (own.as_str(), theirs.as_str())).unzip();
    for (table, columns) in [(from, own), (to, theirs)] {
        for column in &columns {
            find_column(table, column)?;
        }
        if !is_unique(task.server.kind(), table, &columns) {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: format!(
                    "`{}` is not unique by {}: a row could belong to several",
                    table.name(),
                    columns.join(", ")
                ),
            });
        }
    }
    Ok(())
}

/// Whether some of these columns are a key.
pub(super) fn is_unique(server: ServerKind, table: &Table, columns: &[&str]) -> bool {
    let is_one = |own: &str, column: &str| match server {
        ServerKind::Sqlite => same_name(own, column),
        ServerKind::Postgres => own == column,
    };
    let same = |key: &[&str]| !key.is_empty() && key.iter().all(|own| columns.iter().any(|column| is_one(own, column)));
    let keys = table.constraints().iter().filter_map(|constraint| match constraint {
        Constraint::Unique { columns, .. } => Some(columns.iter().map(String::as_str).collect::<Vec<_>>()),
        _ => None,
    });
    let whole = table.indexes().iter().filter(|index| index.is_unique() && index.predicate().is_none());
    let indexes = whole.map(|index| index.parts().iter().map(String::as_str).collect());
    keys.chain(indexes).chain([table.primary_key()]).any(|key| same(&key))
}
