//! Which quantile.

use crate::OutOfRange;
use std::fmt;

/// A quantile by its level, strictly between 0 and 1. Prints as people write it: `p95`.
///
/// ```
/// use verdict::quantile::Quantile;
///
/// assert_eq!(Quantile::P95.to_string(), "p95");
/// assert_eq!(Quantile::new(0.999)?.to_string(), "p99.9");
/// assert!(Quantile::new(1.0).is_err());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantile(f64);

impl Quantile {
    /// The median.
    pub const P50: Self = Self(0.5);
    /// 19 of 20 are below.
    pub const P95: Self = Self(0.95);
    /// 99 of 100 are below.
    pub const P99: Self = Self(0.99);

    /// A quantile of level `level`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Quantile`] outside `1e-12..=1 - 1e-12`.
    pub fn new(level: f64) -> Result<Self, OutOfRange> {
        if (1e-12..=1.0 - 1e-12).contains(&level) {
            Ok(Self(level))
        } else {
            Err(OutOfRange::Quantile { value: level })
        }
    }

    /// The share of observations below, between 0 and 1.
    pub fn level(self) -> f64 {
        self.0
    }

    /// The share of observations above.
    pub fn above(self) -> f64 {
        1.0 - self.0
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", (self.0 * 1e12).round() / 1e10)
    }
}

impl fmt::Debug for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quantile({})", self.0)
    }
}
