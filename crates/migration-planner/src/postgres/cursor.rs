//! Walks through the words of one statement.

use std::ops::Range;

use crate::sql::tokens::{Token, spanned};
use crate::sql::{Dialect, LONGEST_NAME, clipped};

/// A place in the words of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    sql: &'a str,
    words: Vec<(Token<'a>, Range<usize>)>,
    at: usize,
    /// How many bytes of a name count.
    longest_name: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self::of(sql, Dialect::Postgres)
    }

    /// The words of a statement of another dialect.
    pub(crate) fn of(sql: &'a str, dialect: Dialect) -> Self {
        let longest_name = if dialect == Dialect::Postgres { LONGEST_NAME } else { usize::MAX };
        Self { sql, words: spanned(sql, dialect).collect(), at: 0, longest_name }
    }

    /// The byte of the statement at which the next word starts; behind the last word, if there is none.
    pub(crate) fn offset(&self) -> usize {
        let next = self.words.get(self.at).map(|(_, range)| range.start);
        next.or_else(|| self.words.last().map(|(_, range)| range.end)).unwrap_or(self.sql.len())
    }

    /// An operator: all signs that stand together, as PostgreSQL reads them.
    pub(crate) fn operator(&mut self) -> Option<String> {
        let mut signs = String::new();
        let mut end = None;
        while let Some((Token::Symbol(sign), range)) = self.words.get(self.at + signs.len()) {
            if !"+-*/<>=~!@#%^&|`?".contains(*sign) || end.is_some_and(|end| end != range.start) {
                break;
            }
            signs.push(*sign);
            end = Some(range.end);
        }
        // Only an operator with one of these may end in a sign of a number.
        while signs.len() > 1
            && signs.ends_with(['+', '-'])
            && !signs.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'])
        {
            signs.pop();
        }
        self.at += signs.len();
        (!signs.is_empty()).then_some(signs)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.words.len()
    }

    pub(crate) fn peek(&self) -> Option<&Token<'a>> {
        self.words.get(self.at).map(|(token, _)| token)
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.words.get(self.at).map(|(token, _)| token.clone());
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether these keywords come next.
    pub(crate) fn sees(&self, keywords: &str) -> bool {
        keywords
            .split(' ')
            .enumerate()
            .all(|(i, keyword)| self.words.get(self.at + i).is_some_and(|(token, _)| token.is_keyword(keyword)))
    }

    /// Takes these keywords if they come next.
    pub(crate) fn eat(&mut self, keywords: &str) -> bool {
        let found = self.sees(keywords);
        if found {
            self.at += keywords.split(' ').count();
        }
        found
    }

    pub(crate) fn sees_symbol(&self, symbol: char) -> bool {
        self.peek() == Some(&Token::Symbol(symbol))
    }

    pub(crate) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self.sees_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    /// Goes on to just behind the next of these keywords at this depth of parentheses; `false`, at the end, if none comes.
    pub(crate) fn skip_past(&mut self, keywords: &str) -> bool {
        while !self.is_at_end() {
            if self.eat(keywords) {
                return true;
            }
            self.skip_one();
        }
        false
    }

    /// Skips one word, or one group in parentheses.
    pub(crate) fn skip_one(&mut self) {
        if self.sees_symbol('(') {
            self.group();
        } else {
            self.at += 1;
        }
    }

    /// A name as PostgreSQL reads it: in lower case unless quoted, and cut where it is too long.
    pub(crate) fn identifier(&mut self) -> Option<String> {
        let name = self.folded(self.peek()?)?;
        self.at += 1;
        Some(name)
    }

    fn folded(&self, token: &Token<'_>) -> Option<String> {
        let mut name = match token {
            Token::Word(word) => word.to_lowercase(),
            Token::Quoted(quoted) => quoted.clone(),
            _ => return None,
        };
        name.truncate(clipped(&name, self.longest_name).len());
        Some(name)
    }

    /// A name that may have a schema before it, which is left out where it is `public`.
    pub(crate) fn name(&mut self) -> Option<String> {
        let mut name = self.identifier()?;
        while self.eat_symbol('.') {
            let last = self.identifier()?;
            name = if name == "public" { last } else { format!("{name}.{last}") };
        }
        Some(name)
    }

    /// Names with commas between.
    pub(crate) fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            self.eat("only");
            names.extend(self.name());
            self.eat_symbol('*');
            if !self.eat_symbol(',') {
                return names;
            }
        }
    }

    /// What stands in the parentheses that open here, as a cursor of its own; nothing if none do.
    pub(crate) fn group(&mut self) -> Option<Self> {
        if !self.sees_symbol('(') {
            return None;
        }
        let start = self.at + 1;
        let mut depth = 0;
        while let Some(token) = self.next() {
            match token {
                Token::Symbol('(') => depth += 1,
                Token::Symbol(')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let words = self.words[start..self.at - 1].to_vec();
                return Some(Self { words, at: 0, ..*self });
            }
        }
        None
    }

    /// The rest, cut at the commas outside parentheses and brackets.
    pub(crate) fn items(mut self) -> Vec<Self> {
        let mut items = Vec::new();
        let mut start = self.at;
        let mut brackets = 0_usize;
        while !self.is_at_end() {
            match self.peek() {
                Some(Token::Symbol('[')) => brackets += 1,
                Some(Token::Symbol(']')) => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if brackets == 0 && self.sees_symbol(',') {
                items.push(self.slice(start..self.at));
                start = self.at + 1;
            }
            self.skip_one();
        }
        if start < self.words.len() {
            items.push(self.slice(start..self.words.len()));
        }
        items
    }

    /// All names that stand in the rest, as [`identifier`](Self::identifier) gives them.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let rest = &self.words[self.at.min(self.words.len())..];
        rest.iter().filter_map(|(token, _)| self.folded(token)).collect()
    }

    /// Names in the rest that may be relations, with their schema joined where one stands before them.
    pub(crate) fn all_qualified_names(&self) -> Vec<String> {
        let mut cursor = self.clone();
        let mut names = Vec::new();
        while !cursor.is_at_end() {
            match cursor.name() {
                Some(name) => names.push(name),
                None => cursor.at += 1,
            }
        }
        names
    }

    /// Whether a word stands anywhere in the rest, also in parentheses.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.all_names().iter().any(|own| own == name)
    }

    /// The rest as it is written, with single spaces.
    pub(crate) fn text(&self) -> String {
        let rest = &self.words[self.at.min(self.words.len())..];
        match (rest.first(), rest.last()) {
            (Some((_, first)), Some((_, last))) => self.sql[first.start..last.end].to_owned(),
            _ => String::new(),
        }
    }

    /// What lies between here and a later place in the same words.
    pub(crate) fn up_to(&self, later: &Self) -> Self {
        self.slice(self.at..later.at.max(self.at))
    }

    fn slice(&self, range: Range<usize>) -> Self {
        Self { words: self.words[range].to_vec(), at: 0, ..*self }
    }
}
