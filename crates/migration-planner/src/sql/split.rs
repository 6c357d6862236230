//! Splits a script into statements.

use std::ops::Range;

use super::dialect::Dialect;
use super::tokens::{Token, spanned};

/// One statement of a script.
///
/// ```
/// use migration_planner::Dialect;
///
/// let parts = Dialect::Sqlite.split("-- first\nSELECT 1;");
/// assert_eq!((parts[0].text(), parts[0].line(), parts[0].range()), ("SELECT 1", 2, 9..17));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptPart<'a> {
    text: &'a str,
    range: Range<usize>,
    line: usize,
}

impl<'a> ScriptPart<'a> {
    /// The statement from its first to its last word, without the semicolon.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The bytes of the script that it stands in.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The line of its first word, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Dialect {
    /// Splits a script into its statements. Semicolons within strings, names, comments, dollar quotes, and the bodies of
    /// triggers and functions do not end one. Costs time linear in the length of the script.
    ///
    /// A statement that never ends goes to the end of the script: splitting does not fail, parsing will.
    pub fn split(self, script: &str) -> Vec<ScriptPart<'_>> {
        let mut found = Vec::new();
        let mut current: Option<Range<usize>> = None;
        let mut body = Body::new(self);
        let (mut line, mut counted) = (1, 0);
        let mut finish = |range: Range<usize>| {
            line += script[counted..range.start].matches('\n').count();
            counted = range.start;
            found.push(ScriptPart { text: &script[range.clone()], range, line });
        };
        for (token, range) in spanned(script, self) {
            if token == Token::Symbol(';') && !body.is_open() {
                if let Some(range) = current.take() {
                    finish(range);
                }
                body = Body::new(self);
                continue;
            }
            body.see(&token);
            current = Some(current.map_or(range.start, |statement| statement.start)..range.end);
        }
        if let Some(range) = current {
            finish(range);
        }
        found
    }
}

/// Follows the bodies in which a semicolon ends an inner statement: of SQLite's and MySQL's triggers and functions, and of
/// PostgreSQL's functions between `BEGIN ATOMIC` and `END`.
struct Body {
    dialect: Dialect,
    place: Place,
    last: Last,
    depth: usize,
}

/// What is known of the statement so far.
enum Place {
    Start,
    /// After CREATE, this many words on, before it is clear what is created: `CREATE DEFINER = a TEMP TRIGGER ..`
    Head(usize),
    /// Something that may have a body.
    Program,
    /// Something that has none.
    Plain,
}

enum Last {
    Begin,
    End,
    Other,
}

impl Body {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, place: Place::Start, last: Last::Other, depth: 0 }
    }

    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn see(&mut self, token: &Token<'_>) {
        let is_any = |words: &[&str]| words.iter().any(|word| token.is_keyword(word));
        self.place = match self.place {
            Place::Start if token.is_keyword("create") => Place::Head(0),
            Place::Head(_) if is_any(self.programs()) => Place::Program,
            Place::Head(words) if words < 12 => Place::Head(words + 1),
            Place::Program => Place::Program,
            _ => Place::Plain,
        };
        if !matches!(self.place, Place::Program) {
            return;
        }
        let begins = match self.dialect {
            Dialect::Postgres => matches!(self.last, Last::Begin) && token.is_keyword("atomic"),
            Dialect::Sqlite | Dialect::Mysql => token.is_keyword("begin"),
        };
        let loops = self.dialect == Dialect::Mysql && is_any(&["if", "loop", "while", "repeat"]);
        let nests = self.depth > 0 && (token.is_keyword("case") || loops) && !matches!(self.last, Last::End);
        if begins || nests {
            self.depth += 1;
        }
        self.last = if token.is_keyword("end") {
            self.depth = self.depth.saturating_sub(1);
            Last::End
        } else if token.is_keyword("begin") {
            Last::Begin
        } else {
            Last::Other
        };
    }

    /// What may have a body.
    fn programs(&self) -> &'static [&'static str] {
        match self.dialect {
            Dialect::Sqlite => &["trigger"],
            Dialect::Postgres => &["function", "procedure"],
            Dialect::Mysql => &["trigger", "function", "procedure", "event"],
        }
    }
}
