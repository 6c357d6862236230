//! How often a statement may be wrong.

use crate::{OutOfRange, Rate};
use std::fmt;
use std::num::NonZeroU32;

/// The probability that a statement is wrong, in `1e-300..=0.5`.
///
/// With `Alpha::FIVE_PERCENT` a bound is wrong in at most 5 of 100 experiments: *ever* wrong for what holds at any
/// time, wrong at the one planned look for what is in [`fixed`](crate::fixed).
///
/// Prints as the confidence that goes with it.
///
/// ```
/// use verdict::Alpha;
///
/// assert_eq!(Alpha::FIVE_PERCENT.to_string(), "95 %");
/// assert_eq!(Alpha::new(0.001)?.to_string(), "99.9 %");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// 0.05, for 95 % confidence.
    pub const FIVE_PERCENT: Self = Self(0.05);
    /// 0.01, for 99 % confidence.
    pub const ONE_PERCENT: Self = Self(0.01);

    const SMALLEST: f64 = 1e-300;

    /// An error probability.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Alpha`] outside `1e-300..=0.5`.
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (Self::SMALLEST..=0.5).contains(&value) { Ok(Self(value)) } else { Err(OutOfRange::Alpha { value }) }
    }

    /// The probability, in `1e-300..=0.5`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// `1 - alpha`, in `0.5..1`.
    pub fn confidence(self) -> f64 {
        1.0 - self.0
    }

    /// An equal share for each of `parts` statements, so that *any* of them is wrong with at most this probability.
    ///
    /// Bonferroni's rule: no assumption on how the statements hang together. Use it over candidates, cohorts and
    /// quantiles, and say how many there were. Never below 1e-300.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use verdict::Alpha;
    ///
    /// let each = Alpha::FIVE_PERCENT.split(NonZeroU32::new(2).expect("two candidates"));
    /// assert_eq!(each.get(), 0.025);
    /// ```
    #[must_use]
    pub fn split(self, parts: NonZeroU32) -> Self {
        Self((self.0 / f64::from(parts.get())).max(Self::SMALLEST))
    }

    /// The given share of the error probability, for statements that do not matter equally; the shares must sum to at
    /// most 1.
    ///
    /// Never below 1e-300, also for a share of 0.
    ///
    /// ```
    /// use verdict::{Alpha, Rate};
    ///
    /// let for_the_main_candidate = Alpha::FIVE_PERCENT.portion(Rate::new(0.8)?);
    /// assert!((for_the_main_candidate.get() - 0.04).abs() < 1e-15);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    #[must_use]
    pub fn portion(self, share: Rate) -> Self {
        Self((self.0 * share.get()).max(Self::SMALLEST))
    }

    pub(crate) fn half(self) -> Self {
        Self((0.5 * self.0).max(Self::SMALLEST))
    }

    /// `ln(1 / alpha)`: the evidence, in nats, that it takes.
    pub(crate) fn nats(self) -> f64 {
        -self.0.ln()
    }
}

impl fmt::Display for Alpha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Two digits of what is missing to 100, so that 0.05 / 3 reads 98.3 and 1e-6 reads 99.9999; rounded down,
        // never up.
        let missing = 100.0 * self.0;
        if missing < 1e-9 {
            return write!(f, "1 - {:e}", self.0);
        }
        let decimals = (-missing.log10().floor()).max(0.0) + 1.0;
        let scale = 10.0_f64.powf(decimals.min(12.0));
        let confidence = ((100.0 - missing) * scale + 1e-6).floor() / scale;
        write!(f, "{confidence} %")
    }
}

impl fmt::Debug for Alpha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alpha({})", self.0)
    }
}
