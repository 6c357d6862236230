//! `DROP` and `TRUNCATE`.

use super::alter_table::drop_column;
use super::catalog::PostgresCatalog;
use super::create::lock_after;
use super::cursor::Cursor;
use super::effect::Effect;
use super::relation::Relation;
use crate::step::LockMode;

pub(super) fn drop(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    if cursor.eat("table") || cursor.eat("view") || cursor.eat("materialized view") || cursor.eat("sequence") {
        let skipped_if_missing = cursor.eat("if exists");
        let names = cursor.names();
        let cascade = cursor.eat("cascade");
        for name in names {
            if !skipped_if_missing && !catalog.relations.contains_key(&name) {
                effect.give_up(); // what hangs on it was never seen
            }
            drop_relation(catalog, &name, cascade, effect);
        }
    } else if cursor.eat("index") {
        let mode = if cursor.eat("concurrently") { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
        let skipped_if_missing = cursor.eat("if exists");
        for name in cursor.names() {
            let Some(table) = catalog.index(&name).map(|index| index.table.clone()) else {
                if !skipped_if_missing {
                    effect.give_up(); // of which table it was is not known
                }
                continue;
            };
            effect.lock(&table, mode);
            drop_index(catalog, &name, mode, effect);
        }
    } else if cursor.eat("trigger") || cursor.eat("policy") || cursor.eat("rule") {
        lock_after(&mut cursor, "on", LockMode::AccessExclusive, effect);
    } else if cursor.eat("statistics") {
        cursor.eat("if exists");
        for name in cursor.names() {
            if let Some(table) = catalog.statistics.remove(&name) {
                effect.lock(&table, LockMode::ShareUpdateExclusive);
            }
        }
    } else if cursor.eat("publication") {
        cursor.eat("if exists");
        for name in cursor.names() {
            catalog.publications.remove(&name);
        }
    } else if cursor.eat("schema") {
        cursor.eat("if exists");
        for schema in cursor.names() {
            for name in &catalog.relations.names_in(&schema) {
                drop_relation(catalog, name, true, effect);
            }
        }
    } else if cursor.eat("domain") || cursor.eat("type") {
        cursor.eat("if exists");
        let names = cursor.names();
        let cascade = cursor.eat("cascade");
        for name in names {
            catalog.domains.remove(&name);
            if cascade {
                drop_columns_of_type(catalog, &name, effect);
            }
        }
    } else if cursor.eat("function") || cursor.eat("procedure") {
        cursor.eat("if exists");
        while let Some(name) = cursor.name() {
            cursor.group();
            // Who else needs it, the server finds out; triggers go with it.
            if cursor.clone().skip_past("cascade") {
                effect.lock_all(catalog.triggers.remove(&name).unwrap_or_default(), LockMode::AccessExclusive);
            }
            if !cursor.eat_symbol(',') {
                break;
            }
        }
    }
}

/// An index, and those of partitions that belong to it.
fn drop_index(catalog: &mut PostgresCatalog, name: &str, mode: LockMode, effect: &mut Effect) {
    effect.lock(name, mode);
    for part in catalog.parts_of(name) {
        if let Some(index) = catalog.index(&part) {
            effect.lock(&index.table, mode);
        }
        drop_index(catalog, &part, mode, effect);
    }
    catalog.relations.remove(name);
}

/// What a type takes with it: the columns that have it.
fn drop_columns_of_type(catalog: &mut PostgresCatalog, name: &str, effect: &mut Effect) {
    let mut columns = Vec::new();
    for (table, relation) in catalog.relations.iter() {
        let Relation::Table(of) = relation else { continue };
        let own = of.columns.iter().filter(|column| column.data_type.name == name);
        columns.extend(own.map(|column| (table.clone(), column.name.clone())));
    }
    for (table, column) in columns {
        effect.lock(&table, LockMode::AccessExclusive);
        drop_column(catalog, &table, &column, true, effect);
    }
}

fn drop_relation(catalog: &mut PostgresCatalog, name: &str, cascade: bool, effect: &mut Effect) {
    if !catalog.relations.contains_key(name) {
        return;
    }
    if cascade {
        for dependent in catalog.dependents_of(name, None) {
            drop_relation(catalog, &dependent, true, effect);
        }
    }
    // A foreign key is dropped on both of its tables.
    let mut others = catalog.referenced_by(name);
    if cascade {
        others.extend(catalog.referring_to(name));
    }
    if let Some(of) = catalog.table(name).and_then(|table| table.partition_of.clone()) {
        others.extend(catalog.default_partition(&of.parent));
        others.push(of.parent);
    }
    effect.lock_all(&others, LockMode::AccessExclusive);
    for child in catalog.family(name).into_iter().skip(1) {
        drop_relation(catalog, &child, cascade, effect);
    }
    effect.lock(name, LockMode::AccessExclusive);
    for index in catalog.indexes_of(name) {
        effect.lock(&index, LockMode::AccessExclusive);
    }
    for (sequence, _) in catalog.sequences_of(name) {
        effect.lock(&sequence, LockMode::AccessExclusive);
    }
    catalog.remove(name);
}

pub(super) fn truncate(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("table");
    let names = cursor.names();
    let cascade = cursor.mentions("cascade");
    let restarts = cursor.sees("restart identity");
    let mut tables: Vec<String> = names.iter().flat_map(|name| catalog.family(name)).collect();
    let mut at = 0;
    while cascade && at < tables.len() {
        for other in catalog.referring_to(&tables[at]) {
            if !tables.contains(&other) {
                tables.push(other);
            }
        }
        at += 1;
    }
    for table in tables {
        effect.lock(&table, LockMode::AccessExclusive);
        if catalog.table(&table).is_some_and(|of| of.partitioned) {
            continue; // has no rows of its own
        }
        effect.rewrite(&table);
        for (sequence, _) in catalog.sequences_of(&table).into_iter().filter(|_| restarts) {
            effect.lock(&sequence, LockMode::AccessExclusive);
            effect.rewrite(&sequence);
        }
        let indexes = catalog.indexes_of(&table);
        if !indexes.is_empty() {
            effect.scan(&table); // to build them, of no rows
        }
        for index in indexes {
            effect.lock(&index, LockMode::AccessExclusive);
            effect.rewrite(&index);
        }
    }
}
