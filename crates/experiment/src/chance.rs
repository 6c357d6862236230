//! Random numbers for sampling and for the order of behaviours.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

thread_local! {
    // One generator per thread, so that a draw writes to no memory that threads share. It holds no state of the
    // application; 0 until the first draw.
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// 32 random bits, by `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
/// its state is one word, and a draw an addition and two multiplications, which is what a call that takes no part pays.
#[inline]
pub(crate) fn bits() -> u32 {
    STATE.with(|state| {
        let mut word = state.get();
        if word == 0 {
            word = seed();
        }
        word = word.wrapping_add(GAMMA);
        state.set(word);
        #[allow(clippy::cast_possible_truncation, reason = "the upper half of 64 bits")]
        {
            (mix(word) >> 32) as u32
        }
    })
}

/// The golden ratio, in 64 bits.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// From the keys that the standard library draws for its hash maps.
#[cold]
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_generator_of_the_paper() {
        // The first outputs for the seed 1234567, as in the reference implementation by Vigna.
        let outputs = (1..=3_u64).map(|step| mix(1_234_567_u64.wrapping_add(GAMMA.wrapping_mul(step))));
        let known = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(outputs.collect::<Vec<_>>(), known);
    }

    #[test]
    fn threads_draw_different_numbers_and_all_bits_are_used() {
        let draws = || (0..64).map(|_| bits()).collect::<Vec<_>>();
        let (mine, theirs) = (draws(), std::thread::spawn(draws).join().unwrap());
        assert_ne!(mine, theirs);
        let (any, all) = mine.iter().fold((0, u32::MAX), |(any, all), draw| (any | draw, all & draw));
        assert_eq!((any, all), (u32::MAX, 0));
    }
}
