//! Whom a call is for, and where that falls among all: the part of sampling that may never change.

use std::fmt;
use std::io::Write;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::rate::Rate;

/// Whom a call is for: the id of a user, a tenant, an order. A share of the keys takes part, always the same ones.
///
/// It is hashed and kept nowhere; `Debug` does not show it.
///
/// # Public contract
/// `place = xxh3_64(key, seed = xxh3_64(experiment)) >> 32` over the UTF-8 bytes of the name of the experiment and of the
/// key, with XXH3 of 64 bits as published with xxHash 0.8; numbers are hashed as their decimal digits. A key takes part
/// where `place / 2^32` is below the rate, so raising the rate never takes anybody out. This holds on every platform and in
/// every version of this crate; the golden vectors in its tests never change. It is the hash of the buckets of the crate
/// `feature-flags`: a flag whose salt is the name of the experiment has the same keys at the same share.
///
/// ```
/// use experiment::{Key, Rate};
///
/// let key = Key::from("user-1");
/// assert_eq!(key.place("new-search"), 1_371_599_367);
/// assert!(key.takes_part("new-search", Rate::percent(32.0)?) && !key.takes_part("new-search", Rate::percent(31.0)?));
/// assert_eq!(Key::from(17_u64).place("new-search"), Key::from("17").place("new-search"));
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// # Ok::<(), experiment::RateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key<'k>(Kind<'k>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind<'k> {
    Text(&'k str),
    Number(u64),
}

impl Key<'_> {
    /// Where the key falls in that experiment, `0..2^32`, all places being equally likely. Costs two short hashes.
    pub fn place(self, experiment: &str) -> u32 {
        self.place_under(Salt::of(experiment))
    }

    /// Whether the key is among the share that takes part in that experiment. Costs two short hashes.
    pub fn takes_part(self, experiment: &str, rate: Rate) -> bool {
        rate.takes_in(self.place(experiment))
    }

    pub(crate) fn place_under(self, salt: Salt) -> u32 {
        let hash = match self.0 {
            Kind::Text(text) => xxh3_64_with_seed(text.as_bytes(), salt.0),
            Kind::Number(number) => {
                let mut digits = [0; 20];
                let mut rest = &mut digits[..];
                write!(rest, "{number}").expect("a number of 64 bits has at most 20 digits");
                let unused = rest.len();
                xxh3_64_with_seed(&digits[..20 - unused], salt.0)
            }
        };
        u32::try_from(hash >> 32).expect("the upper half of 64 bits has 32")
    }
}

impl<'k> From<&'k str> for Key<'k> {
    fn from(text: &'k str) -> Self {
        Self(Kind::Text(text))
    }
}

impl<'k> From<&'k String> for Key<'k> {
    fn from(text: &'k String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<u64> for Key<'_> {
    fn from(number: u64) -> Self {
        Self(Kind::Number(number))
    }
}

impl From<u32> for Key<'_> {
    fn from(number: u32) -> Self {
        Self(Kind::Number(number.into()))
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The name of an experiment, hashed once.
#[derive(Clone, Copy)]
pub(crate) struct Salt(u64);

impl Salt {
    pub(crate) fn of(experiment: &str) -> Self {
        Self(xxh3_64(experiment.as_bytes()))
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    /// Never to be changed: they are what keeps the same users in, from version to version. Computed with the `xxhash`
    /// package of Python, which wraps the reference implementation.
    #[test]
    fn places_are_the_golden_ones() {
        let golden = [
            ("users-query", "user-1", 3_092_388_036),
            ("users-query", "user-2", 1_680_832_856),
            ("users-query", "", 1_276_659_561),
            ("users-query", "Żółć", 412_375_880),
            ("", "user-1", 24_544_831),
            ("new-search", "user-1", 1_371_599_367),
        ];
        for (experiment, key, place) in golden {
            assert_eq!(Key::from(key).place(experiment), place, "{experiment} {key}");
        }
        let long = "user-1".repeat(60);
        assert_eq!(Key::from(&long).place("users-query"), 3_330_320_837);
        assert_eq!(Key::from(u64::MAX).place("users-query"), 3_384_646_597);
    }
}
