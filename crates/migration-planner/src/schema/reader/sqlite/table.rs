//! What the text of a table says, by SQLite's own rules.

use super::{Draft, Entry, Kind};
use crate::name::same_name;
use crate::postgres::cursor::Cursor;
use crate::schema::{Column, Constraint, Index, Table};
use crate::sql::Dialect;
use crate::sql::table_text::{ClauseKind, TableText, name as read_name, named};
use crate::sql::tokens::mentions;

/// The names of a table's columns.
pub(super) fn columns(entry: &Entry) -> Vec<String> {
    let read = TableText::read(&entry.sql);
    read.map(|read| read.columns.into_iter().map(|column| column.name).collect()).unwrap_or_default()
}

/// Whether an index names a column.
pub(super) fn index_needs(entry: &Entry, column: &str) -> bool {
    entry.sql.split_once('(').is_some_and(|(_, parts)| mentions(parts, column))
}

/// The table, with its indexes.
pub(super) fn read(draft: &Draft, entry: &Entry) -> Table {
    // A text that is not understood was not let in.
    let Some(text) = TableText::read(&entry.sql) else { return Table::new(entry.name.as_str()) };
    let has = |option: &str| {
        text.tail.split(',').any(|own| same_name(&own.split_whitespace().collect::<Vec<_>>().join(" "), option))
    };
    let (strict, without_rowid) = (has("strict"), has("without rowid"));
    let keys = Keys::of(&text);
    let mut table = Table::new(entry.name.as_str());
    if without_rowid {
        table = table.without_rowid();
    }
    if strict {
        table = table.strict();
    }
    let alias = keys.row_number(&text, without_rowid);
    for own in &text.columns {
        let mut column = Column::new(own.name.as_str(), spelt(&own.data_type));
        let is_key = keys.primary.iter().any(|name| same_name(name, &own.name));
        // Only the number of a row cannot be NULL by itself; elsewhere a key may be, for the sake of old databases.
        let never_null = is_key && (without_rowid || strict && !alias);
        if own.has(ClauseKind::NotNull) || never_null {
            column = column.not_null();
        }
        if let Some(default) = own.clauses.iter().find(|clause| clause.kind == ClauseKind::Default) {
            column = column.default_value(default_text(&default.text));
        }
        table = table.with_column(if is_key && keys.primary.len() == 1 { column.primary_key() } else { column });
    }
    if keys.primary.len() > 1 {
        table = table.with_constraint(Constraint::primary_key(&keys.primary));
    }
    for columns in keys.uniques(alias) {
        table = table.with_constraint(Constraint::unique(columns));
    }
    for entry in sorted_indexes(draft, &entry.name) {
        table = table.with_index(index(entry, &text));
    }
    for (columns, references, referenced) in keys.references.iter().rev() {
        table = table.with_constraint(Constraint::foreign_key(columns, references.as_str(), referenced));
    }
    table.completed_from(&entry.sql)
}

/// The keys of a table, in the order in which they are written.
#[derive(Default)]
struct Keys {
    primary: Vec<String>,
    /// Unique ones and the primary one.
    all: Vec<Vec<String>>,
    references: Vec<(Vec<String>, String, Vec<String>)>,
}

