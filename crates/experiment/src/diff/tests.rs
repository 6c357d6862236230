//! Properties of the comparison: what it lists leads from one value to the other.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};

use super::align::align;
use super::change::Kind;
use super::limits::Limits;
use super::mark::{At, Marked};
use super::path::PathStep;
use super::rules::Rules;
use super::same::Budget;
use super::tolerance::Tolerance;
use super::tree::{Tree, Value};
use super::walk::{Compared, Found, compare};

/// Anything `Serialize` can say, apart from NaN.
#[derive(Debug, Clone)]
enum Any {
    Unit,
    Bool(bool),
    Int(i8),
    Wide(i128),
    Float(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Any>),
    List(Vec<Any>),
    Tuple(Vec<Any>),
    Map(Vec<(Any, Any)>),
    Struct(Vec<(&'static str, Any)>),
    Variant(&'static str, Option<Box<Any>>),
}

const NAMES: [&str; 4] = ["a", "b", "c", "x-y z"];

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i8(*value),
            Self::Wide(value) => serializer.serialize_i128(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(None)?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Struct(fields) => {
                let mut fields_of = serializer.serialize_struct("Struct", fields.len())?;
                fields.iter().try_for_each(|(name, value)| fields_of.serialize_field(name, value))?;
                fields_of.end()
            }
            Self::Variant(name, None) => serializer.serialize_unit_variant("Enum", 0, name),
            Self::Variant(name, Some(value)) => serializer.serialize_newtype_variant("Enum", 0, name, value),
        }
    }
}

fn any_value() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        Just(Any::Unit),
        any::<bool>().prop_map(Any::Bool),
        (0_i8..4).prop_map(Any::Int),
        prop_oneof![Just(i128::MAX), Just(i128::MIN), (0_i128..4)].prop_map(Any::Wide),
        prop_oneof![Just(0.0), Just(-0.0), Just(f64::INFINITY), -2.0..2.0].prop_map(Any::Float),
        prop::char::range('a', 'c').prop_map(Any::Char),
        "[ab]{0,2}".prop_map(Any::Text),
        prop::collection::vec(0_u8..2, 0..3).prop_map(Any::Bytes),
        Just(Any::None),
        prop::sample::select(&NAMES).prop_map(|name| Any::Variant(name, None)),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let several = prop::collection::vec(inner.clone(), 0..8);
        let entries = prop::collection::vec((inner.clone(), inner.clone()), 0..4);
        let fields = prop::sample::subsequence(&NAMES, 0..=NAMES.len());
        prop_oneof![
            3 => several.clone().prop_map(Any::List),
            1 => several.clone().prop_map(Any::Tuple),
            1 => entries.prop_map(Any::Map),
            2 => (fields, prop::collection::vec(inner.clone(), NAMES.len()))
                .prop_map(|(names, values)| Any::Struct(names.into_iter().zip(values).collect())),
            1 => inner.clone().prop_map(|value| Any::Some(Box::new(value))),
            1 => (prop::sample::select(&NAMES), inner).prop_map(|(name, value)| Any::Variant(name, Some(Box::new(value)))),
        ]
    })
}

/// Two values that have little, or much, in common.
fn two_values() -> impl Strategy<Value = (Any, Any)> {
    let edited = (any_value(), any::<u64>()).prop_map(|(value, seed)| {
        let edited = edit(&value, &mut fastrand::Rng::with_seed(seed));
        (value, edited)
    });
    prop_oneof![1 => (any_value(), any_value()), 4 => edited]
}

