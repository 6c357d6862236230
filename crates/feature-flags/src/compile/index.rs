//! From a name to a slot, in one cache line most of the time.

use std::sync::atomic::{AtomicU64, Ordering};

use super::name_hash::name_hash;
use super::table::Slot;

/// Open addressing over a power of two, at most three quarters full: small enough for the nearest caches with many
/// thousands of flags. An entry is eight bits of the hash above the slot plus one; 0 is free.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    entries: Box<[u32]>,
    mask: usize,
    layout: Layout,
}

/// Which names are at which slots: no other index of this process has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout(u64);

/// Numbers are process-wide since names that remember them outlive handles, and are asked of several.
static LAYOUTS: AtomicU64 = AtomicU64::new(1);

impl Layout {
    fn next() -> Self {
        Self(LAYOUTS.fetch_add(1, Ordering::Relaxed))
    }

    /// A slot together with the layout in which it is meant.
    #[inline]
    pub(crate) fn hint(self, slot: Slot) -> u64 {
        self.0 << SLOT_BITS | u64::from(slot.0)
    }

    /// The slot of a hint, if it was made for this layout.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the slot is what is below the layout")]
    pub(crate) fn slot(self, hint: u64) -> Option<Slot> {
        (hint >> SLOT_BITS == self.0).then_some(Slot((hint & u64::from(SLOT)) as u32))
    }
}

const SLOT_BITS: u32 = 24;
const SLOT: u32 = (1 << SLOT_BITS) - 1;

impl Index {
    /// An index of flags by their places.
    #[allow(single_use_lifetimes, reason = "elided lifetimes in `impl Trait` are not stable")]
    pub(super) fn of<'a>(names: impl ExactSizeIterator<Item = (&'a str, Slot)>) -> Self {
        let size = (names.len() * 4 / 3 + 1).next_power_of_two().max(8);
        let mut index = Self { entries: vec![0; size].into_boxed_slice(), mask: size - 1, layout: Layout::next() };
        for (name, slot) in names {
            index.insert(name, slot);
        }
        index
    }

    #[inline]
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Adds a name that is not there yet.
    fn insert(&mut self, name: &str, slot: Slot) {
        assert!(slot.0 < SLOT, "documents are limited to far fewer flags");
        let hash = name_hash(name);
        let mut at = start(hash) & self.mask;
        while self.entries[at] != 0 {
            at = (at + 1) & self.mask;
        }
        self.entries[at] = tag(hash) | (slot.0 + 1);
    }

    /// The slots whose name has this name's hash; `is` says whether a slot really has the name.
    #[inline]
    pub(super) fn find(&self, name: &str, mut is: impl FnMut(Slot) -> bool) -> Option<Slot> {
        let hash = name_hash(name);
        let tag = tag(hash);
        let mut at = start(hash) & self.mask;
        loop {
            let entry = *self.entries.get(at)?;
            if entry == 0 {
                return None;
            }
            if entry & !SLOT == tag {
                let slot = Slot((entry & SLOT) - 1);
                if is(slot) {
                    return Some(slot);
                }
            }
            at = (at + 1) & self.mask;
        }
    }
}

/// Of the upper bits, where the start is of the lower.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the upper bits are what is wanted")]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !SLOT
}

#[allow(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
fn start(hash: u64) -> usize {
    hash as usize
}
