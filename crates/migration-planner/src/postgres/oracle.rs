//! What each kind of statement does.

use super::alter_other::alter;
use super::catalog::PostgresCatalog;
use super::create::create;
use super::cursor::Cursor;
use super::drop::{drop, truncate};
use super::effect::Effect;
use super::rows::{copy, insert, lock_table, maintain, query, refresh, reindex, write_rows};
use crate::sql::tokens::Token;
use crate::step::LockMode;

/// Runs one statement on the catalog.
pub(super) fn run(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>) -> Effect {
    let mut effect = Effect::default();
    if cursor.eat("create") {
        create(catalog, cursor, &mut effect);
    } else if cursor.eat("alter") {
        alter(catalog, cursor, &mut effect);
    } else if cursor.eat("drop") {
        drop(catalog, cursor, &mut effect);
    } else if cursor.eat("truncate") {
        truncate(catalog, cursor, &mut effect);
    } else if cursor.eat("reindex") {
        reindex(catalog, cursor, &mut effect);
    } else if cursor.eat("refresh materialized view") {
        refresh(catalog, cursor, &mut effect);
    } else if cursor.eat("comment on") {
        comment(cursor, &mut effect);
    } else if cursor.eat("lock") {
        lock_table(catalog, cursor, &mut effect);
    } else if cursor.eat("insert into") {
        insert(catalog, cursor, &mut effect);
    } else if cursor.eat("update") || cursor.eat("delete from") {
        write_rows(catalog, cursor, &mut effect);
    } else if cursor.eat("vacuum") || cursor.eat("cluster") || cursor.eat("analyze") {
        maintain(catalog, &cursor, &mut effect);
    } else if cursor.eat("set local timezone") || cursor.eat("set timezone") || cursor.eat("set time zone") {
        set_time_zone(catalog, &cursor);
    } else if cursor.eat("copy") {
        copy(catalog, cursor, &mut effect);
    } else if ["select", "with", "table", "values"].iter().any(|start| cursor.sees(start)) {
        query(catalog, &cursor, &mut effect);
    } else {
        // What takes no lock on a relation.
        let known = [
            "begin",
            "start",
            "commit",
            "end",
            "rollback",
            "savepoint",
            "release",
            "set",
            "reset",
            "show",
            "grant",
            "revoke",
            "discard",
            "listen",
            "notify",
            "unlisten",
            "prepare",
            "deallocate",
            "checkpoint",
            "abort",
        ];
        if !known.iter().any(|start| cursor.sees(start)) {
            effect.give_up(); // DO, CALL, EXECUTE: anything
        }
    }
    effect
}

fn comment(mut cursor: Cursor<'_>, effect: &mut Effect) {
    if ["table", "view", "materialized view", "index", "sequence"].iter().any(|kind| cursor.eat(kind)) {
        if let Some(name) = cursor.name() {
            effect.lock(&name, LockMode::ShareUpdateExclusive);
        }
    } else if cursor.eat("column") {
        // The last part is the column.
        if let Some(name) = cursor.name()
            && let Some((relation, _)) = name.rsplit_once('.')
        {
            effect.lock(relation, LockMode::ShareUpdateExclusive);
        }
    } else if ["constraint", "trigger", "policy", "rule"].iter().any(|kind| cursor.eat(kind)) && cursor.skip_past("on")
    {
        cursor.eat("domain");
        if let Some(name) = cursor.name() {
            effect.lock(&name, LockMode::AccessShare);
        }
    }
}

fn set_time_zone(catalog: &mut PostgresCatalog, cursor: &Cursor<'_>) {
    let mut cursor = cursor.clone();
    let mut value = None;
    while let Some(token) = cursor.next() {
        value = match token {
            Token::Text(text) => Some(text),
            Token::Word(word) if !word.eq_ignore_ascii_case("to") => Some(word.to_owned()),
            _ => value,
        };
    }
    let utc = ["utc", "gmt", "etc/utc", "z", "zulu", "universal"];
    catalog.other_time_zone = value.is_some_and(|zone| !utc.contains(&zone.to_lowercase().as_str()));
}
