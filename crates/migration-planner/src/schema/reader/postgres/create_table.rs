//! `CREATE TABLE`, and what adding a column or a constraint to a table does.

use std::collections::BTreeMap;

use super::column::{DeclaredColumn, column};
use super::key::{Body, Declared, Key, declared};
use super::names::{fresh, identifier, object_name};
use super::sequence::Sequence;
use super::table::TableDraft;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::Column;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::{ident, literal};

/// `CREATE TABLE`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>, unlogged: bool) -> Read<Outcome> {
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a table")?;
    if draft.is_relation(name.schema(), name.name()) {
        return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "relation", name.to_string())) };
    }
    if cursor.sees("partition of") {
        return Err(Fault::database(cursor, "a partition has what the partitioned table gives it"));
    }
    if cursor.sees("of") || cursor.sees("as") {
        return Err(Fault::database(cursor, "the columns are those of something else"));
    }
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
    let mut table = TableDraft::new(name.clone());
    table.unlogged = unlogged;
    let mut keys = Vec::new();
    let mut serials = Vec::new();
    let mut omitted = None;
    for mut item in group.items() {
        if item.eat("like") {
            like(draft, &mut table, &mut item)?;
        } else if let Some(key) = declared(&mut item, None)? {
            end(&item)?;
            keys.push(key);
        } else {
            let place = item.clone();
            let read = column(&mut item)?;
            let own = read.column.name().to_owned();
            if table.columns.iter().any(|column| column.name() == own) {
                return Err(Fault::exists(&place, "column", own));
            }
            serials.extend(read.serial.then_some(own));
            omitted = omitted.or(read.omitted);
            table.columns.push(read.column);
            keys.extend(read.keys);
        }
    }
    rest(&mut table, cursor)?;
    draft.tables.push(table);
    for column in serials {
        number(draft, &name, &column);
    }
    // In the order in which the server makes and names them: checks, keys, references.
    let rank = |key: &Declared| match key.body {
        Body::Check { .. } => 0,
        Body::Primary { .. } => 1,
        Body::Unique { .. } | Body::Exclude(_) => 2,
        Body::Foreign { .. } => 3,
    };
    keys.sort_by_key(rank);
    for key in without_repeated_keys(keys) {
        add_key(draft, &place, &name, key)?;
    }
    match omitted {
        Some(what) => Outcome::omitted(what),
        None => Ok(Outcome::Done),
    }
}

/// `LIKE table`: its columns, with their types and whether they may be null.
fn like(draft: &mut Draft, table: &mut TableDraft, item: &mut Cursor<'_>) -> Read<()> {
    let place = item.clone();
    let source = object_name(item, "the name of a table")?;
    if !item.is_at_end() {
        return Err(Fault::database(item, "what LIKE takes over beside columns"));
    }
    for column in &draft.table(&place, &source)?.columns {
        let copy = Column::new(column.name(), column.data_type()).collated(column.collation_name().map(str::to_owned));
        table.columns.push(if column.is_not_null() { copy.not_null() } else { copy });
    }
    Ok(())
}

/// What follows the columns.
fn rest(table: &mut TableDraft, cursor: &mut Cursor<'_>) -> Read<()> {
    loop {
        if cursor.sees("inherits") {
            return Err(Fault::database(cursor, "a table that inherits has what its parents give it"));
        } else if cursor.eat("partition by") {
            let method = identifier(cursor, "RANGE, LIST or HASH")?.to_uppercase();
            let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
            table.partition_key = Some(format!("{method} ({})", group.text()));
        } else if cursor.eat("with") {
            let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "parameters in parentheses"))?;
            table.options.extend(options(group)?);
        } else if cursor.eat("tablespace") {
            table.tablespace =
                Some(identifier(cursor, "the name of a tablespace")?).filter(|name| name != "pg_default");
        } else if cursor.eat("using heap") || cursor.eat("without oids") {
        } else {
            return end(cursor);
        }
    }
}

/// Storage parameters.
pub(super) fn options(group: Cursor<'_>) -> Read<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    for mut item in group.items() {
        let name = object_name(&mut item, "the name of a parameter")?.to_string();
        let value = if item.eat_symbol('=') { item.text() } else { "true".to_owned() };
        options.insert(name, value.trim_matches('\'').to_owned());
    }
    Ok(options)
}

/// Two unique constraints over the same columns are one index to the server, the primary key's if it is one of them.
fn without_repeated_keys(declared: Vec<Declared>) -> Vec<Declared> {
    let mut kept: Vec<Declared> = Vec::new();
    for key in declared {
        let same = kept.iter_mut().find(|other| match (&other.body, &key.body) {
            (Body::Primary { columns: a, .. } | Body::Unique { columns: a, .. }, Body::Unique { columns: b, .. }) => {
                a == b && other.tail == key.tail
            }
            _ => false,
        });
        match same {
            Some(other) => other.name = other.name.take().or(key.name),
            None => kept.push(key),
        }
    }
    kept
}

