//! Going through two values side by side and listing what differs.

use std::collections::HashMap;

use super::align::align;
use super::change::{Change, Differences, Kind};
use super::mark::{At, Marked, Order};
use super::path::{self, Detail, PathStep};
use super::same::{Budget, Classes, Entry, Pairs, field, same, same_numbers};
use super::tree::Value;
use super::words;

/// A difference while both values are at hand.
pub(super) struct Found<'a> {
    pub(super) path: Box<[PathStep<'a>]>,
    pub(super) kind: Kind,
    pub(super) control: Option<At<'a>>,
    pub(super) candidate: Option<At<'a>>,
}

/// All differences of two values.
pub(super) struct Compared<'a> {
    pub(super) found: Vec<Found<'a>>,
    pub(super) is_complete: bool,
}

/// Compares two values that were marked by the same rules. `stop` is asked now and then whether to give up.
pub(super) fn compare<'a>(control: &'a Marked<'a>, candidate: &'a Marked<'a>, stop: &dyn Fn() -> bool) -> Compared<'a> {
    let limits = control.rules.limits;
    let budget = Budget::new(limits.steps, stop);
    let mut walk = Walk { budget: &budget, most: limits.changes, path: Vec::new(), found: Vec::new() };
    walk.node(control.root(), candidate.root());
    let found = walk.found;
    Compared { found, is_complete: budget.is_complete() }
}

/// Whether nothing differs; `None` if that cannot be said.
pub(super) fn are_same(control: &Marked<'_>, candidate: &Marked<'_>) -> Option<bool> {
    let budget = Budget::new(control.rules.limits.steps, &|| false);
    if same(control.root(), candidate.root(), &budget) && budget.is_complete() {
        return Some(true);
    }
    let compared = compare(control, candidate, &|| false);
    match (compared.found.is_empty(), compared.is_complete) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

impl Compared<'_> {
    pub(super) fn to_differences(&self) -> Differences {
        let changes = self.found.iter().map(|found| {
            let (control, candidate) = found.words();
            Change { path: path::text(&found.path, Detail::Full), kind: found.kind, control, candidate }
        });
        Differences { changes: changes.collect(), is_complete: self.is_complete }
    }
}

impl Found<'_> {
    /// What may be said of both sides.
    pub(super) fn words(&self) -> (Option<String>, Option<String>) {
        let say = match self.kind {
            Kind::Reordered => return (None, None),
            Kind::Length => words::of_length,
            _ => words::of,
        };
        (self.control.map(say), self.candidate.map(say))
    }
}

struct Walk<'a, 'b> {
    budget: &'b Budget<'b>,
    most: usize,
    path: Vec<PathStep<'a>>,
    found: Vec<Found<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn node(&mut self, a: At<'a>, b: At<'a>) {
        if a.mark().ignored || b.mark().ignored || same(a, b, self.budget) {
            return;
        }
        if same_numbers(a, b).is_some() {
            return self.changed(Kind::Changed, a, b);
        }
        match (a.value(), b.value()) {
            (Value::Cut, _) | (_, Value::Cut) => self.budget.miss(),
            (Value::Seq, Value::Seq) => self.list(a, b),
            (Value::Tuple, Value::Tuple) if a.is_list() => self.list(a, b),
            (Value::Tuple, Value::Tuple) => self.tuple(a, b),
            (Value::Struct(_), Value::Struct(_)) | (Value::Map, Value::Map) => self.entries(a, b),
            (Value::Some, Value::Some) => self.contents(a, b),
            (Value::Variant(x), Value::Variant(y)) if a.side.tree.name(x) == b.side.tree.name(y) => self.contents(a, b),
            (Value::Variant(_), Value::Variant(_)) | (Value::Some, Value::None) | (Value::None, Value::Some) => {
                self.changed(Kind::Variant, a, b);
            }
            (Value::Bool(_), Value::Bool(_))
            | (Value::Char(_), Value::Char(_))
            | (Value::Text(_), Value::Text(_))
            | (Value::Bytes(_), Value::Bytes(_)) => self.changed(Kind::Changed, a, b),
            _ => self.changed(Kind::Type, a, b),
        }
    }

    fn contents(&mut self, a: At<'a>, b: At<'a>) {
        match (a.content(), b.content()) {
            (Some(content), Some(other)) => self.node(content, other),
            (None, None) => {}
            _ => self.changed(Kind::Type, a, b),
        }
    }

    fn tuple(&mut self, a: At<'a>, b: At<'a>) {
        if a.has_cut_rest() || b.has_cut_rest() {
            self.budget.miss();
        } else if a.all_children().count() != b.all_children().count() {
            self.changed(Kind::Length, a, b);
        }
        for (place, (a, b)) in a.all_children().zip(b.all_children()).enumerate() {
            self.at(PathStep::Position(place), |walk| walk.node(a, b));
        }
    }

