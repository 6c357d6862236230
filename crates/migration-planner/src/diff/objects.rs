//! What is different about views, functions, types and the like.

use super::names::{reversed, same_place, same_statement};
use super::order::{Ordered, Stage, is_base, of_table};
use super::{Found, domains};
use crate::change::Change;
use crate::schema::{Object, ObjectKind, Schema, Trigger, View};
use crate::server::ServerKind;
use crate::sql::tokens::{Token, mentions, names_exactly, tokens};

/// Compares all objects.
pub(super) fn compare(server: ServerKind, from: &Schema, to: &Schema, found: &mut Found) {
    let (before, after) = (all(from), all(to));
    // SQLite does not tell names apart by case, and has one trigger of a name whatever it is on.
    let is_same = |one: &Object, other: &Object| match server {
        ServerKind::Postgres => one.is_same(other),
        ServerKind::Sqlite => one.kind() == other.kind() && one.name().matches(other.name()),
    };
    let other = |objects: &[Object], object: &Object| objects.iter().find(|known| is_same(known, object)).cloned();
    for object in &after {
        match other(&before, object) {
            Some(own) => one(server, &own, object, found),
            None => create(object, to, found),
        }
    }
    for reader in before.iter().filter(|object| reads_what_makes_room(object, found)).collect::<Vec<_>>() {
        // It comes back when what has the name then is there.
        if let Some(later) = other(&after, reader) {
            found.change(Stage::DropUsers, drop_of(reader));
            found.change(Stage::CreateUsers, Change::create(later));
        }
    }
    for gone in before.iter().filter(|object| other(&after, object).is_none()) {
        let stage =
            if is_base(gone.kind()) || is_called_by_tables(gone, from) { Stage::DropBases } else { Stage::DropUsers };
        // What hangs on a table goes with it.
        if gone.table().is_some_and(|table| to.table(table).is_none() && from.table(table).is_some()) {
            continue;
        }
        found.change(stage, drop_of(gone));
    }
}

/// Whether a view reads a table that goes since something else gets its name.
fn reads_what_makes_room(object: &Object, found: &Found) -> bool {
    let is_view = matches!(object.kind(), ObjectKind::View | ObjectKind::MaterializedView);
    let reads = |ordered: &Ordered| match &ordered.change {
        Change::DropTable { table } => {
            ordered.stage == Stage::MakeRoom && names_exactly(object.definition(), table.name())
        }
        _ => false,
    };
    is_view && found.changes.iter().any(reads)
}

/// A new object. A sequence belongs to a column that may not be there yet: that is said once the tables are.
fn create(object: &Object, to: &Schema, found: &mut Found) {
    let of_column = |statement: &String| object.kind() == ObjectKind::Sequence && statement.contains(" OWNED BY ");
    let (later, now): (Vec<String>, Vec<String>) = object.attached().iter().cloned().partition(of_column);
    found.change(stage_of(object, to), Change::create(object.clone().with_attached(now)));
    for statement in later {
        let undo = statement.split(" OWNED BY ").next().map(|head| format!("{head} OWNED BY NONE"));
        let undo = undo.as_deref().map(|undo| [undo]);
        found.change(Stage::AddReferences, Change::sql([statement], undo.as_ref().map(<[&str; 1]>::as_slice)));
    }
}

/// Objects, and what SQLite keeps as views and triggers.
fn all(schema: &Schema) -> Vec<Object> {
    let view = |view: &View| Object::new(ObjectKind::View, view.name(), view.definition());
    let trigger = |trigger: &Trigger| {
        Object::new(ObjectKind::Trigger, trigger.name(), trigger.definition()).on_table(trigger.table())
    };
    let own = schema.objects().iter().cloned();
    own.chain(schema.views().iter().map(view)).chain(schema.triggers().iter().map(trigger)).collect()
}

fn stage_of(object: &Object, to: &Schema) -> Stage {
    if is_base(object.kind()) || is_called_by_tables(object, to) { Stage::CreateBases } else { Stage::CreateUsers }
}

/// Whether a table or a domain names a function, in a default or a check, so that it has to be there before.
fn is_called_by_tables(object: &Object, schema: &Schema) -> bool {
    let name = object.name().name();
    let domains = schema.objects().iter().filter(|domain| domain.kind() == ObjectKind::Domain);
    matches!(object.kind(), ObjectKind::Function | ObjectKind::Aggregate)
        && (schema.tables().iter().any(|table| mentions(&of_table(table), name))
            || domains.into_iter().any(|domain| mentions(domain.definition(), name)))
}

fn drop_of(object: &Object) -> Change {
    let drop = match object.table() {
        Some(table) => Change::drop_object_of(table, object.kind(), object.name()),
        None => Change::drop_object(object.kind(), object.name()),
    };
    match object.arguments() {
        Some(arguments) => drop.taking(arguments),
        None => drop,
    }
}

