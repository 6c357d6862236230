//! A quick hash for names of flags and other texts.
//!
//! Names come from files and code, not from attackers, and the hash never leaves the process: it may change with any
//! version. Short names take a few instructions, where XXH3 takes a few dozen.

use super::words::{half, word};

/// Sixteen bytes at a time are folded by a multiplication whose halves are mixed.
#[inline]
pub(crate) fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    // Spread over all bits, so that it does not meet a byte of the name.
    let length = (bytes.len() as u64).wrapping_mul(SEED_A);
    let (first, last) = match bytes.len() {
        // The two reads overlap in names of 9 to 15 bytes, and cover them.
        8.. => (word(bytes, 0), word(bytes, bytes.len() - 8)),
        4.. => (half(bytes, 0), half(bytes, bytes.len() - 4)),
        _ => (bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0),
    };
    let mut hash = fold(first ^ SEED_A ^ length, last ^ SEED_B);
    if bytes.len() > 16 {
        let end = bytes.len() - 16;
        let mut at = 8;
        while at < end {
            hash = fold(hash ^ word(bytes, at), word(bytes, at + 8) ^ SEED_B);
            at += 16;
        }
        // Overlaps what was read before, and covers what was not.
        hash = fold(hash ^ word(bytes, end), SEED_B);
    }
    hash
}

const SEED_A: u64 = 0x9E37_79B9_7F4A_7C15;
const SEED_B: u64 = 0xD1B5_4A32_D192_ED03;

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the two halves are taken apart")]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::name_hash;

    #[test]
    fn names_of_every_length_are_told_apart_by_any_byte() {
        let mut hashes = BTreeSet::new();
        let mut names = 0;
        for length in 0..40 {
            for changed in 0..=length {
                let mut name = "a".repeat(length).into_bytes();
                if let Some(byte) = name.get_mut(changed) {
                    *byte = b'b';
                }
                hashes.insert(name_hash(std::str::from_utf8(&name).unwrap()));
                names += 1;
            }
        }
        assert_eq!(hashes.len(), names);
    }

    #[test]
    fn numbered_names_spread_over_a_table() {
        let mut slots = vec![0_u32; 1 << 14];
        for number in 0..10_000 {
            slots[usize::try_from(name_hash(&format!("flag-{number}")) & 0x3FFF).unwrap()] += 1;
        }
        // At random, no slot gets more than 7 of 10,000 in 16,384 slots, but for one table in a hundred.
        assert!(slots.iter().max() <= Some(&8), "{:?}", slots.iter().max());
    }
}
