//! Whether two nodes are the same under the rules, at a bounded cost.

use std::cell::Cell;
use std::collections::HashMap;

use super::mark::{At, Mark, Order};
use super::tolerance::Number;
use super::tree::Value;

/// The work that is left, and whether all that was to be compared was compared.
pub(super) struct Budget<'s> {
    left: Cell<u64>,
    complete: Cell<bool>,
    stop: &'s dyn Fn() -> bool,
}

/// How often the budget asks whether to stop: every so many steps.
const STEPS_BETWEEN_QUESTIONS: u64 = 4_096;

impl<'s> Budget<'s> {
    pub(super) fn new(steps: u64, stop: &'s dyn Fn() -> bool) -> Self {
        Self { left: Cell::new(steps), complete: Cell::new(true), stop }
    }

    /// Takes one step; `false` if there is none left.
    pub(super) fn step(&self) -> bool {
        let left = self.left.get();
        if left == 0 || (left.is_multiple_of(STEPS_BETWEEN_QUESTIONS) && (self.stop)()) {
            self.left.set(0);
            self.complete.set(false);
            return false;
        }
        self.left.set(left - 1);
        true
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Something could not be compared.
    pub(super) fn miss(&self) {
        self.complete.set(false);
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete.get()
    }
}

/// Whether no difference is seen. Where something cannot be compared, the budget says so afterwards.
pub(super) fn same(a: At<'_>, b: At<'_>, budget: &Budget<'_>) -> bool {
    if !budget.step() {
        return true;
    }
    let (mark, other) = (a.mark(), b.mark());
    if mark.ignored || other.ignored {
        return true;
    }
    if mark.hash != other.hash {
        return false;
    }
    if let Some(same) = same_numbers(a, b) {
        return same;
    }
    match (a.value(), b.value()) {
        (Value::Unit, Value::Unit) | (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Char(a), Value::Char(b)) => a == b,
        (Value::Text(x), Value::Text(y)) => a.compared_text(x) == b.compared_text(y),
        (Value::Bytes(x), Value::Bytes(y)) => a.side.tree.bytes(x) == b.side.tree.bytes(y),
        (Value::Some, Value::Some) => same_contents(a, b, budget),
        (Value::Variant(x), Value::Variant(y)) => {
            a.side.tree.name(x) == b.side.tree.name(y) && same_contents(a, b, budget)
        }
        (Value::Tuple, Value::Tuple) | (Value::Seq, Value::Seq) => {
            if a.has_cut_rest() || b.has_cut_rest() {
                budget.miss();
            }
            match mark.order {
                Order::Counts => same_in_order(a, b, budget),
                Order::Multiset | Order::Set => same_in_any_order(a, b, mark, budget),
            }
        }
        (Value::Struct(_), Value::Struct(_)) | (Value::Map, Value::Map) => {
            if a.has_cut_rest() || b.has_cut_rest() {
                budget.miss();
            }
            same_entries(a, b, budget)
        }
        (Value::Cut, Value::Cut) => {
            budget.miss();
            true
        }
        _ => false,
    }
}

/// Whether two numbers are the same; `None` if they are not two numbers, or not of one kind and without tolerance.
pub(super) fn same_numbers(a: At<'_>, b: At<'_>) -> Option<bool> {
    let (x, y) = (number(a)?, number(b)?);
    if x.value.is_nan() && y.value.is_nan() {
        return Some(a.side.rules.nan_equals_nan);
    }
    if let Some(tolerance) = a.tolerance() {
        return Some(is_exactly_same(a, b) || tolerance.allows(x, y));
    }
    (is_float(a) == is_float(b)).then(|| is_exactly_same(a, b))
}

#[allow(clippy::float_cmp, reason = "this is where a tolerance was not asked for")]
fn is_exactly_same(a: At<'_>, b: At<'_>) -> bool {
    match (a.value(), b.value()) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Wide(x), Value::Wide(y)) => a.wide(x) == b.wide(y),
        (x, y) => match (float(x), float(y)) {
            (Some(x), Some(y)) => x == y,
            _ => false,
        },
    }
}

fn is_float(at: At<'_>) -> bool {
    float(at.value()).is_some()
}

fn float(value: Value) -> Option<f64> {
    match value {
        Value::F32(value) => Some(value.into()),
        Value::F64(value) => Some(value),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss, reason = "a tolerance is about the leading digits")]
fn number(at: At<'_>) -> Option<Number> {
    let (value, single) = match at.value() {
        Value::Int(value) => (value as f64, false),
        Value::Wide(index) => {
            let wide = at.wide(index);
            (if wide.negative { -(wide.magnitude as f64) } else { wide.magnitude as f64 }, false)
        }
        Value::F32(value) => (value.into(), true),
        Value::F64(value) => (value, false),
        _ => return None,
    };
    Some(Number { value, single })
}

fn same_contents(a: At<'_>, b: At<'_>, budget: &Budget<'_>) -> bool {
    match (a.content(), b.content()) {
        (Some(a), Some(b)) => same(a, b, budget),
        (None, None) => true,
        _ => false,
    }
}

