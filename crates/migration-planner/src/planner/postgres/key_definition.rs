//! What a unique or primary key asks of the index behind it.

use crate::name::ObjectName;
use crate::schema::{Index, Table};
use crate::sql::Dialect;
use crate::sql::tokens::{Token, spanned};

/// A key as it is declared, cut into what goes to the index and what stays with the constraint.
pub(super) struct KeyDefinition {
    /// `UNIQUE` or `PRIMARY KEY`.
    pub(super) keyword: &'static str,
    /// What stands after the table in `CREATE INDEX`.
    body: String,
    /// What the constraint keeps: whether and when it may be deferred, with a space before it.
    pub(super) tail: String,
    columns: Vec<String>,
}

impl KeyDefinition {
    /// Reads `UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c) WITH (fillfactor=70) DEFERRABLE`.
    pub(super) fn read(definition: &str) -> Self {
        let words: Vec<_> = spanned(definition, Dialect::Postgres).collect();
        let keyword =
            if words.first().is_some_and(|(token, _)| token.is_keyword("primary")) { "PRIMARY KEY" } else { "UNIQUE" };
        let open = words.iter().position(|(token, _)| *token == Token::Symbol('(')).unwrap_or(words.len());
        let nulls = words[..open].iter().any(|(token, _)| token.is_keyword("nulls"));
        let rest = &words[open..];
        let defers = rest
            .iter()
            .position(|(token, _)| ["deferrable", "initially", "not"].iter().any(|word| token.is_keyword(word)));
        let end = defers.map_or(definition.len(), |at| rest[at].1.start);
        let start = rest.first().map_or(definition.len(), |(_, range)| range.start);
        let mut body = definition[start..end].trim().to_owned();
        if nulls {
            // Where PostgreSQL wants it: after what is included, before the parameters.
            let at = body.to_lowercase().find(" with (").unwrap_or(body.len());
            body.insert_str(at, " NULLS NOT DISTINCT");
        }
        let tail = definition[end..].trim();
        let close = rest.iter().position(|(token, _)| *token == Token::Symbol(')')).unwrap_or(rest.len());
        let columns = rest[..close].iter().filter_map(|(token, _)| match token {
            Token::Word(word) => Some(word.to_lowercase()),
            Token::Quoted(quoted) => Some(quoted.clone()),
            _ => None,
        });
        let columns = columns.collect();
        let tail = if tail.is_empty() { String::new() } else { format!(" {tail}") };
        Self { keyword, body, tail, columns }
    }

    /// The index that has to be there.
    pub(super) fn index(&self, name: ObjectName) -> Index {
        let definition = format!("CREATE UNIQUE INDEX i ON t {}", self.body);
        Index::new(name, self.columns.clone()).unique().defined_by(definition)
    }

    /// Its columns.
    pub(super) fn columns(&self, _table: &Table) -> Vec<String> {
        self.columns.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_the_index_and_what_stays() {
        let read = KeyDefinition::read(
            "UNIQUE NULLS NOT DISTINCT (a, \"B\") INCLUDE (c) WITH (fillfactor='70') DEFERRABLE INITIALLY DEFERRED",
        );
        assert_eq!(read.body, "(a, \"B\") INCLUDE (c) NULLS NOT DISTINCT WITH (fillfactor='70')");
        assert_eq!(read.tail, " DEFERRABLE INITIALLY DEFERRED");
        assert_eq!(read.columns, ["a", "B"]);
        assert_eq!(
            (KeyDefinition::read("PRIMARY KEY (id)").keyword, KeyDefinition::read("UNIQUE (a)").tail.as_str()),
            ("PRIMARY KEY", "")
        );
    }
}