    fn entries(&mut self, a: At<'a>, b: At<'a>) {
        let (a_is_cut, b_is_cut) = (a.has_cut_rest(), b.has_cut_rest());
        if a_is_cut || b_is_cut {
            self.budget.miss();
        }
        let named = a.mark().names;
        let step = |entry: Entry<'a>| match entry.key {
            Some(key) => PathStep::Key { key, named },
            None => PathStep::Field(field(entry)),
        };
        for pair in Pairs::of(a, b, self.budget) {
            match pair {
                (Some(a), Some(b)) => self.at(step(a), |walk| walk.node(a.value, b.value)),
                (Some(a), None) if !b_is_cut => self.at(step(a), |walk| walk.missing(a.value)),
                (None, Some(b)) if !a_is_cut => self.at(step(b), |walk| walk.extra(b.value)),
                _ => {}
            }
        }
    }

    fn list(&mut self, a: At<'a>, b: At<'a>) {
        let is_cut = a.has_cut_rest() || b.has_cut_rest();
        if is_cut {
            self.budget.miss();
        }
        let lists = Lists {
            a: a.children().collect(),
            b: b.children().collect(),
            order: a.mark().order,
            is_cut,
            whole: (a, b),
        };
        if let Some(pairs) = a.by().and_then(|key| pairs_by_key(&lists, key, self.budget)) {
            return self.keyed(&lists, &pairs);
        }
        let classes = Classes::of(&lists.a, &lists.b, self.budget);
        match lists.order {
            Order::Counts => self.ordered(&lists, &classes),
            Order::Multiset | Order::Set => self.unordered(&lists, &classes),
        }
    }

    fn keyed(&mut self, lists: &Lists<'a>, pairs: &[(usize, usize)]) {
        let mut partners = vec![None; lists.a.len()];
        let mut is_paired = vec![false; lists.b.len()];
        for (x, y) in pairs {
            partners[*x] = Some(*y);
            is_paired[*y] = true;
        }
        for (x, partner) in partners.iter().enumerate() {
            match partner {
                Some(y) => self.pair(lists, x, *y),
                None => self.surplus(lists, x..x + 1, 0..0),
            }
        }
        for (y, _) in is_paired.iter().enumerate().filter(|(_, is_paired)| !**is_paired) {
            self.surplus(lists, 0..0, y..y + 1);
        }
        if lists.order == Order::Counts && !pairs.is_sorted_by_key(|(_, y)| *y) {
            self.reordered(lists);
        }
    }

    fn unordered(&mut self, lists: &Lists<'a>, classes: &Classes) {
        let (a, b) = left_over(classes, lists.order);
        let paired = a.len().min(b.len());
        for (x, y) in a.iter().zip(&b) {
            self.pair(lists, *x, *y);
        }
        a[paired..].iter().for_each(|x| self.surplus(lists, *x..x + 1, 0..0));
        b[paired..].iter().for_each(|y| self.surplus(lists, 0..0, *y..y + 1));
    }

    fn ordered(&mut self, lists: &Lists<'a>, classes: &Classes) {
        if !lists.is_cut && lists.a.len() == lists.b.len() {
            let [mut a, mut b] = [&classes.control, &classes.candidate].map(Clone::clone);
            a.sort_unstable();
            b.sort_unstable();
            if a == b && classes.control != classes.candidate {
                return self.reordered(lists);
            }
        }
        let Some(pairs) = align(&classes.control, &classes.candidate, self.budget) else {
            return self.by_index(lists);
        };
        let ends = (lists.a.len(), lists.b.len());
        let (mut x, mut y) = (0, 0);
        for (next_x, next_y) in pairs.into_iter().chain([ends]) {
            let paired = (next_x - x).min(next_y - y);
            for offset in 0..paired {
                self.pair(lists, x + offset, y + offset);
            }
            // What was cut off may be what seems to be missing at the end.
            if !(lists.is_cut && (next_x, next_y) == ends) {
                self.surplus(lists, x + paired..next_x, y + paired..next_y);
            }
            (x, y) = (next_x + 1, next_y + 1);
        }
    }

    fn by_index(&mut self, lists: &Lists<'a>) {
        for place in 0..lists.a.len().min(lists.b.len()) {
            if self.is_over() {
                return;
            }
            self.pair(lists, place, place);
        }
        if !lists.is_cut && lists.a.len() != lists.b.len() {
            let (a, b) = lists.whole;
            self.changed(Kind::Length, a, b);
        }
    }

    fn pair(&mut self, lists: &Lists<'a>, x: usize, y: usize) {
        self.at(PathStep::Element(x), |walk| walk.node(lists.a[x], lists.b[y]));
    }

    fn surplus(&mut self, lists: &Lists<'a>, missing: std::ops::Range<usize>, extra: std::ops::Range<usize>) {
        for x in missing {
            self.at(PathStep::Element(x), |walk| walk.missing(lists.a[x]));
        }
        for y in extra {
            self.at(PathStep::Element(y), |walk| walk.extra(lists.b[y]));
        }
    }

    fn at(&mut self, step: PathStep<'a>, go: impl FnOnce(&mut Self)) {
        if self.is_over() {
            return;
        }
        self.path.push(step);
        go(self);
        self.path.pop();
    }

    fn changed(&mut self, kind: Kind, a: At<'a>, b: At<'a>) {
        self.find(kind, Some(a), Some(b));
    }

    fn missing(&mut self, a: At<'a>) {
        self.find(Kind::Missing, Some(a), None);
    }

    fn extra(&mut self, b: At<'a>) {
        self.find(Kind::Extra, None, Some(b));
    }

    fn reordered(&mut self, lists: &Lists<'a>) {
        let (a, b) = lists.whole;
        self.find(Kind::Reordered, Some(a), Some(b));
    }

    fn find(&mut self, kind: Kind, control: Option<At<'a>>, candidate: Option<At<'a>>) {
        if self.budget.is_spent() {
            return;
        }
        if self.found.len() >= self.most {
            return self.budget.miss();
        }
        self.found.push(Found { path: self.path.clone().into(), kind, control, candidate });
    }

    /// Whether nothing more can be found. What is left is then not compared.
    fn is_over(&self) -> bool {
        let is_over = self.found.len() >= self.most || self.budget.is_spent();
        if is_over {
            self.budget.miss();
        }
        is_over
    }
}

