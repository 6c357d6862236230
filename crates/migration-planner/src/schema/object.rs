//! Objects that are known by the statement that creates them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;
use crate::sql::Dialect;
use crate::sql::tokens::{Token, spanned};

/// An object that is known by the statement that creates it: a function, a type, a sequence, a policy.
///
/// ```
/// use migration_planner::{Object, ObjectKind};
///
/// let size = Object::parse("CREATE TYPE size AS ENUM ('small', 'large')").expect("it is one");
/// assert_eq!((size.kind(), size.name().name()), (ObjectKind::Type, "size"));
/// assert_eq!(size.drop_statement(), "DROP TYPE size");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Object {
    kind: ObjectKind,
    name: ObjectName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<ObjectName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
    definition: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attached: Vec<String>,
}

impl Object {
    /// An object that `definition`, its whole `CREATE` statement, creates.
    pub fn new(kind: ObjectKind, name: impl Into<ObjectName>, definition: impl Into<String>) -> Self {
        Self { kind, name: name.into(), on: None, arguments: None, definition: definition.into(), attached: Vec::new() }
    }

    /// Reads the kind and the name out of a `CREATE` statement of PostgreSQL; `None` if it is not one of an [`ObjectKind`].
    pub fn parse(definition: &str) -> Option<Self> {
        let words: Vec<(Token<'_>, std::ops::Range<usize>)> = spanned(definition, Dialect::Postgres).collect();
        let mut at = 0;
        let is = |at: usize, keyword: &str| words.get(at).is_some_and(|(token, _)| token.is_keyword(keyword));
        if !is(at, "create") {
            return None;
        }
        at += 1;
        while ["or", "replace", "trusted", "procedural", "constraint", "unlogged", "temp", "temporary", "recursive"]
            .iter()
            .any(|word| is(at, word))
        {
            at += 1;
        }
        let kind = *ObjectKind::ALL.iter().find(|kind| {
            kind.keywords().split(' ').enumerate().all(|(i, word)| is(at + i, &word.to_ascii_lowercase()))
        })?;
        at += kind.keywords().split(' ').count();
        if is(at, "if") {
            at += 3; // IF NOT EXISTS
        }
        let name = name_at(&words, &mut at)?;
        let mut object = Self::new(kind, name, definition.trim().trim_end_matches(';'));
        if matches!(kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate) {
            object.arguments = Some(arguments(definition, &words, at));
        }
        if matches!(kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule) {
            while at < words.len() && !is(at, if kind == ObjectKind::Rule { "to" } else { "on" }) {
                at += 1;
            }
            at += 1;
            object.on = name_at(&words, &mut at);
        }
        Some(object)
    }

    /// Says on which table it is, for a trigger, a policy or a rule.
    #[must_use]
    pub fn on_table(mut self, table: impl Into<ObjectName>) -> Self {
        self.on = Some(table.into());
        self
    }

    /// Says by which argument types it is told from others of its name, for a function: `integer, text`.
    #[must_use]
    pub fn taking(mut self, arguments: impl Into<String>) -> Self {
        self.arguments = Some(arguments.into());
        self
    }

    /// The object with its statements spelt in another way.
    pub(crate) fn redefined(mut self, definition: &str, attached: Vec<String>) -> Self {
        definition.clone_into(&mut self.definition);
        self.attached = attached;
        self
    }

    /// Keeps the statements that restore what hangs on the object: its comment, its owner, its grants.
    #[must_use]
    pub fn with_attached<S: Into<String>>(mut self, statements: impl IntoIterator<Item = S>) -> Self {
        self.attached = statements.into_iter().map(Into::into).collect();
        self
    }

    /// What it is.
    pub fn kind(&self) -> ObjectKind {
        self.kind
    }

    /// Its name.
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// The table it is on.
    pub fn table(&self) -> Option<&ObjectName> {
        self.on.as_ref()
    }

    /// The types of its arguments.
    pub fn arguments(&self) -> Option<&str> {
        self.arguments.as_deref()
    }

    /// The statement that creates it.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The statements that restore what hangs on it.
    pub fn attached(&self) -> &[String] {
        &self.attached
    }

    /// The statement that drops it.
    pub fn drop_statement(&self) -> String {
        format!("DROP {} {}", self.kind.keywords(), self.address())
    }

    /// How other statements name it: with its arguments, or with its table.
    pub(crate) fn address(&self) -> String {
        let name = crate::sql::postgres_name(&self.name);
        match (&self.on, &self.arguments) {
            (Some(table), _) => format!("{name} ON {}", crate::sql::postgres_name(table)),
            (None, Some(arguments)) => format!("{name}({arguments})"),
            (None, None) => name,
        }
    }

    /// Whether both are of the same kind, name, arguments and table, to the letter: one replaces the other.
    pub fn is_same(&self, other: &Self) -> bool {
        self.on == other.on && self.kind == other.kind && self.arguments == other.arguments && self.name == other.name
    }
}

/// What an [`Object`] is.
///
/// ```
/// use migration_planner::{Object, ObjectKind};
///
/// let view = Object::parse("CREATE VIEW grown AS SELECT id FROM users WHERE age > 18").expect("it creates something");
/// assert_eq!((view.kind(), view.kind().to_string().as_str()), (ObjectKind::View, "view"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of PostgreSQL's commands")]
pub enum ObjectKind {
    Schema,
    Extension,
    Type,
    Domain,
    Sequence,
    Function,
    Procedure,
    Aggregate,
    View,
    MaterializedView,
    Rule,
    Trigger,
    Policy,
    Statistics,
    Publication,
    Collation,
    ForeignTable,
}

impl ObjectKind {
    pub(crate) const ALL: [Self; 17] = [
        Self::Schema,
        Self::Extension,
        Self::Type,
        Self::Domain,
        Self::Sequence,
        Self::Function,
        Self::Procedure,
        Self::Aggregate,
        Self::View,
        Self::MaterializedView,
        Self::Rule,
        Self::Trigger,
        Self::Policy,
        Self::Statistics,
        Self::Publication,
        Self::Collation,
        Self::ForeignTable,
    ];

