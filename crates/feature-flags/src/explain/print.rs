//! Explanations for people.

use std::fmt;

use super::explanation::{Explanation, RuleExplanation};
use super::step::Step;

/// One line; with `{:#}` the tree.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.flag(), on_or_off(self.enabled()))?;
        if let Some(variant) = self.variant() {
            write!(f, " (variant {variant})")?;
        }
        write!(f, ": {}", self.reason())?;
        if let Some(nearest) = self.nearest() {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        if let Some(problem) = self.problem() {
            write!(f, "; {problem}")?;
        }
        if f.alternate() {
            return tree(f, self);
        }
        match self.change() {
            Some(change) => write!(f, "; {change}"),
            None => Ok(()),
        }
    }
}

fn tree(f: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    for step in explanation.gates() {
        branch(f, step, "", 1)?;
    }
    for step in explanation.requirements() {
        branch(f, step, "requires ", 1)?;
    }
    for rule in explanation.rules() {
        let RuleExplanation { number, name, serves, .. } = rule;
        write!(f, "\n  rule {number}")?;
        if let Some(name) = name {
            write!(f, " ({name})")?;
        }
        let applies = if rule.applies() { "applies" } else { "does not apply" };
        write!(f, ", for {}: {applies}", on_or_off(*serves))?;
        for step in rule.steps() {
            branch(f, step, "", 2)?;
        }
    }
    if let Some(change) = explanation.change() {
        write!(f, "\n  would be {} but for: {change}", on_or_off(!explanation.enabled()))?;
    }
    write!(f, "\n  snapshot {}", explanation.snapshot())
}

fn branch(f: &mut fmt::Formatter<'_>, step: &Step, prefix: &str, depth: usize) -> fmt::Result {
    write!(f, "\n{:indent$}{prefix}{}: {}", "", step.condition, step.answer.word(), indent = depth * 2)?;
    if let Some(seen) = &step.seen {
        write!(f, ", {seen}")?;
    }
    step.parts.iter().try_for_each(|part| branch(f, part, "", depth + 1))
}

fn on_or_off(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}
