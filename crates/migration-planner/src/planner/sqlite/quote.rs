//! Names and literals as SQLite reads them.

use crate::name::ObjectName;
use crate::sql::tokens::{Token, tokens};

/// A name as it can stand in a statement: as it is where it can, else in double quotes.
///
/// SQLite keeps the text of statements as its catalog, so a needless quote would stay there for good.
pub(super) fn quoted(name: &str) -> String {
    let mut characters = name.chars();
    let plain = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && KEYWORDS.binary_search(&name.to_ascii_uppercase().as_str()).is_err();
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Every keyword of SQLite, sorted.
const KEYWORDS: [&str; 147] = [
    "ABORT",
    "ACTION",
    "ADD",
    "AFTER",
    "ALL",
    "ALTER",
    "ALWAYS",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "ATTACH",
    "AUTOINCREMENT",
    "BEFORE",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASCADE",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "COMMIT",
    "CONFLICT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATABASE",
    "DEFAULT",
    "DEFERRABLE",
    "DEFERRED",
    "DELETE",
    "DESC",
    "DETACH",
    "DISTINCT",
    "DO",
    "DROP",
    "EACH",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXCLUDE",
    "EXCLUSIVE",
    "EXISTS",
    "EXPLAIN",
    "FAIL",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "GENERATED",
    "GLOB",
    "GROUP",
    "GROUPS",
    "HAVING",
    "IF",
    "IGNORE",
    "IMMEDIATE",
    "IN",
    "INDEX",
    "INDEXED",
    "INITIALLY",
    "INNER",
    "INSERT",
    "INSTEAD",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "KEY",
    "LAST",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATCH",
    "MATERIALIZED",
    "NATURAL",
    "NO",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "NULLS",
    "OF",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OTHERS",
    "OUTER",
    "OVER",
    "PARTITION",
    "PLAN",
    "PRAGMA",
    "PRECEDING",
    "PRIMARY",
    "QUERY",
    "RAISE",
    "RANGE",
    "RECURSIVE",
    "REFERENCES",
    "REGEXP",
    "REINDEX",
    "RELEASE",
    "RENAME",
    "REPLACE",
    "RESTRICT",
    "RETURNING",
    "RIGHT",
    "ROLLBACK",
    "ROW",
    "ROWS",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "THEN",
    "TIES",
    "TO",
    "TRANSACTION",
    "TRIGGER",
    "UNBOUNDED",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VACUUM",
    "VALUES",
    "VIEW",
    "VIRTUAL",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHOUT",
];

/// A table, with its schema if it has one.
pub(super) fn quoted_table(table: &ObjectName) -> String {
    match table.schema() {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table.name())),
        None => quoted(table.name()),
    }
}

/// Whether an expression is a single literal, which `ADD COLUMN` accepts as a default.
pub(super) fn is_constant(expression: &str) -> bool {
    let mut words: Vec<Token<'_>> = tokens(expression).collect();
    if matches!(words.as_slice(), [Token::Symbol('+' | '-'), Token::Literal(_)]) {
        words.remove(0);
    }
    match words.as_slice() {
        [Token::Literal(_) | Token::Text(_)] => true,
        [Token::Word(word)] => ["null", "true", "false"].iter().any(|known| word.eq_ignore_ascii_case(known)),
        // A blob: x'00ff'.
        [Token::Word(x), Token::Text(_)] => x.eq_ignore_ascii_case("x"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_constant_and_calls_are_not() {
        for constant in ["''", "'a''b'", "-1.5", "NULL", "x'00'", "true"] {
            assert!(is_constant(constant), "{constant}");
        }
        for other in ["CURRENT_TIMESTAMP", "(1)", "random()", "1 + 1", ""] {
            assert!(!is_constant(other), "{other}");
        }
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in [
            ("a\"b", "\"a\"\"b\""),
            ("a_1", "a_1"),
            ("1a", "\"1a\""),
            ("Order", "\"Order\""),
            ("", "\"\""),
            ("é", "\"é\""),
        ] {
            assert_eq!(quoted(name), expected);
        }
        assert!(KEYWORDS.is_sorted());
    }
}
