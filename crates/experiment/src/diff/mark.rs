//! A tree together with what the rules say about each of its nodes.

use std::collections::HashMap;

use super::expression::Expression;
use super::pattern::{Pattern, Progress, Step};
use super::rules::{Rule, RuleSet};
use super::tolerance::Tolerance;
use super::tree::{NodeId, Span, Tree, Value, Wide};

/// A tree, and a mark for each of its nodes.
pub(super) struct Marked<'a> {
    pub(super) tree: &'a Tree,
    pub(super) rules: &'a RuleSet,
    marks: Vec<Mark>,
    /// What counts of the texts of which not all does.
    masked: HashMap<NodeId, Box<[u8]>>,
}

/// What the rules say about one node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// Nodes that are the same under the rules have the same hash; it says nothing about the converse.
    pub(super) hash: u64,
    pub(super) order: Order,
    pub(super) ignored: bool,
    pub(super) names: bool,
    visibility: Visibility,
    /// One more than the place of the rule; 0 for none.
    tolerance: u16,
    regex: u16,
    by: u16,
}

/// What the order of a list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    #[default]
    Counts,
    /// How often an element is there counts.
    Multiset,
    Set,
}

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Visibility {
    #[default]
    Hidden,
    Shown,
    /// Hidden for good.
    Redacted,
}

/// One node of one side.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) side: &'a Marked<'a>,
    pub(super) id: NodeId,
}

impl<'a> Marked<'a> {
    pub(super) fn of(tree: &'a Tree, rules: &'a RuleSet) -> Self {
        let patterns: Vec<&Pattern> = rules.rules.iter().map(|(pattern, _)| pattern).collect();
        let marks = vec![Mark::default(); tree.nodes.len()];
        let mut marking = Marking { tree, rules, patterns, marks, masked: HashMap::new() };
        let start = Progress::start(&marking.patterns);
        marking.visit(NodeId::ROOT, &start, Mark::default());
        let Marking { marks, masked, .. } = marking;
        Self { tree, rules, marks, masked }
    }

    pub(super) fn root(&'a self) -> At<'a> {
        At { side: self, id: NodeId::ROOT }
    }
}

impl<'a> At<'a> {
    pub(super) fn value(self) -> Value {
        self.side.tree.value(self.id)
    }

    pub(super) fn mark(self) -> Mark {
        self.side.marks[self.id.index()]
    }

    pub(super) fn is_shown(self) -> bool {
        self.mark().visibility == Visibility::Shown
    }

    pub(super) fn tolerance(self) -> Option<Tolerance> {
        match self.rule(self.mark().tolerance) {
            Some(Rule::Tolerance(tolerance)) => Some(*tolerance),
            _ => None,
        }
    }

    /// What counts of a text: all of it, or what an expression leaves.
    pub(super) fn compared_text(self, text: Span) -> &'a [u8] {
        match self.side.masked.get(&self.id) {
            Some(masked) => masked,
            None => self.side.tree.bytes(text),
        }
    }

    /// Whether it is a list, or a tuple that a rule makes one.
    pub(super) fn is_list(self) -> bool {
        match self.value() {
            Value::Seq => true,
            Value::Tuple => self.mark().order != Order::Counts || self.mark().by > 0,
            _ => false,
        }
    }

    /// The name of the key by which elements are paired.
    pub(super) fn by(self) -> Option<&'a str> {
        match self.rule(self.mark().by) {
            Some(Rule::By(key)) => Some(key),
            _ => None,
        }
    }

    /// The children that are compared.
    pub(super) fn children(self) -> impl Iterator<Item = At<'a>> {
        self.all_children().filter(|child| !child.mark().ignored)
    }

    pub(super) fn all_children(self) -> impl Iterator<Item = At<'a>> {
        self.side.tree.children(self.id).map(move |id| At { side: self.side, id })
    }

    /// The one child of an option or a variant.
    pub(super) fn content(self) -> Option<At<'a>> {
        self.all_children().next()
    }

    pub(super) fn has_cut_rest(self) -> bool {
        self.side.tree.has_cut_rest(self.id)
    }

    pub(super) fn wide(self, index: u32) -> Wide {
        self.side.tree.wide[index as usize]
    }

    fn rule(self, place: u16) -> Option<&'a Rule> {
        let index = usize::from(place).checked_sub(1)?;
        self.side.rules.rules.get(index).map(|(_, rule)| rule)
    }
}

