//! Tables that are parts of others, and the indexes that they have because of it.

use std::collections::BTreeSet;

use super::catalog::PostgresCatalog;
use super::relation::{Constraint, ConstraintKind, Index, Relation, Table};
use super::relations::Kind;

impl PostgresCatalog {
    /// A table with all its partitions and children, however deep.
    pub(super) fn family(&self, table: &str) -> Vec<String> {
        let mut family = vec![table.to_owned()];
        let mut known = BTreeSet::from([table.to_owned()]);
        let mut at = 0;
        while at < family.len() {
            let parent = family[at].clone();
            for (name, relation) in self.relations.hanging_on(&parent, Kind::Part) {
                let Relation::Table(table) = relation else { continue };
                let is_child = table.partition_of.as_ref().is_some_and(|of| of.parent == parent)
                    || table.inherits.contains(&parent);
                if is_child && known.insert(name.clone()) {
                    family.push(name.clone());
                }
            }
            at += 1;
        }
        family
    }

    /// The partitions of a table, one level down.
    pub(super) fn partitions_of(&self, parent: &str) -> Vec<String> {
        let is_its = |relation: &Relation| match relation {
            Relation::Table(table) => table.partition_of.as_ref().is_some_and(|of| of.parent == parent),
            _ => false,
        };
        let hanging = self.relations.hanging_on(parent, Kind::Part);
        hanging.filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The default partition of a partitioned table.
    pub(super) fn default_partition(&self, parent: &str) -> Option<String> {
        self.relations.hanging_on(parent, Kind::Part).find_map(|(name, relation)| match relation {
            Relation::Table(Table { partition_of: Some(of), .. }) if of.parent == parent && of.is_default => {
                Some(name.clone())
            }
            _ => None,
        })
    }

    /// The indexes of partitions that belong to an index of their parent, one level down.
    pub(super) fn parts_of(&self, index: &str) -> Vec<String> {
        let is_its =
            |relation: &Relation| matches!(relation, Relation::Index(part) if part.parent.as_deref() == Some(index));
        let hanging = self.relations.hanging_on(index, Kind::Index);
        hanging.filter(|(_, relation)| is_its(relation)).map(|(name, _)| name.clone()).collect()
    }

    /// The index of a table that can become a part of this one of its parent: over the same, and of nobody else.
    pub(super) fn twin_of(&self, index: &Index, child: &str) -> Option<String> {
        let is_twin =
            |other: &Index| other.parent.is_none() && other.columns == index.columns && other.names == index.names;
        self.indexes_of(child).into_iter().find(|name| self.index(name).is_some_and(is_twin))
    }

    /// Gives a new partition the indexes that its parent has.
    pub(super) fn inherit_indexes(&mut self, parent: &str, child: &str) {
        for name in self.indexes_of(parent) {
            self.inherit_index(&name, child);
        }
    }

    /// Gives a partition, and its own partitions, one index of its parent: one that it has, or a new one under the name that
    /// the server gives it.
    pub(super) fn inherit_index(&mut self, name: &str, child: &str) {
        let Some(index) = self.index(name).cloned() else { return };
        let constraint = |index: &str| index.rsplit('.').next().unwrap_or(index).to_owned();
        let key = self.table(&index.table).and_then(|of| of.constraint(&constraint(name))).cloned();
        let own = if let Some(twin) = self.twin_of(&index, child) {
            if let Some(Relation::Index(twin)) = self.relations.get_mut(&twin) {
                twin.parent = Some(name.to_owned());
            }
            twin
        } else {
            let columns = index.columns.join("_");
            let own = match key.as_ref().map(|key| &key.kind) {
                Some(ConstraintKind::Keyed { primary: true, .. }) => self.fresh(child, "", "pkey"),
                Some(_) => self.fresh(child, &columns, "key"),
                None if columns.is_empty() => self.fresh(child, "expr", "idx"),
                None => self.fresh(child, &columns, "idx"),
            };
            let inherited = Index { table: child.to_owned(), parent: Some(name.to_owned()), ..index };
            self.relations.insert(own.clone(), Relation::Index(inherited));
            own
        };
        if let (Some(key), Some(table)) = (key, self.table_mut(child))
            && table.constraint(&constraint(&own)).is_none()
        {
            table.constraints.push(Constraint { name: constraint(&own), ..key });
        }
        for grandchild in self.partitions_of(child) {
            self.inherit_index(&own, &grandchild);
        }
    }
}
