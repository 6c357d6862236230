//! Types of columns, and what it costs to change one into another.

use std::collections::BTreeMap;
use std::fmt;

use super::cursor::Cursor;
use crate::sql::tokens::Token;

/// A type as it was declared, under the name that PostgreSQL itself uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) modifiers: Vec<i64>,
    array: bool,
}

/// What changing a column's type costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The stored values stay as they are, and so do indexes.
    Free,
    /// The stored values stay as they are; indexes on the column order them differently and are built anew.
    Reindex,
    /// Every row is written anew.
    Rewrite,
}

impl Type {
    /// Reads a type.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut words = vec![cursor.name()?];
        // Types of more than one word, with the words that may follow.
        match words[0].as_str() {
            "double" => words.extend(cursor.eat("precision").then(|| "precision".to_owned())),
            "character" | "char" | "bit" | "national" | "nchar" => {
                while let Some(word) = ["character", "char", "varying"].into_iter().find(|word| cursor.sees(word)) {
                    cursor.eat(word);
                    words.push(word.to_owned());
                }
            }
            _ => {}
        }
        let mut modifiers = Vec::new();
        if let Some(group) = cursor.group() {
            modifiers = group.items().iter().filter_map(|item| item.text().parse().ok()).collect();
        }
        if words[0] == "timestamp" || words[0] == "time" {
            if cursor.eat("with time zone") {
                words.push("with time zone".to_owned());
            } else {
                cursor.eat("without time zone");
            }
        }
        let mut array = cursor.eat("array");
        while cursor.eat_symbol('[') {
            array = true;
            while cursor.peek().is_some() && !cursor.eat_symbol(']') {
                cursor.next();
            }
        }
        Some(Self { name: canonical(&words.join(" ")), modifiers, array })
    }

    /// The integer that a column declared as one of the serial types has; its values come from a sequence of its own.
    pub(super) fn behind_serial(&self) -> Option<Self> {
        let name = match self.name.as_str() {
            "serial" | "serial4" => "integer",
            "bigserial" | "serial8" => "bigint",
            "smallserial" | "serial2" => "smallint",
            _ => return None,
        };
        Some(Self { name: name.to_owned(), ..self.clone() })
    }

    /// What it costs to turn a column of this type into one of the type `to`, where the session's time zone is UTC or not.
    pub(super) fn change_to(&self, to: &Self, utc: bool, domains: &BTreeMap<String, Domain>) -> Change {
        if let Some(domain) = domains.get(&to.name) {
            return if domain.constrained { Change::Rewrite } else { self.change_to(&domain.base, utc, domains) };
        }
        if let Some(domain) = domains.get(&self.name) {
            return domain.base.change_to(to, utc, domains);
        }
        if self == to {
            return Change::Free;
        }
        if self.array || to.array {
            return Change::Rewrite; // even where its elements would not be
        }
        let first = |of: &Self| of.modifiers.first().copied();
        let widens = match (first(self), first(to)) {
            (_, None) => true,
            (Some(from), Some(to)) => to >= from,
            (None, Some(_)) => false,
        };
        match (self.name.as_str(), to.name.as_str()) {
            ("varchar" | "text", "varchar") | ("varbit", "varbit") if widens => Change::Free,
            ("varchar" | "xml", "text") | ("xml", "varchar") | ("cidr", "inet") if to.modifiers.is_empty() => {
                Change::Free
            }
            // The same bytes in another order.
            ("citext", "text" | "varchar")
            | ("text" | "varchar", "citext")
            | ("integer", "oid" | "regclass" | "regtype" | "regproc")
            | ("oid" | "regclass" | "regtype" | "regproc", "integer")
                if to.modifiers.is_empty() =>
            {
                Change::Reindex
            }
            ("numeric", "numeric") => {
                let scale = |of: &Self| of.modifiers.get(1).copied().unwrap_or(0);
                let free = to.modifiers.is_empty() || (first(self).is_some() && widens && scale(self) == scale(to));
                if free { Change::Free } else { Change::Rewrite }
            }
            ("timestamp", "timestamptz") | ("timestamptz", "timestamp") if !utc => Change::Rewrite,
            ("timestamp" | "timestamptz", "timestamp" | "timestamptz")
            | ("time", "time")
            | ("timetz", "timetz")
            | ("interval", "interval") => {
                // Without a precision there are six digits.
                let digits = |of: &Self| first(of).unwrap_or(6);
                match (digits(to) >= digits(self), self.name == to.name) {
                    (false, _) => Change::Rewrite,
                    (true, true) => Change::Free,
                    (true, false) => Change::Reindex,
                }
            }
            _ => Change::Rewrite,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.modifiers.is_empty() {
            let modifiers: Vec<String> = self.modifiers.iter().map(ToString::to_string).collect();
            write!(f, "({})", modifiers.join(", "))?;
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}

/// A type made by `CREATE DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) base: Type,
    /// Whether it has a check or is not null.
    pub(super) constrained: bool,
}

fn canonical(name: &str) -> String {
    let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
    match name {
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "float8" | "float" => "double precision",
        "float4" => "real",
        "bool" => "boolean",
        "decimal" => "numeric",
        "character varying" | "char varying" | "national character varying" | "national char varying" => "varchar",
        "character" | "bpchar" | "nchar" | "national character" => "char",
        "bit varying" => "varbit",
        "timestamp with time zone" => "timestamptz",
        "time with time zone" => "timetz",
        other => other,
    }
    .to_owned()
}

/// Whether evaluating a default may give another value for each row, so that each row has to be written.
pub(super) fn is_volatile(expression: &Cursor<'_>) -> bool {
    let mut cursor = expression.clone();
    while let Some(token) = cursor.next() {
        let Token::Word(word) = token else { continue };
        // Only what is called can be volatile; what is not known is taken to be.
        if cursor.sees_symbol('(') && !STABLE.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return true;
        }
    }
    false
}

/// Functions, and words before parentheses, that give the same value for all rows of a statement. `now()` is the start of the
/// transaction; `clock_timestamp()`, `random()` and `gen_random_uuid()` are not here.
const STABLE: [&str; 34] = [
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_timestamp",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_date",
    "timezone",
    "date_trunc",
    "date_part",
    "extract",
    "make_interval",
    "make_date",
    "to_timestamp",
    "to_date",
    "to_char",
    "lower",
    "upper",
    "length",
    "coalesce",
    "nullif",
    "cast",
    "concat",
    "array",
    "row",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_build_object",
    "json_build_array",
    "md5",
    "interval",
    "numeric",
    "varchar",
];
