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

#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        Self { state: [0, 1, 2, 3].map(|at| mix(seed.wrapping_add(step.wrapping_mul(at)))) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
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

    /// A number in `0..=max`, each as likely up to a bias of `max / 2^64`, which no test can notice.
    pub(crate) fn up_to(&mut self, max: u64) -> u64 {
        let wide = u128::from(self.next()) * (u128::from(max) + 1);
        u64::try_from(wide >> 64).expect("the upper half of a product fits")
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
