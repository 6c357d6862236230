//! Checks the syntax of scripts.
//!
//! Behind our own types, since both parsers change their trees often. PostgreSQL is read by `squawk-syntax`, which agrees with
//! the server's own grammar on all statements of the corpora; SQLite and MySQL by `sqlparser`.

use sqlparser::dialect::{MySqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use squawk_syntax::SourceFile;

use super::dialect::Dialect;
use super::split::ScriptPart;
use super::stack;
use super::tokens::{BYTE_ORDER_MARK, Token, open_comment, spanned};

/// Where a script is not what the server would accept.
///
/// ```
/// use migration_planner::Dialect;
///
/// let error = Dialect::Sqlite.check("SELECT 1;\nSELEC 2").unwrap_err();
/// assert_eq!((error.line, error.column), (2, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
#[non_exhaustive]
pub struct SyntaxError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was expected.
    pub message: String,
}

impl Dialect {
    /// Splits a script and checks every statement's syntax. Costs tens of microseconds per statement. What is nested more than 200
    /// levels deep, or joins more than 100,000 operands, is not read, and told as an error.
    ///
    /// ```
    /// use migration_planner::Dialect;
    ///
    /// assert_eq!(Dialect::Postgres.check("DROP TABLE a; DROP TABLE b;")?.len(), 2);
    /// let error = Dialect::Postgres.check("SELECT 1;\nDROP TABEL a;").unwrap_err();
    /// assert_eq!(error.line, 2);
    /// # Ok::<(), migration_planner::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    /// [`SyntaxError`] for the first statement that the server would reject.
    pub fn check(self, script: &str) -> Result<Vec<ScriptPart<'_>>, SyntaxError> {
        if script.starts_with(BYTE_ORDER_MARK) {
            let message =
                "a byte order mark, which the server takes for a part of the first word: save the text without";
            return Err(SyntaxError { line: 1, column: 1, message: message.to_owned() });
        }
        if let Some(nul) = script.find('\0') {
            return Err(at(script, nul, "a character NUL, where the server takes the text to end".to_owned()));
        }
        let parts = self.split(script);
        for part in &parts {
            if let Some((offset, message)) = self.wrong(part.text()) {
                return Err(at(script, part.range().start + offset, message));
            }
        }
        let end = parts.last().map_or(0, |part| part.range().end);
        let open = if self == Self::Sqlite { None } else { open_comment(&script[end..], self) };
        // SQLite ends a comment with the text.
        if let Some(start) = open {
            return Err(at(script, end + start, "a comment that never ends".to_owned()));
        }
        Ok(parts)
    }

    /// What is wrong with a statement: the byte it is at, and what was expected.
    fn wrong(self, statement: &str) -> Option<(usize, String)> {
        if self == Self::Postgres && statement.starts_with('\\') {
            let command = statement.split_whitespace().next().unwrap_or_default();
            return Some((0, format!("`{command}` is a command of psql, which the server does not know")));
        }
        stack::guarded(statement, self, || match self {
            Self::Postgres => postgres(statement),
            Self::Sqlite if is_sqlite_pragma(statement) => None,
            Self::Sqlite => other(&SQLiteDialect {}, &with_plain_comparisons(without_table_options(statement))),
            Self::Mysql if is_mysql_prepare(statement) => None,
            Self::Mysql => other(&MySqlDialect {}, statement),
        })
    }
}

