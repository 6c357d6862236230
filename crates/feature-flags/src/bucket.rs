//! Where a key falls: the part of this crate that may never change.

use std::fmt;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::Percent;
use crate::Value;

/// Where a key falls among 100,000 equal parts, for one salt.
///
/// # Public contract
/// `bucket = (xxh3_64(key, seed = xxh3_64(salt)) * 100_000) >> 64`, in 128-bit arithmetic, over the UTF-8 bytes of salt
/// and key, with XXH3 of 64 bits as published with xxHash 0.8. Numbers are hashed as their decimal digits, `true` and
/// `false` as those words. This holds on every platform and in every version of this crate; the golden vectors in its
/// tests never change. A percentage takes in the buckets below it, so raising it never takes anybody out.
///
/// The salt is the flag's name unless the flag has a `salt`, so that two flags are not correlated.
///
/// ```
/// use feature_flags::{Bucket, Percent};
///
/// let bucket = Bucket::of("new-search", "user-1");
/// assert_eq!(bucket.number(), 31_935);
/// assert_eq!(bucket.to_string(), "31.935%");
/// assert!(bucket.is_within(Percent::ALL) && !bucket.is_within(Percent::NONE));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    number: u32,
}

impl Bucket {
    /// How many buckets there are: one per thousandth of a percent.
    pub const COUNT: u32 = 100_000;

    /// The bucket of `key` for `salt`, the name of the flag unless it says otherwise. Costs two short hashes.
    pub fn of(salt: &str, key: &str) -> Self {
        Self::new(Salt::new(salt), key.as_bytes())
    }

    /// The bucket's number, `0..100_000`.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// Whether a rollout to `share` of all takes this bucket in.
    pub const fn is_within(self, share: Percent) -> bool {
        self.number < share.thousandths()
    }

    pub(crate) fn new(salt: Salt, key: &[u8]) -> Self {
        let hash = u128::from(xxh3_64_with_seed(key, salt.0));
        let number =
            u32::try_from((hash * u128::from(Self::COUNT)) >> 64).expect("below 100,000, since the hash is below 2^64");
        Self { number }
    }

    /// The bucket of any value that can stand for somebody; `None` for fractions, addresses, times and lists.
    #[inline]
    pub(crate) fn of_value(salt: Salt, key: Value<'_>) -> Option<Self> {
        with_key(key, |key| Self::new(salt, key))
    }
}

/// As a share, `61.3%`: a rollout above it takes the bucket in.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Percent::from_thousandths(self.number).expect("buckets are below 100,000").fmt(f)
    }
}

/// The bytes that stand for somebody; `None` for fractions, addresses, times and lists.
#[inline]
pub(crate) fn with_key<T>(key: Value<'_>, then: impl FnOnce(&[u8]) -> T) -> Option<T> {
    match key {
        Value::Text(key) => Some(then(key.as_bytes())),
        Value::Integer(key) => Some(then(Digits::of(key).as_bytes())),
        Value::Bool(key) => Some(then(if key { b"true" } else { b"false" })),
        _ => None,
    }
}

/// A salt, hashed once when a flag is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Salt(u64);

impl Salt {
    pub(crate) fn new(salt: &str) -> Self {
        Self::of(salt.as_bytes())
    }

    /// Of the bytes of a text.
    pub(crate) fn of(salt: &[u8]) -> Self {
        Self(xxh3_64(salt))
    }
}

/// The decimal digits of a number, without an allocation.
struct Digits {
    bytes: [u8; 40],
    start: usize,
}

impl Digits {
    fn of(number: i128) -> Self {
        let mut digits = Self { bytes: [0; 40], start: 40 };
        let mut rest = number.unsigned_abs();
        // Division of 128 bits is slow, and ids rarely need it.
        while rest > u128::from(u64::MAX) {
            digits.push(u8::try_from(rest % 10).expect("a digit"));
            rest /= 10;
        }
        let mut rest = u64::try_from(rest).expect("made small enough above");
        loop {
            digits.push(u8::try_from(rest % 10).expect("a digit"));
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            digits.start -= 1;
            digits.bytes[digits.start] = b'-';
        }
        digits
    }

    fn push(&mut self, digit: u8) {
        self.start -= 1;
        self.bytes[self.start] = b'0' + digit;
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn digits_are_those_of_display() {
        for number in
            [0, 7, -1, 42, i128::from(i64::MIN), i128::from(u64::MAX), i128::from(u64::MAX) + 1, i128::MAX, i128::MIN]
        {
            assert_eq!(Digits::of(number).as_bytes(), number.to_string().as_bytes());
        }
    }
}