fn edit(value: &Any, random: &mut fastrand::Rng) -> Any {
    let mut edit_some = |values: &[Any]| -> Vec<Any> {
        let mut values: Vec<_> =
            values.iter().map(|value| if random.u8(0..4) == 0 { edit(value, random) } else { value.clone() }).collect();
        match random.u8(0..6) {
            0 => values.insert(random.usize(0..=values.len()), Any::Int(random.i8(0..4))),
            1 if !values.is_empty() => drop(values.remove(random.usize(0..values.len()))),
            2 => random.shuffle(&mut values),
            _ => {}
        }
        values
    };
    match value {
        Any::List(values) => Any::List(edit_some(values)),
        Any::Tuple(values) => Any::Tuple(edit_some(values)),
        Any::Struct(fields) => {
            let (names, values): (Vec<_>, Vec<_>) = fields.iter().cloned().unzip();
            Any::Struct(names.into_iter().zip(edit_some(&values)).collect())
        }
        Any::Map(entries) => {
            let (keys, values): (Vec<_>, Vec<_>) = entries.iter().cloned().unzip();
            Any::Map(keys.into_iter().zip(edit_some(&values)).collect())
        }
        Any::Some(value) => Any::Some(Box::new(edit(value, random))),
        Any::Variant(name, Some(value)) => Any::Variant(name, Some(Box::new(edit(value, random)))),
        Any::Int(value) => Any::Int(value.wrapping_add(1)),
        other => other.clone(),
    }
}

/// A value as the comparison sees it: entries and fields in a fixed order, since theirs does not count.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Plain {
    Leaf(String),
    Inner(&'static str, Vec<Plain>),
    Named(Vec<(Plain, Plain)>),
}

fn plain(at: At<'_>) -> Plain {
    let tree = at.side.tree;
    match at.value() {
        Value::Text(span) => Plain::Leaf(format!("text {:?}", tree.text(span))),
        Value::Bytes(span) => Plain::Leaf(format!("bytes {:?}", tree.bytes(span))),
        Value::Wide(index) => Plain::Leaf(format!("{:?}", at.wide(index))),
        Value::F64(value) => Plain::Leaf(format!("float {:?}", value + 0.0)),
        Value::Variant(name) => Plain::Inner(tree.name(name), at.all_children().map(plain).collect()),
        Value::Some => Plain::Inner("some", at.all_children().map(plain).collect()),
        Value::Seq => Plain::Inner("list", at.all_children().map(plain).collect()),
        Value::Tuple => Plain::Inner("tuple", at.all_children().map(plain).collect()),
        Value::Struct(_) => {
            named(at.all_children().map(|child| (Plain::Leaf(tree.field(child.id).to_owned()), plain(child))).collect())
        }
        Value::Map => {
            let children: Vec<_> = at.all_children().map(plain).collect();
            named(children.chunks(2).map(|entry| (entry[0].clone(), entry[1].clone())).collect())
        }
        leaf => Plain::Leaf(format!("{leaf:?}")),
    }
}

fn named(mut entries: Vec<(Plain, Plain)>) -> Plain {
    entries.sort_by(|a, b| a.partial_cmp(b).expect("there are no floats in it"));
    Plain::Named(entries)
}

/// Applies all changes to the control.
struct Patch<'c, 'a> {
    compared: &'c Compared<'a>,
}

