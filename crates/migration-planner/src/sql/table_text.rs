//! A `CREATE TABLE` statement of SQLite, taken apart.

use super::dialect::Dialect;
use super::tokens::Token;
use crate::postgres::cursor::Cursor;

/// What stands in a `CREATE TABLE` statement after the table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableText {
    pub(crate) columns: Vec<ColumnText>,
    /// Constraints of the whole table, as they are written.
    pub(crate) constraints: Vec<String>,
    /// `STRICT`, `WITHOUT ROWID`.
    pub(crate) tail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnText {
    /// As it is written, and what it stands for.
    pub(crate) written: String,
    pub(crate) name: String,
    pub(crate) data_type: String,
    pub(crate) clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) kind: ClauseKind,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClauseKind {
    PrimaryKey,
    NotNull,
    Null,
    Unique,
    Check,
    Default,
    Collate,
    References,
    Generated,
}

impl TableText {
    /// Reads a whole statement; `None` if it is not understood.
    pub(crate) fn read(sql: &str) -> Option<Self> {
        let mut cursor = Cursor::of(sql, Dialect::Sqlite);
        while !cursor.is_at_end() && !cursor.sees_symbol('(') {
            cursor.next();
        }
        let items = cursor.group()?.items();
        let tail = cursor.text();
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        let starts = ["constraint", "primary key", "unique", "check", "foreign key"];
        for item in items {
            if starts.iter().any(|start| item.sees(start)) {
                constraints.push(item.text());
            } else {
                columns.push(column(item)?);
            }
        }
        Some(Self { columns, constraints, tail: tail.trim_end_matches(';').trim().to_owned() })
    }
}

impl ColumnText {
    pub(crate) fn has(&self, kind: ClauseKind) -> bool {
        self.clauses.iter().any(|clause| clause.kind == kind)
    }

    pub(crate) fn set(&mut self, kind: ClauseKind, text: Option<String>) {
        let at = self.clauses.iter().position(|clause| clause.kind == kind).unwrap_or(self.clauses.len());
        self.clauses.retain(|clause| clause.kind != kind);
        if let Some(text) = text {
            self.clauses.insert(at, Clause { kind, text });
        }
    }

    pub(crate) fn render(&self) -> String {
        let mut words = vec![self.written.as_str(), self.data_type.as_str()];
        words.extend(self.clauses.iter().map(|clause| clause.text.as_str()));
        words.retain(|word| !word.is_empty());
        words.join(" ")
    }
}

/// The name of a constraint, if it has one, and what follows it.
pub(crate) fn named(text: &str) -> (Option<String>, Cursor<'_>) {
    let mut cursor = Cursor::of(text, Dialect::Sqlite);
    let name = if cursor.eat("constraint") { name(&mut cursor) } else { None };
    (name, cursor)
}

/// A name as SQLite reads one: also in the quotes of a text.
pub(crate) fn name(cursor: &mut Cursor<'_>) -> Option<String> {
    match cursor.next()? {
        Token::Word(word) => Some(word.to_owned()),
        Token::Quoted(name) | Token::Text(name) => Some(name),
        _ => None,
    }
}

pub(crate) fn column(mut cursor: Cursor<'_>) -> Option<ColumnText> {
    let start = cursor.clone();
    let own = name(&mut cursor)?;
    let written = start.up_to(&cursor).text();
    let start = cursor.clone();
    let starts = [
        "constraint",
        "primary",
        "not",
        "null",
        "unique",
        "check",
        "default",
        "collate",
        "references",
        "generated",
        "as",
    ];
    while !cursor.is_at_end() && !starts.iter().any(|word| cursor.sees(word)) {
        cursor.skip_one();
    }
    let data_type = start.up_to(&cursor).text();
    let mut clauses = Vec::new();
    while !cursor.is_at_end() {
        let start = cursor.clone();
        if cursor.eat("constraint") {
            name(&mut cursor)?;
        }
        let kind = clause(&mut cursor)?;
        clauses.push(Clause { kind, text: start.up_to(&cursor).text() });
    }
    Some(ColumnText { written, name: own, data_type, clauses })
}

/// Goes past one clause of a column's definition.
fn clause(cursor: &mut Cursor<'_>) -> Option<ClauseKind> {
    let kind = if cursor.eat("primary key") {
        let _direction = cursor.eat("asc") || cursor.eat("desc");
        ClauseKind::PrimaryKey
    } else if cursor.eat("not null") {
        ClauseKind::NotNull
    } else if cursor.eat("null") {
        ClauseKind::Null
    } else if cursor.eat("unique") {
        ClauseKind::Unique
    } else if cursor.eat("check") {
        cursor.group()?;
        ClauseKind::Check
    } else if cursor.eat("default") {
        let _sign = cursor.eat_symbol('-') || cursor.eat_symbol('+');
        let is_blob = cursor.sees("x");
        cursor.skip_one();
        if is_blob && matches!(cursor.peek(), Some(Token::Text(_))) {
            cursor.next();
        }
        ClauseKind::Default
    } else if cursor.eat("collate") {
        cursor.next()?;
        ClauseKind::Collate
    } else if cursor.eat("references") {
        name(cursor)?;
        cursor.group();
        while references_action(cursor) {}
        ClauseKind::References
    } else if cursor.eat("generated always as") || cursor.eat("as") {
        cursor.group()?;
        let _storage = cursor.eat("stored") || cursor.eat("virtual");
        ClauseKind::Generated
    } else {
        return None;
    };
    if cursor.eat("on conflict") {
        cursor.next()?;
    }
    cursor.eat("autoincrement");
    Some(kind)
}

/// Goes past one of the things that can follow a reference.
fn references_action(cursor: &mut Cursor<'_>) -> bool {
    if cursor.eat("on delete") || cursor.eat("on update") {
        let _two_words = cursor.eat("set null") || cursor.eat("set default") || cursor.eat("no action") || {
            cursor.skip_one();
            true
        };
        return true;
    }
    if cursor.eat("match") {
        cursor.skip_one();
        return true;
    }
    let defers = cursor.eat("not deferrable") || cursor.eat("deferrable");
    if defers {
        let _when = cursor.eat("initially deferred") || cursor.eat("initially immediate");
    }
    defers
}
