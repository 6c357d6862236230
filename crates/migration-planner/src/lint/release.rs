//! What was there before a release: only that can be in use while it is deployed.

use std::collections::{BTreeMap, BTreeSet};

use crate::postgres::PostgresCatalog;
use crate::postgres::relation::Relation;

/// The relations that versions which are running may use, under the names they have by now.
#[derive(Debug, Default)]
pub(super) struct Release {
    in_use: BTreeSet<String>,
    /// Names of relations that were made in this release.
    made: BTreeSet<String>,
    /// The columns that tables in use had when the release began, as far as they are there still.
    columns: BTreeMap<String, BTreeSet<String>>,
}

impl Release {
    pub(super) fn begin(catalog: &PostgresCatalog) -> Self {
        let columns = catalog.relations.iter().filter_map(|(name, relation)| match relation {
            Relation::Table(table) => {
                Some((name.clone(), table.columns.iter().map(|column| column.name.clone()).collect()))
            }
            _ => None,
        });
        let in_use = catalog.relations.keys().cloned().collect();
        Self { in_use, made: BTreeSet::new(), columns: columns.collect() }
    }

    /// Whether somebody may be using it: all that was not made in this release, also what these files never made.
    pub(super) fn is_used(&self, relation: &str) -> bool {
        self.in_use.contains(relation) || !self.made.contains(relation)
    }

    pub(super) fn is_column_used(&self, table: &str, column: &str) -> bool {
        self.is_used(table) && self.columns.get(table).is_none_or(|columns| columns.contains(column))
    }

    /// Takes note of what a statement made: relations that were not there before it, unless it only renamed them.
    pub(super) fn note(&mut self, catalog: &PostgresCatalog, renamed: Option<(&str, &str)>) {
        if let Some((from, to)) = renamed {
            if self.in_use.remove(from) {
                self.in_use.insert(to.to_owned());
                if let Some(columns) = self.columns.remove(from) {
                    self.columns.insert(to.to_owned(), columns);
                }
            } else if self.made.remove(from) {
                self.made.insert(to.to_owned());
            }
        }
        let new = catalog.relations.keys().filter(|name| !self.in_use.contains(*name) && !self.made.contains(*name));
        let new: Vec<String> = new.cloned().collect();
        self.made.extend(new);
        self.in_use.retain(|name| catalog.relations.contains_key(name));
        self.made.retain(|name| catalog.relations.contains_key(name));
    }
}
