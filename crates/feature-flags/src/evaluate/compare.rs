//! One value against the literals of a test.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::fold;
use super::truth::Truth;
use crate::compile::{Block, Packed, TestOp};
use crate::context::{Timestamp, Value};
use crate::expression::{Operator, Quantifier, Version};

/// What the test says of the value; unknown without one, or with one of another kind than the literals.
#[inline]
pub(super) fn test(block: &Block, test: &TestOp, value: Option<Value<'_>>) -> Truth {
    if test.operator == Operator::Exists {
        return Truth::of(value.is_some());
    }
    let Some(value) = value else { return Truth::Unknown };
    match test.shape.quantifier() {
        None => single(block, test, value),
        Some(quantifier) => quantified(block, test, value, quantifier),
    }
}

fn quantified(block: &Block, test: &TestOp, value: Value<'_>, quantifier: Quantifier) -> Truth {
    let Value::List(list) = value else { return Truth::Unknown };
    let items = (0..list.len()).map(|index| list.item(index).map_or(Truth::Unknown, |item| single(block, test, item)));
    match quantifier {
        Quantifier::Any => items.fold(Truth::False, Truth::or),
        Quantifier::All => items.fold(Truth::True, Truth::and),
    }
}

#[inline]
fn single(block: &Block, test: &TestOp, value: Value<'_>) -> Truth {
    let literals = block.literals(test.first, test.count);
    let truth = match test.operator {
        Operator::In | Operator::Equal => one_of(block, literals, value, test.shape.folded()),
        Operator::IsTrue => match value {
            Value::Bool(value) => Truth::of(value),
            _ => Truth::Unknown,
        },
        operator => literals
            .first()
            .map_or(Truth::Unknown, |literal| ordered(block, operator, value, literal, test.shape.folded())),
    };
    if test.shape.negated() { truth.not() } else { truth }
}

/// Whether the value equals a literal; unknown if none is of its kind. Of an empty list, nothing is one.
#[inline]
fn one_of(block: &Block, literals: &[Packed], value: Value<'_>, folded: bool) -> Truth {
    // The common case, texts against short texts, is decided on bytes.
    if let (Value::Text(text), false) = (value, folded) {
        let mut all_other = !literals.is_empty();
        for literal in literals {
            let equal = match literal {
                Packed::Short { .. } | Packed::Long { .. } => Some(literal.is_text(text, block.text())),
                other => equals(block, value, other, false),
            };
            if equal == Some(true) {
                return Truth::True;
            }
            all_other &= equal.is_none();
        }
        return if all_other { Truth::Unknown } else { Truth::False };
    }
    let mut result = if literals.is_empty() { Truth::False } else { Truth::Unknown };
    for literal in literals {
        match equals(block, value, literal, folded) {
            Some(true) => return Truth::True,
            Some(false) => result = Truth::False,
            None => {}
        }
    }
    result
}

/// Whether both are equal; `None` if they are of different kinds.
fn equals(block: &Block, value: Value<'_>, literal: &Packed, folded: bool) -> Option<bool> {
    match (value, literal) {
        (Value::Bool(value), Packed::Bool(literal)) => Some(value == *literal),
        (Value::Text(text), Packed::Short { .. } | Packed::Long { .. }) if folded => {
            Some(fold::equal(text, literal.as_str(block.text())?))
        }
        (_, Packed::Network(network)) => Some(network.contains(address(value)?)),
        _ => order(block, value, literal, folded).map(|order| order == Ordering::Equal),
    }
}

fn ordered(block: &Block, operator: Operator, value: Value<'_>, literal: &Packed, folded: bool) -> Truth {
    let by_order = |holds: fn(Ordering) -> bool| {
        order(block, value, literal, folded).map_or(Truth::Unknown, |order| Truth::of(holds(order)))
    };
    match operator {
        Operator::Less => by_order(Ordering::is_lt),
        Operator::AtMost => by_order(Ordering::is_le),
        Operator::More => by_order(Ordering::is_gt),
        Operator::AtLeast => by_order(Ordering::is_ge),
        _ => part_of(block, operator, value, literal, folded).map_or(Truth::Unknown, Truth::of),
    }
}

/// Whether the literal is a part of the value: of a text (a pattern, if it is found there), or for `contains` an element of a list.
fn part_of(block: &Block, operator: Operator, value: Value<'_>, literal: &Packed, folded: bool) -> Option<bool> {
    if let (Value::List(list), Operator::Contains) = (value, operator) {
        let is_equal = |index| list.item(index).and_then(|item| equals(block, item, literal, folded)) == Some(true);
        return Some((0..list.len()).any(is_equal));
    }
    if let (Value::Text(text), Packed::Pattern(pattern)) = (value, literal) {
        return Some(block.pattern(*pattern).is_in(text));
    }
    let (Value::Text(text), literal) = (value, literal.as_str(block.text())?) else { return None };
    Some(match (operator, folded) {
        (Operator::Contains, false) => text.contains(literal),
        (Operator::Contains, true) => fold::contains(text, literal),
        (Operator::StartsWith, false) => text.starts_with(literal),
        (Operator::StartsWith, true) => fold::starts_with(text, literal),
        (Operator::EndsWith, false) => text.ends_with(literal),
        (_, true) => fold::ends_with(text, literal),
        (_, false) => return None,
    })
}

/// How the value is ordered to the literal; `None` if they cannot be compared.
fn order(block: &Block, value: Value<'_>, literal: &Packed, folded: bool) -> Option<Ordering> {
    match (value, literal) {
        (Value::Integer(value), Packed::Integer(literal)) => Some(value.cmp(&i128::from(*literal))),
        (Value::Integer(value), Packed::Float(literal)) => integer_to_float(value, *literal),
        (Value::Float(value), Packed::Integer(literal)) => {
            integer_to_float(i128::from(*literal), value).map(Ordering::reverse)
        }
        (Value::Float(value), Packed::Float(literal)) => value.partial_cmp(literal),
        (Value::Text(text), Packed::Short { .. } | Packed::Long { .. }) if folded => {
            Some(super::folded(text).cmp(literal.as_str(block.text())?.chars()))
        }
        (Value::Text(text), Packed::Short { .. } | Packed::Long { .. }) => {
            Some(text.as_bytes().cmp(literal.as_bytes(block.text())?))
        }
        (Value::Text(text), Packed::Version { .. }) => {
            Some(Version::parse(text)?.compare(&literal.as_version(block.text())?))
        }
        (Value::Text(text), Packed::Time(literal)) => Some(Timestamp::parse(text)?.cmp(literal)),
        (Value::Time(time), Packed::Time(literal)) => Some(Timestamp::from(time).cmp(literal)),
        _ => None,
    }
}

/// Exact, unlike a conversion of either to the other; `None` for what is not a number.
#[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate, which keeps the order")]
fn integer_to_float(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    let whole = integer.cmp(&(float.trunc() as i128));
    Some(whole.then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

fn address(value: Value<'_>) -> Option<IpAddr> {
    match value {
        Value::Ip(address) => Some(address),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}
