//! What each kind of statement does.

use super::alter_other::alter;
use super::catalog::PostgresCatalog;
use super::create::create;
use super::cursor::Cursor;
use super::drop::{drop, truncate};
use super::effect::Effect;
use super::rows::{copy, insert, lock_table, maintain, merge, query, read_all, refresh, reindex, write_rows};
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
    } else if cursor.eat("merge into") {
        merge(catalog, cursor, &mut effect);
    } else if cursor.sees("with") && writes(&cursor) {
        with(catalog, cursor, &mut effect);
    } else if ["select", "with", "table", "values"].iter().any(|start| cursor.sees(start)) {
        query(catalog, &cursor, &mut effect);
    } else if cursor.eat("explain") {
        explain(catalog, cursor, &mut effect);
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

/// What writes rows within or behind a `WITH`.
const WRITES: [&str; 4] = ["insert into", "update", "delete from", "merge into"];

fn writes(cursor: &Cursor<'_>) -> bool {
    let mut cursor = cursor.clone();
    while !cursor.is_at_end() {
        let within = cursor.clone().group();
        if WRITES.iter().any(|start| cursor.sees(start) || within.as_ref().is_some_and(|within| within.sees(start))) {
            return true;
        }
        cursor.skip_one();
    }
    false
}

/// `WITH one AS (..), other AS (..) ..`, some of which write.
fn with(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    cursor.eat("with");
    cursor.eat("recursive");
    while cursor.identifier().is_some() {
        cursor.group(); // its columns
        cursor.eat("as");
        cursor.eat("not");
        cursor.eat("materialized");
        let Some(within) = cursor.group() else { return effect.give_up() };
        if WRITES.iter().any(|start| within.sees(start)) {
            effect.then(run(catalog, within));
        } else {
            read_all(catalog, &within, effect); // and how much of it, what uses it decides
        }
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    if WRITES.iter().any(|start| cursor.sees(start)) {
        effect.then(run(catalog, cursor));
    } else {
        read_all(catalog, &cursor, effect);
    }
}

/// `EXPLAIN` locks as what it explains does, and does it only if it is to measure it.
fn explain(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let options = cursor.group();
    let measures = cursor.eat("analyze") || options.is_some_and(|options| options.mentions("analyze"));
    cursor.eat("verbose");
    let is_plain = ["select", "with", "table", "values"].iter().chain(&WRITES).any(|start| cursor.sees(start));
    if !is_plain {
        return effect.give_up(); // what it would make is not to be taken for made
    }
    let explained = run(catalog, cursor);
    if measures {
        effect.then(explained);
    } else {
        explained.locks().iter().for_each(|(relation, mode)| effect.lock(relation, *mode));
    }
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
