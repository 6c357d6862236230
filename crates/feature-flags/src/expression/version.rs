//! Versions, compared as semantic versioning orders them.

use std::cmp::Ordering;
use std::fmt;

/// `2`, `2.1`, `v2.1.0`, `2.1.0-beta.3+build`: what is left out is 0, what follows `+` does not count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version<'a> {
    numbers: [u64; 3],
    pre: &'a str,
}

impl<'a> Version<'a> {
    /// Reads a version without allocating.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, build) = text.split_once('+').unwrap_or((text, "0"));
        let (core, pre) = text.split_once('-').unwrap_or((text, ""));
        let identifiers_ok = |text: &str| {
            text.split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        };
        if !identifiers_ok(build) || (text.contains('-') && !identifiers_ok(pre)) {
            return None;
        }
        let mut numbers = [0; 3];
        let mut parts = core.split('.');
        for (index, number) in numbers.iter_mut().enumerate() {
            match parts.next() {
                Some(part) if part.bytes().all(|byte| byte.is_ascii_digit()) => *number = part.parse().ok()?,
                None if index > 0 => break,
                _ => return None,
            }
        }
        parts.next().is_none().then_some(Self { numbers, pre })
    }

    /// Major, minor and patch.
    pub(super) fn numbers(&self) -> [u64; 3] {
        self.numbers
    }

    /// The order of semantic versioning: a pre-release comes before its release.
    pub(crate) fn compare(&self, other: &Version<'_>) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre, other.pre) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (ours, theirs) => compare_identifiers(ours, theirs),
        })
    }
}

fn compare_identifiers(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

impl fmt::Display for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.pre.is_empty() { Ok(()) } else { write!(f, "-{}", self.pre) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_semantic_versioning_says() {
        let ascending = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1",
            "1.0.1",
            "1.2",
            "1.10",
            "v2",
        ];
        for (index, low) in ascending.iter().enumerate() {
            for (other, high) in ascending.iter().enumerate() {
                let order = Version::parse(low).unwrap().compare(&Version::parse(high).unwrap());
                assert_eq!(order, index.cmp(&other), "{low} and {high}");
            }
        }
        assert_eq!(Version::parse("1.0+a").unwrap().compare(&Version::parse("1.0.0+b").unwrap()), Ordering::Equal);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "1.", ".1", "1.2.3.4", "1.x", "1.0-", "1.0+", "1.0-a..b", "-1", "99999999999999999999"] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }
}
