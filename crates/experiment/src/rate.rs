//! Which share of the calls takes part.

use std::fmt;
use std::time::Duration;

use crate::chance;

/// The share of calls in which candidates run, from 0 (never) to 1 (always).
///
/// A rate that exists is valid. It is kept in steps of 2⁻³², so `Rate::new(1e-10)` is never.
///
/// ```
/// use experiment::{Rate, RateError};
///
/// assert_eq!(Rate::new(0.25)?, Rate::percent(25.0)?);
/// assert_eq!(Rate::ALWAYS.as_f64(), 1.0);
/// assert!(matches!(Rate::new(f64::NAN), Err(RateError::NotANumber { .. })));
/// assert!(matches!(Rate::percent(120.0), Err(RateError::OutOfRange { .. })));
/// # Ok::<(), RateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

const ONE: u64 = 1 << 32;
const STEPS: f64 = 4_294_967_296.0;

impl Rate {
    /// Candidates run on every call.
    pub const ALWAYS: Self = Self(ONE);
    /// Candidates never run.
    pub const NEVER: Self = Self(0);

    /// A rate from a share in `0.0..=1.0`.
    ///
    /// # Errors
    /// [`RateError`] when `share` is not a number, or outside the range.
    pub fn new(share: f64) -> Result<Self, RateError> {
        if share.is_nan() {
            return Err(RateError::NotANumber {});
        }
        if !(0.0..=1.0).contains(&share) {
            return Err(RateError::OutOfRange { share });
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within 0..=2^32 by the check above"
        )]
        Ok(Self((share * STEPS).round() as u64))
    }

    /// A rate from a percentage in `0.0..=100.0`.
    ///
    /// # Errors
    /// As [`Rate::new`].
    pub fn percent(percent: f64) -> Result<Self, RateError> {
        Self::new(percent / 100.0)
    }

    /// The share, in `0.0..=1.0`.
    #[allow(clippy::cast_precision_loss, reason = "at most 2^32")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / STEPS
    }

    /// That share of a duration.
    pub(crate) fn of(self, duration: Duration) -> Duration {
        duration.mul_f64(self.as_f64())
    }

    pub(crate) const fn threshold(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_threshold(threshold: u64) -> Self {
        Self(threshold)
    }

    /// Whether a place among 2^32 is within the share.
    #[inline]
    pub(crate) fn takes_in(self, place: u32) -> bool {
        u64::from(place) < self.0
    }

    /// Draws once. The two ends draw nothing.
    #[inline]
    pub(crate) fn takes_part(self) -> bool {
        self.0 == ONE || (self.0 != 0 && u64::from(chance::bits()) < self.0)
    }
}

impl Default for Rate {
    /// Always: an experiment that silently never runs its candidates helps nobody.
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rate").field(&self.as_f64()).finish()
    }
}

impl fmt::Display for Rate {
    /// As a percentage: `25 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.as_f64() * 100.0)
    }
}

/// For how many calls one that takes part stands: the inverse of the rate at which it did, in steps of 1/1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight(u64);

const WEIGHT_STEPS: u64 = 1 << 10;

impl Weight {
    pub(crate) const ONE: Self = Self(WEIGHT_STEPS);

    /// The weight of a call at that rate. One that took part at a rate of never, which a sampler may claim, stands for
    /// as many as any can.
    pub(crate) fn at(rate: Rate) -> Self {
        Self(ONE * WEIGHT_STEPS / rate.0.max(1))
    }

    pub(crate) fn get(self) -> u64 {
        self.0
    }

    pub(crate) fn from_sum(sum: u64) -> Self {
        Self(sum)
    }

    /// In calls.
    #[allow(clippy::cast_precision_loss, reason = "sums of weights are estimates")]
    pub(crate) fn calls(self) -> f64 {
        self.0 as f64 / WEIGHT_STEPS as f64
    }
}

/// Why a number is no rate.
///
/// ```
/// let error = experiment::Rate::percent(120.0).expect_err("it is too much");
/// assert_eq!(error.to_string(), "a rate must be between 0 and 1, or 0 % and 100 %, and this is 1.2 of all calls");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// The number is NaN.
    #[error("a rate must be a number")]
    #[non_exhaustive]
    NotANumber {},
    /// The number is below 0, above 1 or infinite.
    #[error("a rate must be between 0 and 1, or 0 % and 100 %, and this is {share} of all calls")]
    #[non_exhaustive]
    OutOfRange {
        /// What was given, as a share.
        share: f64,
    },
}
