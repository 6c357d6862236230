//! Splits SQL into words, so that a name in a string or a comment is not taken for a name.

use std::cell::OnceCell;
use std::ops::Range;

use super::dialect::Dialect;
use crate::name::same_name;

/// A piece of SQL that carries meaning; white space and comments are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A keyword, or a name that was not quoted.
    Word(&'a str),
    /// A quoted name, without its quotes.
    Quoted(String),
    /// A string, without its quotes.
    Text(String),
    /// A number or a parameter.
    Literal(&'a str),
    /// Anything else, one character at a time.
    Symbol(char),
}

impl Token<'_> {
    /// Whether the token is this keyword; a quoted name never is one.
    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if same_name(word, keyword))
    }

    /// The name the token stands for, if it can be one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Quoted(quoted) => Some(quoted),
            Self::Text(_) | Self::Literal(_) | Self::Symbol(_) => None,
        }
    }

    /// Whether the token stands for the thing called `name` on PostgreSQL.
    fn names_exactly(&self, name: &str) -> bool {
        match self {
            Self::Word(word) => word.to_lowercase() == name,
            Self::Quoted(quoted) => quoted == name,
            Self::Text(_) | Self::Literal(_) | Self::Symbol(_) => false,
        }
    }

    /// Whether the token may stand for the thing called `name`.
    fn names(&self, name: &str) -> bool {
        self.name().is_some_and(|own| same_name(own, name))
    }
}

/// Whether `name` stands in `sql` as a name, quoted or not, in whatever case.
pub(crate) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).any(|token| token.names(name))
}

/// Whether `name` stands in `sql` as a name as PostgreSQL reads it: in lower case where it is not quoted. Texts are read too, since the
/// bodies of functions are such.
pub(crate) fn names_exactly(sql: &str, name: &str) -> bool {
    tokens(sql).any(|token| token.names_exactly(name))
}

/// The same without what stands in texts, and so in the bodies of functions.
pub(crate) fn stands_in_statement(sql: &str, name: &str) -> bool {
    spanned(sql, Dialect::Postgres).any(|(token, _)| token.names_exactly(name))
}

/// Whether `sql` selects `*` or `table.*` anywhere; the `*` of `count(*)` and of a product does not count.
pub(crate) fn selects_everything(sql: &str) -> bool {
    let all: Vec<Token<'_>> = tokens(sql).collect();
    all.windows(2).any(|pair| {
        pair[1] == Token::Symbol('*')
            && match &pair[0] {
                Token::Word(word) => ["select", "distinct", "all"].iter().any(|keyword| same_name(word, keyword)),
                Token::Symbol('.' | ',') => true,
                _ => false,
            }
    })
}

/// What some editors put before a text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// The tokens of `sql` as SQLite reads it; text that never ends is taken to its end.
pub(crate) fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    spanned(sql, Dialect::Sqlite).map(|(token, _)| token)
}

/// The tokens of `sql`, each with the bytes it stands in; text that never ends is taken to its end.
pub(crate) fn spanned(sql: &str, dialect: Dialect) -> impl Iterator<Item = (Token<'_>, Range<usize>)> {
    Tokens::of(sql, dialect)
}

/// Where a comment begins that never ends, in a text of comments, blanks and semicolons.
#[cfg(feature = "syntax")]
pub(crate) fn open_comment(text: &str, dialect: Dialect) -> Option<usize> {
    let mut tokens = Tokens::of(text, dialect);
    loop {
        tokens.rest = tokens.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let end = if tokens.is_at_line_comment() {
            tokens.rest.find('\n')?
        } else if tokens.rest.starts_with("/*") {
            match tokens.end_of_comment() {
                Some(end) => end,
                None => return Some(tokens.at()),
            }
        } else {
            return None;
        };
        tokens.rest = &tokens.rest[end..];
    }
}

struct Tokens<'a> {
    sql: &'a str,
    rest: &'a str,
    dialect: Dialect,
    /// Where the last `]` is, if there is one; looked for at the first `[`, and not at each of many that nothing closes.
    last_bracket: OnceCell<Option<usize>>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, Range<usize>);

    fn next(&mut self) -> Option<(Token<'a>, Range<usize>)> {
        self.skip_blanks();
        let start = self.at();
        let token = self.take()?;
        Some((token, start..self.at()))
    }
}

impl<'a> Tokens<'a> {
    fn of(sql: &'a str, dialect: Dialect) -> Self {
        Self { sql, rest: sql, dialect, last_bracket: OnceCell::new() }
    }

    fn at(&self) -> usize {
        self.sql.len() - self.rest.len()
    }

    fn take(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        let escapes = self.dialect == Dialect::Mysql;
        Some(match first {
            '\'' => Token::Text(self.take_quoted('\'', escapes)),
            '"' if escapes => Token::Text(self.take_quoted('"', escapes)),
            '"' => Token::Quoted(self.take_quoted('"', false)),
            '`' if self.dialect != Dialect::Postgres => Token::Quoted(self.take_quoted('`', false)),
            '[' if self.dialect == Dialect::Sqlite && self.is_bracket_closed() => {
                Token::Quoted(self.take_quoted(']', false))
            }
            '$' if self.dialect == Dialect::Postgres => match self.dollar_tag() {
                Some(tag) => Token::Text(self.take_dollar_quoted(tag)),
                None => self.take_number_or_parameter(),
            },
            'e' | 'E' if self.dialect == Dialect::Postgres && self.rest[1..].starts_with('\'') => {
                self.rest = &self.rest[1..];
                Token::Text(self.take_quoted('\'', true))
            }
            c if c.is_ascii_digit() => self.take_number_or_parameter(),
            c if is_word_start(c) => {
                Token::Word(self.take_while(|c| is_word_start(c) || c.is_ascii_digit() || c == '$'))
            }
            c => {
                self.rest = &self.rest[c.len_utf8()..];
                Token::Symbol(c)
            }
        })
    }

