//! A range of buckets.

use std::fmt;
use std::str::FromStr;

use super::Percent;
use crate::bucket::Bucket;

/// The buckets from one percentage up to another, the second left out: `10%..40%` is 30 % of all keys.
///
/// Raising where it ends, or lowering where it begins, adds keys and never takes one out.
///
/// ```
/// use feature_flags::{Band, Bucket};
///
/// let band: Band = "10%..40%".parse()?;
/// assert!(band.holds(Bucket::of("new-search", "user-1")), "which is 31.935%");
/// assert_eq!(band.to_string(), "10%..40%");
/// assert!("40%..10%".parse::<Band>().is_err());
/// # Ok::<(), feature_flags::BandError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band {
    from: Percent,
    to: Percent,
}

/// Why text is no [`Band`].
///
/// ```
/// use feature_flags::{Band, BandError};
///
/// assert_eq!("40%..10%".parse::<Band>(), Err(BandError::Backwards));
/// assert_eq!("0%..130%".parse::<Band>(), Err(BandError::Malformed));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BandError {
    /// Not two percentages with `..` between them.
    #[error("expected a range such as `0%..30%`, in steps of 0.001%")]
    Malformed,
    /// It ends before it begins.
    #[error("a range such as `0%..30%` does not end before it begins")]
    Backwards,
}

impl Band {
    /// The buckets from `from` up to `to`; `None` if it would end before it begins.
    ///
    /// ```
    /// use feature_flags::{Band, Percent};
    ///
    /// let half = Percent::whole(50).expect("below 100");
    /// assert_eq!(Band::new(Percent::NONE, half), "0%..50%".parse().ok());
    /// assert_eq!(Band::new(half, Percent::NONE), None);
    /// ```
    pub fn new(from: Percent, to: Percent) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// Where it begins.
    pub fn from(self) -> Percent {
        self.from
    }

    /// Where it ends, which is not in it.
    pub fn to(self) -> Percent {
        self.to
    }

    /// Whether it holds this bucket.
    pub fn holds(self, bucket: Bucket) -> bool {
        bucket.is_within(self.to) && !bucket.is_within(self.from)
    }

    /// Whether it holds no bucket.
    pub fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// Whether some bucket is in both.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.from.max(other.from) < self.to.min(other.to)
    }
}

impl FromStr for Band {
    type Err = BandError;

    fn from_str(text: &str) -> Result<Self, BandError> {
        let (from, to) = text.split_once("..").ok_or(BandError::Malformed)?;
        let percent = |text: &str| text.parse().map_err(|_| BandError::Malformed);
        Self::new(percent(from)?, percent(to)?).ok_or(BandError::Backwards)
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}
