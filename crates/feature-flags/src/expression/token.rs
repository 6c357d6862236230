//! Text into tokens.

use super::Place;
use super::error::ExpressionError;

/// Longest expression that is read, in bytes.
pub(super) const MAX_LENGTH: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A name or a dotted path; also the words of the grammar.
    Word(&'a str),
    Text(String),
    /// `v"2.1"`: a text with a letter that says what it holds.
    Tagged(&'a str, String),
    Number(&'a str),
    /// `25%`, with its sign.
    Percent(&'a str),
    Symbol(&'static str),
    End,
}

impl Token<'_> {
    /// How the token is called in an error.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("{:?}", shortened(text)),
            Self::Tagged(tag, text) => format!("{tag}{:?}", shortened(text)),
            Self::Number(number) | Self::Percent(number) => format!("`{}`", shortened(number)),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

/// Longer symbols come before their prefixes.
const SYMBOLS: [&str; 13] = ["->", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", "="];

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and where it starts, in bytes.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, usize), ExpressionError> {
        self.skip_spaces();
        let start = self.at;
        let rest = &self.text[start..];
        let Some(first) = rest.chars().next() else { return Ok((Token::End, start)) };
        let token = match first {
            '"' | '\'' => Token::Text(self.quoted()?),
            _ if first.is_alphabetic() || first == '_' => {
                let word = self.take(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
                match self.text[self.at..].starts_with(['"', '\'']) {
                    true if word == "r" => Token::Text(self.raw()?),
                    true => Token::Tagged(word, self.quoted()?),
                    false => Token::Word(word),
                }
            }
            _ if first.is_ascii_digit() || (first == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) => {
                self.at += 1;
                let _rest = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                let number = &self.text[start..self.at];
                let spaces = self.text[self.at..].len() - self.text[self.at..].trim_start().len();
                if self.text[self.at + spaces..].starts_with('%') {
                    self.at += spaces + 1;
                    Token::Percent(&self.text[start..self.at])
                } else {
                    Token::Number(number)
                }
            }
            _ => {
                let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
                    return Err(self.unexpected(start, "a name, a value or an operator", format!("`{first}`")));
                };
                self.at += symbol.len();
                Token::Symbol(symbol)
            }
        };
        Ok((token, start))
    }

    fn skip_spaces(&mut self) {
        // Mostly there is one, and it is ASCII.
        while self.text.as_bytes().get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        let rest = &self.text[self.at..];
        if rest.starts_with(|c: char| !c.is_ascii_graphic()) {
            self.at = self.text.len() - rest.trim_start().len();
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        // Characters beyond ASCII take decoding, which most words can do without.
        let plain = rest.bytes().take_while(|byte| byte.is_ascii() && belongs(char::from(*byte))).count();
        let end = rest[plain..].find(|c| !belongs(c)).map_or(rest.len(), |more| plain + more);
        self.at += end;
        &rest[..end]
    }

    /// `r"\d+"`: backslashes stand for themselves.
    fn raw(&mut self) -> Result<String, ExpressionError> {
        let (quote, rest) = self.text[self.at..].split_at(1);
        let Some(length) = rest.find(quote) else {
            return Err(self.unexpected(self.text.len(), "the closing quote of a text", "the end".to_owned()));
        };
        self.at += length + 2;
        Ok(rest[..length].to_owned())
    }

    fn quoted(&mut self) -> Result<String, ExpressionError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let is_end = |byte: &u8| *byte == bytes[start] || *byte == b'\\';
        if let Some(length) = bytes[start + 1..].iter().position(is_end)
            && bytes[start + 1 + length] == bytes[start]
        {
            self.at = start + length + 2;
            return Ok(self.text[start + 1..=start + length].to_owned());
        }
        let mut chars = self.text[start..].char_indices();
        let quote = chars.next().map(|(_, quote)| quote);
        let mut text = String::new();
        while let Some((offset, c)) = chars.next() {
            match c {
                _ if Some(c) == quote => {
                    self.at = start + offset + c.len_utf8();
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, escaped @ ('\\' | '"' | '\''))) => text.push(escaped),
                    found => {
                        let found = found.map_or_else(|| "the end".to_owned(), |(_, c)| format!("`{c}`"));
                        return Err(self.unexpected(
                            start + offset + 1,
                            r#"`\\`, `\"`, `\'`, `\n` or `\t` after a backslash"#,
                            found,
                        ));
                    }
                },
                _ => text.push(c),
            }
        }
        Err(self.unexpected(self.text.len(), "the closing quote of a text", "the end".to_owned()))
    }

    fn unexpected(&self, at: usize, expected: &'static str, found: String) -> ExpressionError {
        let Place { line, column } = Place::of(self.text, at);
        ExpressionError::Unexpected { line, column, expected, found }
    }
}
