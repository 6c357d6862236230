//! From a name to a slot, in one cache line most of the time.

use super::name_hash::name_hash;
use super::roster::Slot;

/// Open addressing over a power of two, at most three quarters full: small enough for the nearest caches with many
/// thousands of flags. An entry is eight bits of the hash above the slot plus one; 0 is free.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    entries: Box<[u32]>,
    names: usize,
}

const SLOT_BITS: u32 = 24;
const SLOT: u32 = (1 << SLOT_BITS) - 1;

impl Index {
    /// An empty one with room for so many names.
    pub(super) fn for_names(names: usize) -> Self {
        let size = (names * 4 / 3 + 1).next_power_of_two().max(8);
        Self { entries: vec![0; size].into_boxed_slice(), names: 0 }
    }

    /// Whether one name more may be inserted.
    pub(super) fn has_room(&self) -> bool {
        (self.names + 1) * 4 <= self.entries.len() * 3
    }

    /// Adds a name that is not there yet. There has to be room.
    pub(super) fn insert(&mut self, name: &str, slot: Slot) {
        self.insert_new(name_hash(name), slot, |_| false);
    }

    /// Adds a name by its hash unless it is there already, which it says; `is` says whether a slot has the name. There has
    /// to be room.
    pub(super) fn insert_new(&mut self, hash: u64, slot: Slot, is: impl Fn(Slot) -> bool) -> bool {
        assert!(slot.0 < SLOT, "nobody has sixteen million flags");
        let tag = tag(hash);
        let mut at = self.start(hash);
        while self.entries[at] != 0 {
            let entry = self.entries[at];
            if entry & !SLOT == tag && is(Slot((entry & SLOT) - 1)) {
                return false;
            }
            at = self.behind(at);
        }
        self.entries[at] = tag | (slot.0 + 1);
        self.names += 1;
        true
    }

    /// Removes a name that is at `slot`; `name_of` tells the names of all slots.
    #[allow(single_use_lifetimes, reason = "elided lifetimes in `impl Trait` are not stable")]
    pub(super) fn remove<'a>(&mut self, name: &str, slot: Slot, name_of: impl Fn(Slot) -> &'a str) {
        let mut free = self.position(name, slot);
        self.names -= 1;
        // Whatever stands behind the gap only because the gap was taken moves into it.
        let mut at = free;
        loop {
            self.entries[free] = 0;
            loop {
                at = self.behind(at);
                let entry = self.entries[at];
                if entry == 0 {
                    return;
                }
                let home = self.start(name_hash(name_of(Slot((entry & SLOT) - 1))));
                let mask = self.entries.len() - 1;
                let from_home = |to: usize| to.wrapping_sub(home) & mask;
                if from_home(free) < from_home(at) {
                    self.entries[free] = entry;
                    free = at;
                    break;
                }
            }
        }
    }

    /// Says that a name has moved.
    pub(super) fn relocate(&mut self, name: &str, from: Slot, to: Slot) {
        let at = self.position(name, from);
        self.entries[at] = self.entries[at] & !SLOT | (to.0 + 1);
    }

    /// Where the entry of a name is that is at `slot`.
    fn position(&self, name: &str, slot: Slot) -> usize {
        let mut at = self.start(name_hash(name));
        while self.entries[at] & SLOT != slot.0 + 1 {
            assert!(self.entries[at] != 0, "the name is at that slot");
            at = self.behind(at);
        }
        at
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
    fn start(&self, hash: u64) -> usize {
        hash as usize & self.entries.len().wrapping_sub(1)
    }

    #[inline]
    fn behind(&self, at: usize) -> usize {
        (at + 1) & self.entries.len().wrapping_sub(1)
    }

    /// The first that `at_slot` finds at the slots whose name has this name's hash: it knows whether a slot really has the name.
    #[inline]
    pub(super) fn find<T>(&self, name: &str, mut at_slot: impl FnMut(Slot) -> Option<T>) -> Option<T> {
        let hash = name_hash(name);
        let tag = tag(hash);
        let mut at = self.start(hash);
        loop {
            let entry = *self.entries.get(at)?;
            if entry == 0 {
                return None;
            }
            if entry & !SLOT == tag {
                let slot = Slot((entry & SLOT) - 1);
                let found = at_slot(slot);
                if found.is_some() {
                    return found;
                }
            }
            at = self.behind(at);
        }
    }
}

/// Of the upper bits, where the start is of the lower.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the upper bits are what is wanted")]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !SLOT
}
