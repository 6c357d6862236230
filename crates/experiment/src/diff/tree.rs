//! A value as a tree in one block of memory, in the order in which it was serialised.

/// What `Serialize` said about a value. Making one costs a few allocations, whatever the value's shape.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Parents before children: a node's subtree is the range from itself to its `end`.
    pub(super) nodes: Vec<Node>,
    /// The characters and bytes of all texts.
    pub(super) bytes: Vec<u8>,
    /// Names of fields, structs and variants. A name may be there more than once.
    pub(super) names: Vec<&'static str>,
    /// Integers that need more than 64 bits.
    pub(super) wide: Vec<Wide>,
}

/// 24 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) value: Value,
    /// The first node behind the subtree.
    pub(super) end: u32,
    /// The field's name, where the parent is a struct.
    pub(super) field: NameId,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Unit,
    Bool(bool),
    Int(i64),
    Wide(u32),
    F32(f32),
    F64(f64),
    Char(char),
    Text(Span),
    Bytes(Span),
    None,
    /// One child.
    Some,
    Seq,
    Tuple,
    /// Keys and values alternate.
    Map,
    Struct(NameId),
    /// No child, or its content as the only one.
    Variant(NameId),
    /// Something that was beyond the limits.
    Cut,
}

/// An integer that does not fit into an `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Wide {
    pub(super) negative: bool,
    pub(super) magnitude: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameId(pub(super) u32);

#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl NameId {
    pub(super) const NONE: Self = Self(u32::MAX);
    /// In place of a field's name, on the mark that says that the rest of the children is not there.
    pub(super) const REST: Self = Self(u32::MAX - 1);
}

impl NodeId {
    pub(super) const ROOT: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Span {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

impl Tree {
    pub(super) fn value(&self, id: NodeId) -> Value {
        self.nodes[id.index()].value
    }

    pub(super) fn field(&self, id: NodeId) -> &'static str {
        self.name(self.nodes[id.index()].field)
    }

    pub(super) fn name(&self, id: NameId) -> &'static str {
        self.names.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.range()]
    }

    /// The text was written from a `str`, so nothing is lost here.
    pub(super) fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// The children that are there: a mark that the rest was cut off is left out.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<'_> {
        self.all_children(id).filter(|child| !self.is_rest(*child))
    }

    /// Whether some children at the end of a list, map or struct were cut off.
    pub(super) fn has_cut_rest(&self, id: NodeId) -> bool {
        self.all_children(id).any(|child| self.is_rest(child))
    }

    /// How many bytes of memory it holds.
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.nodes) + self.bytes.len() + size_of_val(&*self.names) + size_of_val(&*self.wide)
    }

    fn all_children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<'_> {
        let end = self.nodes[id.index()].end;
        let start = id.0 + 1;
        std::iter::successors((start < end).then_some(NodeId(start)), move |child| {
            let next = self.nodes[child.index()].end;
            (next < end).then_some(NodeId(next))
        })
    }

    /// A mark of a cut-off rest, as opposed to a value that was cut off and has its place.
    fn is_rest(&self, child: NodeId) -> bool {
        self.nodes[child.index()].field == NameId::REST
    }
}
