//! A probability.

use crate::OutOfRange;
use crate::words::Percent;
use std::fmt;

/// A probability or a share, in `0..=1`. Prints in per cent.
///
/// ```
/// use verdict::Rate;
///
/// assert_eq!(Rate::new(0.0001)?.to_string(), "0.01 %");
/// assert!(Rate::new(f64::NAN).is_err());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// One half.
    pub const HALF: Self = Self(0.5);

    /// A rate.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Rate`] outside `0..=1`.
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(OutOfRange::Rate { value }) }
    }

    /// The number, in `0..=1`.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Percent::nearest(self.0).fmt(f)
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({})", self.0)
    }
}
