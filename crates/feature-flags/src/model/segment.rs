//! Many keys under one name.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use crate::bucket::with_key;
use crate::context::Value;

/// A list of keys that rules name as `segment("beta")`: also of a million.
///
/// It keeps a hash of 64 bits of each key, so that it takes at most 9 bytes per key, whatever their length. That a key which is not
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
    /// Where the hashes with the same leading bits begin, and at last where all end: some four to eight each.
    starts: Box<[u32]>,
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
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule, Segment};
    ///
    /// let acme = Segment::of(["acme"]).by("org.id");
    /// assert!(acme.contains("acme") && !acme.contains("other"));
    /// let rule = Rule::new().when(r#"segment("beta")"#.parse()?);
    /// let flags = Flags::builder().segment("beta", acme).flag(Flag::new("new-search").rule(rule)).build();
    /// assert!(flags.enabled("new-search", &("org.id", "acme")));
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
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

    /// Hashes are spread evenly, so that their leading bits lead to the few among which one would be.
    fn has(&self, hash: u64) -> bool {
        let group = leading(hash, self.starts.len() - 1);
        let (Some(from), Some(to)) = (self.starts.get(group), self.starts.get(group + 1)) else { return false };
        let few = self.hashes.get(*from as usize..*to as usize).unwrap_or_default();
        if few.len() > MOST_IN_A_ROW { few.binary_search(&hash).is_ok() } else { few.contains(&hash) }
    }

    fn sorted(hashes: Vec<u64>) -> Self {
        let groups = (hashes.len() / PER_GROUP).next_power_of_two();
        let mut starts = Vec::with_capacity(groups + 1);
        let mut next = 0;
        for group in 0..groups {
            starts.push(place(next));
            next += hashes[next..].iter().take_while(|hash| leading(**hash, groups) == group).count();
        }
        starts.push(place(next));
        Self { by: None, hashes: hashes.into(), starts: starts.into() }
    }
}

const PER_GROUP: usize = 8;
/// Keys made to have such hashes are found by halving.
const MOST_IN_A_ROW: usize = 64;

/// Which of `groups`, a power of two, a hash belongs to.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "below the number of groups, which is a usize")]
fn leading(hash: u64, groups: usize) -> usize {
    ((u128::from(hash) * groups as u128) >> 64) as usize
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
    fn a_key_takes_at_most_nine_bytes() {
        for size in [1_000, 4_095, 65_536, 100_000] {
            let segment = Segment::of((0..size).map(|key: usize| key.to_string()));
            let bytes = size_of_val(&*segment.hashes) + size_of_val(&*segment.starts);
            assert!(bytes <= 9 * size + 8, "{bytes} bytes for {size} keys");
        }
    }

    #[test]
    fn uneven_hashes_and_the_ends_are_found_too() {
        let hashes: Vec<u64> = (0..100).chain(u64::MAX - 100..=u64::MAX).collect();
        let segment = Segment::sorted(hashes.clone());
        assert!(hashes.iter().all(|hash| segment.has(*hash)));
        assert!((100..300).chain([u64::MAX / 2, u64::MAX - 101]).all(|hash| !segment.has(hash)));
    }
}
