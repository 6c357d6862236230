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

/// 32 random bits, by `wyrand` (Wang Yi, `wyhash`, 2019 and later): its state is one word that goes through all others, and a draw an addition and
/// one multiplication, which is what a call that takes no part pays. Its authors and others report that it passes `BigCrush` and
/// `PractRand`.
#[inline]
pub(crate) fn bits() -> u32 {
    STATE.with(|state| {
        let mut word = state.get();
        if word == 0 {
            word = seed();
        }
        word = word.wrapping_add(STEP);
        state.set(word);
        #[allow(clippy::cast_possible_truncation, reason = "the lower half of 64 bits")]
        {
            mix(word) as u32
        }
    })
}

/// Odd, so that the state comes back only after all 2^64 others.
const STEP: u64 = 0x2d35_8dcc_aa6c_78a5;
/// What the state is multiplied by is the state, with these of its bits turned over.
const FLIPS: u64 = 0x8bb8_4b93_962e_acc9;

#[inline]
fn mix(word: u64) -> u64 {
    let product = u128::from(word) * u128::from(word ^ FLIPS);
    #[allow(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    {
        (product >> 64) as u64 ^ product as u64
    }
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
    fn it_is_the_generator_of_that_name() {
        // The first outputs for the seed 1234567, computed with integers of any size.
        let outputs = (1..=3_u64).map(|step| mix(1_234_567_u64.wrapping_add(STEP.wrapping_mul(step))));
        let known = [13_725_641_357_320_173_039, 13_099_500_103_347_697_343, 1_505_849_618_603_060_667];
        assert_eq!(outputs.collect::<Vec<_>>(), known);
    }

    #[test]
    fn every_bit_is_set_in_half_of_the_draws_and_none_follows_another() {
        const DRAWS: usize = 100_000;
        let draws: Vec<_> = (0..DRAWS).map(|_| bits()).collect();
        // Six standard deviations, at 32 bits in two senses.
        let near_half = |count: usize| count.abs_diff(DRAWS / 2) < 950;
        for bit in 0..32 {
            assert!(near_half(draws.iter().filter(|draw| *draw >> bit & 1 == 1).count()), "bit {bit}");
            let changes = draws.windows(2).filter(|pair| (pair[0] ^ pair[1]) >> bit & 1 == 1).count();
            assert!(near_half(changes), "bit {bit} from one draw to the next");
        }
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