fn at(script: &str, offset: usize, message: String) -> SyntaxError {
    let before = &script[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    SyntaxError { line, column, message }
}

/// The first error of a statement: the byte it is at, and what is wrong.
fn postgres(statement: &str) -> Option<(usize, String)> {
    let errors = SourceFile::parse(statement).errors();
    let first = errors.first()?;
    Some((usize::from(first.range().start()).min(statement.len()), first.message().to_owned()))
}

fn other(dialect: &dyn sqlparser::dialect::Dialect, statement: &str) -> Option<(usize, String)> {
    let message = Parser::parse_sql(dialect, statement).err()?.to_string();
    let message = message.strip_prefix("sql parser error: ").unwrap_or(&message);
    // The place is told in words only.
    let Some((what, place)) = message.rsplit_once(" at Line: ") else { return Some((0, message.to_owned())) };
    let mut numbers = place.split(", Column: ").map(|number| number.trim().parse().unwrap_or(1));
    let (line, column) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    Some((offset(statement, line, column), what.to_owned()))
}

/// A `CREATE TABLE` statement up to the parenthesis that closes, where nothing but `STRICT` and `WITHOUT ROWID` follows, of which the
/// parser knows one at most; any other statement as it is.
fn without_table_options(statement: &str) -> &str {
    let words: Vec<(Token<'_>, _)> = spanned(statement, Dialect::Sqlite).collect();
    let is_table = words.first().is_some_and(|(token, _)| token.is_keyword("create"))
        && words.iter().take(3).any(|(token, _)| token.is_keyword("table"));
    let Some(close) = words.iter().rposition(|(token, _)| *token == Token::Symbol(')')).filter(|_| is_table) else {
        return statement;
    };
    let options = words[close + 1..].split(|(token, _)| *token == Token::Symbol(','));
    let is_option = |option: &[(Token<'_>, _)]| match option {
        [(strict, _)] => strict.is_keyword("strict"),
        [(without, _), (rowid, _)] => without.is_keyword("without") && rowid.is_keyword("rowid"),
        _ => false,
    };
    if options.into_iter().all(is_option) { &statement[..words[close].1.end] } else { statement }
}

/// A statement in which `IS` and `IS NOT` between any two expressions, of which the parser knows few, are comparisons of the same length.
fn with_plain_comparisons(statement: &str) -> String {
    let words: Vec<(Token<'_>, _)> = spanned(statement, Dialect::Sqlite).collect();
    let mut plain = statement.to_owned();
    let known = ["null", "true", "false", "distinct"];
    for (at, (_, range)) in words.iter().enumerate().filter(|(_, (token, _))| token.is_keyword("is")) {
        let is_not = words.get(at + 1).is_some_and(|(next, _)| next.is_keyword("not"));
        let Some((operand, _)) = words.get(at + 1 + usize::from(is_not)) else { continue };
        if known.iter().any(|word| operand.is_keyword(word)) {
            continue;
        }
        plain.replace_range(range.clone(), if is_not { "<>" } else { "= " });
        if is_not {
            plain.replace_range(words[at + 1].1.clone(), "   ");
        }
    }
    plain
}

/// `PRAGMA name`, `PRAGMA name = value` or `PRAGMA name (value)`, of whose values the parser knows few.
fn is_sqlite_pragma(statement: &str) -> bool {
    let mut words = spanned(statement, Dialect::Sqlite).map(|(token, _)| token).collect::<Vec<_>>().into_iter();
    if !words.next().is_some_and(|first| first.is_keyword("pragma")) {
        return false;
    }
    let mut rest: Vec<Token<'_>> = words.filter(|token| !matches!(token, Token::Symbol('-' | '+'))).collect();
    if let [_, Token::Symbol('.'), ..] = rest.as_slice() {
        rest.drain(..2);
    }
    let is_value = |token: &Token<'_>| !matches!(token, Token::Symbol(_));
    match rest.as_slice() {
        [name] => name.name().is_some(),
        [name, Token::Symbol('='), value] | [name, Token::Symbol('('), value, Token::Symbol(')')] => {
            name.name().is_some() && is_value(value)
        }
        _ => false,
    }
}

/// `PREPARE name FROM 'text'` or `FROM @variable`, which the parser does not know.
fn is_mysql_prepare(statement: &str) -> bool {
    let words: Vec<Token<'_>> = spanned(statement, Dialect::Mysql).map(|(token, _)| token).collect();
    match words.as_slice() {
        [prepare, name, from, source @ ..] => {
            let is_source = matches!(source, [Token::Text(_)] | [Token::Symbol('@'), Token::Word(_)]);
            prepare.is_keyword("prepare") && name.name().is_some() && from.is_keyword("from") && is_source
        }
        _ => false,
    }
}

/// The byte at a line and a column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column - 1).map(char::len_utf8).sum::<usize>()
}
