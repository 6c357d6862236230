//! What is different about tables that inherit from others, and which of their columns come and go with those of the others.

use super::Found;
use super::order::Stage;
use super::tables::exact;
use crate::change::Change;
use crate::name::ObjectName;
use crate::schema::{Column, Schema, Table};
use crate::sql::postgres_name;

/// A table as it is and as it is to be, each in its schema.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) from: &'a Table,
    pub(super) to: &'a Table,
    pub(super) before: &'a Schema,
    pub(super) after: &'a Schema,
}

impl<'a> Pair<'a> {
    /// The same table later, if it is there then.
    fn of(from: &'a Table, before: &'a Schema, after: &'a Schema) -> Option<Self> {
        called(after, from.name()).map(|to| Self { from, to, before, after })
    }

    /// The tables that it inherits from before and after.
    fn kept_parents(self) -> impl Iterator<Item = &'a ObjectName> {
        self.from.parents().iter().filter(move |parent| self.to.parents().contains(parent))
    }

    /// Whether one of the tables that it inherits from has the column later, so that it comes from there where it is new.
    pub(super) fn parent_has(self, column: &str) -> bool {
        self.kept_parents()
            .any(|parent| called(self.after, parent).is_some_and(|parent| exact(parent, column).is_some()))
    }

    /// Whether a column that it has no longer goes with that of a table that it inherits from.
    pub(super) fn is_taken(self, column: &str) -> bool {
        let goes_down = |parent: &ObjectName| {
            let pair = called(self.before, parent).and_then(|from| Self::of(from, self.before, self.after));
            pair.is_some_and(|parent| {
                exact(parent.from, column).is_some()
                    && exact(parent.to, column).is_none()
                    && !parent.is_kept_below(column)
            })
        };
        exact(self.from, column).is_some_and(Column::is_inherited) && self.kept_parents().any(goes_down)
    }

    /// Whether a table that has the column from this one keeps it when it goes here.
    pub(super) fn is_kept_below(self, column: &str) -> bool {
        let inherits = |table: &&Table| {
            table.parents().contains(self.from.name()) && exact(table, column).is_some_and(Column::is_inherited)
        };
        let children = self.before.tables().iter().filter(inherits);
        children.filter_map(|child| Self::of(child, self.before, self.after)).any(|child| {
            let stays = child.to.parents().contains(self.from.name());
            stays && (exact(child.to, column).is_some() || child.is_kept_below(column))
        })
    }
}

fn called<'a>(schema: &'a Schema, name: &ObjectName) -> Option<&'a Table> {
    schema.tables().iter().find(|table| table.name() == name)
}

/// The tables that it inherits from: it leaves those that it no longer does before their columns change, and joins new ones when
/// it has all of theirs.
pub(super) fn parents(pair: Pair<'_>, found: &mut Found) {
    let (from, to) = (pair.from, pair.to);
    let alter = |words: &str, parent: &ObjectName| {
        format!("ALTER TABLE {} {words} {}", postgres_name(to.name()), postgres_name(parent))
    };
    for gone in from.parents().iter().filter(|parent| !to.parents().contains(parent)) {
        let back = alter("INHERIT", gone);
        // A column that it had from there alone is its own from then on, and stays so if it joins again.
        let is_exact = !from.columns().iter().any(Column::is_inherited);
        found.change(
            Stage::DropKeys,
            Change::sql(
                [alter("NO INHERIT", gone)],
                is_exact.then_some([back.as_str()]).as_ref().map(<[&str; 1]>::as_slice),
            ),
        );
    }
    let kept: Vec<&ObjectName> = pair.kept_parents().collect();
    let (first, new) = to.parents().split_at(kept.len().min(to.parents().len()));
    if !first.iter().eq(kept) {
        found.cannot(format!("table {}", to.name()), "it inherits from the same tables in another order");
        return;
    }
    for parent in new {
        let undo = alter("NO INHERIT", parent);
        found.change(Stage::Describe, Change::sql([alter("INHERIT", parent)], Some(&[&undo])));
    }
}

/// Whether a column that stays is declared by the table itself as it was, or becomes its own as that of the other table goes.
pub(super) fn declared(pair: Pair<'_>, column: &str, found: &mut Found) {
    let is_inherited = |table: &Table| exact(table, column).is_some_and(Column::is_inherited);
    let (before, after, stays) = (is_inherited(pair.from), is_inherited(pair.to), pair.parent_has(column));
    let comes_about = if after { before && stays } else { !(before && stays) };
    if !comes_about {
        let what = if after {
            "it comes from another table alone later, and is the table's own: drop the column where it is declared"
        } else {
            "it is the table's own later beside another table's: end the inheritance and begin it again"
        };
        found.cannot(format!("column {}.{column}", pair.to.name()), what);
    }
}
