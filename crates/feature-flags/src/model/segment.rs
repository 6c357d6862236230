//! Many keys under one name.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use crate::bucket::with_key;
use crate::context::Value;

/// A list of keys that rules name as `segment("beta")`: also of a million.
///
/// It keeps a hash of 64 bits of each key, so that it takes 8.1 bytes per key, whatever their length. That a key which is not
/// in it has the hash of one that is, has a chance of one in 18 trillion for a million keys.
///
/// ```
/// use feature_flags::{Flag, Flags, MapContext, Rule, Segment};
///
/// let flags = Flags::builder()
///     .segment("beta", Segment::of(["17", "42"]))
///     .flag(Flag::new("new-search").rule(Rule::new().when(r#"segment("beta")"#.parse()?)))
///     .build();
/// assert!(flags.enabled("new-search", &MapContext::new().with("id", 42)));
/// assert!(!flags.enabled("new-search", &MapContext::new().with("id", 43)));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    by: Option<String>,
    /// In ascending order, each once.
    hashes: Box<[u64]>,
    starts: Starts,
}

impl Segment {
    /// A segment of these keys, in any order; numbers are written as digits.
    pub fn of<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self::from_hashes(keys.into_iter().map(|key| xxh3_64(key.as_ref().as_bytes())))
    }

    /// A segment of keys whose hashes are known, in any order, as places that keep segments have them.
    ///
    /// ```
    /// use feature_flags::Segment;
    ///
    /// let segment = Segment::of(["17", "42"]);
    /// assert_eq!(Segment::from_hashes(segment.hashes().iter().copied()), segment);
    /// ```
    pub fn from_hashes(hashes: impl IntoIterator<Item = u64>) -> Self {
        let mut hashes: Vec<u64> = hashes.into_iter().collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self::sorted(hashes)
    }

    /// The hashes of its keys, in ascending order: XXH3 of 64 bits over the key's bytes, today and in every later version.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Looks the attribute at `path` up in it instead of the context's key.
    #[must_use]
    pub fn by(mut self, path: impl Into<String>) -> Self {
        self.by = Some(path.into());
        self
    }

    /// The path that is looked up, if it is not the key.
    pub fn path(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether `key` is in it.
    pub fn contains(&self, key: &str) -> bool {
        self.has(xxh3_64(key.as_bytes()))
    }

    /// `None` for values that cannot be keys.
    pub(crate) fn contains_value(&self, key: Value<'_>) -> Option<bool> {
        with_key(key, |key| self.has(xxh3_64(key)))
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let (from, guess, to) = self.starts.around(hash);
        // Always as many are compared, whether the hash is among them or not: a search would end where no processor
        // expects it. Only a guess that is far off needs one.
        let first = guess.saturating_sub(COMPARED / 2).min(self.hashes.len().saturating_sub(COMPARED));
        match self.hashes.get(first..).and_then(<[u64]>::first_chunk::<COMPARED>) {
            Some(near) if (near[0]..=near[COMPARED - 1]).contains(&hash) => {
                near.iter().map(|other| usize::from(*other == hash)).sum::<usize>() > 0
            }
            _ => self.hashes.get(from..to).is_some_and(|group| group.binary_search(&hash).is_ok()),
        }
    }

    fn sorted(hashes: Vec<u64>) -> Self {
        let starts = Starts::of(&hashes);
        Self { by: None, hashes: hashes.into(), starts }
    }
}

/// Guesses are 3 places off at most times, so that one in thirty is too far off for these.
const COMPARED: usize = 12;

/// Where the hashes of each group begin, and at last where all end.
///
/// Hashes are spread evenly, so that the leading bits of one tell its group, and the bits behind them about where in the
/// group it would be. Groups are so large that this table stays in the nearest caches beside a million hashes: what
/// remains is one look far away.
#[derive(Clone, PartialEq, Eq)]
enum Starts {
    /// How far from the place where an even spread has it.
    Near(Box<[i16]>),
    /// The place itself, of hashes that are not spread evenly.
    Far(Box<[u32]>),
}

const PER_GROUP: usize = 32;

impl Starts {
    fn of(hashes: &[u64]) -> Self {
        let groups = hashes.len().div_ceil(PER_GROUP).max(1);
        let near = |(group, start)| i16::try_from(offset(group, start)).ok();
        match starts(hashes, groups).enumerate().map(near).collect() {
            Some(near) => Self::Near(near),
            None => Self::Far(starts(hashes, groups).map(place).collect()),
        }
    }

