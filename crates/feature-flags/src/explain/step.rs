//! Conditions with what came out of them.

use std::fmt::{Display, Write};

use super::explanation::RuleExplanation;
use super::record::{Seen, SeenAt};
use crate::compile::{Block, Kind};
use crate::evaluate::Truth;
use crate::expression::{Node, Test};
use crate::model::{Basis, Flag, Rollout, Serve};

/// One part of a condition: what it says, what came out, and what was seen.
///
/// ```
/// use feature_flags::{Answer, Flag, Flags, Rule};
///
/// let rule = Rule::new().when("staff and not blocked".parse()?);
/// let explanation = Flags::builder().flag(Flag::new("f").rule(rule)).build().explain("f", &());
/// let condition = explanation.rules()[0].condition.as_ref().expect("the rule has one");
/// assert_eq!((condition.condition.as_str(), condition.answer), ("and", Answer::Unknown));
/// assert_eq!(condition.parts[0].seen.as_deref(), Some("staff has no value"));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Step {
    /// The condition as it is written; `and`, `or` and `not` for those with parts.
    pub condition: String,
    /// What came out.
    pub answer: Answer,
    /// What was looked at and what it was, such as `country is "CA"`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub seen: Option<String>,
    /// Its parts.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub parts: Vec<Step>,
}

/// What came out of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Answer {
    /// It does not hold.
    False,
    /// It holds.
    True,
    /// It cannot be said, because an attribute has no value or one of another kind.
    Unknown,
}

impl Answer {
    fn of(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::False,
            Truth::True => Self::True,
            Truth::Unknown => Self::Unknown,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::True => "true",
            Self::Unknown => "unknown",
        }
    }
}

/// The requirements and the rules of a flag, with what was seen of them.
pub(super) fn rules(
    flag: &Flag,
    record: &crate::compile::Record,
    block: &Block,
    seen: &SeenAt<'_>,
) -> (Vec<Step>, Vec<RuleExplanation>) {
    let Kind::Rules { first, count, requirement } = record.kind else { return (Vec::new(), Vec::new()) };
    let mut required = Vec::new();
    if requirement {
        let mut walk = Walk { seen, at: block.rules(first, 1)[0].first + 1 };
        required = flag.requirements().iter().map(|name| walk.step(&Node::Flag(name.clone()))).collect();
    }
    let entries = block.rules(first + u32::from(requirement), count);
    let explained = (1..).zip(flag.rules().iter().zip(entries)).map(|(number, (rule, entry))| {
        let condition = rule.condition().map(|condition| Walk { seen, at: entry.first }.step(condition.root()));
        let rollout = rule.share().zip(entry.rollout);
        let rollout = rollout.map(|(rollout, at)| Walk { seen, at: at.get() }.rollout(rollout));
        RuleExplanation {
            number,
            name: rule.name().map(str::to_owned),
            serves: *rule.served() != Serve::Off,
            condition,
            rollout,
        }
    });
    (required, explained.collect())
}

/// Walks a condition in the order in which its operations lie.
struct Walk<'a> {
    seen: &'a SeenAt<'a>,
    at: u32,
}

impl Walk<'_> {
    fn step(&mut self, node: &Node) -> Step {
        match node {
            Node::Not(inner) => self.parts("not", std::slice::from_ref(inner.as_ref())),
            Node::And(nodes) => self.parts("and", nodes),
            Node::Or(nodes) => self.parts("or", nodes),
            Node::Constant(value) => self.leaf(value.to_string(), |_| None),
            Node::Test(test) => self.test(test),
            Node::Rollout(rollout) => self.rollout(rollout),
            Node::Group(name) => self.leaf(format!("group({name:?})"), |_| None),
            Node::Segment(name) => self.leaf(format!("segment({name:?})"), |_| None),
            Node::Flag(name) => self.leaf(format!("flag({name:?})"), |seen| match seen {
                Seen::Flag(reason) => Some(reason.to_string()),
                _ => None,
            }),
        }
    }

    fn test(&mut self, test: &Test) -> Step {
        let path = &test.subject.path;
        let expected = test.literals.first().map(crate::expression::Literal::kind);
        let mut step = self.leaf(words(test), |seen| match seen {
            Seen::Value(Some(value)) => Some(words(format_args!("{path} is {value}"))),
            Seen::Value(None) => Some(format!("{path} has no value")),
            _ => None,
        });
        if let (Answer::Unknown, Some(seen), Some(expected)) = (step.answer, &mut step.seen, expected)
            && !seen.ends_with("has no value")
        {
            *seen = format!("{seen}, which cannot be compared with {expected}");
        }
        step
    }

    fn rollout(&mut self, rollout: &Rollout) -> Step {
        self.leaf(words(rollout), |seen| match (seen, rollout.basis()) {
            (Seen::Bucket(Some(bucket), share), _) if rollout.growth().is_some() => {
                Some(format!("bucket {bucket}, with the share at {share} now"))
            }
            (Seen::Bucket(Some(bucket), _), _) => Some(format!("bucket {bucket}")),
            (Seen::Bucket(None, _), Basis::Path(path)) => Some(format!("{path} has no value that can be bucketed")),
            (Seen::Bucket(None, _), _) => Some("the context has no key".to_owned()),
            _ => None,
        })
    }

    fn parts(&mut self, word: &str, nodes: &[Node]) -> Step {
        let mut whole = self.leaf(word.to_owned(), |_| None);
        whole.parts = nodes.iter().map(|node| self.step(node)).collect();
        whole
    }

    fn leaf(&mut self, condition: String, seen: impl FnOnce(&Seen) -> Option<String>) -> Step {
        let found = self.seen.get(self.at);
        self.at += 1;
        Step {
            condition,
            answer: found.map_or(Answer::Unknown, |(truth, _)| Answer::of(truth)),
            seen: found.and_then(|(_, what)| seen(what)),
            parts: Vec::new(),
        }
    }
}

/// With room for what most conditions take, so that the text does not move while it grows.
fn words(of: impl Display) -> String {
    let mut words = String::with_capacity(48);
    let _infallible = write!(words, "{of}");
    words
}
