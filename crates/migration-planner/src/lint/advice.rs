//! What is better done otherwise in new tables, columns and indexes.

use std::collections::BTreeSet;

use super::compatibility::Said;
use super::hazard::Hazard;
use crate::postgres::cursor::Cursor;
use crate::sql::tokens::spanned;
use crate::sql::{Dialect, LONGEST_NAME};

/// What to say about what a statement makes.
pub(super) fn advice(statement: &str) -> Vec<Said> {
    let mut found = of_columns(statement);
    found.extend(of_index(statement));
    let words = spanned(statement, Dialect::Postgres).filter_map(|(token, _)| token.name().map(str::to_owned));
    let long: BTreeSet<String> = words.filter(|name| name.len() > LONGEST_NAME).collect();
    found.extend(long.into_iter().map(|name| Said {
        hazard: Hazard::LongName,
        message: format!("of `{name}` the server keeps the first {LONGEST_NAME} bytes"),
        instead: vec!["a shorter name".to_owned()],
    }));
    found
}

/// What to say about an index that is not the best there is.
fn of_index(statement: &str) -> Vec<Said> {
    let mut cursor = Cursor::new(statement);
    cursor.eat("create");
    cursor.eat("unique");
    if !cursor.eat("index") || !cursor.skip_past("on") {
        return Vec::new();
    }
    cursor.eat("only");
    cursor.name();
    let by_hash = cursor.eat("using") && cursor.identifier().is_some_and(|method| method == "hash");
    let parts = cursor.group().map(Cursor::items).unwrap_or_default().len();
    let hash = by_hash.then(|| Said {
        hazard: Hazard::HashIndex,
        message: "an index by hash finds equal values only, and cannot be unique".to_owned(),
        instead: vec!["a B-tree, which finds them as well".to_owned()],
    });
    let wide = (parts > 3).then(|| Said {
        hazard: Hazard::WideIndex,
        message: format!("an index over {parts} columns is paid for by every write"),
        instead: vec!["the columns that queries filter by, at most three".to_owned()],
    });
    hash.into_iter().chain(wide).collect()
}

/// What to say about the columns that a statement makes.
fn of_columns(statement: &str) -> Vec<Said> {
    let mut cursor = Cursor::new(statement);
    let columns: Vec<Cursor<'_>> = if cursor.eat("create table") || cursor.eat("create unlogged table") {
        cursor.eat("if not exists");
        cursor.name();
        cursor.group().map(Cursor::items).unwrap_or_default()
    } else if cursor.eat("alter table") {
        cursor.eat("if exists");
        cursor.eat("only");
        cursor.name();
        let added = cursor.items().into_iter().filter_map(|mut action| {
            let adds = action.eat("add");
            action.eat("column");
            action.eat("if not exists");
            adds.then_some(action)
        });
        added.collect()
    } else {
        return Vec::new();
    };
    let keyed: Vec<String> = columns.iter().cloned().filter_map(primary_key).flatten().collect();
    columns.into_iter().filter_map(|column| of_column(column, &keyed)).collect()
}

/// The columns of `PRIMARY KEY (..)`.
fn primary_key(mut item: Cursor<'_>) -> Option<Vec<String>> {
    if item.eat("constraint") {
        item.identifier();
    }
    item.eat("primary key").then(|| item.group().map(|columns| columns.all_names()).unwrap_or_default())
}

fn of_column(mut column: Cursor<'_>, keyed: &[String]) -> Option<Said> {
    let starts = ["constraint", "primary key", "foreign key", "unique", "check", "exclude", "like"];
    if starts.iter().any(|start| column.sees(start)) {
        return None;
    }
    let name = column.identifier()?;
    let is = |names: &[&str]| names.iter().any(|of| column.sees(of));
    let is_key = keyed.contains(&name) || column.clone().skip_past("primary key");
    let with_zone = column.sees("timestamp with time zone");
    let (hazard, message, instead) =
        if is_key && is(&["int", "integer", "int4", "smallint", "int2", "serial", "serial4"]) {
            (Hazard::NarrowKey, format!("the key `{name}` runs out of numbers"), "bigint")
        } else if is(&["timestamp"]) && !with_zone {
            (Hazard::TimestampWithoutZone, format!("`{name}` means another instant in each time zone"), "timestamptz")
        } else if is(&["char", "character", "bpchar"]) && !column.sees("character varying") {
            (Hazard::PaddedText, format!("`{name}` is padded with blanks"), "text, with a CHECK of its length")
        } else if is(&["json"]) {
            (Hazard::TextualJson, format!("`{name}` has no equality and no index"), "jsonb")
        } else {
            return None;
        };
    Some(Said { hazard, message, instead: vec![instead.to_owned()] })
}
