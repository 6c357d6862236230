//! What is in a PostgreSQL database, as far as locks depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::Cursor;
use super::effect::Effect;
use super::oracle::run;
use super::types::{Domain, Type};
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relation {
    Table(Table),
    Index(Index),
    View { reads: Vec<String>, names: Vec<String>, materialized: bool },
    Sequence { owner: Option<(String, String)> },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) partition_of: Option<Partition>,
    pub(super) inherits: Vec<String>,
    pub(super) partitioned: bool,
    /// How, as it stands after `PARTITION BY`.
    pub(super) partition_key: String,
    pub(super) unlogged: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(super) parent: String,
    pub(super) is_default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: Type,
    pub(crate) not_null: bool,
    pub(crate) has_default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) table: String,
    /// The columns it orders by, where they are columns.
    pub(super) columns: Vec<String>,
    /// Every name in its definition.
    pub(super) names: Vec<String>,
    /// Whether it consists of columns alone, so that it can be kept where a column's type changes in name only.
    pub(super) is_plain: bool,
    /// The index of the partitioned table that it belongs to.
    pub(super) parent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) kind: ConstraintKind,
    pub(super) validated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check {
        names: Vec<String>,
        not_null: Option<String>,
        /// The expression; empty where a column in it has got another name since.
        body: String,
    },
    /// Unique, primary key or exclusion: kept by the index of the same name.
    Keyed { columns: Vec<String>, primary: bool },
    Foreign {
        columns: Vec<String>,
        references: String,
        /// Empty for the primary key.
        referenced: Vec<String>,
    },
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

    /// Gives a new partition the indexes that its parent has.
    pub(super) fn inherit_indexes(&mut self, parent: &str, child: &str) {
        for name in self.indexes_of(parent) {
            self.inherit_index(&name, child);
        }
    }

    /// The index of a table that can become a part of this one of its parent: over the same, and of nobody else.
    pub(super) fn twin_of(&self, index: &Index, child: &str) -> Option<String> {
        let is_twin =
            |other: &Index| other.parent.is_none() && other.columns == index.columns && other.names == index.names;
        self.indexes_of(child).into_iter().find(|name| self.index(name).is_some_and(is_twin))
    }

    /// Gives a partition, and its own partitions, one index of its parent: one that it has, or a new one under the name that
    /// the server gives it.
    pub(super) fn inherit_index(&mut self, name: &str, child: &str) {
        let Some(index) = self.index(name).cloned() else { return };
        let key = self.table(&index.table).and_then(|of| of.constraint(name)).cloned();
        let own = if let Some(twin) = self.twin_of(&index, child) {
            if let Some(Relation::Index(twin)) = self.relations.get_mut(&twin) {
                twin.parent = Some(name.to_owned());
            }
            twin
        } else {
            let columns = index.columns.join("_");
            let ending = match key.as_ref().map(|key| &key.kind) {
                Some(ConstraintKind::Keyed { primary: true, .. }) => "pkey".to_owned(),
                Some(_) => format!("{columns}_key"),
                None if columns.is_empty() => "expr_idx".to_owned(),
                None => format!("{columns}_idx"),
            };
            let own = self.fresh(&format!("{child}_{ending}"));
            let inherited = Index { table: child.to_owned(), parent: Some(name.to_owned()), ..index };
            self.relations.insert(own.clone(), Relation::Index(inherited));
            own
        };
        if let (Some(key), Some(table)) = (key, self.table_mut(child))
            && table.constraint(&own).is_none()
        {
            table.constraints.push(Constraint { name: own.clone(), ..key });
        }
        for grandchild in self.partitions_of(child) {
            self.inherit_index(&own, &grandchild);
        }
    }

    /// The partitions of a table, one level down.
    pub(super) fn partitions_of(&self, parent: &str) -> Vec<String> {
        let is_its = |relation: &Relation| match relation {
            Relation::Table(table) => table.partition_of.as_ref().is_some_and(|of| of.parent == parent),
            _ => false,
        };
        self.relations.iter().filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The indexes of partitions that belong to an index of their parent, one level down.
    pub(super) fn parts_of(&self, index: &str) -> Vec<String> {
        let is_its =
            |relation: &Relation| matches!(relation, Relation::Index(part) if part.parent.as_deref() == Some(index));
        self.relations.iter().filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// Has every row of a table read, if it has rows of its own.
    pub(super) fn scan(&self, table: &str, effect: &mut Effect) {
        if !self.table(table).is_some_and(|of| of.partitioned) {
            effect.scan(table);
        }
    }

    /// A table with all its partitions and children, however deep.
    pub(super) fn family(&self, table: &str) -> Vec<String> {
        let mut family = vec![table.to_owned()];
        let mut at = 0;
        while at < family.len() {
            let parent = family[at].clone();
            for (name, relation) in &self.relations {
                let Relation::Table(table) = relation else { continue };
                let is_child = table.partition_of.as_ref().is_some_and(|of| of.parent == parent)
                    || table.inherits.contains(&parent);
                if is_child && !family.contains(name) {
                    family.push(name.clone());
                }
            }
            at += 1;
        }
        family
    }

    /// The default partition of a partitioned table.
    pub(super) fn default_partition(&self, parent: &str) -> Option<String> {
        self.relations.iter().find_map(|(name, relation)| match relation {
            Relation::Table(Table { partition_of: Some(of), .. }) if of.parent == parent && of.is_default => {
                Some(name.clone())
            }
            _ => None,
        })
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

impl Constraint {
    /// Whether it is a foreign key that needs this key of a table.
    pub(super) fn refers_to_key(&self, table: &str, key: &ConstraintKind) -> bool {
        let (ConstraintKind::Foreign { references, referenced, .. }, ConstraintKind::Keyed { columns, primary }) =
            (&self.kind, key)
        else {
            return false;
        };
        let same = referenced.len() == columns.len() && referenced.iter().all(|name| columns.contains(name));
        references == table && if referenced.is_empty() { *primary } else { same }
    }
}

impl Table {
    /// Whether all rows are known to satisfy the same reference already.
    pub(super) fn proves_reference(&self, kind: &ConstraintKind) -> bool {
        self.constraints.iter().any(|constraint| constraint.validated && constraint.kind == *kind)
    }

    /// The checks that all rows are known to satisfy.
    pub(super) fn checks(&self) -> impl Iterator<Item = &str> {
        self.constraints.iter().filter(|constraint| constraint.validated).filter_map(|constraint| {
            match &constraint.kind {
                ConstraintKind::Check { body, .. } => Some(body.as_str()),
                _ => None,
            }
        })
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// Whether a validated check says that a column is not null, so that the server need not look.
    fn proves_not_null(&self, column: &str) -> bool {
        self.constraints.iter().any(|constraint| {
            constraint.validated
                && matches!(&constraint.kind, ConstraintKind::Check { not_null: Some(of), .. } if of == column)
        })
    }
}
