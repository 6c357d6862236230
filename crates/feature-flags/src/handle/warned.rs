//! Who has been warned about already.

use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

/// Names seen once, in bounded memory and without a lock; when it is full, every name counts as seen.
pub(super) struct Warned {
    hashes: [AtomicU64; CAPACITY],
}

const CAPACITY: usize = 256;

impl Warned {
    pub(super) fn new() -> Self {
        Self { hashes: [const { AtomicU64::new(0) }; CAPACITY] }
    }

    /// Whether `name` comes for the first time.
    pub(super) fn is_first(&self, name: &str) -> bool {
        // 0 marks a free place.
        let hash = xxh3_64(name.as_bytes()).max(1);
        self.hashes.iter().find_map(|place| {
            match place.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => Some(true),
                Err(other) => (other == hash).then_some(false),
            }
        }) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_first_once_and_memory_is_bounded() {
        let warned = Warned::new();
        assert!(warned.is_first("a") && !warned.is_first("a") && warned.is_first("b"));
        let firsts = (0..10_000).filter(|number| warned.is_first(&number.to_string())).count();
        assert_eq!(firsts, CAPACITY - 2);
    }
}