    /// Whether it shares its names with tables.
    pub(crate) fn is_relation(self) -> bool {
        matches!(self, Self::View | Self::MaterializedView | Self::Sequence | Self::ForeignTable)
    }

    /// What stands after `CREATE`.
    pub(crate) fn keywords(self) -> &'static str {
        match self {
            Self::Schema => "SCHEMA",
            Self::Extension => "EXTENSION",
            Self::Type => "TYPE",
            Self::Domain => "DOMAIN",
            Self::Sequence => "SEQUENCE",
            Self::Function => "FUNCTION",
            Self::Procedure => "PROCEDURE",
            Self::Aggregate => "AGGREGATE",
            Self::View => "VIEW",
            Self::MaterializedView => "MATERIALIZED VIEW",
            Self::Rule => "RULE",
            Self::Trigger => "TRIGGER",
            Self::Policy => "POLICY",
            Self::Statistics => "STATISTICS",
            Self::Publication => "PUBLICATION",
            Self::Collation => "COLLATION",
            Self::ForeignTable => "FOREIGN TABLE",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keywords().to_ascii_lowercase())
    }
}

/// A name with its schema, `public` left out.
fn name_at(words: &[(Token<'_>, std::ops::Range<usize>)], at: &mut usize) -> Option<ObjectName> {
    let part = |at: usize| match words.get(at).map(|(token, _)| token) {
        Some(Token::Word(word)) => Some(word.to_lowercase()),
        Some(Token::Quoted(quoted)) => Some(quoted.clone()),
        _ => None,
    };
    let first = part(*at)?;
    *at += 1;
    if words.get(*at).map(|(token, _)| token) == Some(&Token::Symbol('.')) {
        let last = part(*at + 1)?;
        *at += 2;
        return Some(if first == "public" { last.into() } else { ObjectName::in_schema(first, last) });
    }
    Some(first.into())
}

/// What stands in the parentheses after a function's name, without defaults.
fn arguments(sql: &str, words: &[(Token<'_>, std::ops::Range<usize>)], open: usize) -> String {
    let (mut depth, mut kept, mut start, mut skipping) = (0, String::new(), None, false);
    for (token, range) in words.iter().skip(open) {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            _ => {}
        }
        let ends = depth == 0 || depth == 1 && *token == Token::Symbol(',');
        let default = depth == 1 && (token.is_keyword("default") || *token == Token::Symbol('='));
        if (ends || default)
            && !skipping
            && let Some(start) = start
        {
            kept.push_str(sql[start..range.start].trim());
        }
        if ends {
            if depth == 0 {
                break;
            }
            kept.push_str(", ");
            (skipping, start) = (false, Some(range.end));
        } else if default {
            skipping = true;
        } else if start.is_none() && *token == Token::Symbol('(') {
            start = Some(range.end);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_the_table_and_the_arguments_are_read() {
        let read = |sql: &str| Object::parse(sql).unwrap().drop_statement();
        for (sql, drop) in [
            (
                "CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'x,y') RETURNS int AS $$ $$",
                "DROP FUNCTION f(a int, b text)",
            ),
            ("CREATE FUNCTION public.f() RETURNS trigger", "DROP FUNCTION f()"),
            ("CREATE CONSTRAINT TRIGGER t AFTER UPDATE OF a ON users EXECUTE FUNCTION f()", "DROP TRIGGER t ON users"),
            ("CREATE POLICY p ON audit.log USING (true)", "DROP POLICY p ON audit.log"),
            ("CREATE EXTENSION IF NOT EXISTS citext", "DROP EXTENSION citext"),
            ("CREATE MATERIALIZED VIEW \"Sums\" AS SELECT 1", "DROP MATERIALIZED VIEW \"Sums\""),
        ] {
            assert_eq!(read(sql), drop);
        }
        assert!(Object::parse("CREATE TABLE t ()").is_none() && Object::parse("").is_none());
    }
}
