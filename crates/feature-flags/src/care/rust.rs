//! Rust source code, cut into the few tokens that tell where flags are named.

/// A token and the line it begins on.
#[derive(Debug, PartialEq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    Word(String),
    /// A literal of text, with its escapes undone.
    Text(String),
    Mark(char),
}

/// Cuts a file; comments, numbers and single characters are left out. Takes the time of its length, and never fails: what is
/// no Rust gives tokens of no use.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut cutter = Cutter { chars: source.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while let Some(next) = cutter.peek(0) {
        cutter.cut(next);
    }
    cutter.tokens
}

struct Cutter {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Cutter {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn push(&mut self, line: usize, kind: Kind) {
        self.tokens.push(Token { line, kind });
    }

    fn cut(&mut self, next: char) {
        match (next, self.peek(1)) {
            ('/', Some('/')) => while self.bump().is_some_and(|char| char != '\n') {},
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.text(),
            ('r', Some('"' | '#')) if self.raw(1) => {}
            ('b' | 'c', Some('"')) => {
                self.bump();
                self.text();
            }
            ('b' | 'c', Some('r')) if self.raw(2) => {}
            ('\'', _) => self.quote(),
            _ if next.is_alphabetic() || next == '_' => self.word(),
            _ if next.is_ascii_digit() => {
                while self.peek(0).is_some_and(|char| char.is_alphanumeric() || char == '_') {
                    self.bump();
                }
            }
            _ => {
                if !next.is_whitespace() {
                    self.push(self.line, Kind::Mark(next));
                }
                self.bump();
            }
        }
    }

    /// Comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => {
                    self.bump();
                }
                (None, _) => return,
            }
        }
    }

    fn text(&mut self) {
        let line = self.line;
        self.bump();
        let mut text = String::new();
        while let Some(char) = self.bump() {
            match char {
                '"' => break,
                '\\' => self.escape(&mut text),
                char => text.push(char),
            }
        }
        self.push(line, Kind::Text(text));
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            // A line that goes on behind its end.
            Some('\n') => {
                while self.peek(0).is_some_and(char::is_whitespace) {
                    self.bump();
                }
            }
            Some('x') => {
                let digits: String = (0..2).filter_map(|_| self.bump()).collect();
                text.extend(u8::from_str_radix(&digits, 16).ok().map(char::from));
            }
            Some('u') if self.peek(0) == Some('{') => {
                self.bump();
                let mut digits = String::new();
                while let Some(char) = self.bump().filter(|char| *char != '}') {
                    digits.push(char);
                }
                text.extend(u32::from_str_radix(&digits.replace('_', ""), 16).ok().and_then(char::from_u32));
            }
            Some(char) => text.push(char),
            None => {}
        }
    }

    /// `r"…"` and `r#"…"#`, whose marks begin `ahead`; whether it is one, and no raw identifier.
    fn raw(&mut self, ahead: usize) -> bool {
        let marks =
            self.chars[(self.at + ahead).min(self.chars.len())..].iter().take_while(|char| **char == '#').count();
        if self.peek(ahead + marks) != Some('"') {
            return false;
        }
        let line = self.line;
        self.at += ahead + marks + 1;
        let mut text = String::new();
        while let Some(char) = self.bump() {
            let ends = char == '"' && (0..marks).all(|mark| self.peek(mark) == Some('#'));
            if ends {
                self.at += marks;
                break;
            }
            text.push(char);
        }
        self.push(line, Kind::Text(text));
        true
    }

    /// A single character, or the mark of a lifetime.
    fn quote(&mut self) {
        self.bump();
        match (self.peek(0), self.peek(1)) {
            (Some('\\'), _) => {
                self.bump();
                self.bump();
                while self.bump().is_some_and(|char| char != '\'' && char != '\n') {}
            }
            (Some(_), Some('\'')) => {
                self.bump();
                self.bump();
            }
            _ => {}
        }
    }

    fn word(&mut self) {
        let line = self.line;
        let mut word = String::new();
        while let Some(char) = self.peek(0).filter(|char| char.is_alphanumeric() || *char == '_') {
            word.push(char);
            self.bump();
        }
        // A raw identifier is the same word.
        if word == "r" && self.peek(0) == Some('#') {
            self.bump();
            return self.word();
        }
        self.push(line, Kind::Word(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, String)> {
        let texts = tokens(source).into_iter().filter_map(|token| match token.kind {
            Kind::Text(text) => Some((token.line, text)),
            _ => None,
        });
        texts.collect()
    }

    #[test]
    fn literals_are_found_and_what_only_looks_like_one_is_not() {
        let source = r##"
            let a = "one"; // "two"
            /* "three" /* nested */ "four" */ let b = r"five\";
            let c = r#"si"x"#; let d = '"'; let e: &'static str = "se\"v\u{65}n";
            let f = b"eight"; let r#type = '\''; "ni\
                ne"
        "##;
        let expected = [(2, "one"), (3, "five\\"), (4, "si\"x"), (4, "se\"ven"), (5, "eight"), (5, "nine")];
        assert_eq!(texts(source), expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn what_is_cut_off_anywhere_ends() {
        let source = r###"f("a\u{41}", r##"b"##, 'c', '\n', b"d") /* e /* f */ g"###;
        for end in 0..source.len() {
            let _tokens = tokens(&source[..end]);
            let _tokens = tokens(&source[end..]);
        }
    }
}
