//! What `ALTER TABLE` does to partitions: they come and go.

use super::catalog::PostgresCatalog;
use super::cursor::Cursor;
use super::effect::Effect;
use super::partition_bounds::Bounds;
use super::relation::{Partition, Relation, Table};
use crate::step::LockMode;

pub(super) fn attach(catalog: &mut PostgresCatalog, parent: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(child) = action.name().filter(|child| !catalog.family(child).iter().any(|of| of == parent)) else {
        return; // the server refuses a partition of itself
    };
    effect.lock(parent, LockMode::ShareUpdateExclusive);
    let is_default = action.sees("default");
    let key = catalog.table(parent).map(|of| of.partition_key.clone()).unwrap_or_default();
    let bounds = Bounds::read(&key, &action.text());
    let is_within = |of: &Table| {
        bounds.as_ref().is_some_and(|bounds| {
            bounds.are_implied_by(of.checks(), of.column(bounds.column()).is_some_and(|column| column.not_null))
        })
    };
    let is_known = catalog.table(&child).is_some_and(is_within);
    // An index that the whole has and the part has not is built, whatever its checks say.
    let lacks = |name: &String| catalog.index(name).is_some_and(|index| catalog.twin_of(index, &child).is_none());
    let is_indexed = !catalog.indexes_of(parent).iter().any(lacks);
    for member in catalog.family(&child) {
        effect.lock(&member, LockMode::AccessExclusive);
        if !(is_known && is_indexed) {
            catalog.scan(&member, effect);
        }
    }
    if let Some(default) = catalog.default_partition(parent) {
        effect.lock(&default, LockMode::AccessExclusive);
        let is_outside = |of: &Table| bounds.as_ref().is_some_and(|bounds| bounds.are_excluded_by(of.checks()));
        if !catalog.table(&default).is_some_and(is_outside) {
            effect.scan(&default);
        }
    }
    for index in catalog.indexes_of(parent) {
        effect.lock(&index, LockMode::ShareUpdateExclusive);
    }
    if let Some(of) = catalog.table_mut(&child) {
        of.partition_of = Some(Partition { parent: parent.to_owned(), is_default });
    }
    catalog.inherit_indexes(parent, &child);
}

pub(super) fn detach(catalog: &mut PostgresCatalog, parent: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(child) = action.name() else { return };
    let concurrently = action.eat("concurrently");
    let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    effect.lock(parent, mode);
    effect.lock(&child, LockMode::AccessExclusive);
    if let Some(default) = catalog.default_partition(parent) {
        effect.lock(&default, LockMode::AccessExclusive);
    }
    for name in catalog.indexes_of(&child) {
        if let Some(Relation::Index(index)) = catalog.relations.get_mut(&name)
            && index.parent.take().is_some()
        {
            effect.lock(&name, LockMode::AccessExclusive);
        }
    }
    if let Some(of) = catalog.table_mut(&child) {
        of.partition_of = None;
    }
}
