//! SQLite: what statements make of a database.
//!
//! SQLite's catalog is the text of the statements, which `ALTER TABLE` edits. So it is here: the same texts are kept and edited as
//! SQLite does, and the schema is read out of them.

mod alter;
mod create;
mod drop;
mod table;

use super::fault::{Fault, Outcome, Read};
use crate::name::same_name;
use crate::postgres::cursor::Cursor;
use crate::schema::{Schema, Trigger, View};
use crate::sql::Dialect;
use crate::sql::table_text::name as read_name;
use crate::sql::tokens::mentions;

/// A database as the statements read so far have made it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    entries: Vec<Entry>,
}

/// A row of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    name: String,
    /// What an index or a trigger is on; its own name for a table or a view.
    table: String,
    sql: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Index,
    View,
    Trigger,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::View => "view",
            Self::Trigger => "trigger",
        }
    }
}

/// What changes rows and not the schema.
const ROWS: [&str; 8] = ["insert", "replace", "update", "delete", "select", "with", "values", "explain"];

/// What changes neither.
const NEITHER: [(&str, &str); 9] = [
    ("begin", "where a transaction starts or ends"),
    ("commit", "where a transaction starts or ends"),
    ("end", "where a transaction starts or ends"),
    ("rollback", "where a transaction starts or ends"),
    ("savepoint", "where a transaction starts or ends"),
    ("release", "where a transaction starts or ends"),
    ("vacuum", "maintenance"),
    ("analyze", "maintenance"),
    ("reindex", "maintenance"),
];

impl Draft {
    /// The schema that the texts say.
    pub(super) fn schema(&self) -> Schema {
        let mut schema = Schema::new();
        for entry in &self.entries {
            schema = match entry.kind {
                Kind::Table => schema.with_table(table::read(self, entry)),
                Kind::View => schema.with_view(View::new(entry.name.as_str(), entry.sql.as_str())),
                Kind::Trigger => {
                    Trigger::parse(&entry.sql).map(|read| schema.clone().with_trigger(read)).unwrap_or(schema)
                }
                // With their tables.
                Kind::Index => schema,
            };
        }
        schema
    }

    /// Follows one statement.
    pub(super) fn follow(&mut self, statement: &str) -> Read<Outcome> {
        let mut cursor = Cursor::of(statement, Dialect::Sqlite);
        if cursor.eat("create") {
            return create::create(self, &mut cursor);
        }
        if cursor.eat("alter table") {
            return alter::alter(self, &mut cursor);
        }
        if cursor.eat("drop") {
            return drop::drop(self, &mut cursor);
        }
        if cursor.sees("pragma") {
            return match ["legacy_alter_table", "writable_schema"].into_iter().find(|name| cursor.mentions(name)) {
                Some(name) => Err(Fault::database(&cursor, format!("what statements do under `{name}`"))),
                None => Outcome::omitted("a setting of the connection"),
            };
        }
        if ROWS.iter().any(|word| cursor.sees(word)) {
            return Outcome::omitted("rows");
        }
        match NEITHER.into_iter().find(|(word, _)| cursor.sees(word)) {
            Some((_, what)) => Outcome::omitted(what),
            None => Err(Fault::database(&cursor, "what this statement does")),
        }
    }

    fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.kind == kind && same_name(&entry.name, name))
    }

    /// The entry of that kind and name, or a fault at `place`.
    fn entry(&self, place: &Cursor<'_>, kind: Kind, name: &str) -> Read<usize> {
        self.find(kind, name).ok_or_else(|| {
            let known = self.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.name.as_str());
            Fault::unknown(place, kind.word(), name, known)
        })
    }

    /// What has the name already, of the things that share one space.
    fn taken(&self, kind: Kind, name: &str) -> Option<Kind> {
        let shares = |entry: &&Entry| (entry.kind == Kind::Trigger) == (kind == Kind::Trigger);
        self.entries.iter().filter(shares).find(|entry| same_name(&entry.name, name)).map(|entry| entry.kind)
    }

    /// A fault where a view or a trigger may name a table, or a column of it, that changes.
    fn not_in_programs(&self, place: &Cursor<'_>, table: &str, column: Option<&str>) -> Read<()> {
        let uses = |entry: &&Entry| {
            matches!(entry.kind, Kind::View | Kind::Trigger)
                && mentions(&entry.sql, table)
                && column.is_none_or(|column| mentions(&entry.sql, column))
        };
        match self.entries.iter().find(uses) {
            Some(entry) => {
                let what = format!("how SQLite edits the {} `{}`", entry.kind.word(), entry.name);
                Err(Fault::database(place, what))
            }
            None => Ok(()),
        }
    }
}

/// A name, perhaps with `main` before it.
fn object_name(cursor: &mut Cursor<'_>) -> Read<String> {
    let place = cursor.clone();
    let first = read_name(cursor).ok_or_else(|| Fault::expected(&place, "a name"))?;
    if !cursor.eat_symbol('.') {
        return Ok(first);
    }
    if !same_name(&first, "main") {
        return Err(Fault::database(&place, "what is in a database that is attached"));
    }
    read_name(cursor).ok_or_else(|| Fault::expected(cursor, "a name"))
}

/// A name in double quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
