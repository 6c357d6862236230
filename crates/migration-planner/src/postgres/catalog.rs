//! What is in a PostgreSQL database, as far as locks depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::Cursor;
use super::effect::Effect;
use super::oracle::run;
use super::relation::{ConstraintKind, Index, Relation, Table};
use super::relations::{Kind, Relations};
use super::types::Domain;
use crate::server::ServerVersion;
use crate::sql::Dialect;

/// What the rules were measured on, until another version is named.
const MEASURED: ServerVersion = ServerVersion::new(15, 0, 0);

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
#[derive(Debug, Clone)]
pub struct PostgresCatalog {
    /// Whose rules hold.
    pub(super) version: ServerVersion,
    pub(crate) relations: Relations,
    pub(super) domains: BTreeMap<String, Domain>,
    /// Extended statistics, with the table they are about.
    pub(super) statistics: BTreeMap<String, String>,
    /// Functions, with the tables that have triggers which call them.
    pub(super) triggers: BTreeMap<String, BTreeSet<String>>,
    /// Publications, with the tables they were made for.
    pub(super) publications: BTreeMap<String, Vec<String>>,
    /// Whether the session's time zone was set to something else than UTC.
    pub(super) other_time_zone: bool,
}

impl Default for PostgresCatalog {
    fn default() -> Self {
        Self::new()
    }
}

impl PostgresCatalog {
    /// An empty database of PostgreSQL 15, in a session whose time zone is UTC.
    pub fn new() -> Self {
        Self {
            version: MEASURED,
            relations: Relations::default(),
            domains: BTreeMap::new(),
            statistics: BTreeMap::new(),
            publications: BTreeMap::new(),
            triggers: BTreeMap::new(),
            other_time_zone: false,
        }
    }

    /// The same with the rules of another version. They differ in what is written and read: before 11 a new column with a default has
    /// every row written anew, before 12 a check does not spare `SET NOT NULL` the look at every row, and a column does not become
    /// `timestamptz` without its rows being written anew; from 18 on a computed column is not stored unless it says so, and NOT NULL can be
    /// `NOT VALID`. What is predicted for 15 was measured; the rest is from the release notes.
    ///
    /// ```
    /// use migration_planner::{PostgresCatalog, ServerVersion};
    ///
    /// let mut old = PostgresCatalog::new().of_version(ServerVersion::new(10, 23, 0));
    /// old.apply("CREATE TABLE users (id int)");
    /// assert!(old.predict("ALTER TABLE users ADD age int DEFAULT 0").rewritten().contains("users"));
    /// ```
    #[must_use]
    pub fn of_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Whether a version, or one after it, is meant.
    pub(crate) fn is_at_least(&self, major: u32) -> bool {
        self.version >= ServerVersion::new(major, 0, 0)
    }

    /// Runs the statements of a script on this catalog and says what they do to relations that were there before it, as one
    /// transaction.
    pub fn apply(&mut self, script: &str) -> Effect {
        let before: BTreeSet<String> = self.relations.names().cloned().collect();
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

/// A name in the schema of another relation.
pub(crate) fn beside(relation: &str, name: &str) -> String {
    relation.rsplit_once('.').map_or_else(|| name.to_owned(), |(schema, _)| format!("{schema}.{name}"))
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
        let hanging = self.relations.hanging_on(table, Kind::Index);
        hanging.filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The sequences that a table's columns take their values from.
    pub(super) fn sequences_of(&self, table: &str) -> Vec<(String, String)> {
        let hanging = self.relations.hanging_on(table, Kind::Sequence);
        let its = hanging.filter_map(|(name, relation)| match relation {
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
        let Some(of) = self.table(table).filter(|_| self.is_at_least(12)) else { return false };
        let above = of.partition_of.as_ref().map(|of| of.parent.as_str());
        of.proves_not_null(column) || above.is_some_and(|above| self.proves_not_null(above, column))
    }

    /// The tables whose foreign keys refer to this key of a table.
    pub(super) fn referring_to_key(&self, table: &str, key: &ConstraintKind) -> Vec<String> {
        let refers = |relation: &Relation| matches!(relation, Relation::Table(of) if of.constraints.iter().any(|own| own.refers_to_key(table, key)));
        let hanging = self.relations.hanging_on(table, Kind::Referrer);
        hanging.filter(|(_, relation)| refers(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The tables whose foreign keys refer to a table.
    pub(super) fn referring_to(&self, table: &str) -> Vec<String> {
        let hanging = self.relations.hanging_on(table, Kind::Referrer).map(|(name, _)| name);
        hanging.filter(|name| self.referenced_by(name).iter().any(|other| other == table)).cloned().collect()
    }

    /// Views that read a relation, one of whose columns is `column` if given; also those that read such views.
    pub(super) fn dependents_of(&self, relation: &str, column: Option<&str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (name, other) in self.relations.hanging_on(relation, Kind::View) {
            let Relation::View { reads, names, .. } = other else { continue };
            let uses = column.is_none_or(|column| names.iter().any(|own| own == column || own == "*"));
            if uses && reads.iter().any(|read| read == relation) && !found.contains(name) {
                found.push(name.clone());
                found.extend(self.dependents_of(name, None));
            }
        }
        found
    }

    /// The name that the server gives to what has none and stands beside `table`: `table_second_label`, with a number where that is
    /// taken. With the schema, as relations are named here.
    pub(super) fn fresh(&mut self, table: &str, second: &str, label: &str) -> String {
        let (schema, first) = table.rsplit_once('.').map_or((None, table), |(schema, name)| (Some(schema), name));
        self.relations.fresh(schema, first, second, label)
    }

    /// Removes a relation with its indexes, sequences and constraints that refer to it.
    pub(super) fn remove(&mut self, name: &str) {
        self.relations.remove(name);
        let sequences = self.sequences_of(name).into_iter().map(|(sequence, _)| sequence);
        for own in self.indexes_of(name).into_iter().chain(sequences).collect::<Vec<_>>() {
            self.relations.remove(&own);
        }
        for other in self.referring_to(name) {
            if let Some(table) = self.table_mut(&other) {
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
        let kinds = [Kind::Part, Kind::Referrer, Kind::Index, Kind::View, Kind::Sequence].into_iter();
        let mut hanging: Vec<String> =
            kinds.flat_map(|kind| self.relations.hanging_on(from, kind)).map(|(name, _)| name.clone()).collect();
        hanging.push(to.to_owned()); // it may refer to itself
        for tables in self.triggers.values_mut() {
            if tables.remove(from) {
                tables.insert(to.to_owned());
            }
        }
        for name in hanging {
            if let Some(relation) = self.relations.get_mut(&name) {
                relation.rename_anchor(from, to);
            }
        }
    }
}
