//! The nearest change that would flip a flag.

use super::explanation::RuleExplanation;
use super::step::{Answer, Step};
use crate::evaluate::Reason;

/// Facts about the context that stand in the way, with what the rule wants instead. Fewer is nearer.
type Change = Vec<String>;

/// The change with the fewest facts. It is found by counting, not by solving: facts that depend on each other, such as
/// two comparisons of one attribute, count apart.
pub(super) fn nearest(
    reason: Reason,
    enabled: bool,
    gates: &[Step],
    requirements: &[Step],
    rules: &[RuleExplanation],
) -> Option<String> {
    let change = match reason {
        Reason::Requirement => requirements.iter().filter(|step| step.answer != Answer::True).map(required).collect(),
        Reason::Holdout | Reason::Layer => {
            gates.iter().filter(|step| step.answer != Answer::True).map(passed).collect()
        }
        Reason::Rule { .. } | Reason::NoRule => to(rules, !enabled)?,
        _ => return None,
    };
    (!change.is_empty()).then(|| change.join("; "))
}

fn passed(step: &Step) -> String {
    let Step { condition, seen, .. } = step;
    match seen {
        Some(bucket) if step.answer == Answer::False => format!("{bucket} is not {condition}"),
        Some(missing) => format!("{missing}, and it wants one {condition}"),
        None => format!("it wants a bucket {condition}"),
    }
}

fn required(step: &Step) -> String {
    match &step.seen {
        Some(seen) => format!("it wants {}, but {seen}", step.condition),
        None => format!("it wants {}", step.condition),
    }
}

/// What to change so that the first rule that applies serves `wanted`.
fn to(rules: &[RuleExplanation], wanted: bool) -> Option<Change> {
    // Rules that serve the opposite must stop applying up to the one that is made to apply; none is needed for "off".
    let mut candidates = Vec::new();
    let mut before: Option<Change> = Some(Vec::new());
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

fn holding(rule: &RuleExplanation) -> Option<Change> {
    let changes: Option<Vec<Change>> = rule.steps().map(|step| change(step, true, rule.number)).collect();
    changes.map(|changes| changes.concat())
}

fn failing(rule: &RuleExplanation) -> Option<Change> {
    rule.steps().filter_map(|step| change(step, false, rule.number)).min_by_key(Vec::len)
}

/// What to change so that the step comes out as wanted; `None` if nothing can.
fn change(step: &Step, wanted: bool, rule: u16) -> Option<Change> {
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
        _ => Some(vec![fact(step, wanted, rule)]),
    }
}

/// All parts must change, or the one that is easiest.
fn join(parts: &[Step], wanted: bool, rule: u16, all: bool) -> Option<Change> {
    let changes = parts.iter().map(|part| change(part, wanted, rule));
    if all {
        return changes.collect::<Option<Vec<Change>>>().map(|changes| changes.concat());
    }
    changes.flatten().min_by_key(Vec::len)
}

fn fact(step: &Step, wanted: bool, rule: u16) -> String {
    let Step { condition, seen, .. } = step;
    match (seen, wanted) {
        (Some(bucket), true) if bucket.starts_with("bucket ") => {
            format!("{bucket} is not within {condition} of rule {rule}")
        }
        (Some(bucket), false) if bucket.starts_with("bucket ") => {
            format!("{bucket} is within {condition} of rule {rule}")
        }
        (Some(seen), true) => format!("{seen}, rule {rule} wants {condition}"),
        (Some(seen), false) => format!("{seen}, so rule {rule} finds {condition}"),
        (None, true) => format!("rule {rule} wants {condition}"),
        (None, false) => format!("rule {rule} finds {condition}"),
    }
}
