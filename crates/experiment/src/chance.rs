//! Random numbers for sampling and for the order of behaviours.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};

thread_local! {
    // One generator per thread, so that a draw writes to no memory that threads share. It holds no state of the application. The seed
    // comes from the keys that the standard library draws for its hash maps.
    static GENERATOR: RefCell<Xoshiro256PlusPlus> =
        RefCell::new(Xoshiro256PlusPlus::seed_from_u64(RandomState::new().build_hasher().finish()));
}

/// 32 random bits.
#[inline]
pub(crate) fn bits() -> u32 {
    GENERATOR.with_borrow_mut(Rng::next_u32)
}

/// An index below `bound`, which is not 0, each with the same chance.
#[inline]
pub(crate) fn below(bound: usize) -> usize {
    GENERATOR.with_borrow_mut(|generator| generator.random_range(..bound))
}

/// A sequence that follows from a seed: the same on every platform.
pub(crate) struct Seeded(Xoshiro256PlusPlus);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// As [`below`].
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(..bound)
    }
}