    /// Where the group of a hash begins, about where in it the hash would be, and where it ends.
    #[inline]
    fn around(&self, hash: u64) -> (usize, usize, usize) {
        let groups = match self {
            Self::Near(starts) => starts.len() - 1,
            Self::Far(starts) => starts.len() - 1,
        };
        let (group, rest) = spread(hash, groups);
        let (from, to) = match self {
            Self::Near(starts) => (near(starts, group), near(starts, group + 1)),
            Self::Far(starts) => (starts[group] as usize, starts[group + 1] as usize),
        };
        (from, from + spread(rest, to.saturating_sub(from)).0, to)
    }
}

/// Where each of `groups` begins, and the end.
fn starts(hashes: &[u64], groups: usize) -> impl Iterator<Item = usize> {
    let mut next = 0;
    (0..=groups).map(move |group| {
        next += hashes[next..].iter().take_while(|hash| spread(**hash, groups).0 < group).count();
        next
    })
}

fn offset(group: usize, start: usize) -> i64 {
    let whole = |place: usize| i64::try_from(place).expect("memory is far smaller");
    whole(start) - whole(group * PER_GROUP)
}

#[inline]
fn near(starts: &[i16], group: usize) -> usize {
    (group * PER_GROUP).saturating_add_signed(isize::from(starts[group]))
}

/// Which of `groups` a hash belongs to, and where in the group, as a share of it out of 2^64.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the two halves are taken apart")]
fn spread(hash: u64, groups: usize) -> (usize, u64) {
    let product = u128::from(hash) * groups as u128;
    ((product >> 64) as usize, product as u64)
}

fn place(index: usize) -> u32 {
    u32::try_from(index).expect("memory does not hold four billion keys' texts at once")
}

/// Only how many: who is in it has no place in logs.
impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("by", &self.by).field("keys", &self.hashes.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_no_other() {
        for size in [0, 1, 2, 3, 10, 1_000, 50_000] {
            let segment = Segment::of((0..size).map(|key| key.to_string()));
            assert_eq!(segment.len(), size);
            assert!((0..size).all(|key| segment.contains(&key.to_string())));
            assert!((size..size + 1_000).all(|key| !segment.contains(&key.to_string())));
        }
    }

    #[test]
    fn a_key_takes_little_more_than_eight_bytes() {
        for size in [1_000, 4_095, 65_536, 100_000] {
            let segment = Segment::of((0..size).map(|key: usize| key.to_string()));
            let Starts::Near(starts) = &segment.starts else { panic!("hashes of keys are spread evenly") };
            let bytes = size_of_val(&*segment.hashes) + size_of_val(&**starts);
            assert!(10 * bytes <= 81 * size + 100, "{bytes} bytes for {size} keys");
        }
    }

    #[test]
    fn uneven_hashes_and_the_ends_are_found_too() {
        for many in [100, 100_000] {
            let hashes: Vec<u64> = (0..many).chain(u64::MAX - many..=u64::MAX).collect();
            let segment = Segment::sorted(hashes.clone());
            assert_eq!(matches!(segment.starts, Starts::Far(_)), many > 30_000);
            assert!(hashes.iter().all(|hash| segment.has(*hash)));
            assert!((many..many + 300).chain([u64::MAX / 2, u64::MAX - many - 1]).all(|hash| !segment.has(hash)));
        }
    }

    proptest::proptest! {
        #[test]
        fn hashes_of_any_spread_are_found_and_no_other(
            hashes in proptest::collection::btree_set(proptest::prelude::any::<u64>(), 0..200),
            shift in 0_u32..64,
            others in proptest::collection::vec(proptest::prelude::any::<u64>(), 50),
        ) {
            let hashes: std::collections::BTreeSet<u64> = hashes.into_iter().map(|hash| hash >> shift).collect();
            let segment = Segment::from_hashes(hashes.iter().copied());
            let near = hashes.iter().flat_map(|hash| [hash.wrapping_sub(1), *hash, hash.wrapping_add(1)]);
            for hash in near.chain(others) {
                proptest::prop_assert_eq!(segment.has(hash), hashes.contains(&hash));
            }
        }
    }
}
