//! All flags of a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::block::{Block, SIZE};
use super::index::Index;
use super::program::Names;
use crate::expression::Node;
use crate::model::Flag;

/// Where a flag is: its block and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

/// What a flag was before it was compiled.
#[derive(Debug, Clone)]
pub(crate) enum Definition {
    Flag(Arc<Flag>),
    /// Decided by a Rust function.
    Code {
        name: Arc<str>,
        function: u32,
    },
    /// In the file, but wrong.
    Broken {
        name: Arc<str>,
        default: bool,
    },
}

impl Definition {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Flag(flag) => flag.name(),
            Self::Code { name, .. } | Self::Broken { name, .. } => name,
        }
    }

    pub(crate) fn has_variants(&self) -> bool {
        match self {
            Self::Flag(flag) => !flag.variants().is_empty(),
            Self::Code { .. } => false,
            // Nobody knows, so callers get their default.
            Self::Broken { .. } => true,
        }
    }

    pub(crate) fn default_value(&self) -> bool {
        match self {
            Self::Flag(flag) => flag.default_value(),
            Self::Code { .. } => false,
            Self::Broken { default, .. } => *default,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    index: Index,
    blocks: Vec<Arc<Block>>,
    /// Paths of attributes, by number.
    paths: Vec<Box<str>>,
    /// Names of groups, by number.
    groups: Vec<Box<str>>,
    flags: usize,
    /// Flags that need each other, and are broken because of it.
    cycles: BTreeSet<String>,
}

impl Table {
    /// Compiles flags with names that differ.
    pub(crate) fn compile(definitions: &[Definition]) -> Self {
        let cycles = in_cycles(definitions);
        let (mut paths, mut groups) = (Names::default(), Names::default());
        let mut index = Index::with_room_for(definitions.len());
        for (slot, definition) in (0..).zip(definitions) {
            index.insert(definition.name(), Slot(slot));
        }
        let blocks = definitions
            .chunks(SIZE)
            .map(|chunk| Arc::new(Block::compile(chunk, &cycles, &mut paths, &mut groups)))
            .collect();
        Self { index, blocks, paths: paths.in_order, groups: groups.in_order, flags: definitions.len(), cycles }
    }

    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.index.find(name, |slot| {
            let (block, index) = self.at(slot);
            block.is_named(index, name)
        })
    }

    #[inline]
    pub(crate) fn at(&self, slot: Slot) -> (&Block, usize) {
        let slot = slot.0 as usize;
        (&self.blocks[slot / SIZE], slot % SIZE)
    }

    #[inline]
    pub(crate) fn path(&self, number: u16) -> &str {
        &self.paths[usize::from(number)]
    }

    pub(crate) fn groups(&self) -> &[Box<str>] {
        &self.groups
    }

    pub(crate) fn cycles(&self) -> &BTreeSet<String> {
        &self.cycles
    }

    pub(crate) fn len(&self) -> usize {
        self.flags
    }

    pub(crate) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.blocks.iter().flat_map(|block| block.definitions())
    }
}

/// The longest chain of flags that need flags: evaluation recurses along it.
const MAX_CHAIN: usize = 16;

/// The flags that, by requirements and conditions, need themselves, or a chain of flags that is too long.
fn in_cycles(definitions: &[Definition]) -> BTreeSet<String> {
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for definition in definitions {
        let Definition::Flag(flag) = definition else { continue };
        let mut names: Vec<&str> = flag.requirements().iter().map(String::as_str).collect();
        for rule in flag.rules() {
            if let Some(condition) = rule.condition() {
                flags_in(condition.root(), &mut names);
            }
        }
        if !names.is_empty() {
            needs.insert(flag.name(), names);
        }
    }
    // Whatever still has needs after as many rounds as a chain may be long, is on a cycle or needs one.
    let mut unresolved = needs;
    for _ in 0..MAX_CHAIN {
        let resolved: Vec<&str> = unresolved
            .iter()
            .filter(|(_, names)| names.iter().all(|name| !unresolved.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if resolved.is_empty() {
            break;
        }
        for name in resolved {
            unresolved.remove(name);
        }
    }
    unresolved.into_keys().map(str::to_owned).collect()
}

fn flags_in<'a>(node: &'a Node, names: &mut Vec<&'a str>) {
    match node {
        Node::Flag(name) => names.push(name),
        Node::Not(inner) => flags_in(inner, names),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| flags_in(node, names)),
        Node::Constant(_) | Node::Test(_) | Node::Group(_) | Node::Rollout(_) => {}
    }
}
