//! From a name to a slot, in one cache line most of the time.

use super::name_hash::name_hash;
use super::table::{Definition, Slot};

/// Open addressing over a power of two: the upper half of an entry is part of the hash, the lower half the slot plus
/// one; 0 is free. At most half full.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    entries: Box<[u64]>,
    mask: usize,
}

impl Index {
    /// An index of flags by their places.
    pub(super) fn of(definitions: &[&Definition]) -> Self {
        let size = (definitions.len() * 2).next_power_of_two().max(8);
        let mut index = Self { entries: vec![0; size].into_boxed_slice(), mask: size - 1 };
        for (slot, definition) in (0..).zip(definitions) {
            index.insert(definition.name(), Slot(slot));
        }
        index
    }

    /// Adds a name that is not there yet.
    fn insert(&mut self, name: &str, slot: Slot) {
        let hash = name_hash(name);
        let mut at = start(hash) & self.mask;
        while self.entries[at] != 0 {
            at = (at + 1) & self.mask;
        }
        self.entries[at] = (hash & TAG) | u64::from(slot.0 + 1);
    }

    /// The slots whose name has this name's hash; `is` says whether a slot really has the name.
    #[inline]
    pub(super) fn find(&self, name: &str, mut is: impl FnMut(Slot) -> bool) -> Option<Slot> {
        let hash = name_hash(name);
        let mut at = start(hash) & self.mask;
        loop {
            let entry = self.entries[at];
            if entry == 0 {
                return None;
            }
            if entry & TAG == hash & TAG {
                let slot = Slot(u32::try_from(entry & !TAG).expect("the lower half") - 1);
                if is(slot) {
                    return Some(slot);
                }
            }
            at = (at + 1) & self.mask;
        }
    }
}

const TAG: u64 = 0xFFFF_FFFF_0000_0000;

#[allow(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
fn start(hash: u64) -> usize {
    hash as usize
}
