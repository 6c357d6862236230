//! Building a tree while a value is serialised, and stopping where the limits are.

use super::limits::Limits;
use super::tree::{NameId, Node, Span, Tree, Value, Wide};

/// Why a value was not serialised to its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// The tree is full: what is there can be used.
    Full,
    /// The value's own `Serialize` gave up.
    Refused(String),
}

/// The tree so far, and the containers that are open.
pub(super) struct Builder {
    tree: Tree,
    limits: Limits,
    open: Vec<Open>,
    /// Levels that have no node, such as newtype structs: they fill the stack all the same.
    bare_levels: usize,
    next_field: NameId,
    likely_name: usize,
}

struct Open {
    node: u32,
    children: u32,
}

/// How many names are searched for one that was met before, newest first.
const NAMES_SEARCHED: usize = 64;

impl Builder {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            tree: Tree::default(),
            limits: limits.sane(),
            open: Vec::new(),
            bare_levels: 0,
            next_field: NameId::NONE,
            likely_name: 0,
        }
    }

    pub(super) fn leaf(&mut self, value: Value) -> Result<(), Halt> {
        if self.tree.nodes.len() >= self.limits.nodes {
            return Err(Halt::Full);
        }
        self.push(value);
        Ok(())
    }

    /// Opens a container; `false` if it is too deep, and a mark stands in its place.
    pub(super) fn open(&mut self, value: Value) -> Result<bool, Halt> {
        if self.is_deepest() {
            return self.leaf(Value::Cut).map(|()| false);
        }
        self.leaf(value)?;
        let node = self.last_node();
        self.open.push(Open { node, children: 0 });
        Ok(true)
    }

    pub(super) fn close(&mut self) {
        let Open { node, .. } = self.open.pop().expect("every container is closed once, by whoever opened it");
        self.tree.nodes[node as usize].end = self.end();
    }

    /// Goes one level down without a node; `false` if that is too deep, and a mark stands in place of what is there.
    pub(super) fn descend(&mut self) -> Result<bool, Halt> {
        if self.is_deepest() {
            return self.leaf(Value::Cut).map(|()| false);
        }
        self.bare_levels += 1;
        Ok(true)
    }

    pub(super) fn ascend(&mut self) {
        self.bare_levels -= 1;
    }

    /// Says which field the next node is.
    pub(super) fn field(&mut self, name: &'static str) {
        self.next_field = self.name(name);
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Halt> {
        let span = self.span(text.as_bytes())?;
        self.leaf(Value::Text(span))
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let span = self.span(bytes)?;
        self.leaf(Value::Bytes(span))
    }

    pub(super) fn integer(&mut self, negative: bool, magnitude: u128) -> Result<(), Halt> {
        let small = i64::try_from(magnitude).ok().map(|value| if negative { -value } else { value });
        let value = small.or_else(|| (negative && magnitude == 1 << 63).then_some(i64::MIN));
        if let Some(value) = value {
            return self.leaf(Value::Int(value));
        }
        self.leaf(Value::Wide(u32::try_from(self.tree.wide.len()).expect("there are fewer than nodes")))?;
        self.tree.wide.push(Wide { negative, magnitude });
        Ok(())
    }

    /// The place of a name. Structs of one type give theirs in the same order again and again, so the one after the latest is tried first.
    pub(super) fn name(&mut self, name: &'static str) -> NameId {
        let names = &self.tree.names;
        let is = |index: usize| names.get(index).is_some_and(|known| std::ptr::eq(*known, name));
        let found = if is(self.likely_name) {
            Some(self.likely_name)
        } else {
            (names.len().saturating_sub(NAMES_SEARCHED)..names.len()).rev().find(|index| is(*index))
        };
        let index = found.unwrap_or_else(|| {
            self.tree.names.push(name);
            self.tree.names.len() - 1
        });
        self.likely_name = index + 1;
        NameId(u32::try_from(index).expect("there are at most twice as many names as nodes"))
    }

    /// The tree, with marks wherever something is missing that was begun.
    pub(super) fn finish(mut self) -> Tree {
        if self.tree.nodes.is_empty() {
            self.push(Value::Cut);
        }
        while let Some(Open { node, children }) = self.open.last() {
            let (value, children) = (self.tree.nodes[*node as usize].value, *children);
            match value {
                Value::Some | Value::Variant(_) if children > 0 => {}
                Value::Some | Value::Variant(_) => self.push(Value::Cut),
                Value::Map if children % 2 == 1 => {
                    self.push(Value::Cut);
                    self.push_rest();
                }
                _ => self.push_rest(),
            }
            self.close();
        }
        self.tree
    }

    fn push_rest(&mut self) {
        self.next_field = NameId::REST;
        self.push(Value::Cut);
    }

    fn push(&mut self, value: Value) {
        let field = std::mem::replace(&mut self.next_field, NameId::NONE);
        if let Some(parent) = self.open.last_mut() {
            parent.children += 1;
        }
        let end = self.end() + 1;
        self.tree.nodes.push(Node { value, end, field });
    }

    fn span(&mut self, bytes: &[u8]) -> Result<Span, Halt> {
        let start = self.tree.bytes.len();
        if start + bytes.len() > self.limits.bytes {
            return Err(Halt::Full);
        }
        self.tree.bytes.extend_from_slice(bytes);
        let narrow = |number: usize| u32::try_from(number).expect("the limit on bytes is below `u32::MAX`");
        Ok(Span { start: narrow(start), len: narrow(bytes.len()) })
    }

    fn is_deepest(&self) -> bool {
        self.open.len() + self.bare_levels >= self.limits.depth
    }

    fn end(&self) -> u32 {
        u32::try_from(self.tree.nodes.len()).expect("the limit on nodes is below `u32::MAX`")
    }

    fn last_node(&self) -> u32 {
        self.end() - 1
    }
}
