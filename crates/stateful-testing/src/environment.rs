//! Settings from the environment.

use std::collections::hash_map::RandomState;
use std::env;
use std::hash::{BuildHasher, Hasher};

use crate::failure::Failure;

/// What the environment says; it goes before what the code says.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) seed: Option<u64>,
    pub(crate) cases: Option<u32>,
    pub(crate) budget: Option<u32>,
    pub(crate) replay: Option<String>,
    pub(crate) shard: Option<Shard>,
}

/// One of several machines that share a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 0.
    pub(crate) index: u32,
    pub(crate) of: u32,
}

impl Shard {
    pub(crate) const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a case is this one's.
    pub(crate) fn has(self, case: u32) -> bool {
        case % self.of == self.index
    }

    /// Which of `cases` are this one's.
    pub(crate) fn cases(self, cases: u32) -> impl Iterator<Item = u32> {
        (self.index..cases).step_by(self.of as usize)
    }
}

impl Environment {
    pub(crate) fn read<C>() -> Result<Self, Failure<C>> {
        Ok(Self {
            seed: variable("STATEFUL_SEED", "should be a number such as 42 or 0x2a", parse_seed)?,
            cases: variable("STATEFUL_CASES", "should be a number from 1", |text| text.parse().ok())?,
            budget: variable("STATEFUL_BUDGET", "should be a number from 1", |text| text.parse().ok())?,
            replay: variable("STATEFUL_REPLAY", "should be what a report prints", |text| Some(text.to_owned()))?,
            shard: variable("STATEFUL_SHARD", "should be like 3/8, from 1/8 to 8/8", parse_shard)?,
        })
    }
}

/// A seed that nobody has chosen.
pub(crate) fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn variable<T, C>(
    name: &'static str,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Failure<C>> {
    let Some(value) = env::var_os(name) else { return Ok(None) };
    let value = value.to_string_lossy().into_owned();
    match parse(value.trim()) {
        Some(parsed) => Ok(Some(parsed)),
        None => Err(Failure::setting(name, value, expected)),
    }
}

fn parse_seed(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn parse_shard(text: &str) -> Option<Shard> {
    let (index, of) = text.split_once('/')?;
    let (index, of): (u32, u32) = (index.trim().parse().ok()?, of.trim().parse().ok()?);
    (1..=of).contains(&index).then(|| Shard { index: index - 1, of })
}

#[cfg(test)]
mod tests {
    use super::{Shard, parse_seed, parse_shard};

    #[test]
    fn seeds_are_read_as_they_are_printed() {
        assert_eq!(parse_seed(&format!("{:#x}", u64::MAX)), Some(u64::MAX));
        assert_eq!(parse_seed("42"), Some(42));
        assert_eq!(parse_seed("fast"), None);
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(parse_shard("3/8"), Some(Shard { index: 2, of: 8 }));
        for wrong in ["0/8", "9/8", "3", "3/0", "a/b"] {
            assert_eq!(parse_shard(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shards_make_up_the_whole_without_overlap() {
        let mut all: Vec<u32> = (0..3).flat_map(|index| Shard { index, of: 3 }.cases(10)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }
}
