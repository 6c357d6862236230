//! Splits SQL into words, so that a name in a string or a comment is not taken for a name.

use std::ops::Range;

use crate::name::same_name;

/// A piece of SQL that carries meaning; white space and comments are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A keyword, or a name that was not quoted.
    Word(&'a str),
    /// A name in `"double quotes"`, `` `backticks` `` or `[brackets]`, without them.
    Quoted(String),
    /// A string, number or parameter.
    Literal,
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
            Self::Literal | Self::Symbol(_) => None,
        }
    }

    /// Whether the token may stand for the thing called `name`.
    fn names(&self, name: &str) -> bool {
        match self {
            Self::Word(word) => same_name(word, name),
            Self::Quoted(quoted) => same_name(quoted, name),
            Self::Literal | Self::Symbol(_) => false,
        }
    }
}

/// Whether `name` stands in `sql` as a name, quoted or not.
pub(crate) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).any(|token| token.names(name))
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

/// The tokens of `sql`; text that never ends is taken to its end.
pub(crate) fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    spanned(sql).map(|(token, _)| token)
}

/// The tokens of `sql`, each with the bytes it stands in.
pub(crate) fn spanned(sql: &str) -> impl Iterator<Item = (Token<'_>, Range<usize>)> {
    Tokens { sql, rest: sql }
}

struct Tokens<'a> {
    sql: &'a str,
    rest: &'a str,
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
    fn at(&self) -> usize {
        self.sql.len() - self.rest.len()
    }

    fn take(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        Some(match first {
            '\'' => {
                self.take_quoted('\'');
                Token::Literal
            }
            '"' | '`' => Token::Quoted(self.take_quoted(first)),
            '[' if self.rest.contains(']') => Token::Quoted(self.take_quoted(']')),
            c if c.is_ascii_digit() => {
                self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                Token::Literal
            }
            c if is_word_start(c) => {
                Token::Word(self.take_while(|c| is_word_start(c) || c.is_ascii_digit() || c == '$'))
            }
            c => {
                self.rest = &self.rest[c.len_utf8()..];
                Token::Symbol(c)
            }
        })
    }

    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let end = if self.rest.starts_with("--") {
                self.rest.find('\n').map(|at| at + 1)
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/").map(|at| at + 2)
            } else {
                return;
            };
            self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        }
    }

    /// Takes what stands between the first character and `close`; a doubled `close` stands for itself.
    fn take_quoted(&mut self, close: char) -> String {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = characters.next() {
            if c != close {
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
}
