//! An append-only table from names to values that is read without a lock.

use std::{array, iter, ptr};

use crate::sync::OnceLock;

/// Values by name. Entries are never removed, so a reference to one lives as long as the table, and looking one up is a
/// hash, a
/// load and a comparison: no lock, no write to shared memory.
///
/// How many slots there are at first is part of the type: where the name is a literal, so is the place of its slot.
pub(crate) struct Table<V, const FIRST: usize> {
    first: Box<[Slot<V>; FIRST]>,
    /// Where names go that found no slot there.
    next: OnceLock<Box<Segment<V>>>,
}

struct Segment<V> {
    slots: Box<[Slot<V>]>,
    next: OnceLock<Box<Segment<V>>>,
}

type Slot<V> = OnceLock<Entry<V>>;

struct Entry<V> {
    name: &'static str,
    value: V,
}

/// How many slots are tried before the next segment. Every thread tries the same ones in the same order, and slots
/// never become
/// free again, so a name can never be entered twice.
const PROBES: usize = 4;

impl<V, const FIRST: usize> Table<V, FIRST> {
    /// A table of nothing.
    pub(crate) fn new() -> Self {
        const { assert!(FIRST.is_power_of_two(), "a hash is cut to a place by a mask") }
        Self { first: Box::new(array::from_fn(|_| OnceLock::new())), next: OnceLock::new() }
    }

    /// The value called `name`, if one look finds it: mostly, for names that were entered.
    #[inline]
    pub(crate) fn get_at_once(&self, name: &'static str) -> Option<&V> {
        let entry = self.first[hash(name) & (FIRST - 1)].get()?;
        // One call site gives the very same text each time, so that mostly no byte has to be compared.
        ptr::eq(entry.name, name).then_some(&entry.value)
    }

    /// The value called `name`, made by `make` if there is none. `make` runs at most once per name that is entered.
    #[inline]
    pub(crate) fn get_or_insert_with(&self, name: &'static str, make: impl FnMut() -> V) -> &V {
        self.get_at_once(name).unwrap_or_else(|| self.search(name, make))
    }

    #[inline(never)]
    fn search(&self, name: &'static str, mut make: impl FnMut() -> V) -> &V {
        let hash = hash(name);
        let (mut slots, mut next) = (&self.first[..], &self.next);
        loop {
            for step in 0..PROBES {
                let slot = &slots[hash.wrapping_add(step) & (slots.len() - 1)];
                let entry = slot.get_or_init(|| Entry { name, value: make() });
                if entry.name == name {
                    return &entry.value;
                }
            }
            let segment = next.get_or_init(|| Box::new(Segment::new(slots.len() * 2)));
            (slots, next) = (&segment.slots, &segment.next);
        }
    }

    /// The value called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.iter().find(|(entry, _)| *entry == name).map(|(_, value)| value)
    }

    /// All entries, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &V)> {
        let segments = iter::successors(self.next.get(), |segment| segment.next.get());
        let slots = self.first.iter().chain(segments.flat_map(|segment| &segment.slots));
        slots.filter_map(OnceLock::get).map(|entry| (entry.name, &entry.value))
    }
}

impl<V> Segment<V> {
    fn new(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| OnceLock::new()).collect(), next: OnceLock::new() }
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
        let table = Table::<_, 8>::new();
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
        let table = Table::<_, 8>::new();
        for (i, name) in names.clone().enumerate() {
            assert_eq!(*table.get_or_insert_with(name, || i), i);
        }
        assert_eq!(table.iter().count(), names.count());
    }

    #[test]
    fn threads_that_race_for_a_name_agree_on_its_value() {
        let table = Table::<_, 4>::new();
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