    /// Whether a `]` comes.
    fn is_bracket_closed(&self) -> bool {
        self.last_bracket.get_or_init(|| self.sql.rfind(']')).is_some_and(|last| last > self.at())
    }

    fn skip_blanks(&mut self) {
        loop {
            // The mark that some editors put before a text is a blank to whoever looks for words.
            self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
            let end = if self.is_at_line_comment() {
                self.rest.find('\n').map(|at| at + 1)
            } else if self.rest.starts_with("/*") {
                self.end_of_comment()
            } else {
                return;
            };
            self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        }
    }

    fn is_at_line_comment(&self) -> bool {
        self.rest.starts_with("--") || self.dialect == Dialect::Mysql && self.rest.starts_with('#')
    }

    /// Only PostgreSQL lets comments stand in comments.
    fn end_of_comment(&self) -> Option<usize> {
        if self.dialect != Dialect::Postgres {
            return self.rest[2..].find("*/").map(|at| at + 4);
        }
        let (mut depth, mut at) = (1, 2);
        while depth > 0 {
            let next = at + self.rest[at..].find(['*', '/'])?;
            let pair = self.rest.get(next..next + 2);
            (depth, at) = match pair {
                Some("*/") => (depth - 1, next + 2),
                Some("/*") => (depth + 1, next + 2),
                _ => (depth, next + 1),
            };
        }
        Some(at)
    }

    /// Takes what stands between the first character and `close`; a doubled `close` stands for itself.
    fn take_quoted(&mut self, close: char, escapes: bool) -> String {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = characters.next() {
            if escapes && c == '\\' {
                text.extend(characters.next().map(|(_, escaped)| escaped));
            } else if c != close {
                text.push(c);
            } else if close != ']' && characters.peek().is_some_and(|(_, next)| *next == close) {
                text.push(c);
                characters.next();
            } else {
                self.rest = &self.rest[at + c.len_utf8()..];
                return text;
            }
        }
        self.rest = "";
        text
    }

    /// The `$tag$` that opens a dollar quote here, if it is one and not a parameter.
    fn dollar_tag(&self) -> Option<&'a str> {
        let end = 1 + self.rest[1..].find('$')?;
        let tag = &self.rest[1..end];
        let is_tag = tag.chars().all(|c| is_word_start(c) || c.is_ascii_digit())
            && !tag.starts_with(|c: char| c.is_ascii_digit());
        is_tag.then(|| &self.rest[..=end])
    }

    fn take_dollar_quoted(&mut self, tag: &str) -> String {
        let body = &self.rest[tag.len()..];
        let (text, rest) = match body.find(tag) {
            Some(end) => (&body[..end], &body[end + tag.len()..]),
            None => (body, ""),
        };
        self.rest = rest;
        text.to_owned()
    }

    fn take_number_or_parameter(&mut self) -> Token<'a> {
        Token::Literal(self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$')))
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_strings_and_comments_are_not_names() {
        let sql = "SELECT 'legacy_name' -- legacy_name\n, /* legacy_name */ 1 FROM users";
        assert!(!mentions(sql, "legacy_name"));
        assert!(mentions(sql, "USERS"));
    }

    #[test]
    fn every_way_of_quoting_a_name_is_seen() {
        for sql in ["\"legacy_name\"", "`legacy_name`", "[legacy_name]", "u.legacy_name", "Legacy_Name"] {
            assert!(mentions(sql, "legacy_name"), "{sql}");
        }
        assert!(!mentions("legacy_names", "legacy_name"));
    }

    #[test]
    fn a_star_is_told_from_a_count_and_a_product() {
        assert!(selects_everything("SELECT * FROM t"));
        assert!(selects_everything("select id, u.* from u"));
        assert!(!selects_everything("SELECT count(*), 2 * 3 FROM t"));
    }

    #[test]
    fn text_that_never_ends_is_taken_to_its_end() {
        assert_eq!(tokens("'abc").count(), 1);
        assert_eq!(tokens("/* abc").count(), 0);
        assert_eq!(tokens("\"a\"\"b").next(), Some(Token::Quoted("a\"b".to_owned())));
    }

    /// Looking for the end at each of them would take minutes.
    #[test]
    fn many_brackets_that_nothing_closes_are_read_once() {
        let sql = "[".repeat(4_000_000);
        assert_eq!(tokens(&sql).count(), sql.len());
        let sql = format!("[a] {}", "[".repeat(10));
        assert_eq!(tokens(&sql).collect::<Vec<_>>()[..2], [Token::Quoted("a".to_owned()), Token::Symbol('[')]);
    }

    #[test]
    fn postgres_quotes_in_its_own_ways() {
        let words = |sql| spanned(sql, Dialect::Postgres).map(|(token, _)| token).collect::<Vec<_>>();
        assert_eq!(words("$a$ ; $$ $a$"), [Token::Text(" ; $$ ".to_owned())]);
        assert_eq!(words(r"E'\';' $1"), [Token::Text("';".to_owned()), Token::Literal("$1")]);
        assert_eq!(words("/* a /* b */ ; */ 1"), [Token::Literal("1")]);
    }
}
