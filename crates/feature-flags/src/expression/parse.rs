//! Tokens into an expression, by recursive descent.

use std::time::Duration;

use super::ast::{Node, Operator, Quantifier, Subject, Test};
use super::error::ExpressionError;
use super::literal::{Literal, Network};
use super::token::{Lexer, MAX_LENGTH, Token};
use super::{Pattern, Place, Version, range};
use crate::context::Timestamp;
use crate::model::{LONGEST, Percent, PercentError, Ramp, Rollout};

/// Evaluation recurses as deep as an expression is nested, so this bounds its stack.
const MAX_DEPTH: usize = 64;
const MAX_TERMS: usize = 10_000;

const OPERATOR: &str = "an operator such as `==`, `in` or `contains`";

pub(super) fn expression(text: &str) -> Result<Node, ExpressionError> {
    let mut parser = Parser::new(text)?;
    let node = parser.or()?;
    parser.end("`and`, `or` or the end")?;
    Ok(node)
}

pub(super) fn rollout(text: &str) -> Result<Rollout, ExpressionError> {
    let mut parser = Parser::new(text)?;
    let Token::Percent(percent) = parser.token else { return Err(parser.unexpected("a percentage such as `25%`")) };
    let rollout = parser.rollout(percent)?;
    parser.end("`by`, `of`, `->`, `salt` or the end")?;
    Ok(rollout)
}

