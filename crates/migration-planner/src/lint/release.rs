//! What is new in a release: anything else can be in use while it is deployed.

use std::collections::BTreeSet;

use crate::postgres::PostgresCatalog;

/// What was made in a release, under the names that it has by now. Versions that are running can use none of it.
#[derive(Debug, Default)]
pub(super) struct Release {
    relations: BTreeSet<String>,
    /// Columns of tables that were there before, each with its table.
    columns: BTreeSet<(String, String)>,
}

impl Release {
    /// Whether somebody may be using it: all that was not made in this release, also what these files never made.
    pub(super) fn is_used(&self, relation: &str) -> bool {
        !self.relations.contains(relation)
    }

    pub(super) fn is_column_used(&self, table: &str, column: &str) -> bool {
        self.is_used(table) && !self.columns.contains(&(table.to_owned(), column.to_owned()))
    }

    /// Takes note of what a statement made: relations and columns that were not there before it, unless it only renamed the relation.
    /// Costs as much as the statement touches.
    pub(super) fn note(
        &mut self,
        before: &PostgresCatalog,
        catalog: &mut PostgresCatalog,
        renamed: Option<(&str, &str)>,
    ) {
        if let Some((from, to)) = renamed {
            if self.relations.remove(from) {
                self.relations.insert(to.to_owned());
            }
            let moved: Vec<String> = self.columns_of(from).collect();
            for column in moved {
                self.columns.remove(&(from.to_owned(), column.clone()));
                self.columns.insert((to.to_owned(), column));
            }
        }
        for name in catalog.relations.take_touched() {
            let is_renamed = renamed.is_some_and(|(_, to)| to == name);
            if !catalog.relations.contains_key(&name) {
                self.relations.remove(&name);
            } else if !before.relations.contains_key(&name) && !is_renamed {
                self.relations.insert(name);
            } else if let (Some(old), Some(new)) = (before.table(&name), catalog.table(&name)) {
                let known: BTreeSet<&str> = old.columns.iter().map(|column| column.name.as_str()).collect();
                let added = new.columns.iter().filter(|column| !known.contains(column.name.as_str()));
                self.columns.extend(added.map(|column| (name.clone(), column.name.clone())));
            }
        }
    }

    fn columns_of(&self, table: &str) -> impl Iterator<Item = String> {
        let from = (table.to_owned(), String::new());
        self.columns.range(from..).take_while(move |(of, _)| of == table).map(|(_, column)| column.clone())
    }
}
