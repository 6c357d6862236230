//! Tables that go away and are there again at the end of the same migration: some are rebuilt with their rows, some begin empty.

use std::collections::BTreeSet;

use super::act::Act;
use crate::postgres::PostgresCatalog;
use crate::postgres::cursor::Cursor;
use crate::sql::Dialect;

/// What becomes of the tables that a migration drops.
#[derive(Debug, Default)]
pub(super) struct Rebuilt {
    /// A table, its columns, and the place of what was found about it.
    dropped: Vec<(String, Vec<String>, usize)>,
    /// Tables that got rows of others: from a query, or by taking over another table's name.
    filled: BTreeSet<String>,
}

/// What is to be said of a table that was dropped and is there again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It has all that it had.
    Whole,
    /// It lacks these columns, with its name before them.
    Lacks(Vec<String>),
    /// Nothing brings its rows back.
    Empty,
}

impl Rebuilt {
    /// Takes note of a table that goes away, with the columns that it has.
    pub(super) fn dropped(&mut self, table: &str, columns: Vec<String>, at: usize) {
        self.filled.remove(table);
        self.dropped.push((table.to_owned(), columns, at));
    }

    /// Takes note of what a statement fills.
    pub(super) fn see(&mut self, statement: &str, dialect: Dialect, acts: &[Act]) {
        self.filled.extend(acts.iter().filter_map(|act| match act {
            Act::RenameTable { to, .. } => Some(to.clone()),
            _ => None,
        }));
        self.filled.extend(filled_by_query(statement, dialect));
    }

    /// What becomes of those that are in `catalog` at the end, by the place of what was found; the last place first.
    pub(super) fn again(self, catalog: &PostgresCatalog) -> Vec<(usize, Again)> {
        let Self { dropped, filled } = self;
        let of = |(table, columns, at): (String, Vec<String>, usize)| {
            // The columns of a table that is made from a query are not known.
            let again = catalog.table(&table).filter(|again| !again.columns.is_empty())?;
            if !filled.contains(&table) {
                return Some((at, Again::Empty));
            }
            let lost = columns.into_iter().filter(|column| again.column(column).is_none());
            let lost: Vec<String> = lost.map(|column| format!("{table}.{column}")).collect();
            Some((at, if lost.is_empty() { Again::Whole } else { Again::Lacks(lost) }))
        };
        dropped.into_iter().rev().filter_map(of).collect()
    }
}

/// The table that gets the rows of a query.
fn filled_by_query(statement: &str, dialect: Dialect) -> Option<String> {
    let mut cursor = Cursor::of(statement, dialect);
    let inserts = if cursor.eat("create table") {
        cursor.eat("if not exists");
        true
    } else {
        cursor.eat("replace into") || {
            cursor.eat("insert") && {
                // SQLite says what to do with duplicates before the table.
                ["or replace", "or ignore", "or abort", "or fail", "or rollback"].iter().any(|or| cursor.eat(or));
                cursor.eat("into")
            }
        }
    };
    let table = inserts.then(|| cursor.name()).flatten()?;
    cursor.mentions("select").then_some(table)
}