/// Two lists whose elements are being paired.
struct Lists<'a> {
    a: Vec<At<'a>>,
    b: Vec<At<'a>>,
    order: Order,
    is_cut: bool,
    whole: (At<'a>, At<'a>),
}

/// The places of elements with the same key, in the order of the control; `None` if a key is missing or used twice.
fn pairs_by_key(lists: &Lists<'_>, name: &str, budget: &Budget<'_>) -> Option<Vec<(usize, usize)>> {
    let by_key = |elements: &[At<'_>]| {
        let mut places = HashMap::with_capacity(elements.len());
        for (place, element) in elements.iter().enumerate() {
            let earlier = places.insert(key(*element, name)?.mark().hash, place);
            if earlier.is_some() {
                return None;
            }
        }
        Some(places)
    };
    let (_, places) = (by_key(&lists.a)?, by_key(&lists.b)?);
    let mut pairs = Vec::with_capacity(lists.a.len());
    for (x, element) in lists.a.iter().enumerate() {
        let wanted = key(*element, name)?;
        let Some(y) = places.get(&wanted.mark().hash) else { continue };
        if same(wanted, key(lists.b[*y], name)?, budget) {
            pairs.push((x, *y));
        }
    }
    Some(pairs)
}

/// The field or entry of that name, looking through options and variants.
fn key<'a>(mut element: At<'a>, name: &str) -> Option<At<'a>> {
    while let Value::Some | Value::Variant(_) = element.value() {
        element = element.content()?;
    }
    match element.value() {
        Value::Struct(_) => element.all_children().find(|child| element.side.tree.field(child.id) == name),
        Value::Map => {
            let mut children = element.all_children();
            loop {
                let (key, value) = (children.next()?, children.next()?);
                if matches!(key.value(), Value::Text(span) if key.side.tree.text(span) == name) {
                    return Some(value);
                }
            }
        }
        _ => None,
    }
}

/// The places of elements that have no equal on the other side.
fn left_over(classes: &Classes, order: Order) -> (Vec<usize>, Vec<usize>) {
    let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
    for class in &classes.control {
        counts.entry(*class).or_default().0 += 1;
    }
    for class in &classes.candidate {
        counts.entry(*class).or_default().1 += 1;
    }
    if order == Order::Set {
        for (a, b) in counts.values_mut() {
            (*a, *b) = ((*a).min(1), (*b).min(1));
        }
    }
    let mut more_in_a: HashMap<u32, usize> = HashMap::new();
    let mut more_in_b = more_in_a.clone();
    for (class, (a, b)) in counts {
        more_in_a.insert(class, a.saturating_sub(b));
        more_in_b.insert(class, b.saturating_sub(a));
    }
    (take(&classes.control, more_in_a), take(&classes.candidate, more_in_b))
}

/// The places of the first so many elements of each class.
fn take(classes: &[u32], mut wanted: HashMap<u32, usize>) -> Vec<usize> {
    let mut is_wanted = |class: &u32| match wanted.get_mut(class) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    classes.iter().enumerate().filter(|(_, class)| is_wanted(class)).map(|(place, _)| place).collect()
}
