//! Statements that read and write rows, and those that maintain them.

use super::alter_whole_table::rewrite;
use super::catalog::PostgresCatalog;
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::column_list;
use super::relation::{ConstraintKind, Relation};
use crate::step::LockMode;

/// The relations that are named in what is left of a statement.
pub(super) fn relations_in(catalog: &PostgresCatalog, cursor: &Cursor<'_>) -> Vec<String> {
    let mut found: Vec<String> = cursor
        .all_qualified_names()
        .into_iter()
        .filter(|name| matches!(catalog.relations.get(name), Some(Relation::Table(_) | Relation::View { .. })))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Reading opens a table and, to plan the query, each of its indexes; and what views read.
pub(super) fn read_all(catalog: &PostgresCatalog, cursor: &Cursor<'_>, effect: &mut Effect) {
    for relation in relations_in(catalog, cursor) {
        read(catalog, &relation, effect);
    }
}

/// A query over one relation without a condition reads all of it. What the planner does with any other is not foretold.
pub(super) fn query(catalog: &PostgresCatalog, cursor: &Cursor<'_>, effect: &mut Effect) {
    read_all(catalog, cursor, effect);
    let relations = relations_in(catalog, cursor);
    if let ([only], false) = (relations.as_slice(), cursor.mentions("where") || cursor.mentions("limit")) {
        let sources = match catalog.relations.get(only) {
            Some(Relation::View { reads, materialized: false, .. }) => reads.clone(),
            _ => vec![only.clone()],
        };
        for source in &sources {
            catalog.scan(source, effect);
        }
    }
}

/// Copying opens no index to read, and does to a table what an insert does to write.
pub(super) fn copy(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    if cursor.sees_symbol('(') {
        return read_all(catalog, &cursor, effect);
    }
    let start = cursor.clone();
    let Some(table) = cursor.name() else { return };
    cursor.group();
    if cursor.eat("from") {
        insert(catalog, start, effect);
    } else {
        effect.lock(&table, LockMode::AccessShare);
        catalog.scan(&table, effect);
    }
}

fn read(catalog: &PostgresCatalog, relation: &str, effect: &mut Effect) {
    effect.lock(relation, LockMode::AccessShare);
    effect.lock_all(catalog.indexes_of(relation), LockMode::AccessShare);
    if let Some(Relation::View { reads, materialized: false, .. }) = catalog.relations.get(relation) {
        for source in reads {
            read(catalog, source, effect);
        }
    }
}

pub(super) fn insert(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let Some(table) = cursor.name() else { return };
    read_all(catalog, &cursor, effect);
    effect.lock(&table, LockMode::RowExclusive);
    let given = column_list(&mut cursor);
    let is_given = |column: &String| given.is_empty() || given.contains(column);
    if let Some(of) = catalog.table(&table) {
        // A row that gets no value refers to nothing.
        let has_value = |column: &String| is_given(column) || of.column(column).is_some_and(|own| own.has_default);
        for constraint in &of.constraints {
            if let ConstraintKind::Foreign { columns, references, .. } = &constraint.kind
                && columns.iter().all(has_value)
            {
                look_up(catalog, references, effect);
            }
        }
    }
    for (sequence, column) in catalog.sequences_of(&table) {
        if given.is_empty() || !is_given(&column) {
            effect.lock(&sequence, LockMode::RowExclusive);
        }
    }
}

/// Whether the row that a foreign key refers to is there.
fn look_up(catalog: &PostgresCatalog, referenced: &str, effect: &mut Effect) {
    effect.lock(referenced, LockMode::RowShare);
    effect.lock_all(catalog.indexes_of(referenced), LockMode::RowShare);
}

/// `UPDATE` and `DELETE`, whose plan opens all indexes of the table.
pub(super) fn write_rows(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("only");
    let Some(table) = cursor.name() else { return };
    let mut condition = cursor.clone();
    let is_conditional = condition.skip_past("where");
    read_all(catalog, &cursor, effect);
    if cursor.eat("set") {
        let assigned: Vec<String> =
            cursor.clone().items().into_iter().filter_map(|mut assignment| assignment.identifier()).collect();
        let constraints = catalog.table(&table).map(|of| of.constraints.as_slice()).unwrap_or_default();
        for constraint in constraints {
            if let ConstraintKind::Foreign { columns, references, .. } = &constraint.kind
                && columns.iter().any(|column| assigned.contains(column))
            {
                look_up(catalog, references, effect);
            }
        }
    }
    for member in catalog.family(&table) {
        effect.lock(&member, LockMode::RowExclusive);
        let indexes = catalog.indexes_of(&member);
        let is_indexed = indexes.iter().any(|index| {
            catalog.index(index).and_then(|of| of.columns.first()).is_some_and(|first| condition.mentions(first))
        });
        if !is_conditional || !is_indexed {
            catalog.scan(&member, effect);
        }
        effect.lock_all(&indexes, LockMode::RowExclusive);
    }
}

pub(super) fn lock_table(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("table");
    let only = cursor.eat("only");
    let names = cursor.names();
    cursor.eat("in");
    let modes = [
        ("access share", LockMode::AccessShare),
        ("row share", LockMode::RowShare),
        ("row exclusive", LockMode::RowExclusive),
        ("share update exclusive", LockMode::ShareUpdateExclusive),
        ("share row exclusive", LockMode::ShareRowExclusive),
        ("share", LockMode::Share),
        ("access exclusive", LockMode::AccessExclusive),
        ("exclusive", LockMode::Exclusive),
    ];
    let named = modes.iter().find(|(words, _)| cursor.sees(words));
    let mode = named.map_or(LockMode::AccessExclusive, |(_, mode)| *mode);
    for name in names {
        let family = if only { vec![name] } else { catalog.family(&name) };
        effect.lock_all(&family, mode);
    }
}

pub(super) fn reindex(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.group();
    let whole = cursor.eat("table");
    if !whole && !cursor.eat("index") {
        return effect.give_up(); // a schema or a database
    }
    let concurrently = cursor.eat("concurrently");
    let Some(name) = cursor.name() else { return };
    let table = if whole { Some(name.clone()) } else { catalog.index(&name).map(|index| index.table.clone()) };
    let Some(table) = table else { return };
    let indexes = if whole { catalog.indexes_of(&table) } else { vec![name] };
    let (on_table, on_index) = if concurrently {
        (LockMode::ShareUpdateExclusive, LockMode::ShareUpdateExclusive)
    } else {
        (LockMode::Share, LockMode::AccessExclusive)
    };
    effect.lock(&table, on_table);
    effect.scan(&table);
    for index in indexes {
        effect.lock(&index, on_index);
        effect.rewrite(&index);
    }
}

pub(super) fn refresh(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let concurrently = cursor.eat("concurrently");
    let Some(name) = cursor.name() else { return };
    let Some(Relation::View { reads, .. }) = catalog.relations.get(&name) else { return };
    effect.lock(&name, if concurrently { LockMode::Exclusive } else { LockMode::AccessExclusive });
    for relation in reads {
        read(catalog, relation, effect);
        effect.scan(relation);
    }
    let indexes = catalog.indexes_of(&name);
    if concurrently || !indexes.is_empty() {
        effect.scan(&name);
    }
    if !concurrently {
        effect.rewrite(&name);
    }
    for index in indexes {
        effect.lock(&index, if concurrently { LockMode::RowExclusive } else { LockMode::AccessExclusive });
        if !concurrently {
            effect.rewrite(&index);
        }
    }
}

pub(super) fn maintain(catalog: &PostgresCatalog, cursor: &Cursor<'_>, effect: &mut Effect) {
    let rewrites = cursor.mentions("full") || cursor.mentions("using");
    for table in relations_in(catalog, cursor) {
        if rewrites {
            rewrite(catalog, &table, &[], effect);
        } else {
            effect.lock(&table, LockMode::ShareUpdateExclusive);
            effect.lock_all(catalog.indexes_of(&table), LockMode::AccessShare);
        }
    }
}
