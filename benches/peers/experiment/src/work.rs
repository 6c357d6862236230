//! What is experimented on.

use std::hint::black_box;

/// The old code: a checksum of one small record, some tens of nanoseconds.
#[inline(never)]
pub(crate) fn old(record: u64) -> u64 {
    (0..96).fold(record, |sum, round| (sum ^ round).wrapping_mul(0x0100_0000_01b3))
}

/// The new code, which does the same in the same time; a copy, so that the compiler cannot merge the two calls.
#[inline(never)]
pub(crate) fn new(record: u64) -> u64 {
    (0..96).fold(black_box(record), |sum, round| (sum ^ round).wrapping_mul(0x0100_0000_01b3))
}

/// New code that is always wrong.
#[inline(never)]
pub(crate) fn wrong(record: u64) -> u64 {
    new(record) ^ 1
}
