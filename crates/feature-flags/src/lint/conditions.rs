//! Conditions that cannot be meant.

use std::collections::BTreeMap;

use super::reach;
use super::{Lint, LintKind};
use crate::expression::{Node, Operator, Test};
use crate::model::{Basis, Flag, Percent, Rollout, Rule};

const LONGEST_LIST: usize = 50;

pub(super) fn check(flag: &Flag, lints: &mut Vec<Lint>) {
    let mut applies_to_all: Option<u16> = None;
    for (number, rule) in (1_u16..).zip(flag.rules()) {
        let mut add = |kind, message: String| lints.push(Lint::new(kind, flag.name(), Some(number), message));
        if let Some(all) = applies_to_all {
            add(LintKind::UnreachableRule, format!("no context gets here, since rule {all} applies to all"));
        } else if let Some(covering) = reach::covering(flag.rules(), usize::from(number) - 1) {
            let message = format!("no context gets here, since rule {covering} applies to all whom this one would");
            add(LintKind::UnreachableRule, message);
        }
        let constant = rule.condition().map(|condition| constant(condition.root()));
        if let Some(Some(value)) = constant {
            add(LintKind::ConstantCondition, format!("its condition is always {value}"));
        }
        let is_certain = constant.is_none_or(|value| value == Some(true));
        if is_certain && rule.share().is_none_or(is_everybody) {
            applies_to_all = applies_to_all.or(Some(number));
        }
        rollouts(rule, &mut |rollout| {
            if rollout.share() == Percent::NONE && rollout.growth().is_none() {
                add(LintKind::EmptyRollout, "its rollout takes nobody in".to_owned());
            }
            if let Some(ramp) = rollout.growth() {
                if ramp.from() == ramp.to() {
                    add(LintKind::FlatRamp, format!("its ramp ends where it begins, at {}", ramp.to()));
                } else if ramp.is_sudden() {
                    let (from, to) = (ramp.from(), ramp.to());
                    add(LintKind::FlatRamp, format!("its ramp takes no time: {from} becomes {to} at once"));
                }
            }
            if *rollout.basis() == Basis::Calls {
                add(LintKind::FlickeringRollout, "a share of calls: users see the flag come and go".to_owned());
            }
        });
        tests(rule, &mut |test| {
            if test.operator == Operator::In && test.literals.len() > LONGEST_LIST {
                let message = format!("{} values are listed: put them into a segment", test.literals.len());
                add(LintKind::LongList, message);
            }
        });
    }
}

/// Attributes that are compared with values of different kinds, in all flags together.
pub(super) fn mixed_kinds(flags: &[&Flag], lints: &mut Vec<Lint>) {
    let mut kinds: BTreeMap<String, (&'static str, String)> = BTreeMap::new();
    for flag in flags {
        for (number, rule) in (1..).zip(flag.rules()) {
            tests(rule, &mut |test| {
                for kind in test.literals.iter().filter_map(|literal| exclusive(literal.kind())) {
                    let path = &test.subject.path;
                    let (first, name) = kinds.entry(path.clone()).or_insert_with(|| (kind, flag.name().to_owned()));
                    if *first != kind {
                        let message =
                            format!("`{path}` is compared with {kind} here, and with {first} in flag `{name}`");
                        lints.push(Lint::new(LintKind::MixedKinds, flag.name(), Some(number), message));
                        break;
                    }
                }
            });
        }
    }
}

/// Kinds that exclude each other; text may be a version, a time or an address too.
fn exclusive(kind: &'static str) -> Option<&'static str> {
    match kind {
        "number" | "true or false" => Some(kind),
        "text" | "version" | "time" | "IP address" => Some("text"),
        _ => None,
    }
}

fn is_everybody(rollout: &Rollout) -> bool {
    rollout.share() == Percent::ALL && rollout.growth().is_none()
}

/// What the condition is whatever the context, if it can be told by its form.
fn constant(node: &Node) -> Option<bool> {
    match node {
        Node::Constant(value) => Some(*value),
        Node::Not(inner) => constant(inner).map(|value| !value),
        Node::And(nodes) => chain(nodes, false),
        Node::Or(nodes) => chain(nodes, true),
        Node::Test(_) | Node::Group(_) | Node::Segment(_) | Node::Flag(_) | Node::Rollout(_) => None,
    }
}

/// One `decisive` operand decides; without one, all must be known.
fn chain(nodes: &[Node], decisive: bool) -> Option<bool> {
    let mut values = nodes.iter().map(constant);
    if values.clone().any(|value| value == Some(decisive)) {
        return Some(decisive);
    }
    values.all(|value| value.is_some()).then_some(!decisive)
}

pub(super) fn rollouts<'a>(rule: &'a Rule, found: &mut dyn FnMut(&'a Rollout)) {
    if let Some(rollout) = rule.share() {
        found(rollout);
    }
    walk(rule, &mut |node| {
        if let Node::Rollout(rollout) = node {
            found(rollout);
        }
    });
}

fn tests(rule: &Rule, found: &mut dyn FnMut(&Test)) {
    walk(rule, &mut |node| {
        if let Node::Test(test) = node {
            found(test);
        }
    });
}

/// Visits every part of a rule's condition.
pub(super) fn walk<'a>(rule: &'a Rule, visit: &mut dyn FnMut(&'a Node)) {
    if let Some(condition) = rule.condition() {
        parts(condition.root(), visit);
    }
}

/// Visits a condition and every part of it.
pub(super) fn parts<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a Node)) {
    visit(node);
    match node {
        Node::Not(inner) => parts(inner, visit),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| parts(node, visit)),
        Node::Constant(_) | Node::Test(_) | Node::Group(_) | Node::Segment(_) | Node::Flag(_) | Node::Rollout(_) => {}
    }
}