/// Whether the text is one word, and none of the grammar.
pub(super) fn is_path(text: &str) -> bool {
    Parser::new(text).and_then(|mut parser| parser.path()).is_ok_and(|path| path == text)
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token<'a>,
    /// Where the current token starts, in bytes.
    at: usize,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_LENGTH {
            return Err(ExpressionError::TooLarge { line: 1, column: 1, what: "bytes", limit: MAX_LENGTH });
        }
        let mut lexer = Lexer::new(text);
        let (token, at) = lexer.next()?;
        Ok(Self { text, lexer, token, at, depth: 0, terms: 0 })
    }

    fn or(&mut self) -> Result<Node, ExpressionError> {
        self.chain("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Result<Node, ExpressionError> {
        self.chain("and", Self::unary, Node::And)
    }

    fn chain(
        &mut self,
        word: &str,
        mut operand: impl FnMut(&mut Self) -> Result<Node, ExpressionError>,
        join: fn(Vec<Node>) -> Node,
    ) -> Result<Node, ExpressionError> {
        let first = operand(self)?;
        if self.token != Token::Word(word) {
            return Ok(first);
        }
        let mut nodes = vec![first];
        while self.token == Token::Word(word) {
            self.advance()?;
            nodes.push(operand(self)?);
        }
        Ok(join(nodes))
    }

    fn unary(&mut self) -> Result<Node, ExpressionError> {
        self.count_term()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_large("levels", MAX_DEPTH));
        }
        let node = if self.token == Token::Word("not") {
            self.advance()?;
            Node::Not(Box::new(self.unary()?))
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn primary(&mut self) -> Result<Node, ExpressionError> {
        match self.token.clone() {
            Token::Symbol("(") => {
                self.advance()?;
                let node = self.or()?;
                self.symbol(")", "`and`, `or` or `)`")?;
                Ok(node)
            }
            Token::Percent(percent) => self.rollout(percent).map(Node::Rollout),
            Token::Word(word) => {
                self.advance()?;
                if self.token == Token::Symbol("(") { self.call(word) } else { self.bare(word) }
            }
            _ => Err(self.unexpected("a condition such as `country == \"US\"`")),
        }
    }

    /// What starts with a word and no bracket.
    fn bare(&mut self, word: &str) -> Result<Node, ExpressionError> {
        match word {
            "true" => Ok(Node::Constant(true)),
            "false" => Ok(Node::Constant(false)),
            path => self.test(Subject { path: path.to_owned(), folded: false, quantifier: None }),
        }
    }

    /// `name( .. )`: the bracket is the current token.
    fn call(&mut self, name: &str) -> Result<Node, ExpressionError> {
        let known = matches!(name, "group" | "segment" | "flag" | "exists" | "fold" | "any" | "all");
        if !known {
            return Err(self.unexpected(
                "`and`, `or` or the end; only `group`, `segment`, `flag`, `exists`, `fold`, `any` and `all` take brackets",
            ));
        }
        self.advance()?;
        match name {
            "group" => self.named().map(Node::Group),
            "segment" => self.named().map(Node::Segment),
            "flag" => self.named().map(Node::Flag),
            "exists" => {
                let subject = Subject { path: self.path()?, folded: false, quantifier: None };
                self.symbol(")", "`)`")?;
                Ok(Node::Test(Test { subject, operator: Operator::Exists, negated: false, literals: Vec::new() }))
            }
            wrapper => {
                let mut subject = Subject { path: self.path()?, folded: false, quantifier: None };
                wrap(&mut subject, wrapper);
                // `any(fold(roles))` and `fold(any(roles))` say the same.
                if self.token == Token::Symbol("(") {
                    let inner = std::mem::take(&mut subject.path);
                    if !matches!(inner.as_str(), "fold" | "any" | "all") || (inner == "fold") == (wrapper == "fold") {
                        return Err(self.unexpected("`)`"));
                    }
                    self.advance()?;
                    subject.path = self.path()?;
                    wrap(&mut subject, &inner);
                    self.symbol(")", "`)`")?;
                }
                self.symbol(")", "`)`")?;
                self.test(subject)
            }
        }
    }

    /// A text and the closing bracket.
    fn named(&mut self) -> Result<String, ExpressionError> {
        let Token::Text(name) = self.token.clone() else { return Err(self.unexpected("a name in quotes")) };
        self.advance()?;
        self.symbol(")", "`)`")?;
        Ok(name)
    }

    fn path(&mut self) -> Result<String, ExpressionError> {
        let Token::Word(path) = self.token else { return Err(self.unexpected("the name of an attribute")) };
        self.advance()?;
        Ok(path.to_owned())
    }

    /// What follows the name of an attribute.
    fn test(&mut self, subject: Subject) -> Result<Node, ExpressionError> {
        let negated = self.token == Token::Word("not");
        if negated {
            self.advance()?;
        }
        let operator = match self.token {
            Token::Word("in") => Operator::In,
            Token::Word("contains") => Operator::Contains,
            Token::Word("starts_with") => Operator::StartsWith,
            Token::Word("ends_with") => Operator::EndsWith,
            Token::Word("matches") => Operator::Matches,
            _ if negated => {
                return Err(self.unexpected("`in`, `contains`, `starts_with`, `ends_with` or `matches`"));
            }
            Token::Symbol("==" | "!=") => Operator::Equal,
            Token::Symbol("<") => Operator::Less,
            Token::Symbol("<=") => Operator::AtMost,
            Token::Symbol(">") => Operator::More,
            Token::Symbol(">=") => Operator::AtLeast,
            Token::End | Token::Symbol(")") | Token::Word("and" | "or") => {
                return Ok(Node::Test(Test {
                    subject,
                    operator: Operator::IsTrue,
                    negated: false,
                    literals: Vec::new(),
                }));
            }
            _ => return Err(self.unexpected(OPERATOR)),
        };
        let negated = negated || self.token == Token::Symbol("!=");
        self.advance()?;
        let start = self.at;
        let literals = match operator {
            Operator::In if self.token == Token::Symbol("[") => self.list()?,
            Operator::In if matches!(self.token, Token::Tagged("v", _)) => return self.range(&subject, negated),
            Operator::In => match self.literal()? {
                network @ Literal::Network(_) => vec![network],
                other => return Err(self.bad(start, "a list in brackets or a network", &other)),
            },
            Operator::Matches => vec![self.pattern(subject.folded)?],
            _ => vec![self.literal()?],
        };
        if let Some(literal) = literals.iter().find(|literal| !fits(operator, literal)) {
            let expected = match operator {
                Operator::StartsWith | Operator::EndsWith => "text",
                Operator::Contains => "something a text or a list can contain",
                _ => "something with an order: a number, text, a version or a time",
            };
            return Err(self.bad(start, expected, literal));
        }
        Ok(Node::Test(Test { subject, operator, negated, literals }))
    }

    fn pattern(&mut self, folded: bool) -> Result<Literal, ExpressionError> {
        let (at, token) = (self.at, self.token.clone());
        let Token::Text(source) = &token else { return Err(self.unexpected("a regular expression in quotes")) };
        let pattern = Pattern::parse(source, folded).ok_or_else(|| self.bad_text(at, Pattern::EXPECTED, &token))?;
        self.advance()?;
        Ok(Literal::Pattern(pattern))
    }

    /// A range of versions: the current token.
    fn range(&mut self, subject: &Subject, negated: bool) -> Result<Node, ExpressionError> {
        let (at, token) = (self.at, self.token.clone());
        let comparisons = match &token {
            Token::Tagged(_, range) => range::comparisons(subject, range),
            _ => None,
        };
        let expected = "a range of versions such as `v\"^2.1\"` or `v\">=1.2, <2\"`";
        let node = comparisons.ok_or_else(|| self.bad_text(at, expected, &token))?;
        self.advance()?;
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn list(&mut self) -> Result<Vec<Literal>, ExpressionError> {
        self.advance()?;
        let mut literals = Vec::new();
        while self.token != Token::Symbol("]") {
            self.count_term()?;
            literals.push(self.literal()?);
            match self.token {
                Token::Symbol(",") => self.advance()?,
                Token::Symbol("]") => {}
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
        self.advance()?;
        Ok(literals)
    }

    fn literal(&mut self) -> Result<Literal, ExpressionError> {
        if let Token::Text(text) = &mut self.token {
            let text = std::mem::take(text);
            self.advance()?;
            return Ok(Literal::Text(text));
        }
        let (at, token) = (self.at, self.token.clone());
        let literal = match &token {
            Token::Word("true") => Some(Literal::Bool(true)),
            Token::Word("false") => Some(Literal::Bool(false)),
            Token::Number(number) => Some(number_of(number).ok_or_else(|| self.bad_text(at, "a number", &token))?),
            Token::Tagged("v", text) => {
                let checked = Version::parse(text).map(|_| Literal::Version(text.clone()));
                Some(checked.ok_or_else(|| self.bad_text(at, "a version such as `v\"2.1.0\"`", &token))?)
            }
            Token::Tagged("t", text) => {
                let time = Timestamp::parse(text).map(Literal::Time);
                Some(time.ok_or_else(|| self.bad_text(at, "a time such as `t\"2026-12-01T08:00:00Z\"`", &token))?)
            }
            Token::Tagged("ip", text) => {
                let network = Network::parse(text).map(Literal::Network);
                Some(network.ok_or_else(|| self.bad_text(at, "a network such as `ip\"10.0.0.0/8\"`", &token))?)
            }
            _ => None,
        };
        let literal = literal.ok_or_else(|| {
            self.unexpected("a value: text in quotes, a number, `true`, `false`, `v\"..\"`, `t\"..\"` or `ip\"..\"`")
        })?;
        self.advance()?;
        Ok(literal)
    }

    /// `25% by user.id salt "2026"`: the percentage is the current token.
    fn rollout(&mut self, percent: &str) -> Result<Rollout, ExpressionError> {
        let share = self.share(percent)?;
        let mut rollout = match self.token {
            Token::Symbol("->") => Rollout::ramp(self.ramp(share)?),
            _ => Rollout::new(share),
        };
        match self.token {
            Token::Word("by") => {
                self.advance()?;
                rollout = rollout.by(self.path()?);
            }
            Token::Word("of") => {
                self.advance()?;
                self.word("calls", "`calls`")?;
                rollout = rollout.of_calls();
            }
            _ => {}
        }
        if self.token == Token::Word("salt") {
            self.advance()?;
            let Token::Text(salt) = self.token.clone() else { return Err(self.unexpected("a text in quotes")) };
            self.advance()?;
            rollout = rollout.salt(salt);
        }
        Ok(rollout)
    }

    /// `-> 100% over 7d from t".."`: the arrow is the current token.
    fn ramp(&mut self, from: Percent) -> Result<Ramp, ExpressionError> {
        self.advance()?;
        let Token::Percent(percent) = self.token else { return Err(self.unexpected("a percentage such as `100%`")) };
        let to = self.share(percent)?;
        self.word("over", "`over` and a duration such as `7d`")?;
        let over = match self.token {
            Token::Number(text) => duration_of(text),
            _ => None,
        };
        let over = over.ok_or_else(|| self.unexpected("a duration such as `90m`, `36h` or `7d`"))?;
        self.advance()?;
        self.word("from", "`from` and a time such as `t\"2026-12-01T08:00:00Z\"`")?;
        let at = self.at;
        match self.literal()? {
            Literal::Time(start) => Ok(Ramp::starting(from, to, over, start)),
            other => Err(self.bad(at, "a time such as `t\"2026-12-01T08:00:00Z\"`", &other)),
        }
    }

    /// A percentage, which is the current token.
    fn share(&mut self, percent: &str) -> Result<Percent, ExpressionError> {
        let spaceless: String = percent.split_whitespace().collect();
        let share: Percent = spaceless.parse().map_err(|error| {
            let expected = match error {
                PercentError::TooLarge => "at most `100%`",
                PercentError::TooFine => "a percentage with at most three digits after the point",
                PercentError::Malformed => "a percentage such as `25%` or `0.5%`",
            };
            self.bad_text(self.at, expected, &Token::Percent(percent))
        })?;
        self.advance()?;
        Ok(share)
    }

    fn word(&mut self, word: &str, expected: &'static str) -> Result<(), ExpressionError> {
        if self.token == Token::Word(word) { self.advance() } else { Err(self.unexpected(expected)) }
    }

    fn advance(&mut self) -> Result<(), ExpressionError> {
        (self.token, self.at) = self.lexer.next()?;
        Ok(())
    }

    fn symbol(&mut self, symbol: &'static str, expected: &'static str) -> Result<(), ExpressionError> {
        if self.token == Token::Symbol(symbol) { self.advance() } else { Err(self.unexpected(expected)) }
    }

    fn end(&self, expected: &'static str) -> Result<(), ExpressionError> {
        if self.token == Token::End { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn count_term(&mut self) -> Result<(), ExpressionError> {
        self.terms += 1;
        if self.terms > MAX_TERMS { Err(self.too_large("terms and values", MAX_TERMS)) } else { Ok(()) }
    }

    fn unexpected(&self, expected: &'static str) -> ExpressionError {
        let Place { line, column } = Place::of(self.text, self.at);
        ExpressionError::Unexpected { line, column, expected, found: self.token.describe() }
    }

    fn bad(&self, at: usize, expected: &'static str, literal: &Literal) -> ExpressionError {
        let Place { line, column } = Place::of(self.text, at);
        ExpressionError::BadLiteral { line, column, expected, found: literal.to_string() }
    }

    fn bad_text(&self, at: usize, expected: &'static str, token: &Token<'_>) -> ExpressionError {
        let Place { line, column } = Place::of(self.text, at);
        ExpressionError::BadLiteral { line, column, expected, found: token.describe() }
    }

    fn too_large(&self, what: &'static str, limit: usize) -> ExpressionError {
        let Place { line, column } = Place::of(self.text, self.at);
        ExpressionError::TooLarge { line, column, what, limit }
    }
}

fn wrap(subject: &mut Subject, wrapper: &str) {
    match wrapper {
        "fold" => subject.folded = true,
        "any" => subject.quantifier = Some(Quantifier::Any),
        _ => subject.quantifier = Some(Quantifier::All),
    }
}

/// Whether the literal can stand behind the operator at all.
fn fits(operator: Operator, literal: &Literal) -> bool {
    match operator {
        Operator::StartsWith | Operator::EndsWith => matches!(literal, Literal::Text(_)),
        Operator::Contains => !matches!(literal, Literal::Network(_)),
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
            !matches!(literal, Literal::Bool(_) | Literal::Network(_))
        }
        Operator::IsTrue | Operator::Exists | Operator::Equal | Operator::In | Operator::Matches => true,
    }
}

fn number_of(text: &str) -> Option<Literal> {
    let digits = text.replace('_', "");
    if digits.contains(['.', 'e', 'E']) {
        let number: f64 = digits.parse().ok()?;
        return number.is_finite().then_some(Literal::Float(number));
    }
    digits.parse().ok().map(Literal::Integer)
}

/// A whole number of seconds, minutes, hours, days or weeks, of at most 100 years.
fn duration_of(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (seconds <= LONGEST).then(|| Duration::from_secs(seconds))
}
