//! Statements that are the same but for names, and what is said of objects in statements.

use crate::sql::Dialect;
use crate::sql::tokens::{Token, spanned};

/// Whether two statements are the same words, however they are spaced.
pub(super) fn same_statement(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let words = |text: &str| -> Vec<String> {
        spanned(text, Dialect::Postgres).map(|(_, range)| text[range].to_owned()).collect()
    };
    words(one) == words(other)
}

/// What an index is behind the name of its table: `USING btree (a) WHERE b`.
pub(super) fn behind_using(definition: &str) -> Option<&str> {
    definition.find(" USING ").map(|at| &definition[at..])
}

/// What takes back a statement that hangs something on an object.
pub(crate) fn reversed(statement: &str) -> Option<String> {
    if let Some(rest) = statement.strip_prefix("GRANT ") {
        let (head, role) = rest.rsplit_once(" TO ")?;
        let role = role.strip_suffix(" WITH GRANT OPTION").unwrap_or(role);
        return Some(format!("REVOKE {head} FROM {role}"));
    }
    if statement.starts_with("ALTER VIEW ")
        && let Some((head, _)) = statement.split_once(" SET DEFAULT ")
    {
        return Some(format!("{head} DROP DEFAULT"));
    }
    if let Some((head, _)) = statement.split_once(" OWNED BY ") {
        return Some(format!("{head} OWNED BY NONE"));
    }
    if statement.starts_with("COMMENT ON ") {
        return Some(format!("{} IS NULL", &statement[..statement.find(" IS ")?]));
    }
    index_dropped(statement)
}

/// Whether two statements hang something on the same place, so that the later one takes the place of the earlier.
pub(super) fn same_place(one: &str, other: &str) -> bool {
    reversed(one).is_some_and(|undo| reversed(other) == Some(undo))
}

/// `CREATE INDEX i ON s.t ..`: an index is in the schema of what it is on.
fn index_dropped(statement: &str) -> Option<String> {
    let words: Vec<_> = spanned(statement, Dialect::Postgres).collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|(token, _)| token.is_keyword(word));
    let text = |at: usize| words.get(at).map(|(_, range)| &statement[range.clone()]);
    let at = 1 + usize::from(is(1, "unique"));
    if !(is(0, "create") && is(at, "index") && is(at + 2, "on")) {
        return None;
    }
    let on = at + 3 + usize::from(is(at + 3, "only"));
    let is_qualified = words.get(on + 1).is_some_and(|(token, _)| *token == Token::Symbol('.'));
    let schema = if is_qualified { format!("{}.", text(on)?) } else { String::new() };
    Some(format!("DROP INDEX {schema}{}", text(at + 1)?))
}
