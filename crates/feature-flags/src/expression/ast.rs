//! What an expression is made of.

use super::literal::Literal;
use crate::model::Rollout;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Constant(bool),
    Not(Box<Node>),
    /// At least two.
    And(Vec<Node>),
    /// At least two.
    Or(Vec<Node>),
    Test(Test),
    Group(String),
    Segment(String),
    Flag(String),
    Rollout(Rollout),
}

impl Node {
    /// The operations and comparisons that evaluating it takes at most; flags count as one.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Not(inner) => 1 + inner.work(),
            Self::And(nodes) | Self::Or(nodes) => 1 + nodes.iter().map(Self::work).sum::<u64>(),
            Self::Test(test) => 1 + u64::try_from(test.literals.len()).unwrap_or(u64::MAX),
            _ => 1,
        }
    }

    pub(super) fn needs_flags(&self) -> bool {
        match self {
            Self::Flag(_) => true,
            Self::Not(inner) => inner.needs_flags(),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(Self::needs_flags),
            Self::Constant(_) | Self::Test(_) | Self::Group(_) | Self::Segment(_) | Self::Rollout(_) => false,
        }
    }

    pub(super) fn add_flags(&self, names: &mut Vec<String>) {
        match self {
            Self::Flag(name) => names.push(name.clone()),
            Self::Not(inner) => inner.add_flags(names),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.add_flags(names)),
            Self::Constant(_) | Self::Test(_) | Self::Group(_) | Self::Segment(_) | Self::Rollout(_) => {}
        }
    }
}

/// A comparison of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) subject: Subject,
    pub(crate) operator: Operator,
    /// `!=`, `not in` and the like.
    pub(crate) negated: bool,
    /// One literal; none for `IsTrue` and `Exists`; any number for `In`.
    pub(crate) literals: Vec<Literal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) path: String,
    /// Whether upper and lower case are the same.
    pub(crate) folded: bool,
    pub(crate) quantifier: Option<Quantifier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    IsTrue,
    Exists,
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
}

impl Operator {
    /// As it is written between subject and literal.
    pub(crate) fn word(self, negated: bool) -> &'static str {
        match (self, negated) {
            (Self::Equal, false) => "==",
            (Self::Equal, true) => "!=",
            (Self::Less, _) => "<",
            (Self::AtMost, _) => "<=",
            (Self::More, _) => ">",
            (Self::AtLeast, _) => ">=",
            (Self::In, false) => "in",
            (Self::In, true) => "not in",
            (Self::Contains, false) => "contains",
            (Self::Contains, true) => "not contains",
            (Self::StartsWith, false) => "starts_with",
            (Self::StartsWith, true) => "not starts_with",
            (Self::EndsWith, false) => "ends_with",
            (Self::EndsWith, true) => "not ends_with",
            (Self::Matches, false) => "matches",
            (Self::Matches, true) => "not matches",
            (Self::IsTrue | Self::Exists, _) => "",
        }
    }
}
