//! The source of chance: xoshiro256++ seeded through `SplitMix64`, both by Blackman and Vigna (prng.di.unimi.it).
//!
//! A seed printed by one version must replay in the next, so the algorithm is part of the crate's contract and does not
//! come from a dependency.

/// Mixes a number so that near seeds give unrelated numbers.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where chance comes from.
#[derive(Debug, Clone)]
pub(crate) struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    Seed([u64; 4]),
    /// A fuzzer decides; where the bytes end, everything is 0.
    Bytes {
        bytes: Vec<u8>,
        at: usize,
    },
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        Self(Source::Seed([0, 1, 2, 3].map(|at| mix(seed.wrapping_add(step.wrapping_mul(at))))))
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self(Source::Bytes { bytes: bytes.to_vec(), at: 0 })
    }

    /// Whether there is nothing left to decide with; never for a seed.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(&self.0, Source::Bytes { bytes, at } if *at >= bytes.len())
    }

    pub(crate) fn next(&mut self) -> u64 {
        match &mut self.0 {
            Source::Seed(state) => step(state),
            Source::Bytes { bytes, at } => take(bytes, at, 8),
        }
    }

    /// A number in `0..=max`, each as likely up to a bias of `max / 2^64`, which no test can notice.
    pub(crate) fn up_to(&mut self, max: u64) -> u64 {
        match &mut self.0 {
            Source::Seed(state) => {
                let wide = u128::from(step(state)) * (u128::from(max) + 1);
                u64::try_from(wide >> 64).expect("the upper half of a product fits")
            }
            // As few bytes as will do: a fuzzer that changes one should change one thing.
            Source::Bytes { bytes, at } => {
                let count = (64 - max.leading_zeros()).div_ceil(8);
                let number = take(bytes, at, count as usize);
                max.checked_add(1).map_or(number, |choices| number % choices)
            }
        }
    }

    /// `true` in `part` of `of` cases.
    pub(crate) fn chance(&mut self, part: u64, of: u64) -> bool {
        self.up_to(of - 1) < part
    }

    /// A number in `0..=max` with small ones and the ends more likely: bugs live there.
    pub(crate) fn sized(&mut self, max: u64) -> u64 {
        const FLAT: u64 = 32;
        if max < FLAT {
            return self.up_to(max);
        }
        match self.up_to(15) {
            // Both ends of a range around 0 are among the last three: 0, 1, -1, ..., 127, -127, -128.
            0 => max - self.up_to(2),
            1..8 => self.up_to(max),
            _ => {
                let bits = u64::from(64 - max.leading_zeros());
                let width = self.up_to(bits);
                self.up_to(
                    max.min((1_u64.checked_shl(u32::try_from(width).expect("at most 64"))).map_or(u64::MAX, |n| n - 1)),
                )
            }
        }
    }
}

fn step([a, b, c, d]: &mut [u64; 4]) -> u64 {
    let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
    let shifted = *b << 17;
    *c ^= *a;
    *d ^= *b;
    *b ^= *c;
    *a ^= *d;
    *c ^= shifted;
    *d = d.rotate_left(45);
    result
}

fn take(bytes: &[u8], at: &mut usize, count: usize) -> u64 {
    let mut word = [0; 8];
    let taken = bytes.get(*at..).unwrap_or_default().iter().take(count);
    word.iter_mut().zip(taken).for_each(|(into, byte)| *into = *byte);
    *at += count;
    u64::from_le_bytes(word)
}