/// Gives a column the sequence that a serial type stands for.
fn number(draft: &mut Draft, table: &ObjectName, column: &str) {
    let schema = table.schema();
    let name = fresh(table.name(), column, "seq", |name| draft.is_relation(schema, name));
    let name = match schema {
        Some(schema) => ObjectName::in_schema(schema, name),
        None => name.into(),
    };
    let Some(of) = draft.tables.iter_mut().find(|own| own.name == *table) else { return };
    let Some(own) = of.columns.iter_mut().find(|own| own.name() == column) else { return };
    let called = crate::sql::postgres_name(&name);
    *own = own.clone().default_value(format!("nextval({}::regclass)", literal(&called)));
    draft.sequences.push(Sequence::of_column(name, own.data_type(), table.clone(), column));
}

/// Adds a column to a table that is there.
pub(super) fn add_column(
    draft: &mut Draft,
    place: &Cursor<'_>,
    table: &ObjectName,
    read: DeclaredColumn,
) -> Read<Outcome> {
    let name = read.column.name().to_owned();
    draft.table(place, table)?.columns.push(read.column);
    if read.serial {
        number(draft, table, &name);
    }
    for key in read.keys {
        add_key(draft, place, table, key)?;
    }
    match read.omitted {
        Some(what) => Outcome::omitted(what),
        None => Ok(Outcome::Done),
    }
}

/// Adds a constraint, under the name that the server gives it.
pub(super) fn add_key(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, declared: Declared) -> Read<()> {
    let Declared { name, mut body, tail, not_valid, using_index } = declared;
    let schema = table.schema();
    let of = draft.table(place, table)?;
    if let Some(index) = &using_index {
        let Some(at) = of.indexes.iter().position(|own| own.name == *index) else {
            return Err(Fault::unknown(place, "index", index, of.indexes.iter().map(|own| own.name.as_str())));
        };
        let taken = of.indexes.remove(at);
        let all = taken.plain_columns().unwrap_or_default();
        match &mut body {
            Body::Primary { columns, include } | Body::Unique { columns, include, .. } => {
                (*columns, *include) = (all, taken.included().to_vec());
            }
            _ => {}
        }
    }
    match &body {
        Body::Primary { columns, .. } => {
            if of.primary_key().is_some() {
                return Err(Fault::exists(place, "primary key of", table.to_string()));
            }
            for column in columns {
                of.alter(place, column, Column::not_null)?;
            }
        }
        Body::Unique { columns, .. } | Body::Foreign { columns, .. } => {
            for column in columns {
                of.column(place, column)?;
            }
        }
        Body::Check { .. } | Body::Exclude(_) => {}
    }
    // What is referred to, where only the table is named, is its primary key.
    if let Body::Foreign { references, referenced, .. } = &mut body {
        let other = draft.table(place, references)?;
        if referenced.is_empty() {
            let key = other.primary_key().map(<[String]>::to_vec);
            *referenced = key.ok_or_else(|| Fault::database(place, format!("`{references}` has no primary key")))?;
        }
        for column in referenced.iter() {
            other.column(place, column)?;
        }
    }
    let indexed = body.is_indexed();
    let is_taken = |name: &str| draft.is_constraint(schema, name) || indexed && draft.is_relation(schema, name);
    let given = name.or(using_index);
    if let Some(name) = &given {
        let own = draft.tables.iter().find(|own| own.name == *table);
        let is_key = own.is_some_and(|own| own.keys.iter().any(|key| key.name == *name));
        if is_key || indexed && draft.is_relation(schema, name) {
            return Err(Fault::exists(place, "constraint", name));
        }
    }
    let name = given.unwrap_or_else(|| {
        let (middle, label) = naming(draft, table, &body);
        fresh(table.name(), &middle, label, is_taken)
    });
    draft.table(place, table)?.keys.push(Key { name, body, tail, not_valid, comment: None });
    Ok(())
}

/// What the name of a constraint without one is made of, behind the table's.
fn naming(draft: &Draft, table: &ObjectName, body: &Body) -> (String, &'static str) {
    match body {
        Body::Primary { .. } => (String::new(), "pkey"),
        Body::Unique { columns, .. } => (columns.join("_"), "key"),
        Body::Foreign { columns, .. } => (columns.join("_"), "fkey"),
        Body::Exclude(text) => {
            let mut cursor = Cursor::new(text);
            while !cursor.is_at_end() && !cursor.sees_symbol('(') {
                cursor.next();
            }
            let parts = cursor.group().map(Cursor::items).unwrap_or_default();
            let words = parts.into_iter().map(|mut part| part.identifier().unwrap_or_else(|| "expr".to_owned()));
            (words.collect::<Vec<_>>().join("_"), "excl")
        }
        Body::Check { expression, .. } => {
            let own = draft.tables.iter().find(|own| own.name == *table);
            let names = Cursor::new(expression).all_names();
            let columns = own.map(|own| own.columns.as_slice()).unwrap_or_default();
            let mut used = columns.iter().map(Column::name).filter(|column| names.iter().any(|name| name == column));
            match (used.next(), used.next()) {
                (Some(only), None) => (only.to_owned(), "check"),
                _ => (String::new(), "check"),
            }
        }
    }
}

/// A table's name as the server writes it where `public` is searched.
pub(super) fn called(name: &ObjectName) -> String {
    match name.schema() {
        Some(schema) => format!("{}.{}", ident(schema), ident(name.name())),
        None => ident(name.name()),
    }
}
