//! One exposure.

use std::fmt;
use std::time::SystemTime;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::evaluate::Reason;
use crate::handle::SnapshotId;

/// One subject was shown one variant of one flag.
///
/// `Debug` leaves out a key that is kept as it is; with the feature `serde`, all of it is serialised.
///
/// ```
/// use feature_flags::{ExposureOptions, Exposures, Flag, Flags, MapContext, SubjectKey, SubjectKeys};
///
/// let exposures = Exposures::new(ExposureOptions::new(SubjectKeys::plain()));
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).hook(exposures.clone()).build();
/// assert!(flags.enabled("new-search", &MapContext::new().with("id", "user-1")));
/// let exposure = &exposures.take(100)[0];
/// assert_eq!((exposure.flag.as_str(), exposure.variant.as_str()), ("new-search", "on"));
/// assert_eq!(exposure.subject, SubjectKey::Plain("user-1".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Exposure {
    /// The flag's name.
    pub flag: String,
    /// The variant; `on` or `off` for flags without variants, and where none was served.
    pub variant: String,
    /// Whether the flag was on.
    pub enabled: bool,
    /// Who it was.
    pub subject: SubjectKey,
    /// Why. Where chance had no part, as with [`Reason::Fixed`], there is nothing to compare.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub reason: Reason,
    /// When it was seen first in its window. Serialised as milliseconds since 1970.
    #[cfg_attr(feature = "serde", serde(serialize_with = "milliseconds"))]
    pub at: SystemTime,
    /// The snapshot that decided.
    pub snapshot: SnapshotId,
}

#[cfg(feature = "serde")]
fn milliseconds<S: serde::Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(crate::clock::to_milliseconds(*at))
}

/// Whom an exposure is about.
///
/// ```
/// use feature_flags::SubjectKey;
///
/// let hashed = SubjectKey::hashed("a salt", "user-1");
/// assert_eq!(hashed.to_string().len(), 16);
/// assert_eq!(hashed, SubjectKey::hashed("a salt", "user-1"));
/// assert_ne!(hashed, SubjectKey::hashed("another salt", "user-1"));
/// assert_eq!(format!("{:?}", SubjectKey::Plain("user-1".to_owned())), "SubjectKey(plain)");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectKey {
    /// The key as the context has it.
    Plain(String),
    /// Its hash.
    Hashed(u64),
}

impl SubjectKey {
    /// The hash that stands for a key: `xxh3_64(key, seed = xxh3_64(salt))` with XXH3 of 64 bits, the same in every version,
    /// so that other programs find the same subject.
    ///
    /// It is a pseudonym and no more. Whoever knows the salt can try all keys there are: keep it where keys are kept. Of a
    /// million subjects, two share a hash with a probability below 1 in 30 million.
    pub fn hashed(salt: &str, key: &str) -> Self {
        Self::of_bytes(xxh3_64(salt.as_bytes()), key.as_bytes())
    }

    pub(super) fn of_bytes(salt: u64, key: &[u8]) -> Self {
        Self::Hashed(xxh3_64_with_seed(key, salt))
    }
}

/// The key itself, or the hash as sixteen hexadecimal digits.
impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(key) => f.write_str(key),
            Self::Hashed(hash) => write!(f, "{hash:016x}"),
        }
    }
}

/// Never the key itself.
impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("SubjectKey(plain)"),
            Self::Hashed(_) => write!(f, "SubjectKey({self})"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SubjectKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
