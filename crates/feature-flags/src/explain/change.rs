//! The nearest change that would flip a flag.

use std::fmt::{self, Write};

use super::explanation::RuleExplanation;
use super::step::{Answer, Step};
use crate::evaluate::Reason;

/// Facts about the context that stand in the way, with what the rule wants instead. Fewer is nearer.
type Change<'a> = Vec<Fact<'a>>;

/// Put into words when it is known which change is nearest.
#[derive(Clone, Copy)]
enum Fact<'a> {
    /// A gate does not let the context through.
    Passed(&'a Step),
    /// A flag that is required is not on.
    Required(&'a Step),
    /// A condition of a rule, counted from 1, should hold, or should not.
    Rule { step: &'a Step, wanted: bool, rule: u16 },
}

/// The change with the fewest facts. It is found by counting, not by solving: facts that depend on each other, such as
/// two comparisons of one attribute, count apart.
pub(super) fn nearest(
    reason: Reason,
    enabled: bool,
    gates: &[Step],
    requirements: &[Step],
    rules: &[RuleExplanation],
) -> Option<String> {
    let in_the_way = |step: &&Step| step.answer != Answer::True;
    let change = match reason {
        Reason::Requirement => requirements.iter().filter(in_the_way).map(Fact::Required).collect(),
        Reason::Holdout | Reason::Layer => gates.iter().filter(in_the_way).map(Fact::Passed).collect(),
        Reason::Rule { .. } | Reason::NoRule => to(rules, !enabled)?,
        _ => return None,
    };
    in_words(&change)
}

fn in_words(change: &[Fact<'_>]) -> Option<String> {
    let (first, others) = change.split_first()?;
    // Two facts of usual length.
    let mut words = String::with_capacity(128);
    let _infallible = write!(words, "{first}");
    for fact in others {
        let _infallible = write!(words, "; {fact}");
    }
    Some(words)
}

/// What to change so that the first rule that applies serves `wanted`.
fn to(rules: &[RuleExplanation], wanted: bool) -> Option<Change<'_>> {
    // Rules that serve the opposite must stop applying up to the one that is made to apply; none is needed for "off".
    let mut candidates = Vec::new();
    let mut before: Option<Change<'_>> = Some(Vec::new());
    for rule in rules {
        if rule.serves == wanted {
            if let (Some(before), Some(change)) = (&before, holding(rule)) {
                candidates.push([before.as_slice(), &change].concat());
            }
        } else if rule.applies() {
            before = before.zip(failing(rule)).map(|(before, change)| [before, change].concat());
        }
    }
    if !wanted {
        candidates.extend(before);
    }
    candidates.into_iter().min_by_key(Vec::len)
}

fn holding(rule: &RuleExplanation) -> Option<Change<'_>> {
    let changes: Option<Vec<Change<'_>>> = rule.steps().map(|step| change(step, true, rule.number)).collect();
    changes.map(|changes| changes.concat())
}

fn failing(rule: &RuleExplanation) -> Option<Change<'_>> {
    rule.steps().filter_map(|step| change(step, false, rule.number)).min_by_key(Vec::len)
}

/// What to change so that the step comes out as wanted; `None` if nothing can.
fn change(step: &Step, wanted: bool, rule: u16) -> Option<Change<'_>> {
    let answer = if wanted { Answer::True } else { Answer::False };
    if step.answer == answer {
        return Some(Vec::new());
    }
    // For a rule to stop applying, unknown is as good as false.
    match (step.condition.as_str(), step.parts.as_slice()) {
        ("not", [inner]) => change(inner, !wanted, rule),
        ("and", parts) if !parts.is_empty() => join(parts, wanted, rule, wanted),
        ("or", parts) if !parts.is_empty() => join(parts, wanted, rule, !wanted),
        ("true" | "false", []) => None,
        _ => Some(vec![Fact::Rule { step, wanted, rule }]),
    }
}

/// All parts must change, or the one that is easiest.
fn join(parts: &[Step], wanted: bool, rule: u16, all: bool) -> Option<Change<'_>> {
    let changes = parts.iter().map(|part| change(part, wanted, rule));
    if all {
        return changes.collect::<Option<Vec<Change<'_>>>>().map(|changes| changes.concat());
    }
    changes.flatten().min_by_key(Vec::len)
}

impl fmt::Display for Fact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Passed(step) | Self::Required(step) | Self::Rule { step, .. }) = self;
        let Step { condition, seen, .. } = step;
        match (self, seen) {
            (Self::Passed(_), Some(bucket)) if step.answer == Answer::False => {
                write!(f, "{bucket} is not {condition}")
            }
            (Self::Passed(_), Some(missing)) => write!(f, "{missing}, and it wants one {condition}"),
            (Self::Passed(_), None) => write!(f, "it wants a bucket {condition}"),
            (Self::Required(_), Some(seen)) => write!(f, "it wants {condition}, but {seen}"),
            (Self::Required(_), None) => write!(f, "it wants {condition}"),
            (Self::Rule { wanted, rule, .. }, Some(bucket)) if bucket.starts_with("bucket ") => {
                let is_within = if *wanted { "is not within" } else { "is within" };
                write!(f, "{bucket} {is_within} {condition} of rule {rule}")
            }
            (Self::Rule { wanted: true, rule, .. }, Some(seen)) => write!(f, "{seen}, rule {rule} wants {condition}"),
            (Self::Rule { wanted: false, rule, .. }, Some(seen)) => {
                write!(f, "{seen}, so rule {rule} finds {condition}")
            }
            (Self::Rule { wanted: true, rule, .. }, None) => write!(f, "rule {rule} wants {condition}"),
            (Self::Rule { wanted: false, rule, .. }, None) => write!(f, "rule {rule} finds {condition}"),
        }
    }
}
