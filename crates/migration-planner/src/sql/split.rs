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
    /// In a script for `psql`, a command that begins with a backslash ends with its line, and the rows behind `COPY .. FROM stdin`
    /// are no statements.
    ///
    /// A statement that never ends goes to the end of the script: splitting does not fail, parsing will.
    pub fn split(self, script: &str) -> Vec<ScriptPart<'_>> {
        let mut splitter = Splitter { script, found: Vec::new(), line: 1, counted: 0, no_more_rows: false };
        let mut from = Some(0);
        while let Some(at) = from {
            from = splitter.statements(self, at);
        }
        splitter.found
    }
}

struct Splitter<'a> {
    script: &'a str,
    found: Vec<ScriptPart<'a>>,
    /// The line of the byte up to which lines were counted.
    line: usize,
    counted: usize,
    /// Whether no rows of a `COPY` come any more, so that nobody looks for their end again.
    no_more_rows: bool,
}

impl Splitter<'_> {
    /// Reads statements from a byte on; the byte to go on from, where what stands in between is no SQL.
    fn statements(&mut self, dialect: Dialect, from: usize) -> Option<usize> {
        let mut current: Option<Range<usize>> = None;
        let mut body = Body::new(dialect);
        let script = self.script;
        for (token, range) in spanned(&script[from..], dialect) {
            let range = from + range.start..from + range.end;
            if dialect == Dialect::Postgres && current.is_none() && token == Token::Symbol('\\') {
                let end = script[range.start..].find('\n').map_or(script.len(), |length| range.start + length);
                let text = script[range.start..end].trim_end();
                self.finish(range.start..range.start + text.len());
                return Some(end);
            }
            if token == Token::Symbol(';') && !body.is_open() {
                if let Some(statement) = current.take() {
                    let copies = !self.no_more_rows
                        && dialect == Dialect::Postgres
                        && copies_from_client(&script[statement.clone()]);
                    self.finish(statement);
                    if copies {
                        match end_of_rows(script, range.end) {
                            Some(end) => return Some(end),
                            None => self.no_more_rows = true,
                        }
                    }
                }
                body = Body::new(dialect);
                continue;
            }
            body.see(&token);
            current = Some(current.map_or(range.start, |statement| statement.start)..range.end);
        }
        if let Some(statement) = current {
            self.finish(statement);
        }
        None
    }

    fn finish(&mut self, range: Range<usize>) {
        self.line += self.script[self.counted..range.start].matches('\n').count();
        self.counted = range.start;
        self.found.push(ScriptPart { text: &self.script[range.clone()], range, line: self.line });
    }
}

/// Whether the rows of a `COPY` come from whoever sends it.
fn copies_from_client(statement: &str) -> bool {
    let is_copy = statement.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    let mut last_is_from = false;
    is_copy
        && spanned(statement, Dialect::Postgres).any(|(token, _)| {
            let found = last_is_from && token.is_keyword("stdin");
            last_is_from = token.is_keyword("from");
            found
        })
}

/// Where the rows end that stand behind a `COPY`: behind the line `\.`. `None` if there is none, so that none stand here.
fn end_of_rows(script: &str, from: usize) -> Option<usize> {
    let mut at = from;
    for line in script[from..].split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == "\\." {
            return Some(at);
        }
    }
    None
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
