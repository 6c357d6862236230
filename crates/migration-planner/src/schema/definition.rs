//! Reads out of a `CREATE TABLE` statement what SQLite's catalog does not tell by itself.

use std::ops::Range;

use super::column::Generated;
use crate::sql::Dialect;
use crate::sql::tokens::{Token, spanned};

/// Something a table's definition says.
pub(super) enum Detail {
    /// Of a column, or of the whole table.
    Check(Option<String>, String),
    /// Of a column.
    Collation(String, String),
    /// Of a column.
    Generated(String, Generated),
}

/// What a constraint of the whole table starts with; a column of that name would be quoted.
const TABLE_CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

type Word<'a> = (Token<'a>, Range<usize>);

/// What `create_table` says, in order. Nothing for a statement that is not of that form.
pub(super) fn details(create_table: &str) -> Vec<Detail> {
    let words: Vec<Word<'_>> = spanned(create_table, Dialect::Sqlite).collect();
    items(&words).into_iter().flat_map(|item| details_of(create_table, item)).collect()
}

/// The columns and constraints between the outermost parentheses.
fn items<'a, 'b>(words: &'b [Word<'a>]) -> Vec<&'b [Word<'a>]> {
    let mut found = Vec::new();
    let Some(open) = words.iter().position(|(token, _)| *token == Token::Symbol('(')) else { return found };
    let (mut depth, mut start) = (0, open + 1);
    for (i, (token, _)) in words.iter().enumerate().skip(open) {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Symbol(',') if depth == 1 => found.push(&words[std::mem::replace(&mut start, i + 1)..i]),
            _ => {}
        }
        if depth == 0 {
            found.push(&words[start..i]);
            break;
        }
    }
    found
}

fn details_of(sql: &str, item: &[Word<'_>]) -> Vec<Detail> {
    let mut found = Vec::new();
    let first = item.first().map(|(token, _)| token);
    let is_column = !first.is_some_and(|token| TABLE_CONSTRAINTS.iter().any(|word| token.is_keyword(word)));
    let column = first.and_then(Token::name).unwrap_or_default();
    let mut i = 0;
    while i < item.len() {
        let token = &item[i].0;
        let group = item.get(i + 1).filter(|(next, _)| *next == Token::Symbol('(')).map(|_| group(item, i + 1));
        match group {
            Some(end) if token.is_keyword("check") => {
                let of = is_column.then(|| column.to_owned());
                found.push(Detail::Check(of, between(sql, item, i + 1, end)));
            }
            Some(end) if token.is_keyword("as") => {
                let expression = between(sql, item, i + 1, end);
                let stored = item.get(end + 1).is_some_and(|(token, _)| token.is_keyword("stored"));
                let generated = if stored { Generated::stored(expression) } else { Generated::computed(expression) };
                found.push(Detail::Generated(column.to_owned(), generated));
            }
            None if token.is_keyword("collate") => {
                if let Some(name) = item.get(i + 1).and_then(|(token, _)| token.name()) {
                    found.push(Detail::Collation(column.to_owned(), name.to_owned()));
                }
            }
            _ => {}
        }
        // What stands in parentheses is an expression and says nothing about the column itself.
        i = if *token == Token::Symbol('(') { self::group(item, i) + 1 } else { group.map_or(i + 1, |end| end + 1) };
    }
    found
}

/// Where the parenthesis that opens at `open` is closed; the last word if it never is.
fn group(item: &[Word<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (i, (token, _)) in item.iter().enumerate().skip(open) {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    item.len() - 1
}

fn between(sql: &str, item: &[Word<'_>], open: usize, close: usize) -> String {
    sql[item[open].1.end..item[close].1.start.max(item[open].1.end)].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_collations_and_generated_columns_are_read_wherever_they_stand() {
        let sql = "CREATE TABLE \"t\" (a TEXT DEFAULT (lower('CHECK (x)')) COLLATE nocase, -- CHECK (y)\n\
                   b INT CHECK (b IN (1, 2)) GENERATED ALWAYS AS (length(a)) STORED, \"check\" INT,\n\
                   c AS (a || ')'), CONSTRAINT k CHECK (a <> ')'), UNIQUE (a, b)) STRICT";
        let read: Vec<String> = details(sql)
            .into_iter()
            .map(|detail| match detail {
                Detail::Check(column, expression) => format!("{column:?} check {expression}"),
                Detail::Collation(column, name) => format!("{column} collate {name}"),
                Detail::Generated(column, generated) => format!("{column} as {generated:?}"),
            })
            .collect();
        assert_eq!(
            read,
            [
                "a collate nocase",
                "Some(\"b\") check b IN (1, 2)",
                "b as Stored { expression: \"length(a)\" }",
                "c as Virtual { expression: \"a || ')'\" }",
                "None check a <> ')'",
            ]
        );
    }

    #[test]
    fn text_that_is_no_table_says_nothing() {
        for sql in ["", "CREATE TABLE t AS SELECT 1", "CREATE TABLE t (", ")", "CREATE TABLE t (a CHECK ("] {
            details(sql);
        }
    }
}
