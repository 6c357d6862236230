//! All flags of a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, SIZE};
use super::gates::{ByFlag, Sections};
use super::index::{Index, Layout};
use super::needs::{self, Refusal, Weights};
use super::program::{Names, Segments, position};
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

    /// Whether both are one and the same, by identity: equal flags that were read twice are not.
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Flag(one), Self::Flag(other)) => Arc::ptr_eq(one, other),
            (Self::Code { name: one, function: f }, Self::Code { name: other, function: g }) => {
                Arc::ptr_eq(one, other) && f == g
            }
            (Self::Broken { name: one, default: a }, Self::Broken { name: other, default: b }) => {
                Arc::ptr_eq(one, other) && a == b
            }
            _ => false,
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
    index: Arc<Index>,
    blocks: Vec<Arc<Block>>,
    /// Paths of attributes, by number.
    paths: Arc<Names>,
    /// Blocks hold those that they use.
    segments: Arc<Segments>,
    /// Holdouts and layers.
    sections: Arc<Sections>,
    flags: usize,
    /// Flags that are broken because of the flags they need, or of the work they take.
    refused: BTreeMap<String, Refusal>,
}

/// Numbers are never taken back while blocks are reused, so that everything is compiled anew once there are so many.
const MOST_NAMES: usize = 20_000;

impl Table {
    /// Compiles flags with names that differ, reusing the blocks of `old` whose flags are the same.
    pub(crate) fn compile(
        definitions: &[&Definition],
        groups: &mut Names,
        segments: &Arc<Segments>,
        sections: &Arc<Sections>,
        old: Option<&Self>,
    ) -> Self {
        let is_same = |old: &&Self| Arc::ptr_eq(&old.segments, segments) && Arc::ptr_eq(&old.sections, sections);
        let old = old.filter(is_same);
        let old = old.filter(|old| old.paths.in_order.len() <= MOST_NAMES);
        let chunks: Vec<Chunk<'_>> =
            (0..).zip(definitions.chunks(SIZE)).map(|(number, chunk)| Chunk::of(chunk, old, number)).collect();
        let refused = needs::refused(chunks.iter().map(|chunk| (chunk.definitions, chunk.made.weights())));
        let old = old.filter(|old| old.refused == refused);
        let mut paths = old.map(|old| Arc::clone(&old.paths)).unwrap_or_default();
        let same_names =
            old.is_some_and(|old| old.flags == definitions.len()) && chunks.iter().all(|chunk| chunk.same_names);
        let index = match old {
            Some(old) if same_names => Arc::clone(&old.index),
            _ => {
                let slots = definitions.iter().enumerate();
                Arc::new(Index::of(slots.map(|(slot, definition)| (definition.name(), Slot(position(slot))))))
            }
        };
        let gates =
            if **sections == Sections::default() { ByFlag::new() } else { sections.by_flag(Arc::make_mut(&mut paths)) };
        let compiled = chunks.into_iter().map(|chunk| match (chunk.made, old) {
            (Made::Reused(block), Some(_)) => block,
            (made, _) => {
                let weights = made.into_weights();
                let own: Vec<Definition> = chunk.definitions.iter().map(|definition| (*definition).clone()).collect();
                Arc::new(Block::compile(own, weights, &refused, Arc::make_mut(&mut paths), groups, segments, &gates))
            }
        });
        let blocks = compiled.collect();
        Self {
            index,
            blocks,
            paths,
            segments: Arc::clone(segments),
            sections: Arc::clone(sections),
            flags: definitions.len(),
            refused,
        }
    }

    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.index.find(name, |slot| {
            let (block, index) = self.at(slot);
            block.is_named(index, name)
        })
    }

    /// Which names are at which slots.
    #[inline]
    pub(crate) fn layout(&self) -> Layout {
        self.index.layout()
    }

    #[inline]
    pub(crate) fn at(&self, slot: Slot) -> (&Block, usize) {
        let slot = slot.0 as usize;
        (&self.blocks[slot / SIZE], slot % SIZE)
    }

    /// The same, for those who keep it.
    pub(crate) fn shared_at(&self, slot: Slot) -> (Arc<Block>, usize) {
        let slot = slot.0 as usize;
        (Arc::clone(&self.blocks[slot / SIZE]), slot % SIZE)
    }

    #[inline]
    pub(crate) fn path(&self, number: u16) -> &str {
        &self.paths.in_order[usize::from(number)]
    }

    #[cfg(feature = "care")]
    pub(crate) fn segments(&self) -> &Segments {
        &self.segments
    }

    pub(crate) fn has_segment(&self, name: &str) -> bool {
        self.segments.contains_key(name)
    }

    pub(crate) fn sections(&self) -> &Sections {
        &self.sections
    }

    /// The flags that are not evaluated although they are right by themselves.
    pub(crate) fn refused(&self) -> &BTreeMap<String, Refusal> {
        &self.refused
    }

    pub(crate) fn len(&self) -> usize {
        self.flags
    }

    pub(crate) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&Definition> {
        let (block, index) = self.at(self.find(name)?);
        Some(block.definition(index))
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.blocks.iter().flat_map(|block| block.definitions())
    }
}

/// The flags that will share a block.
struct Chunk<'a> {
    definitions: &'a [&'a Definition],
    made: Made,
    /// Whether they have the names that the old flags at their places had.
    same_names: bool,
}

enum Made {
    /// All flags are the old ones.
    Reused(Arc<Block>),
    /// To be compiled.
    New(Weights),
}

impl Made {
    fn weights(&self) -> &Weights {
        match self {
            Self::Reused(block) => block.weights(),
            Self::New(weights) => weights,
        }
    }

    fn into_weights(self) -> Weights {
        match self {
            Self::Reused(block) => block.weights().clone(),
            Self::New(weights) => weights,
        }
    }
}

impl<'a> Chunk<'a> {
    fn of(definitions: &'a [&'a Definition], old: Option<&Table>, number: usize) -> Self {
        let old = old.and_then(|old| old.blocks.get(number)).filter(|old| old.definitions().len() == definitions.len());
        let Some(old) = old else {
            return Self { definitions, made: Made::New(Weights::of(definitions)), same_names: false };
        };
        let mut pairs = definitions.iter().zip(old.definitions());
        if pairs.clone().all(|(new, old)| new.is_same_as(old)) {
            return Self { definitions, made: Made::Reused(Arc::clone(old)), same_names: true };
        }
        let same_names = pairs.all(|(new, old)| new.name() == old.name());
        Self { definitions, made: Made::New(Weights::of(definitions)), same_names }
    }
}
