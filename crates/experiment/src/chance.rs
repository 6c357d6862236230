//! Random numbers for sampling and for the order of behaviours.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

thread_local! {
    // One generator per thread, so that a draw writes to no memory that threads share. It holds no state of the
    // application. The seed
    // comes from the keys that the standard library draws for its hash maps.
    static GENERATOR: RefCell<Xoshiro256PlusPlus> =
        RefCell::new(Xoshiro256PlusPlus::seed_from_u64(RandomState::new().build_hasher().finish()));
}

/// 32 random bits.
#[inline]
pub(crate) fn bits() -> u32 {
    GENERATOR.with_borrow_mut(Rng::next_u32)
}

/// An index below `bound`, which is not 0, each with the same chance up to `bound` in 2^32.
#[inline]
pub(crate) fn below(bound: usize) -> usize {
    scaled(bits(), bound)
}

/// The upper half of a product is a draw below the factor, without the division or the loop of an exact one.
#[inline]
fn scaled(bits: u32, bound: usize) -> usize {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the product of 32 bits and a bound, shifted by 32, is below the bound"
    )]
    {
        ((u64::from(bits) * bound as u64) >> 32) as usize
    }
}

/// A sequence that follows from a seed: the same on every platform.
pub(crate) struct Seeded(Xoshiro256PlusPlus);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// As [`below`], for bounds of any size.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.0.next_u64()) * bound as u128;
        usize::try_from(product >> 64).expect("the upper half of a product with 64 bits is below the bound")
    }
}
