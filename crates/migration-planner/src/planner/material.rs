//! Refuses a change whose names and pieces of SQL would not be read by the server as they were meant.

use super::task::Task;
use crate::change::{Change, Material};
use crate::name::is_reserved;
use crate::refusal::Refusal;
use crate::server::ServerKind;
use crate::sql::tokens::{Token, spanned};
use crate::sql::{Dialect, LONGEST_NAME};

/// Refuses names that the server cannot keep whole, and SQL that would end, or swallow, what it is put into.
pub(super) fn refuse_unsound(task: &Task<'_>, change: &Change) -> Result<(), Refusal> {
    let kind = task.server.kind();
    let dialect = match kind {
        ServerKind::Postgres => Dialect::Postgres,
        ServerKind::Sqlite => Dialect::Sqlite,
    };
    let materials = change.materials();
    let is_column = |name: &str| {
        task.schema.tables().iter().any(|table| table.column(name).is_some())
            || materials.contains(&Material::Name(name))
    };
    for &material in &materials {
        match material {
            Material::Name(name) if is_reserved(name) => {
                return Err(Refusal::ReservedName { name: name.to_owned() });
            }
            Material::Name(name) | Material::Label(name) => {
                if let Some(reason) = wrong_with_name(name, kind) {
                    return Err(Refusal::UnusableName { name: name.to_owned(), kind, reason });
                }
            }
            Material::Sql(sql) if !is_one_piece(sql, dialect) => {
                return Err(Refusal::BrokenSql { sql: sql.to_owned() });
            }
            Material::Part(part) if !is_one_piece(part, dialect) && !is_column(part) => {
                return Err(Refusal::BrokenSql { sql: part.to_owned() });
            }
            Material::Statement(sql) if sql.contains('\0') || !is_closed(sql, dialect) => {
                return Err(Refusal::BrokenSql { sql: sql.to_owned() });
            }
            Material::Text(text) if text.contains('\0') => {
                return Err(Refusal::BrokenSql { sql: text.to_owned() });
            }
            Material::Sql(_) | Material::Part(_) | Material::Statement(_) | Material::Text(_) => {}
        }
    }
    Ok(())
}

fn wrong_with_name(name: &str, kind: ServerKind) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.contains('\0') {
        Some("it has a character NUL")
    } else if kind == ServerKind::Postgres && name.len() > LONGEST_NAME {
        Some("it is longer than 63 bytes, of which the server would keep the first 63")
    } else {
        None
    }
}

/// Whether a piece of SQL stays one between two others: no semicolon ends the statement around it, and no parenthesis, quote or comment of its
/// own is open at its end.
fn is_one_piece(sql: &str, dialect: Dialect) -> bool {
    if sql.contains('\0') {
        return false;
    }
    // In parentheses, the last of which is found where the piece leaves it alone.
    let around = format!("({sql})");
    let (mut depth, mut closed_at) = (0_usize, None);
    for (token, range) in spanned(&around, dialect) {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            Token::Symbol(';') => return false,
            _ => {}
        }
        if depth == 0 {
            closed_at = Some(range.end);
            break;
        }
    }
    closed_at == Some(around.len())
}

/// Whether a statement ends where its text ends: no quote or comment is open that would swallow what comes behind it.
fn is_closed(sql: &str, dialect: Dialect) -> bool {
    // A line of its own, since a comment may end with the last line.
    let longer = format!("{sql}\n;");
    spanned(&longer, dialect)
        .last()
        .is_some_and(|(token, range)| token == Token::Symbol(';') && range.end == longer.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_sql_leaves_what_is_around_it_alone() {
        for sound in ["0", "';'", "\"a;b\"", "(a + 1) * 2", "/* why */ 1", "1 -- why\n", "$$;)$$", "E'\\''", ""] {
            assert!(is_one_piece(sound, Dialect::Postgres), "{sound}");
        }
        for broken in [
            "0); DROP TABLE users; --",
            "0; DROP TABLE users",
            "0)",
            "(0",
            "1 --",
            "1 /* /* */",
            "'",
            "\"a",
            "$a$ $b$",
            "a) OR (b",
            "\0",
        ] {
            assert!(!is_one_piece(broken, Dialect::Postgres), "{broken}");
        }
        // SQLite has neither dollar quotes nor escapes.
        assert!(is_one_piece("'\\'", Dialect::Sqlite) && !is_one_piece("'\\'", Dialect::Mysql));
    }

    #[test]
    fn a_statement_ends_where_its_text_ends() {
        assert!(is_closed("SELECT 1 -- one", Dialect::Postgres) && is_closed("SELECT 'a;'", Dialect::Postgres));
        assert!(!is_closed("SELECT 'a", Dialect::Postgres) && !is_closed("SELECT 1 /*", Dialect::Postgres));
    }
}
