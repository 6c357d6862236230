//! `CREATE`, of anything but a table.

use super::catalog::{PostgresCatalog, beside};
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::create_table;
use super::relation::{Index, Relation};
use super::rows::{query, relations_in};
use super::types::{Domain, Type};
use crate::step::LockMode;

pub(super) fn create(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("or replace");
    while ["temp", "temporary", "global", "local", "recursive", "constraint", "trusted"]
        .iter()
        .any(|word| cursor.eat(word))
    {}
    let unlogged = cursor.eat("unlogged");
    cursor.eat("unique");
    if cursor.eat("table") {
        if is_select(&cursor) {
            query(catalog, &cursor, effect);
        }
        effect.then(create_table(catalog, cursor, unlogged));
    } else if cursor.eat("index") {
        create_index(catalog, cursor, effect);
    } else if cursor.sees("view") || cursor.sees("materialized view") {
        let materialized = cursor.eat("materialized");
        cursor.eat("view");
        create_view(catalog, cursor, materialized, effect);
    } else if cursor.eat("sequence") {
        cursor.eat("if not exists");
        if let Some(name) = cursor.name() {
            catalog.relations.insert(name, Relation::Sequence { owner: None });
        }
    } else if cursor.eat("domain") {
        let name = cursor.name();
        cursor.eat("as");
        if let (Some(name), Some(base)) = (name, Type::read(&mut cursor)) {
            let constrained = cursor.mentions("check") || cursor.text().to_lowercase().contains("not null");
            catalog.domains.insert(name, Domain { base, constrained });
        }
    } else if cursor.eat("trigger") {
        create_trigger(catalog, cursor, effect);
    } else if cursor.eat("statistics") {
        cursor.eat("if not exists");
        let name = cursor.name();
        if cursor.skip_past("from")
            && let Some(table) = cursor.name()
        {
            effect.lock(&table, LockMode::ShareUpdateExclusive);
            catalog.statistics.extend(name.map(|name| (name, table)));
        }
    } else if cursor.eat("policy") {
        lock_after(&mut cursor, "on", LockMode::AccessExclusive, effect);
    } else if cursor.eat("rule") {
        lock_after(&mut cursor, "to", LockMode::AccessExclusive, effect);
    } else if cursor.eat("publication") {
        let name = cursor.name();
        if cursor.skip_past("for table") {
            let tables = cursor.names();
            effect.lock_all(&tables, LockMode::ShareUpdateExclusive);
            catalog.publications.extend(name.map(|name| (name, tables)));
        }
    }
}

/// One for each row is made on each partition, too.
fn create_trigger(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    if !cursor.skip_past("on") {
        return;
    }
    let Some(table) = cursor.name() else { return };
    let for_rows = catalog.table(&table).is_some_and(|of| of.partitioned) && cursor.mentions("row");
    let tables = if for_rows { catalog.family(&table) } else { vec![table] };
    effect.lock_all(&tables, LockMode::ShareRowExclusive);
    if cursor.skip_past("execute") {
        cursor.next(); // FUNCTION or PROCEDURE
        if let Some(function) = cursor.name() {
            catalog.triggers.entry(function).or_default().extend(tables);
        }
    }
}

pub(super) fn lock_after(cursor: &mut Cursor<'_>, word: &str, mode: LockMode, effect: &mut Effect) {
    if cursor.skip_past(word)
        && let Some(relation) = cursor.name()
    {
        effect.lock(&relation, mode);
    }
}

/// Whether a table is made of a query's rows.
fn is_select(cursor: &Cursor<'_>) -> bool {
    let mut cursor = cursor.clone();
    cursor.skip_past("as") && ["select", "with", "values", "table"].iter().any(|start| cursor.sees(start))
}

fn create_index(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let concurrently = cursor.eat("concurrently");
    cursor.eat("if not exists");
    let name = if cursor.sees("on") { None } else { cursor.name() };
    cursor.eat("on");
    let only = cursor.eat("only");
    let Some(table) = cursor.name() else { return };
    if cursor.eat("using") {
        cursor.identifier();
    }
    let names = cursor.all_names();
    let parts = cursor.group().map(Cursor::items).unwrap_or_default();
    let words: Vec<String> = parts.iter().map(naming_word).collect();
    let columns: Vec<String> = parts.into_iter().filter_map(plain_column).collect();
    let is_plain = columns.len() == words.len() && !cursor.skip_past("where");
    let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
    for member in if only { vec![table.clone()] } else { catalog.family(&table) } {
        effect.lock(&member, mode);
        catalog.scan(&member, effect);
    }
    let name = name.map(|name| beside(&table, &name));
    let name = name.unwrap_or_else(|| catalog.fresh(&table, &words.join("_"), "idx"));
    if !catalog.relations.contains_key(&name) {
        let partitions = if only { Vec::new() } else { catalog.partitions_of(&table) };
        let index = Index { table, columns, names, is_plain, parent: None };
        catalog.relations.insert(name.clone(), Relation::Index(index));
        for partition in &partitions {
            catalog.inherit_index(&name, partition);
        }
    }
}

/// What a part of an index adds to the name that is given to one without: its column, or the function it calls.
fn naming_word(part: &Cursor<'_>) -> String {
    part.clone().identifier().unwrap_or_else(|| "expr".to_owned())
}

/// The column that a part of an index is; `None` for an expression.
fn plain_column(mut part: Cursor<'_>) -> Option<String> {
    let column = part.identifier()?;
    (!part.sees_symbol('(')).then_some(column)
}

fn create_view(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, materialized: bool, effect: &mut Effect) {
    cursor.eat("if not exists");
    let Some(name) = cursor.name() else { return };
    if catalog.relations.contains_key(&name) {
        effect.lock(&name, LockMode::AccessExclusive);
    }
    cursor.skip_past("as");
    let mut names = cursor.all_names();
    if crate::sql::tokens::selects_everything(&cursor.text()) {
        names.push("*".to_owned());
    }
    let mut reads = relations_in(catalog, &cursor);
    // The server refuses a view that reads itself.
    let dependents = catalog.dependents_of(&name, None);
    reads.retain(|read| *read != name && !dependents.contains(read));
    for relation in &reads {
        effect.lock(relation, LockMode::AccessShare);
        if materialized {
            effect.scan(relation);
            effect.lock_all(catalog.indexes_of(relation), LockMode::AccessShare);
        }
    }
    catalog.relations.insert(name, Relation::View { reads, names, materialized });
}