impl Keys {
    fn of(text: &TableText) -> Self {
        let mut keys = Self::default();
        for column in &text.columns {
            for clause in &column.clauses {
                match clause.kind {
                    ClauseKind::PrimaryKey => {
                        keys.primary = vec![column.name.clone()];
                        keys.all.push(keys.primary.clone());
                    }
                    ClauseKind::Unique => keys.all.push(vec![column.name.clone()]),
                    ClauseKind::References => keys.refer(vec![column.name.clone()], named(&clause.text).1),
                    _ => {}
                }
            }
        }
        for constraint in &text.constraints {
            let mut cursor = named(constraint).1;
            let declared = |cursor: &mut Cursor<'_>| -> Vec<String> {
                let names = key_columns(cursor);
                names.into_iter().map(|name| text.declared(&name)).collect()
            };
            if cursor.eat("primary key") {
                keys.primary = declared(&mut cursor);
                keys.all.push(keys.primary.clone());
            } else if cursor.eat("unique") {
                let columns = declared(&mut cursor);
                keys.all.push(columns);
            } else if cursor.eat("foreign key") {
                let columns = declared(&mut cursor);
                keys.refer(columns, cursor);
            }
        }
        keys
    }

    fn refer(&mut self, columns: Vec<String>, mut cursor: Cursor<'_>) {
        cursor.eat("references");
        let Some(table) = read_name(&mut cursor) else { return };
        let referenced = key_columns(&mut cursor);
        self.references.push((columns, table, referenced));
    }

    /// Whether the primary key is the number of the row.
    fn row_number(&self, text: &TableText, without_rowid: bool) -> bool {
        let [only] = self.primary.as_slice() else { return false };
        let column = text.columns.iter().find(|column| same_name(&column.name, only));
        // `INTEGER PRIMARY KEY DESC` is none, by an old mistake that is kept.
        let descends = column.is_some_and(|column| {
            column.clauses.iter().any(|clause| clause.kind == ClauseKind::PrimaryKey && mentions(&clause.text, "desc"))
        });
        !without_rowid && !descends && column.is_some_and(|column| same_name(&column.data_type, "integer"))
    }

    /// The columns of the indexes that are behind unique constraints, in the order of their names. One that is over the same columns
    /// as another, or as a primary key with an index, has none.
    fn uniques(&self, alias: bool) -> Vec<&[String]> {
        let same = |one: &[String], other: &[String]| {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same_name(a, b))
        };
        let mut indexed: Vec<&[String]> = Vec::new();
        let mut numbered = Vec::new();
        for key in &self.all {
            let is_primary = same(key, &self.primary);
            if is_primary && alias && !self.is_also_unique() || indexed.iter().any(|known| same(known, key)) {
                continue;
            }
            indexed.push(key);
            numbered.push((indexed.len().to_string(), key.as_slice(), is_primary && !alias));
        }
        numbered.sort_by(|one, other| one.0.cmp(&other.0));
        numbered.into_iter().filter(|(_, _, is_primary)| !is_primary).map(|(_, key, _)| key).collect()
    }

    /// Whether the primary key is declared unique once more.
    fn is_also_unique(&self) -> bool {
        self.all.iter().filter(|key| **key == self.primary).count() > 1
    }
}

impl TableText {
    /// A column's name as it is declared.
    fn declared(&self, name: &str) -> String {
        let found = self.columns.iter().find(|column| same_name(&column.name, name));
        found.map_or_else(|| name.to_owned(), |column| column.name.clone())
    }
}

/// Names in parentheses, without collation and direction.
fn key_columns(cursor: &mut Cursor<'_>) -> Vec<String> {
    let Some(group) = cursor.group() else { return Vec::new() };
    group.items().into_iter().filter_map(|mut item| read_name(&mut item)).collect()
}

/// A type as SQLite tells it: its own in capitals, others as they are written.
fn spelt(data_type: &str) -> String {
    let own = ["ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"];
    let found = own.into_iter().find(|own| same_name(own, data_type));
    found.map_or_else(|| data_type.to_owned(), str::to_owned)
}

/// What stands behind `DEFAULT`, an expression without its parentheses.
fn default_text(clause: &str) -> String {
    let mut cursor = named(clause).1;
    cursor.eat("default");
    match cursor.clone().group() {
        Some(group) => group.text(),
        None => cursor.text(),
    }
}

fn sorted_indexes<'a>(draft: &'a Draft, table: &str) -> Vec<&'a Entry> {
    let is_its = |entry: &&Entry| entry.kind == Kind::Index && same_name(&entry.table, table);
    let mut indexes: Vec<&Entry> = draft.entries.iter().filter(is_its).collect();
    indexes.sort_by_key(|entry| &entry.name);
    indexes
}

fn index(entry: &Entry, table: &TableText) -> Index {
    let mut cursor = Cursor::of(&entry.sql, Dialect::Sqlite);
    let unique = {
        cursor.eat("create");
        cursor.eat("unique")
    };
    // What stands behind the table: an expression is known by the whole of it.
    let behind = entry.sql.find('(').map_or("", |at| &entry.sql[at..]);
    while !cursor.is_at_end() && !cursor.sees_symbol('(') {
        cursor.next();
    }
    let parts = cursor.group().map(Cursor::items).unwrap_or_default();
    let parts = parts.into_iter().map(|mut part| {
        let name = read_name(&mut part);
        let is_name = part.is_at_end() || ["collate", "asc", "desc"].iter().any(|word| part.sees(word));
        let is_column = |name: &String| table.columns.iter().any(|column| same_name(&column.name, name));
        name.filter(|name| is_name && is_column(name)).map_or_else(|| behind.to_owned(), |name| table.declared(&name))
    });
    let mut index = Index::new(entry.name.as_str(), parts);
    if unique {
        index = index.unique();
    }
    if cursor.eat("where") {
        index = index.only_where(cursor.text());
    }
    index.defined_by(entry.sql.as_str())
}
