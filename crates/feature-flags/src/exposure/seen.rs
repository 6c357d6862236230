//! Which exposures were recorded already.

use std::sync::atomic::{AtomicU64, Ordering};

/// Remembers hashes of the current window in a table of fixed size, without a lock.
///
/// What it has not seen it takes for new, but for a collision of 56 bits among the eight places that a hash may be at, and
/// the bits that choose them: below 1 in 10^15. What it has seen it may forget, once more is alive in a set than the set
/// has places; then it takes it for new again. So duplicates are possible when it is too small, losses are not.
pub(super) struct Seen {
    places: Box<[AtomicU64]>,
    sets: usize,
}

/// Places per set.
const WAYS: usize = 8;
/// The low byte of a place says which window it is of, so that places of windows that are over are used first.
const WINDOW_BITS: u64 = 0xff;
/// Even if others change the same set all the time, a caller does not try for longer.
const ATTEMPTS: usize = 4 * WAYS;

/// Where a hash was put, so that it can be taken back.
pub(super) struct Place(usize, u64);

impl Seen {
    /// For about `capacity` hashes per window, at 8 bytes each.
    pub(super) fn new(capacity: usize) -> Self {
        let sets = capacity.div_ceil(WAYS).max(1);
        Self { places: (0..sets * WAYS).map(|_| AtomicU64::new(0)).collect(), sets }
    }

    /// Remembers `hash`, which has the window mixed in; `None` if it was there already.
    pub(super) fn insert(&self, hash: u64, window: u64) -> Option<Place> {
        // 0 marks a place that was never used.
        let tag = ((hash & !WINDOW_BITS) | (window & WINDOW_BITS)).max(1);
        let first = self.set(hash) * WAYS;
        let set = &self.places[first..first + WAYS];
        for _ in 0..ATTEMPTS {
            let mut free = None;
            for (way, place) in set.iter().enumerate() {
                let there = place.load(Ordering::Relaxed);
                if there == tag {
                    return None;
                }
                if free.is_none() && (there == 0 || there & WINDOW_BITS != window & WINDOW_BITS) {
                    free = Some((way, there));
                }
            }
            let (way, there) = free.unwrap_or_else(|| {
                let way = victim(hash);
                (way, set[way].load(Ordering::Relaxed))
            });
            if set[way].compare_exchange(there, tag, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Some(Place(first + way, tag));
            }
        }
        // It is new, and nobody remembers it: at worst it is told twice.
        Some(Place(first, 0))
    }

    /// Forgets what was just put there, unless something else took its place.
    pub(super) fn take_back(&self, Place(place, tag): &Place) {
        let _taken = self.places[*place].compare_exchange(*tag, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    #[allow(clippy::cast_possible_truncation, reason = "below the number of sets, which is a usize")]
    fn set(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.sets as u128) >> 64) as usize
    }
}

/// Which way gives way: as good as random, since bits that choose no set decide.
#[allow(clippy::cast_possible_truncation, reason = "below 8")]
fn victim(hash: u64) -> usize {
    (hash & (WAYS as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn hash(number: u64) -> u64 {
        xxh3_64(&number.to_le_bytes())
    }

    #[test]
    fn what_fits_is_new_once_per_window() {
        let seen = Seen::new(4_096);
        let mut forgotten = 0;
        for window in 0..600 {
            let of = |number: u64| hash(number ^ (window << 32));
            let first = (0..1_000).filter(|number| seen.insert(of(*number), window).is_some()).count();
            let again = (0..1_000).filter(|number| seen.insert(of(*number), window).is_some()).count();
            assert_eq!(first, 1_000, "window {window}");
            forgotten += again;
        }
        assert!(forgotten <= 1_200, "at a quarter of the capacity, {forgotten} of 600,000 were forgotten");
    }

    #[test]
    fn what_does_not_fit_is_new_again_and_nothing_is_lost() {
        let seen = Seen::new(64);
        for _ in 0..3 {
            let new = (0..10_000).filter(|number| seen.insert(hash(*number), 7).is_some()).count();
            assert!(new > 9_900, "{new}");
        }
    }

    #[test]
    fn of_many_threads_one_finds_it_new() {
        let seen = Seen::new(1 << 16);
        let new: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..5_000).filter(|number| seen.insert(hash(*number), 1).is_some()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(new, 5_000);
    }

    #[test]
    fn what_is_taken_back_is_new_again() {
        let seen = Seen::new(64);
        let place = seen.insert(hash(1), 0).expect("new");
        assert!(seen.insert(hash(1), 0).is_none());
        seen.take_back(&place);
        assert!(seen.insert(hash(1), 0).is_some());
    }
}
