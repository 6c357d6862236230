//! Patterns of paths: parsing, and matching step by step.

use std::fmt;

use super::rules::RuleError;

/// A parsed pattern: what each step of a path must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    steps: Box<[PatternStep]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PatternStep {
    Field(Box<str>),
    AnyField,
    AnyElement,
    Position(usize),
    AnyDepth,
}

/// One step of a path, as far as patterns care.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// A field, or a map's entry whose key is text.
    Field(&'a str),
    /// A map's entry with another key.
    Entry,
    /// An element of a list.
    Element,
    /// A place in a tuple.
    Position(usize),
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternProblem {
    /// It is empty; the whole value is `$`.
    Empty,
    /// It is longer than 1,024 bytes.
    TooLong,
    /// A name should be here: letters, digits, `_` and `-`, or `*`, or `["any text"]`.
    ExpectedName,
    /// A `.` or `[` should be here.
    ExpectedStep,
    /// In brackets there is `*`, a number, or a text in quotes.
    ExpectedIndex,
    /// The bracket is not closed.
    UnclosedBracket,
    /// The text in quotes does not end.
    UnclosedQuote,
}

impl fmt::Display for PatternProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty, and the whole value is `$`",
            Self::TooLong => "it is longer than 1,024 bytes",
            Self::ExpectedName => "here a name, `*` or `**` is expected",
            Self::ExpectedStep => "here `.` or `[` is expected",
            Self::ExpectedIndex => "in brackets there is `*`, a number or a text in quotes",
            Self::UnclosedBracket => "the bracket is not closed",
            Self::UnclosedQuote => "the quoted text does not end",
        })
    }
}

const LONGEST: usize = 1_024;

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, RuleError> {
        let fail = |at, problem| RuleError::Pattern { pattern: text.chars().take(LONGEST).collect(), at, problem };
        if text.is_empty() {
            return Err(fail(0, PatternProblem::Empty));
        }
        if text.len() > LONGEST {
            return Err(fail(LONGEST, PatternProblem::TooLong));
        }
        let mut parser = Parser { text, at: 0 };
        let steps = parser.steps().map_err(|problem| fail(parser.at, problem))?;
        Ok(Self { steps: steps.into() })
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn steps(&mut self) -> Result<Vec<PatternStep>, PatternProblem> {
        let mut steps = Vec::new();
        if !self.eat("$") && !self.rest().starts_with('[') {
            steps.push(self.name()?);
        }
        while !self.rest().is_empty() {
            steps.push(if self.eat("[") {
                self.in_brackets()?
            } else if self.eat(".") {
                self.name()?
            } else {
                return Err(PatternProblem::ExpectedStep);
            });
        }
        Ok(steps)
    }

    fn name(&mut self) -> Result<PatternStep, PatternProblem> {
        if self.eat("**") {
            return Ok(PatternStep::AnyDepth);
        }
        if self.eat("*") {
            return Ok(PatternStep::AnyField);
        }
        let name = self.take_while(is_plain);
        if name.is_empty() { Err(PatternProblem::ExpectedName) } else { Ok(PatternStep::Field(name.into())) }
    }

    fn in_brackets(&mut self) -> Result<PatternStep, PatternProblem> {
        let step = if self.eat("*") {
            PatternStep::AnyElement
        } else if self.eat("\"") {
            PatternStep::Field(self.quoted()?.into())
        } else {
            let start = self.at;
            let digits = self.take_while(|character| character.is_ascii_digit());
            PatternStep::Position(digits.parse().map_err(|_| {
                self.at = start;
                PatternProblem::ExpectedIndex
            })?)
        };
        if self.eat("]") { Ok(step) } else { Err(PatternProblem::UnclosedBracket) }
    }

    /// The text up to the closing quote; a backslash makes the next character an ordinary one.
    fn quoted(&mut self) -> Result<String, PatternProblem> {
        let mut text = String::new();
        let mut escaped = false;
        for (offset, character) in self.rest().char_indices() {
            match character {
                _ if escaped => {
                    text.push(character);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += offset + 1;
                    return Ok(text);
                }
                _ => text.push(character),
            }
        }
        Err(PatternProblem::UnclosedQuote)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let eaten = self.rest().starts_with(token);
        self.at += if eaten { token.len() } else { 0 };
        eaten
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let taken: String = self.rest().chars().take_while(|character| wanted(*character)).collect();
        self.at += taken.len();
        taken
    }
}

/// Whether a character may stand in a name without quotes.
pub(super) fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

/// How far each pattern of a rule set has been matched by the path so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The pattern, and how many of its steps are behind.
    places: Vec<(u16, u16)>,
}

impl Progress {
    /// Before the first step.
    pub(super) fn start(patterns: &[&Pattern]) -> Self {
        let mut progress = Self::default();
        for (index, pattern) in patterns.iter().enumerate() {
            progress.reach(index, 0, pattern);
        }
        progress
    }

    /// One step further.
    pub(super) fn after(&self, step: Step<'_>, patterns: &[&Pattern]) -> Self {
        let mut next = Self::default();
        for (index, place) in &self.places {
            let (index, place) = (usize::from(*index), usize::from(*place));
            let pattern = patterns[index];
            match pattern.steps.get(place) {
                Some(PatternStep::AnyDepth) => next.reach(index, place, pattern),
                Some(wanted) if wanted.admits(step) => next.reach(index, place + 1, pattern),
                _ => {}
            }
        }
        next
    }

    /// Whether no pattern can match here or below.
    pub(super) fn is_over(&self) -> bool {
        self.places.is_empty()
    }

    /// The patterns that match the path so far, in the order in which they were given.
    pub(super) fn matched(&self, patterns: &[&Pattern]) -> impl Iterator<Item = usize> {
        let places = self.places.iter().map(|(index, place)| (usize::from(*index), usize::from(*place)));
        places.filter(|(index, place)| *place == patterns[*index].steps.len()).map(|(index, _)| index)
    }

    /// `**` also stands for no step at all.
    fn reach(&mut self, index: usize, place: usize, pattern: &Pattern) {
        let narrow =
            |number: usize| u16::try_from(number).expect("patterns and rule sets are bounded when they are made");
        let entry = (narrow(index), narrow(place));
        // Places of one pattern are together, since patterns are gone through in order.
        if self.places.iter().rev().take_while(|(other, _)| *other == entry.0).any(|other| *other == entry) {
            return;
        }
        self.places.push(entry);
        if matches!(pattern.steps.get(place), Some(PatternStep::AnyDepth)) {
            self.reach(index, place + 1, pattern);
        }
    }
}

impl PatternStep {
    fn admits(&self, step: Step<'_>) -> bool {
        match (self, step) {
            (Self::Field(wanted), Step::Field(name)) => **wanted == *name,
            (Self::AnyField, Step::Field(_) | Step::Entry) | (Self::AnyElement, Step::Element | Step::Position(_)) => {
                true
            }
            (Self::Position(wanted), Step::Position(position)) => *wanted == position,
            _ => false,
        }
    }
}
