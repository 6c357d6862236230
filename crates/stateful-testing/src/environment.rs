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
}

impl Environment {
    pub(crate) fn read<C>() -> Result<Self, Failure<C>> {
        Ok(Self {
            seed: variable("STATEFUL_SEED", "a number such as 42 or 0x2a", parse_seed)?,
            cases: variable("STATEFUL_CASES", "a number from 1", |text| text.parse().ok())?,
            budget: variable("STATEFUL_BUDGET", "a number from 1", |text| text.parse().ok())?,
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
        None => Err(Failure::Setting { name, value, expected }),
    }
}

fn parse_seed(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_seed;

    #[test]
    fn seeds_are_read_as_they_are_printed() {
        assert_eq!(parse_seed(&format!("{:#x}", u64::MAX)), Some(u64::MAX));
        assert_eq!(parse_seed("42"), Some(42));
        assert_eq!(parse_seed("fast"), None);
    }
}
