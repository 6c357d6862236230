//! What is in a PostgreSQL database, as far as locks depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::Cursor;
use super::effect::Effect;
use super::oracle::run;
use super::relation::{ConstraintKind, Index, Relation, Table};
use super::types::Domain;
use crate::sql::Dialect;

/// What is in a PostgreSQL database, built by reading the statements that made it, and what further statements would do to it.
///
/// Rules, not measurements: they follow from what the server's commands do. `public` is taken for the search path.
///
/// ```
/// use migration_planner::{LockMode, PostgresCatalog};
///
/// let mut catalog = PostgresCatalog::new();
/// catalog.apply("CREATE TABLE users (id bigint PRIMARY KEY, name text); CREATE INDEX users_name ON users (name);");
///
/// let safe = catalog.predict("ALTER TABLE users ADD COLUMN age int");
/// assert_eq!(safe.locks()["users"], LockMode::AccessExclusive);
/// assert!(safe.rewritten().is_empty());
///
/// let slow = catalog.predict("ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()");
/// assert!(slow.rewritten().contains("users"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct PostgresCatalog {
    pub(crate) relations: BTreeMap<String, Relation>,
    pub(super) domains: BTreeMap<String, Domain>,
    /// Extended statistics, with the table they are about.
    pub(super) statistics: BTreeMap<String, String>,
    /// Publications, with the tables they were made for.
    pub(super) publications: BTreeMap<String, Vec<String>>,
    /// Whether the session's time zone was set to something else than UTC.
    pub(super) other_time_zone: bool,
}

impl PostgresCatalog {
    /// An empty database, in a session whose time zone is UTC.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs the statements of a script on this catalog and says what they do to relations that were there before it, as one
    /// transaction.
    pub fn apply(&mut self, script: &str) -> Effect {
        let before: BTreeSet<String> = self.relations.keys().cloned().collect();
        let mut effect = Effect::default();
        for part in Dialect::Postgres.split(script) {
            effect.then(self.follow(Cursor::new(part.text())));
        }
        effect.keep_only(|relation| before.contains(relation));
        effect
    }

    /// Runs one statement and says what it does to all relations, also to those that it makes.
    pub(crate) fn follow(&mut self, statement: Cursor<'_>) -> Effect {
        run(self, statement)
    }

    /// Says what [`apply`](Self::apply) would do, and leaves the catalog as it is.
    pub fn predict(&self, script: &str) -> Effect {
        self.clone().apply(script)
    }
}

impl PostgresCatalog {
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        match self.relations.get(name) {
            Some(Relation::Table(table)) => Some(table),
            _ => None,
        }
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        match self.relations.get_mut(name) {
            Some(Relation::Table(table)) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        match self.relations.get(name) {
            Some(Relation::Index(index)) => Some(index),
            _ => None,
        }
    }

    /// The indexes of a table or materialized view.
    pub(super) fn indexes_of(&self, table: &str) -> Vec<String> {
        let is_its = |relation: &Relation| matches!(relation, Relation::Index(index) if index.table == table);
        self.relations.iter().filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The sequences that a table's columns take their values from.
    pub(super) fn sequences_of(&self, table: &str) -> Vec<(String, String)> {
        let its = self.relations.iter().filter_map(|(name, relation)| match relation {
            Relation::Sequence { owner: Some((of, column)) } if of == table => Some((name.clone(), column.clone())),
            _ => None,
        });
        its.collect()
    }

    /// Has every row of a table read, if it has rows of its own.
    pub(super) fn scan(&self, table: &str, effect: &mut Effect) {
        if !self.table(table).is_some_and(|of| of.partitioned) {
            effect.scan(table);
        }
    }

    /// The tables that foreign keys of a table refer to.
    pub(super) fn referenced_by(&self, table: &str) -> Vec<String> {
        let constraints = self.table(table).map(|table| table.constraints.as_slice()).unwrap_or_default();
        constraints
            .iter()
            .filter_map(|constraint| match &constraint.kind {
                ConstraintKind::Foreign { references, .. } => Some(references.clone()),
                _ => None,
            })
            .collect()
    }

    /// Whether a validated check, of the table or of one that it is a part of, says that a column is not null, so that the
    /// server need not look.
    pub(super) fn proves_not_null(&self, table: &str, column: &str) -> bool {
        let Some(of) = self.table(table) else { return false };
        let above = of.partition_of.as_ref().map(|of| of.parent.as_str());
        of.proves_not_null(column) || above.is_some_and(|above| self.proves_not_null(above, column))
    }

    /// The tables whose foreign keys refer to this key of a table.
    pub(super) fn referring_to_key(&self, table: &str, key: &ConstraintKind) -> Vec<String> {
        let refers = |other: &&String| {
            let constraints = self.table(other).map(|of| of.constraints.as_slice()).unwrap_or_default();
            constraints.iter().any(|constraint| constraint.refers_to_key(table, key))
        };
        self.relations.keys().filter(refers).cloned().collect()
    }

    /// The tables whose foreign keys refer to a table.
    pub(super) fn referring_to(&self, table: &str) -> Vec<String> {
        self.relations
            .keys()
            .filter(|name| self.referenced_by(name).iter().any(|other| other == table))
            .cloned()
            .collect()
    }

    /// Views that read a relation, one of whose columns is `column` if given; also those that read such views.
    pub(super) fn dependents_of(&self, relation: &str, column: Option<&str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (name, other) in &self.relations {
            let Relation::View { reads, names, .. } = other else { continue };
            let uses = column.is_none_or(|column| names.iter().any(|own| own == column || own == "*"));
            if uses && reads.iter().any(|read| read == relation) && !found.contains(name) {
                found.push(name.clone());
                found.extend(self.dependents_of(name, None));
            }
        }
        found
    }

    /// A name for a new relation that starts with `base` and is not taken.
    pub(super) fn fresh(&self, base: &str) -> String {
        let numbered = (1..).map(|n| format!("{base}{n}"));
        std::iter::once(base.to_owned())
            .chain(numbered)
            .find(|name| !self.relations.contains_key(name))
            .expect("there are more numbers than relations")
    }

    /// Removes a relation with its indexes, sequences and constraints that refer to it.
    pub(super) fn remove(&mut self, name: &str) {
        self.relations.remove(name);
        self.relations.retain(|_, relation| match relation {
            Relation::Index(index) => index.table != name,
            Relation::Sequence { owner: Some((table, _)) } => table != name,
            _ => true,
        });
        for relation in self.relations.values_mut() {
            if let Relation::Table(table) = relation {
                table.constraints.retain(
                    |constraint| !matches!(&constraint.kind, ConstraintKind::Foreign { references, .. } if references == name),
                );
            }
        }
    }

    /// Gives a relation another name wherever it is known.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let Some(relation) = self.relations.remove(from) else { return };
        self.relations.insert(to.to_owned(), relation);
        let fix = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for relation in self.relations.values_mut() {
            match relation {
                Relation::Index(index) => {
                    fix(&mut index.table);
                    index.parent.iter_mut().for_each(fix);
                }
                Relation::View { reads, .. } => reads.iter_mut().for_each(fix),
                Relation::Sequence { owner } => owner.iter_mut().for_each(|(table, _)| fix(table)),
                Relation::Table(table) => {
                    table.inherits.iter_mut().for_each(fix);
                    table.partition_of.iter_mut().for_each(|of| fix(&mut of.parent));
                    for constraint in &mut table.constraints {
                        if let ConstraintKind::Foreign { references, .. } = &mut constraint.kind {
                            fix(references);
                        }
                    }
                }
            }
        }
    }
}
