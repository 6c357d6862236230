//! An append-only table from names to values that is read without a lock.

use crate::sync::OnceLock;

/// Values by name. Entries are never removed, so a reference to one lives as long as the table, and looking one up is a
/// hash, a
/// load and a comparison: no lock, no write to shared memory.
pub(crate) struct Table<V> {
    first: Segment<V>,
}

struct Segment<V> {
    slots: Box<[OnceLock<Entry<V>>]>,
    /// Where names go that found no slot here.
    next: OnceLock<Box<Segment<V>>>,
}

struct Entry<V> {
    name: &'static str,
    value: V,
}

/// How many slots are tried before the next segment. Every thread tries the same ones in the same order, and slots
/// never become
/// free again, so a name can never be entered twice.
const PROBES: usize = 4;

impl<V> Table<V> {
    /// A table whose first segment has `2^slots_power` slots.
    pub(crate) fn new(slots_power: u32) -> Self {
        Self { first: Segment::new(1 << slots_power) }
    }

    /// The value called `name`, made by `make` if there is none. `make` runs at most once per name that is entered.
    #[inline]
    pub(crate) fn get_or_insert_with(&self, name: &'static str, make: impl FnMut() -> V) -> &V {
        let hash = hash(name);
        // One call site gives the very same text each time, so that mostly no byte has to be compared.
        if let Some(entry) = self.first.slot(hash).get()
            && std::ptr::eq(entry.name, name)
        {
            return &entry.value;
        }
        self.search(name, hash, make)
    }

    #[inline(never)]
    fn search(&self, name: &'static str, hash: usize, mut make: impl FnMut() -> V) -> &V {
        let mut segment = &self.first;
        loop {
            for slot in segment.probe(hash) {
                let entry = slot.get_or_init(|| Entry { name, value: make() });
                if entry.name == name {
                    return &entry.value;
                }
            }
            segment = segment.next.get_or_init(|| Box::new(Segment::new(segment.slots.len() * 2)));
        }
    }

    /// The value called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.iter().find(|(entry, _)| *entry == name).map(|(_, value)| value)
    }

    /// All entries, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &V)> {
        let segments = std::iter::successors(Some(&self.first), |segment| segment.next.get().map(|next| &**next));
        segments.flat_map(|segment| &segment.slots).filter_map(OnceLock::get).map(|entry| (entry.name, &entry.value))
    }
}

impl<V> Segment<V> {
    fn new(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| OnceLock::new()).collect(), next: OnceLock::new() }
    }

    fn probe(&self, hash: usize) -> impl Iterator<Item = &OnceLock<Entry<V>>> {
        (0..PROBES).map(move |step| self.slot(hash.wrapping_add(step)))
    }

    #[inline]
    fn slot(&self, hash: usize) -> &OnceLock<Entry<V>> {
        &self.slots[hash & (self.slots.len() - 1)]
    }
}

/// Mixes the length with the first and the last eight bytes: names are short, and two that differ only in their middle
/// share a hash and are
/// told apart by comparing.
#[inline]
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let ends = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(32),
        _ => bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    };
    let mixed = (ends ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    #[allow(clippy::cast_possible_truncation, reason = "the upper bits are the well mixed ones, and come last")]
    {
        (mixed >> 32) as usize
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn more_names_than_slots_find_their_values_again() {
        let names: Vec<&'static str> = (0..500).map(|i| &*Box::leak(format!("name-{i}").into_boxed_str())).collect();
        let table = Table::new(3);
        for (i, name) in names.iter().enumerate() {
            assert_eq!(*table.get_or_insert_with(name, || i), i);
        }
        for (i, name) in names.iter().enumerate() {
            assert_eq!(*table.get_or_insert_with(name, || unreachable!()), i);
            assert_eq!(table.get(name), Some(&i));
        }
        assert_eq!(table.iter().count(), 500);
    }

    #[test]
    fn names_that_differ_only_in_their_middle_are_told_apart() {
        let names = ["a-prefix-1-a-suffix", "a-prefix-2-a-suffix", "a-prefix-3-a-suffix", "a-prefix-4-a-suffix"];
        let names = names.into_iter().chain(["a-prefix-5-a-suffix", "a-prefix-6-a-suffix"]);
        let table = Table::new(3);
        for (i, name) in names.clone().enumerate() {
            assert_eq!(*table.get_or_insert_with(name, || i), i);
        }
        assert_eq!(table.iter().count(), names.count());
    }

    #[test]
    fn threads_that_race_for_a_name_agree_on_its_value() {
        let table = Table::new(2);
        let made = AtomicUsize::new(0);
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for name in names {
                        table.get_or_insert_with(name, || made.fetch_add(1, Ordering::Relaxed));
                    }
                });
            }
        });
        assert_eq!(table.iter().count(), names.len());
        assert_eq!(made.into_inner(), names.len());
    }
}
