//! Rules that nobody gets to.
//!
//! Told by the form of conditions, which is no proof that a rule is reached, but one that it is not: whatever is said here
//! holds for every context.

use super::conditions::parts;
use crate::expression::{Expression, Node, Operator, Test};
use crate::model::{Basis, Rollout, Rule};

/// Of larger conditions only the same one is known to follow, and of many rules only the first are looked at, so that
/// looking takes no time to speak of.
const MOST_WORK: u64 = 64;
const MOST_RULES: usize = 100;

/// The number, counted from 1, of the first rule before the one at `index` that applies to all whom that one would apply to.
pub(super) fn covering(rules: &[Rule], index: usize) -> Option<usize> {
    rules[..index].iter().take(MOST_RULES).position(|earlier| covers(earlier, &rules[index])).map(|earlier| earlier + 1)
}

fn covers(earlier: &Rule, later: &Rule) -> bool {
    takes_all_of(earlier.share(), later.share())
        && match (earlier.condition(), later.condition()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(earlier), Some(later)) => is_true_with(earlier, later),
        }
}

/// Whether the earlier condition is true wherever the later one is.
fn is_true_with(earlier: &Expression, later: &Expression) -> bool {
    let is_small = |condition: &Expression| condition.work() <= MOST_WORK;
    let follows = earlier == later || (is_small(earlier) && is_small(later) && follows(earlier.root(), later.root()));
    follows && !is_by_chance(earlier.root())
}

/// Whether the earlier share takes in all whom the later one does.
fn takes_all_of(earlier: Option<&Rollout>, later: Option<&Rollout>) -> bool {
    let Some(earlier) = earlier else { return true };
    let Some(later) = later else { return false };
    let same_buckets = earlier.basis() == later.basis() && earlier.own_salt() == later.own_salt();
    let as_large = match (earlier.growth(), later.growth()) {
        (None, None) => earlier.share() >= later.share(),
        (one, other) => one == other,
    };
    same_buckets && as_large && *earlier.basis() != Basis::Calls
}

fn follows(earlier: &Node, later: &Node) -> bool {
    match (earlier, later) {
        _ if earlier == later => true,
        (Node::And(wanted), _) => wanted.iter().all(|wanted| follows(wanted, later)),
        (_, Node::Or(ways)) => ways.iter().all(|way| follows(earlier, way)),
        (_, Node::And(given)) => given.iter().any(|given| follows(earlier, given)),
        (Node::Or(choices), _) => choices.iter().any(|choice| follows(choice, later)),
        (Node::Test(earlier), Node::Test(later)) => lists_all_of(earlier, later),
        _ => false,
    }
}

/// `country in ["US", "DE"]` where `country == "US"`.
fn lists_all_of(earlier: &Test, later: &Test) -> bool {
    let is_list = |test: &Test| {
        matches!(test.operator, Operator::In | Operator::Equal) && !test.negated && test.subject.quantifier.is_none()
    };
    earlier.subject == later.subject
        && is_list(earlier)
        && is_list(later)
        && later.literals.iter().all(|literal| earlier.literals.contains(literal))
}

/// Whether it may be true now and false a moment later, without anything having changed.
fn is_by_chance(condition: &Node) -> bool {
    let mut found = false;
    parts(condition, &mut |node| {
        found |= matches!(node, Node::Rollout(rollout) if *rollout.basis() == Basis::Calls);
    });
    found
}
