//! Statements that are the same but for names, and what is said of objects in statements.

use crate::sql::Dialect;
use crate::sql::tokens::spanned;

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
pub(super) fn reversed(statement: &str) -> Option<String> {
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
    None
}