fn one(server: ServerKind, from: &Object, to: &Object, found: &mut Found) {
    let stage = if is_base(to.kind()) { Stage::CreateBases } else { Stage::CreateUsers };
    if !same_statement(from.definition(), to.definition()) {
        match to.kind() {
            ObjectKind::Type if server == ServerKind::Postgres => {
                match new_values(from.definition(), to.definition()) {
                    Some(values) => {
                        for (value, before) in values {
                            found.change(stage, Change::add_enum_value(to.name(), value, before.as_deref()));
                        }
                    }
                    None => found.cannot(
                        format!("type {}", to.name()),
                        "it is another type: make a new one and change the columns",
                    ),
                }
            }
            ObjectKind::Sequence => {
                // The numbers that were given stay given.
                let undo = altered(from.definition());
                found.change(stage, Change::sql([altered(to.definition())], Some(&[&undo])));
            }
            ObjectKind::Domain => domains::compare(from, to, found),
            ObjectKind::Extension
                if version(from).is_some() && version(to).is_some_and(|to| Some(to) != version(from)) =>
            {
                let later = version(to).unwrap_or_default();
                found.change(stage, Change::update_extension(to.name().name(), later));
            }
            kind if is_base(kind) => {
                found.cannot(format!("{kind} {}", to.name()), format!("it is defined otherwise: {}", to.definition()));
            }
            // What hangs on it is told below, so that a function can stay where it is while it gets another body.
            ObjectKind::Function | ObjectKind::Procedure => {
                found.change(stage, Change::replace(to.clone().with_attached(from.attached().to_vec())));
            }
            _ => found.change(stage, Change::replace(to.clone())),
        }
    }
    let missing = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|statement| !those.contains(statement)).cloned().collect()
    };
    for statement in missing(from.attached(), to.attached()) {
        // What is said otherwise later takes the place of what was said.
        let again = to.attached().iter().any(|later| same_place(later, &statement));
        match reversed(&statement) {
            _ if again => {}
            Some(undo) => found.change(Stage::Describe, Change::sql([undo], Some(&[&statement]))),
            None => found.cannot(format!("{} {}", to.kind(), to.name()), format!("it no longer has: {statement}")),
        }
    }
    for statement in missing(to.attached(), from.attached()) {
        let undo = from.attached().iter().find(|before| same_place(before, &statement)).cloned();
        let undo = undo.or_else(|| reversed(&statement));
        let undo = undo.as_deref().map(|undo| [undo]);
        found.change(Stage::Describe, Change::sql([statement], undo.as_ref().map(<[&str; 1]>::as_slice)));
    }
}

/// The version in `CREATE EXTENSION name VERSION '1.3'`.
fn version(extension: &Object) -> Option<String> {
    let words: Vec<Token<'_>> = tokens(extension.definition()).collect();
    let at = words.iter().position(|token| token.is_keyword("version"))?;
    match words.get(at + 1)? {
        Token::Text(version) => Some(version.clone()),
        _ => None,
    }
}

/// What makes a sequence that is there what `CREATE SEQUENCE` would have made it.
fn altered(definition: &str) -> String {
    let alter = definition.replacen("CREATE SEQUENCE", "ALTER SEQUENCE", 1);
    // What an option leaves out is kept by ALTER, and this is the one that is left out where it is not wanted.
    if tokens(definition).any(|token| token.is_keyword("cycle")) { alter } else { format!("{alter} NO CYCLE") }
}

/// The values that an enum has gained, each with the one it stands before; `None` if it has lost or moved any, or is no enum.
fn new_values(from: &str, to: &str) -> Option<Vec<(String, Option<String>)>> {
    let (before, after) = (values(from)?, values(to)?);
    let kept: Vec<&String> = after.iter().filter(|value| before.contains(value)).collect();
    if kept.len() != before.len() || !kept.into_iter().eq(before.iter()) {
        return None;
    }
    let mut found = Vec::new();
    // From the last to the first, so that what a value stands before is there.
    for (i, value) in after.iter().enumerate().rev().filter(|(_, value)| !before.contains(value)) {
        found.push((value.clone(), after.get(i + 1).cloned()));
    }
    Some(found)
}

/// The values of `CREATE TYPE .. AS ENUM (..)`.
pub(super) fn values(definition: &str) -> Option<Vec<String>> {
    let is_enum = tokens(definition).any(|token| token.is_keyword("enum"));
    let texts = tokens(definition).filter_map(|token| match token {
        Token::Text(text) => Some(text),
        _ => None,
    });
    is_enum.then(|| texts.collect())
}