impl<'a> Patch<'_, 'a> {
    fn apply(&self, at: At<'a>, path: &mut Vec<PathStep<'a>>) -> Plain {
        let mut length = None;
        for found in self.at(at) {
            match (found.kind, found.candidate) {
                (Kind::Length, Some(candidate)) => length = Some(candidate),
                (_, Some(candidate)) => return plain(candidate),
                (_, None) => unreachable!("what is missing is left out by its parent"),
            }
        }
        let tree = at.side.tree;
        match at.value() {
            Value::Variant(name) => Plain::Inner(tree.name(name), self.contents(at, path)),
            Value::Some => Plain::Inner("some", self.contents(at, path)),
            Value::Seq => Plain::Inner("list", self.elements(at, path, PathStep::Element, length)),
            Value::Tuple => Plain::Inner("tuple", self.elements(at, path, PathStep::Position, length)),
            Value::Struct(_) => {
                let entries = at.all_children().map(|child| {
                    let name = tree.field(child.id);
                    (PathStep::Field(name), Plain::Leaf(name.to_owned()), child)
                });
                self.entries(entries.collect(), path)
            }
            Value::Map => {
                let children: Vec<_> = at.all_children().collect();
                let entries = children
                    .chunks(2)
                    .map(|entry| (PathStep::Key { key: entry[0], named: false }, plain(entry[0]), entry[1]));
                self.entries(entries.collect(), path)
            }
            _ => plain(at),
        }
    }

    fn contents(&self, at: At<'a>, path: &mut Vec<PathStep<'a>>) -> Vec<Plain> {
        at.all_children().map(|child| self.apply(child, path)).collect()
    }

    fn elements(
        &self,
        at: At<'a>,
        path: &mut Vec<PathStep<'a>>,
        step: fn(usize) -> PathStep<'a>,
        length: Option<At<'a>>,
    ) -> Vec<Plain> {
        let mut elements = Vec::new();
        for (place, child) in at.all_children().enumerate().filter(|(_, child)| !self.is_missing(*child)) {
            path.push(step(place));
            elements.push(self.apply(child, path));
            path.pop();
        }
        if let Some(longer) = length {
            let wanted: Vec<_> = longer.all_children().map(plain).collect();
            elements.truncate(wanted.len());
            elements.extend(wanted.into_iter().skip(elements.len()));
        }
        for extra in self.extra(path) {
            let (Some(PathStep::Element(place)), Some(candidate)) = (extra.path.last(), extra.candidate) else {
                unreachable!("only elements are extra in a list");
            };
            elements.insert(*place, plain(candidate));
        }
        elements
    }

    fn entries(&self, entries: Vec<(PathStep<'a>, Plain, At<'a>)>, path: &mut Vec<PathStep<'a>>) -> Plain {
        let mut applied = Vec::new();
        for (step, key, value) in entries.into_iter().filter(|(_, _, value)| !self.is_missing(*value)) {
            path.push(step);
            applied.push((key, self.apply(value, path)));
            path.pop();
        }
        for extra in self.extra(path) {
            let key = match extra.path.last() {
                Some(PathStep::Field(name)) => Plain::Leaf((*name).to_owned()),
                Some(PathStep::Key { key, .. }) => plain(*key),
                _ => unreachable!("only fields and entries are extra in a struct or map"),
            };
            applied.push((key, plain(extra.candidate.expect("what is extra is in the candidate"))));
        }
        named(applied)
    }

    fn at(&self, at: At<'a>) -> impl Iterator<Item = &Found<'a>> {
        self.compared.found.iter().filter(move |found| found.control.is_some_and(|control| control.id == at.id))
    }

    fn is_missing(&self, at: At<'a>) -> bool {
        self.at(at).any(|found| found.kind == Kind::Missing)
    }

    /// What is extra in the container at that path.
    fn extra(&self, path: &[PathStep<'a>]) -> Vec<&Found<'a>> {
        let is_here = |found: &&Found<'a>| {
            found.kind == Kind::Extra
                && found.path.len() == path.len() + 1
                && found.path.iter().zip(path).all(|(a, b)| is_same_step(*a, *b))
        };
        self.compared.found.iter().filter(is_here).collect()
    }
}

fn is_same_step(a: PathStep<'_>, b: PathStep<'_>) -> bool {
    match (a, b) {
        (PathStep::Field(a), PathStep::Field(b)) => a == b,
        (PathStep::Element(a), PathStep::Element(b)) | (PathStep::Position(a), PathStep::Position(b)) => a == b,
        (PathStep::Key { key: a, .. }, PathStep::Key { key: b, .. }) => a.id == b.id && std::ptr::eq(a.side, b.side),
        _ => false,
    }
}

fn tree(value: &impl Serialize) -> Tree {
    Tree::of(value, Limits::DEFAULT).expect("nothing here fails to serialise")
}

/// The control after all changes, and the candidate.
fn patched(control: &impl Serialize, candidate: &impl Serialize) -> (Plain, Plain) {
    let (control, candidate) = (tree(control), tree(candidate));
    let rules = Rules::new();
    let (control, candidate) = (Marked::of(&control, rules.rule_set()), Marked::of(&candidate, rules.rule_set()));
    let compared = compare(&control, &candidate, &|| false);
    assert!(compared.is_complete);
    (Patch { compared: &compared }.apply(control.root(), &mut Vec::new()), plain(candidate.root()))
}

fn some_rules() -> impl Strategy<Value = Rules> {
    let pattern = prop::sample::select(&["$", "**", "*", "[*]", "**.a", "a", "[0]", "**[*]", "b.*", "[*].a"]);
    let rule = (pattern, 0_u8..9);
    (prop::collection::vec(rule, 0..5), any::<bool>()).prop_map(|(rules, nan)| {
        let start = if nan { Rules::new().nan_equals_nan() } else { Rules::new() };
        rules.into_iter().fold(start, |rules, (pattern, kind)| {
            let added = match kind {
                0 => rules.ignore(pattern),
                1 => rules.tolerance(pattern, Tolerance::absolute(1.0).expect("it is a bound")),
                2 => rules.tolerance(pattern, Tolerance::ulps(3)),
                3 => rules.unordered(pattern),
                4 => rules.set(pattern),
                5 => rules.by(pattern, "a"),
                6 => rules.keys_are_names(pattern),
                7 => rules.show(pattern),
                _ => rules.redact(pattern),
            };
            added.expect("the patterns are right")
        })
    })
}

fn some_limits() -> impl Strategy<Value = Limits> {
    (0..8_usize, 0..40_usize, 0..8_usize, 0..4_usize, 0..200_u64)
        .prop_map(|(depth, nodes, bytes, changes, steps)| Limits { depth, nodes, bytes, changes, steps })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_does_not_differ_from_itself(value in any_value(), rules in some_rules()) {
        let differences = rules.differences(&value, &value).expect("it can be serialised");
        prop_assert!(differences.is_empty() && differences.is_complete(), "{differences}");
    }

    #[test]
    fn a_value_does_not_differ_from_itself_beyond_any_limits(
        value in any_value(), rules in some_rules(), limits in some_limits()
    ) {
        let differences = rules.limits(limits).differences(&value, &value).expect("it can be serialised");
        prop_assert!(differences.is_empty(), "{differences}");
    }

    #[test]
    fn the_changes_lead_from_the_control_to_the_candidate((control, candidate) in two_values()) {
        let (patched, wanted) = patched(&control, &candidate);
        prop_assert_eq!(patched, wanted);
    }

    #[test]
    fn long_lists_lead_there_as_well(
        control in prop::collection::vec(0_u16..1_000, 0..700), candidate in prop::collection::vec(0_u16..1_000, 0..700)
    ) {
        let (patched, wanted) = patched(&control, &candidate);
        prop_assert_eq!(patched, wanted);
    }

    #[test]
    fn one_insertion_into_a_list_is_one_change(
        list in prop::collection::vec(any_value(), 0..30), place in any::<prop::sample::Index>()
    ) {
        let mut longer = list.clone();
        longer.insert(place.index(list.len() + 1), Any::Text("new".to_owned()));
        let rules = Rules::new();
        let forth = rules.differences(&list, &longer).expect("it can be serialised");
        let back = rules.differences(&longer, &list).expect("it can be serialised");
        prop_assert_eq!(forth.changes().iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::Extra]);
        prop_assert_eq!(back.changes().iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::Missing]);
    }

    #[test]
    fn no_rules_and_no_limits_make_it_panic(
        (control, candidate) in two_values(), rules in some_rules(), limits in some_limits()
    ) {
        let complete = rules.differences(&control, &candidate).expect("it can be serialised");
        let text = complete.to_string();
        prop_assert_eq!(text.is_empty(), complete.is_empty());
        let limited = rules.limits(limits).differences(&control, &candidate).expect("it can be serialised");
        prop_assert!(limited.changes().len() <= limits.changes);
    }

    #[test]
    fn what_is_the_same_under_the_rules_has_no_changes((control, candidate) in two_values(), rules in some_rules()) {
        use crate::comparison::Comparator;
        let differences = rules.differences(&control, &candidate).expect("it can be serialised");
        prop_assert_eq!(Comparator::same(&rules, &control, &candidate), differences.is_empty());
    }

    #[test]
    fn a_subsequence_is_as_long_as_can_be(
        a in prop::collection::vec(0_u32..4, 0..30), b in prop::collection::vec(0_u32..4, 0..30)
    ) {
        let pairs = align(&a, &b, &Budget::new(u64::MAX, &|| false)).expect("the lists are short");
        prop_assert!(pairs.iter().all(|(x, y)| a[*x] == b[*y]));
        prop_assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        prop_assert_eq!(pairs.len(), longest_common(&a, &b));
    }
}

/// By the book, in quadratic time.
fn longest_common(a: &[u32], b: &[u32]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (place, y) in b.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if x == y { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row[b.len()]
}
