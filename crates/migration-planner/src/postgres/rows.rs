//! Statements that read and write rows, and those that maintain them.

use super::alter_whole_table::rewrite;
use super::catalog::PostgresCatalog;
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::column_list;
use super::relation::{ConstraintKind, Relation};
use crate::sql::tokens::Token;
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
    for sequence in sequences_called(cursor) {
        effect.lock(&sequence, LockMode::RowExclusive);
    }
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
    lock_rows(catalog, cursor, effect);
}

/// `FOR UPDATE`, `FOR SHARE` and the like, of all relations or those that are named.
fn lock_rows(catalog: &PostgresCatalog, cursor: &Cursor<'_>, effect: &mut Effect) {
    let mut rest = cursor.clone();
    while rest.skip_past("for") {
        if !["update", "share", "no key update", "key share"].iter().any(|how| rest.eat(how)) {
            continue;
        }
        let named = if rest.eat("of") { rest.names() } else { Vec::new() };
        let read = relations_in(catalog, cursor);
        let is_locked =
            |relation: &String| named.is_empty() || named.iter().any(|name| is_called(cursor, relation, name));
        for relation in read.iter().filter(|relation| is_locked(relation)) {
            look_up(catalog, relation, effect);
        }
    }
}

/// Whether a relation of a query is the one that is called `name` in it.
fn is_called(cursor: &Cursor<'_>, relation: &str, name: &str) -> bool {
    let mut cursor = cursor.clone();
    while !cursor.is_at_end() {
        match cursor.name() {
            Some(found) if found == relation => {
                cursor.eat("as");
                if relation == name || cursor.identifier().as_deref() == Some(name) {
                    return true;
                }
            }
            Some(_) => {}
            None => cursor.skip_one(),
        }
    }
    false
}

/// `MERGE`, which opens all indexes of the table that it writes; whether by its key or as a whole, is not foretold.
pub(super) fn merge(catalog: &PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("only");
    let Some(table) = cursor.name() else { return effect.give_up() };
    read_all(catalog, &cursor, effect);
    for relation in relations_in(catalog, &cursor) {
        catalog.scan(&relation, effect);
    }
    for member in catalog.family(&table) {
        effect.lock(&member, LockMode::RowExclusive);
        effect.lock_all(catalog.indexes_of(&member), LockMode::RowExclusive);
        catalog.scan(&member, effect);
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

/// The sequences that numbers are taken from, or set: `nextval('tickets')`.
fn sequences_called(cursor: &Cursor<'_>) -> Vec<String> {
    let mut cursor = cursor.clone();
    let mut found = Vec::new();
    while let Some(token) = cursor.next() {
        if (token.is_keyword("nextval") || token.is_keyword("setval")) && cursor.eat_symbol('(') {
            let named = match cursor.peek() {
                Some(Token::Text(text)) => Cursor::new(text).name(),
                _ => None,
            };
            found.extend(named);
        }
    }
    found
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
    effect.lock(&table, LockMode::RowExclusive);
    let given = column_list(&mut cursor);
    query(catalog, &cursor, effect);
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

/// Looks for a row, and locks it: whether the one that a foreign key refers to is there.
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
    let mut end = condition.clone();
    end.skip_past("returning");
    condition = condition.up_to(&end);
    let mut joined = cursor.clone();
    let joins = joined.skip_past("from") || cursor.clone().skip_past("using");
    read_all(catalog, &cursor, effect);
    if joins {
        // Which of them is read by an index is for the planner to say; without a constant to look for, none is.
        let others = relations_in(catalog, &cursor).into_iter().filter(|other| *other != table);
        for other in others.filter(|other| !looks_for_constant(catalog, other, &condition)) {
            catalog.scan(&other, effect);
        }
    }
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
        let is_indexed = if joins {
            looks_for_constant(catalog, &member, &condition)
        } else {
            indexes.iter().any(|index| {
                catalog.index(index).and_then(|of| of.columns.first()).is_some_and(|first| condition.mentions(first))
            })
        };
        if !is_conditional || !is_indexed {
            catalog.scan(&member, effect);
        }
        effect.lock_all(&indexes, LockMode::RowExclusive);
    }
}

/// Whether a condition compares the first column of one of a table's indexes with something that is no column.
fn looks_for_constant(catalog: &PostgresCatalog, table: &str, condition: &Cursor<'_>) -> bool {
    let firsts: Vec<String> = catalog
        .indexes_of(table)
        .iter()
        .filter_map(|index| catalog.index(index).and_then(|of| of.columns.first().cloned()))
        .collect();
    let mut rest = condition.clone();
    while !rest.is_at_end() {
        let Some(name) = rest.name() else {
            rest.skip_one();
            continue;
        };
        let column = name.rsplit('.').next().unwrap_or(&name);
        let compares = rest.operator().is_some() || rest.eat("in") || rest.eat("between");
        let constant = matches!(rest.peek(), Some(Token::Literal(_) | Token::Text(_) | Token::Symbol('(' | '$')));
        if compares && constant && firsts.iter().any(|first| first == column) {
            return true;
        }
    }
    false
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
