//! All flags of a snapshot.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::block::Block;
use super::gates::{ByFlag, Sections};
use super::needs::{self, Refusal, Weights};
use super::packed::Packed;
use super::parts::Parts;
use super::program::{Names, Naming, Segments};
use super::roster::{Definition, Roster, Slot};
use crate::handle::Shards;

#[derive(Debug)]
pub(crate) struct Table {
    roster: Roster,
    /// One for each chunk of the roster.
    blocks: Vec<Arc<Block>>,
    /// Paths of attributes, by number.
    paths: Arc<Names>,
    /// Blocks hold those that they use.
    segments: Arc<Segments>,
    /// Holdouts and layers.
    sections: Arc<Sections>,
    /// Flags that are broken because of the flags they need, or of the work they take.
    refused: BTreeMap<String, Refusal>,
    shards: Shards,
}

/// Numbers are never taken back while blocks are reused, so that everything is compiled anew once there are so many.
const MOST_NAMES: usize = 20_000;

impl Table {
    /// Compiles flags, reusing the blocks of `old` whose flags are the same: what one changed flag of many costs is its
    /// own block, and a look at each of the others.
    pub(crate) fn compile(
        roster: Roster,
        groups: &mut Names,
        segments: &Arc<Segments>,
        sections: &Arc<Sections>,
        old: Option<&Self>,
    ) -> Self {
        let shards = old.map_or_else(Shards::of_this_machine, |old| old.shards);
        let is_same = |old: &&Self| Arc::ptr_eq(&old.segments, segments) && Arc::ptr_eq(&old.sections, sections);
        let old = old.filter(is_same).filter(|old| old.paths.in_order.len() <= MOST_NAMES);
        let chunks = roster.chunks().iter().enumerate();
        let made: Vec<Made> = chunks.map(|(number, chunk)| Made::of(chunk, old, number)).collect();
        let weights: Vec<&Weights> = made.iter().map(Made::weights).collect();
        let refused = needs::refused(&roster, &weights);
        let affected = old.map(|old| affected(&roster, &old.refused, &refused)).unwrap_or_default();
        let mut paths = old.map(|old| Arc::clone(&old.paths)).unwrap_or_default();
        let gates = if **sections == Sections::default() { ByFlag::new() } else { sections.by_flag(&mut paths) };
        let mut parts = Parts::default();
        let compiled = roster.chunks().iter().zip(made).enumerate().map(|(number, (chunk, made))| match made {
            Made::Reused(block) if !affected.contains(&number) => block,
            made => {
                let mut naming = Naming { paths: &mut paths, groups, segments };
                let definitions = Arc::clone(chunk);
                Arc::new(Block::compile(
                    definitions,
                    made.into_weights(),
                    &refused,
                    &gates,
                    shards,
                    &mut naming,
                    &mut parts,
                ))
            }
        });
        let blocks = compiled.collect();
        let (segments, sections) = (Arc::clone(segments), Arc::clone(sections));
        Self { roster, blocks, paths, segments, sections, refused, shards }
    }

    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.roster.index().find(name, |slot| self.is_at(slot, name).then_some(slot))
    }

    /// The block of the flag of this name, and its place there.
    #[inline]
    pub(crate) fn find_in(&self, name: &str) -> Option<(&Block, usize)> {
        self.roster.index().find(name, |slot| {
            let block = self.blocks.get(slot.block())?;
            block.is_named(slot.within(), name).then(|| (&**block, slot.within()))
        })
    }

    /// Whether the flag of this name is at this slot, which may be one of another table.
    #[inline]
    pub(crate) fn is_at(&self, slot: Slot, name: &str) -> bool {
        self.blocks.get(slot.block()).is_some_and(|block| block.is_named(slot.within(), name))
    }

    /// The block of this slot, if the flag of this name, which is short and was packed before, is at the slot.
    #[inline]
    pub(crate) fn packed_at(&self, slot: Slot, name: &Packed) -> Option<(&Block, usize)> {
        let block = self.blocks.get(slot.block())?;
        block.is_packed(slot.within(), name).then(|| (&**block, slot.within()))
    }

    #[inline]
    pub(crate) fn at(&self, slot: Slot) -> (&Block, usize) {
        (&self.blocks[slot.block()], slot.within())
    }

    /// The same, for those who keep it.
    pub(crate) fn shared_at(&self, slot: Slot) -> (Arc<Block>, usize) {
        (Arc::clone(&self.blocks[slot.block()]), slot.within())
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
        self.roster.len()
    }

    pub(crate) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&Definition> {
        self.roster.get(name)
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.roster.iter()
    }
}

/// The blocks with a flag that was refused and no longer is, or the other way round.
fn affected(roster: &Roster, old: &BTreeMap<String, Refusal>, new: &BTreeMap<String, Refusal>) -> HashSet<usize> {
    let differs = |name: &&String| old.contains_key(*name) != new.contains_key(*name);
    let names = old.keys().chain(new.keys()).filter(differs);
    names.filter_map(|name| roster.find(name)).map(Slot::block).collect()
}

/// What becomes of a chunk.
enum Made {
    /// All flags are the old ones.
    Reused(Arc<Block>),
    /// To be compiled.
    New(Weights),
}

impl Made {
    /// The chunk with this number, which `old` may have had too.
    fn of(chunk: &Arc<Vec<Definition>>, old: Option<&Table>, number: usize) -> Self {
        let same = |old: &&Arc<Block>| {
            let old = old.definitions();
            Arc::ptr_eq(chunk, old)
                || (chunk.len() == old.len() && chunk.iter().zip(&**old).all(|(new, old)| new.is_same_as(old)))
        };
        match old.and_then(|old| old.blocks.get(number)).filter(same) {
            Some(block) => Self::Reused(Arc::clone(block)),
            None => Self::New(Weights::of(chunk)),
        }
    }

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