struct Marking<'a> {
    tree: &'a Tree,
    rules: &'a RuleSet,
    patterns: Vec<&'a Pattern>,
    marks: Vec<Mark>,
    masked: HashMap<NodeId, Box<[u8]>>,
}

impl Marking<'_> {
    /// Marks a subtree and gives its hash. The depth of the stack is that of the tree, which is limited.
    fn visit(&mut self, id: NodeId, progress: &Progress, above: Mark) -> u64 {
        let mut mark = Mark { order: Order::Counts, by: 0, ..above };
        for index in progress.matched(&self.patterns) {
            self.apply(index, &mut mark);
        }
        // What is below an ignored node is never looked at, nor shown.
        mark.hash = if mark.ignored { 0 } else { self.hash(id, progress, mark) };
        self.marks[id.index()] = mark;
        mark.hash
    }

    fn apply(&self, index: usize, mark: &mut Mark) {
        let place = u16::try_from(index + 1).expect("there are at most 256 rules");
        match &self.rules.rules[index].1 {
            Rule::Ignore => mark.ignored = true,
            Rule::Tolerance(_) => mark.tolerance = place,
            Rule::Regex(_) => mark.regex = place,
            Rule::Unordered => mark.order = Order::Multiset,
            Rule::Set => mark.order = Order::Set,
            Rule::By(_) => mark.by = place,
            Rule::Names => mark.names = true,
            Rule::Show if mark.visibility == Visibility::Redacted => {}
            Rule::Show => mark.visibility = Visibility::Shown,
            Rule::Redact => mark.visibility = Visibility::Redacted,
        }
    }

    fn hash(&mut self, id: NodeId, progress: &Progress, mark: Mark) -> u64 {
        let tree = self.tree;
        let value = tree.value(id);
        if mark.tolerance > 0 && matches!(value, Value::Int(_) | Value::Wide(_) | Value::F32(_) | Value::F64(_)) {
            return mix(1, 0);
        }
        match value {
            Value::Unit => mix(2, 0),
            Value::Bool(value) => mix(3, value.into()),
            Value::Int(value) => mix(4, value.cast_unsigned()),
            Value::Wide(index) => {
                let Wide { negative, magnitude } = tree.wide[index as usize];
                hash_bytes(5 + u64::from(negative), &magnitude.to_le_bytes())
            }
            Value::F32(value) => hash_float(value.into()),
            Value::F64(value) => hash_float(value),
            Value::Char(value) => mix(8, u32::from(value).into()),
            Value::Text(span) => self.hash_text(id, span, mark),
            Value::Bytes(span) => hash_bytes(10, tree.bytes(span)),
            Value::None => mix(11, 0),
            Value::Some => self.hash_content(12, id, progress, mark),
            Value::Variant(name) => self.hash_content(hash_bytes(13, tree.name(name).as_bytes()), id, progress, mark),
            Value::Seq => self.hash_list(id, progress, mark),
            Value::Tuple => {
                let children = tree.children(id).enumerate();
                let hashes = children.map(|(position, child)| {
                    let hash = self.visit_child(child, Step::Position(position), progress, mark);
                    (!self.marks[child.index()].ignored).then_some(hash)
                });
                hash_in_order(15, hashes.flatten().collect(), mark.order)
            }
            Value::Struct(_) => {
                let hashes = tree.children(id).map(|child| {
                    let name = tree.field(child);
                    let hash = self.visit_child(child, Step::Field(name), progress, mark);
                    if self.marks[child.index()].ignored { 0 } else { mix(hash_bytes(16, name.as_bytes()), hash) }
                });
                mix(16, hashes.fold(0, u64::wrapping_add))
            }
            Value::Map => self.hash_map(id, progress, mark),
            Value::Cut => mix(18, 0),
        }
    }

    fn hash_text(&mut self, id: NodeId, text: Span, mark: Mark) -> u64 {
        let Some(expression) = self.expression(mark) else { return hash_bytes(9, self.tree.bytes(text)) };
        let masked = expression.masked(self.tree.text(text));
        let hash = hash_bytes(9, &masked);
        self.masked.insert(id, masked);
        hash
    }

    fn expression(&self, mark: Mark) -> Option<&Expression> {
        match self.rules.rules.get(usize::from(mark.regex).checked_sub(1)?) {
            Some((_, Rule::Regex(expression))) => Some(expression),
            _ => None,
        }
    }

    /// Options and variants have no step of their own.
    fn hash_content(&mut self, seed: u64, id: NodeId, progress: &Progress, mark: Mark) -> u64 {
        self.tree.children(id).next().map_or(seed, |content| mix(seed, self.visit(content, progress, mark)))
    }

    fn hash_list(&mut self, id: NodeId, progress: &Progress, mark: Mark) -> u64 {
        // All elements are at the same place as far as patterns go.
        let progress = progress.after(Step::Element, &self.patterns);
        let tree = self.tree;
        let elements: Vec<NodeId> = tree.children(id).collect();
        let mut hashes = Vec::with_capacity(elements.len());
        for element in elements {
            let hash = self.visit(element, &progress, mark);
            if !self.marks[element.index()].ignored {
                hashes.push(hash);
            }
        }
        hash_in_order(14, hashes, mark.order)
    }

    fn hash_map(&mut self, id: NodeId, progress: &Progress, mark: Mark) -> u64 {
        let tree = self.tree;
        let mut children = tree.children(id);
        let mut sum = 0_u64;
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let step = match tree.value(key) {
                Value::Text(span) => Step::Field(tree.text(span)),
                _ => Step::Entry,
            };
            // A key is what it is: no rule changes how it is compared. It is shown with its map.
            let plain = Mark { visibility: mark.visibility, ..Mark::default() };
            let key = self.visit(key, &Progress::default(), plain);
            let hash = self.visit_child(value, step, progress, mark);
            if !self.marks[value.index()].ignored {
                sum = sum.wrapping_add(mix(key, hash));
            }
        }
        mix(17, sum)
    }

    fn visit_child(&mut self, id: NodeId, step: Step<'_>, progress: &Progress, mark: Mark) -> u64 {
        if progress.is_over() {
            return self.visit(id, progress, mark);
        }
        let progress = progress.after(step, &self.patterns);
        self.visit(id, &progress, mark)
    }
}

fn hash_in_order(seed: u64, mut hashes: Vec<u64>, order: Order) -> u64 {
    if order != Order::Counts {
        hashes.sort_unstable();
    }
    if order == Order::Set {
        hashes.dedup();
    }
    hashes.into_iter().fold(seed, mix)
}

/// Widths do not count, nor does the sign of zero, as for `PartialEq`.
fn hash_float(value: f64) -> u64 {
    if value.is_nan() { mix(7, 1) } else { mix(6, (value + 0.0).to_bits()) }
}

fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let hash = words.by_ref().fold(mix(seed, bytes.len() as u64), |hash, word| {
        mix(hash, u64::from_le_bytes(word.try_into().expect("chunks of eight bytes have eight bytes")))
    });
    let mut rest = [0; 8];
    rest[..words.remainder().len()].copy_from_slice(words.remainder());
    mix(hash, u64::from_le_bytes(rest))
}

/// Multiplies, and folds the high half of the product onto the low one. Hashes only ever save comparisons: equality is always checked.
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ 0x9e37_79b9_7f4a_7c15) * u128::from(word ^ 0xd6e8_feb8_6659_fd93);
    #[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
    {
        ((product >> 64) as u64) ^ (product as u64) ^ hash.rotate_left(23)
    }
}
