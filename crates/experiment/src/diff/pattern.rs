//! Patterns of paths: parsing, and matching step by step.

use std::fmt;

use super::expression::Expression;
use super::glob::Glob;
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
    /// Fields of such names.
    Like(Glob),
    /// Fields in whose names the expression is found.
    Matching(Expression),
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
///
/// ```
/// use experiment::diff::{PatternProblem, RuleError, Rules};
///
/// let refused = Rules::new().ignore("users[*");
/// assert!(matches!(refused, Err(RuleError::Pattern { problem: PatternProblem::UnclosedBracket, at: 7, .. })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternProblem {
    /// It is empty; the whole value is `$`.
    Empty,
    /// It is longer than 1,024 bytes.
    TooLong,
    /// A name should be here: letters, digits, `_`, `-` and `*`, or `["any text"]`.
    ExpectedName,
    /// `**` is a step of its own, and no part of a name.
    PartOfAnyDepth,
    /// A `.` or `[` should be here.
    ExpectedStep,
    /// In brackets there is `*`, a number, a text in quotes, or a regular expression between slashes.
    ExpectedIndex,
    /// The bracket is not closed.
    UnclosedBracket,
    /// The text in quotes does not end.
    UnclosedQuote,
    /// The regular expression does not end: `/` is missing, or it is in the expression as `\/`.
    UnclosedExpression,
}

impl fmt::Display for PatternProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty, and the whole value is `$`",
            Self::TooLong => "it is longer than 1,024 bytes",
            Self::ExpectedName => "here a name, `*` or `**` is expected",
            Self::PartOfAnyDepth => "`**` is a step of its own, and no part of a name",
            Self::ExpectedStep => "here `.` or `[` is expected",
            Self::ExpectedIndex => {
                "in brackets there is `*`, a number, a text in quotes or an expression between slashes"
            }
            Self::UnclosedBracket => "the bracket is not closed",
            Self::UnclosedQuote => "the quoted text does not end",
            Self::UnclosedExpression => "the regular expression does not end",
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
        match parser.steps() {
            Ok(steps) => Ok(Self { steps: steps.into() }),
            Err(Fault::Pattern(problem)) => Err(fail(parser.at, problem)),
            Err(Fault::Expression(error)) => Err(error),
        }
    }
}

/// Why a pattern cannot be read.
enum Fault {
    /// For this reason, at the place where the parser is.
    Pattern(PatternProblem),
    /// A regular expression in it cannot be.
    Expression(RuleError),
}

impl From<PatternProblem> for Fault {
    fn from(problem: PatternProblem) -> Self {
        Self::Pattern(problem)
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn steps(&mut self) -> Result<Vec<PatternStep>, Fault> {
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
                return Err(PatternProblem::ExpectedStep.into());
            });
        }
        Ok(steps)
    }

    fn name(&mut self) -> Result<PatternStep, PatternProblem> {
        let start = self.at;
        let name = self.take_while(|character| is_plain(character) || character == '*');
        match name.as_str() {
            "" => Err(PatternProblem::ExpectedName),
            "**" => Ok(PatternStep::AnyDepth),
            "*" => Ok(PatternStep::AnyField),
            name => match name.find("**") {
                Some(stars) => {
                    self.at = start + stars;
                    Err(PatternProblem::PartOfAnyDepth)
                }
                None if name.contains('*') => Ok(PatternStep::Like(Glob::new(name))),
                None => Ok(PatternStep::Field(name.into())),
            },
        }
    }

    fn in_brackets(&mut self) -> Result<PatternStep, Fault> {
        let step = if self.eat("*") {
            PatternStep::AnyElement
        } else if self.eat("\"") {
            PatternStep::Field(self.quoted()?.into())
        } else if self.eat("/") {
            let start = self.at;
            let expression = self.slashed()?;
            PatternStep::Matching(Expression::new(self.text, start, expression).map_err(Fault::Expression)?)
        } else {
            let start = self.at;
            let digits = self.take_while(|character| character.is_ascii_digit());
            PatternStep::Position(digits.parse().map_err(|_| {
                self.at = start;
                PatternProblem::ExpectedIndex
            })?)
        };
        if self.eat("]") { Ok(step) } else { Err(PatternProblem::UnclosedBracket.into()) }
    }

    /// The expression up to the next slash without a backslash before it. A backslash stays where it is: to an expression,
    /// `\\/` is a slash.
    fn slashed(&mut self) -> Result<&'t str, PatternProblem> {
        let mut escaped = false;
        let end = self.rest().find(|character| {
            let ends = character == '/' && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        let (start, Some(end)) = (self.at, end) else { return Err(PatternProblem::UnclosedExpression) };
        self.at += end + 1;
        Ok(&self.text[start..start + end])
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
            (Self::Like(glob), Step::Field(name)) => glob.is_match(name),
            (Self::Matching(expression), Step::Field(name)) => expression.is_match(name),
            (Self::AnyField, Step::Field(_) | Step::Entry) | (Self::AnyElement, Step::Element | Step::Position(_)) => {
                true
            }
            (Self::Position(wanted), Step::Position(position)) => *wanted == position,
            _ => false,
        }
    }
}
