//! All relations of a database, found by their names and by what they hang on.

use std::collections::{BTreeMap, BTreeSet};

use super::relation::{ConstraintKind, Relation};
use crate::sql::object_label;

/// All relations of a database. What hangs on one is found without looking at the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relations {
    all: BTreeMap<String, Relation>,
    /// By relation and how, the names of those that hang on it, or once did.
    hanging: BTreeMap<(String, Kind), BTreeSet<String>>,
    /// Handed out to be changed: what it hangs on by now is not in `hanging` yet.
    loose: Option<String>,
    /// What came, went or was handed out since somebody asked.
    touched: BTreeSet<String>,
    /// The number that a name was made with last, so that many of the same are not tried one by one.
    numbers: BTreeMap<String, u64>,
}

/// How a relation hangs on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Partitions and children.
    Part,
    /// Tables with foreign keys to it.
    Referrer,
    /// Indexes, of a table or belonging to another index.
    Index,
    /// Views that read it.
    View,
    /// Sequences that its columns take their values from.
    Sequence,
}

impl Relations {
    pub(crate) fn get(&self, name: &str) -> Option<&Relation> {
        self.all.get(name)
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Relation)> {
        self.all.iter()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.all.keys()
    }

    /// The relations of a schema other than `public`.
    pub(super) fn names_in(&self, schema: &str) -> Vec<String> {
        let start = format!("{schema}.");
        self.all
            .range(start.clone()..)
            .map(|(name, _)| name)
            .take_while(|name| name.starts_with(&start))
            .cloned()
            .collect()
    }

    /// A relation that is about to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Relation> {
        self.settle();
        let relation = self.all.get_mut(name)?;
        self.loose = Some(name.to_owned());
        self.touched.insert(name.to_owned());
        Some(relation)
    }

    pub(super) fn insert(&mut self, name: String, relation: Relation) {
        self.settle();
        self.touched.insert(name.clone());
        self.loose = Some(name.clone());
        self.all.insert(name, relation);
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Relation> {
        let gone = self.all.remove(name)?;
        self.touched.insert(name.to_owned());
        self.numbers.clear(); // a number is free again
        Some(gone)
    }

    /// What hangs on a relation in one way, in the order of their names. Some of them may have done so before only.
    pub(super) fn hanging_on<'a>(&'a self, name: &str, kind: Kind) -> impl Iterator<Item = (&'a String, &'a Relation)> {
        let known = self.hanging.get(&(name.to_owned(), kind)).into_iter().flatten();
        let loose = self.loose.iter(); // in which way it does, whoever asks looks for himself
        let names: BTreeSet<&String> = known.chain(loose).collect();
        names.into_iter().filter_map(|name| self.all.get_key_value(name))
    }

    /// The names that came, went or may have changed since this was asked last.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// The first of `first_second_label`, `first_second_label1` .. that nothing in the schema has.
    pub(super) fn fresh(&mut self, schema: Option<&str>, first: &str, second: &str, label: &str) -> String {
        let named = |n: u64| {
            let label = if n == 0 { label.to_owned() } else { format!("{label}{n}") };
            let name = object_label(first, second, &label);
            schema.map_or(name.clone(), |schema| format!("{schema}.{name}"))
        };
        let base = named(0);
        let start = self.numbers.get(&base).copied().unwrap_or(0);
        let free = (start..=u64::MAX)
            .find(|n| !self.all.contains_key(&named(*n)))
            .expect("there are more numbers than relations");
        self.numbers.insert(base, free);
        named(free)
    }

    /// Takes note of what hangs on what by now.
    fn settle(&mut self) {
        let Some(name) = self.loose.take() else { return };
        let Some(relation) = self.all.get(&name) else { return };
        for (anchor, kind) in relation.anchors() {
            self.hanging.entry((anchor.clone(), kind)).or_default().insert(name.clone());
        }
    }
}

impl Relation {
    /// What it hangs on, and how.
    fn anchors(&self) -> Vec<(&String, Kind)> {
        match self {
            Self::Table(table) => {
                let references = table.constraints.iter().filter_map(|constraint| match &constraint.kind {
                    ConstraintKind::Foreign { references, .. } => Some((references, Kind::Referrer)),
                    ConstraintKind::Check { .. } | ConstraintKind::Keyed { .. } => None,
                });
                let parents = table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits);
                references.chain(parents.map(|parent| (parent, Kind::Part))).collect()
            }
            Self::Index(index) => {
                std::iter::once(&index.table).chain(&index.parent).map(|name| (name, Kind::Index)).collect()
            }
            Self::View { reads, .. } => reads.iter().map(|name| (name, Kind::View)).collect(),
            Self::Sequence { owner } => owner.iter().map(|(table, _)| (table, Kind::Sequence)).collect(),
        }
    }

    /// Knows what it hangs on by another name.
    pub(super) fn rename_anchor(&mut self, from: &str, to: &str) {
        let fix = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        match self {
            Self::Index(index) => {
                fix(&mut index.table);
                index.parent.iter_mut().for_each(fix);
            }
            Self::View { reads, .. } => reads.iter_mut().for_each(fix),
            Self::Sequence { owner } => owner.iter_mut().for_each(|(table, _)| fix(table)),
            Self::Table(table) => {
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