fn same_in_order(a: At<'_>, b: At<'_>, budget: &Budget<'_>) -> bool {
    let mut others = b.children();
    a.children().all(|a| others.next().is_some_and(|b| same(a, b, budget))) && others.next().is_none()
}

/// Structs of one type, and sorted maps, have their keys in the same order, and then no pairs need to be made.
fn same_entries(a: At<'_>, b: At<'_>, budget: &Budget<'_>) -> bool {
    let mut others = entries(b);
    let is_aligned =
        entries(a).all(|a| others.next().is_some_and(|b| same_key(a, b, budget))) && others.next().is_none();
    if is_aligned {
        return entries(a).zip(entries(b)).all(|(a, b)| same(a.value, b.value, budget));
    }
    Pairs::of(a, b, budget).iter().all(|pair| match pair {
        (Some(a), Some(b)) => same(a.value, b.value, budget),
        _ => false,
    })
}

fn same_in_any_order(a: At<'_>, b: At<'_>, mark: Mark, budget: &Budget<'_>) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.children().collect(), b.children().collect());
    let Classes { mut control, mut candidate } = Classes::of(&a, &b, budget);
    control.sort_unstable();
    candidate.sort_unstable();
    if mark.order == Order::Set {
        control.dedup();
        candidate.dedup();
    }
    control == candidate
}

/// Elements by what they are: the same number for those that are the same.
pub(super) struct Classes {
    pub(super) control: Vec<u32>,
    pub(super) candidate: Vec<u32>,
}

/// How many different elements of one hash are told apart. Hashes collide only where a tolerance makes them, or by malice.
const REPRESENTATIVES: usize = 64;

impl Classes {
    pub(super) fn of<'a>(control: &[At<'a>], candidate: &[At<'a>], budget: &Budget<'_>) -> Self {
        let mut known: HashMap<u64, Vec<(At<'a>, u32)>> = HashMap::new();
        let mut classes = 0;
        let mut class = |element: &At<'a>| {
            let representatives = known.entry(element.mark().hash).or_default();
            if let Some((_, class)) = representatives.iter().find(|(other, _)| same(*other, *element, budget)) {
                return *class;
            }
            classes += 1;
            if representatives.len() < REPRESENTATIVES {
                representatives.push((*element, classes));
            }
            classes
        };
        Self {
            control: control.iter().map(&mut class).collect(),
            candidate: candidate.iter().map(&mut class).collect(),
        }
    }
}

/// A field of a struct or an entry of a map.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// `None` for a field: its name is with the value.
    pub(super) key: Option<At<'a>>,
    pub(super) value: At<'a>,
}

/// The fields or entries of two structs or maps by name or key, in the order of the first, then what only the second has.
pub(super) struct Pairs;

impl Pairs {
    pub(super) fn of<'a>(a: At<'a>, b: At<'a>, budget: &Budget<'_>) -> Vec<(Option<Entry<'a>>, Option<Entry<'a>>)> {
        let (control, candidate): (Vec<_>, Vec<_>) = (entries(a).collect(), entries(b).collect());
        let mut taken = vec![false; candidate.len()];
        let mut by_hash: Option<HashMap<u64, Vec<usize>>> = None;
        let mut pairs: Vec<_> = Vec::with_capacity(control.len());
        for (place, entry) in control.into_iter().enumerate() {
            let is_there = |other: usize| !taken[other] && same_key(entry, candidate[other], budget);
            let found = if place < candidate.len() && is_there(place) {
                Some(place)
            } else {
                let by_hash = by_hash.get_or_insert_with(|| {
                    let mut by_hash: HashMap<u64, Vec<usize>> = HashMap::new();
                    for (place, entry) in candidate.iter().enumerate() {
                        by_hash.entry(key_hash(*entry)).or_default().push(place);
                    }
                    by_hash
                });
                let places = by_hash.get(&key_hash(entry)).map(Vec::as_slice).unwrap_or_default();
                places.iter().take(REPRESENTATIVES).copied().find(|other| is_there(*other))
            };
            if let Some(found) = found {
                taken[found] = true;
            }
            pairs.push((Some(entry), found.map(|found| candidate[found])));
        }
        pairs
            .extend(candidate.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(entry, _)| (None, Some(entry))));
        pairs
    }
}

/// The fields or entries that are compared.
fn entries(at: At<'_>) -> impl Iterator<Item = Entry<'_>> {
    let has_keys = matches!(at.value(), Value::Map);
    let mut children = at.all_children();
    let next = move || {
        let key = if has_keys { Some(children.next()?) } else { None };
        Some(Entry { key, value: children.next()? })
    };
    std::iter::from_fn(next).filter(|entry| !entry.value.mark().ignored)
}

fn same_key(a: Entry<'_>, b: Entry<'_>, budget: &Budget<'_>) -> bool {
    match (a.key, b.key) {
        (Some(a), Some(b)) => same(a, b, budget),
        _ => budget.step() && field(a) == field(b),
    }
}

fn key_hash(entry: Entry<'_>) -> u64 {
    match entry.key {
        Some(key) => key.mark().hash,
        None => field(entry).bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into())),
    }
}

pub(super) fn field(entry: Entry<'_>) -> &str {
    entry.value.side.tree.field(entry.value.id)
}
