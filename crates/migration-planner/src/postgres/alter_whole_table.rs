//! What `ALTER TABLE` does to a table itself, and neither to its columns nor to its constraints.

use super::catalog::PostgresCatalog;
use super::cursor::Cursor;
use super::effect::Effect;
use crate::step::LockMode;

/// Actions that concern the table itself and neither its columns nor its constraints.
pub(super) fn of_whole_table(
    catalog: &mut PostgresCatalog,
    table: &str,
    family: &[String],
    action: &mut Cursor<'_>,
    effect: &mut Effect,
) {
    let triggers = ["enable trigger", "disable trigger", "enable always trigger", "enable replica trigger"];
    if triggers.iter().any(|start| action.sees(start)) {
        effect.lock_all(family, LockMode::ShareRowExclusive);
    } else if action.eat("set logged") || action.sees("set unlogged") {
        let unlogged = action.eat("set unlogged");
        effect.lock(table, LockMode::AccessExclusive);
        if catalog.table(table).is_some_and(|of| of.unlogged != unlogged) {
            rewrite(catalog, table, &[], effect);
            for (sequence, _) in catalog.sequences_of(table) {
                effect.lock(&sequence, LockMode::AccessExclusive);
                effect.rewrite(&sequence);
            }
        }
        if let Some(of) = catalog.table_mut(table) {
            of.unlogged = unlogged;
        }
    } else if action.eat("set access method") {
        effect.lock(table, LockMode::AccessExclusive);
        // There is one method unless an extension brings others.
        if !action.sees("heap") {
            rewrite(catalog, table, &[], effect);
        }
    } else if action.eat("set tablespace") {
        effect.lock(table, LockMode::AccessExclusive);
        effect.rewrite(table);
    } else if action.eat("set schema") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(schema) = action.identifier() {
            for (sequence, _) in catalog.sequences_of(table) {
                effect.lock(&sequence, LockMode::AccessExclusive);
            }
            let moved = |name: &str| {
                let last = name.rsplit('.').next().unwrap_or(name);
                if schema == "public" { last.to_owned() } else { format!("{schema}.{last}") }
            };
            let own = catalog.indexes_of(table).into_iter();
            let own = own.chain(catalog.sequences_of(table).into_iter().map(|(sequence, _)| sequence));
            for name in own.collect::<Vec<_>>() {
                catalog.rename(&name, &moved(&name));
            }
            catalog.rename(table, &moved(table));
        }
    } else if action.sees("set without") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
    } else if action.eat("cluster on") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
        if let Some(index) = action.name() {
            effect.lock(&index, LockMode::ShareUpdateExclusive);
        }
    } else if action.sees("set") || action.sees("reset") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
    } else if action.eat("inherit") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(parent) = action.name() {
            effect.lock(&parent, LockMode::ShareUpdateExclusive);
            let is_below = catalog.family(table).contains(&parent);
            if let Some(of) = catalog.table_mut(table).filter(|_| !is_below) {
                of.inherits.push(parent);
            }
        }
    } else if action.eat("no inherit") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(parent) = action.name() {
            effect.lock(&parent, LockMode::AccessShare);
            if let Some(of) = catalog.table_mut(table) {
                of.inherits.retain(|own| *own != parent);
            }
        }
    } else if action.eat("replica identity") {
        effect.lock(table, LockMode::AccessExclusive);
        if action.eat("using index")
            && let Some(index) = action.name()
        {
            effect.lock(&index, LockMode::Share);
        }
    } else if action.eat("owner to") {
        effect.lock(table, LockMode::AccessExclusive);
        let owned =
            catalog.indexes_of(table).into_iter().chain(catalog.sequences_of(table).into_iter().map(|(name, _)| name));
        effect.lock_all(owned, LockMode::AccessExclusive);
    } else {
        // Row level security, rules, type of the table, and what later versions bring.
        effect.lock(table, LockMode::AccessExclusive);
    }
}

/// Every row of a table and of its indexes is written anew. Indexes in `remade` are made anew and not rewritten.
pub(super) fn rewrite(catalog: &PostgresCatalog, table: &str, remade: &[String], effect: &mut Effect) {
    if catalog.table(table).is_some_and(|of| of.partitioned) {
        return; // has no rows of its own
    }
    effect.lock(table, LockMode::AccessExclusive);
    effect.rewrite(table);
    effect.scan(table);
    for index in catalog.indexes_of(table) {
        effect.lock(&index, LockMode::AccessExclusive);
        if !remade.contains(&index) {
            effect.rewrite(&index);
        }
    }
}
