//! How far apart two numbers may be and still be the same.

use super::rules::RuleError;

/// How far apart two numbers may be and still be the same. Integers and floats are compared with each other under a tolerance.
///
/// Two values that are both NaN are the same only where [`Rules::nan_equals_nan`](super::Rules::nan_equals_nan) says so; infinities are
/// the same as themselves only.
///
/// ```
/// use experiment::diff::{Rules, Tolerance};
///
/// let rules = Rules::new().tolerance("$", Tolerance::absolute(0.01)?)?;
/// assert!(rules.differences(&1.0, &1.009)?.is_empty());
/// assert!(!rules.differences(&1.0, &1.02)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance(Measure);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    Absolute(f64),
    Relative(f64),
    Ulps(u32),
}

impl Tolerance {
    /// At most `difference` apart.
    ///
    /// # Errors
    /// [`RuleError::Tolerance`] when it is negative, infinite or NaN.
    pub fn absolute(difference: f64) -> Result<Self, RuleError> {
        checked(difference).map(|difference| Self(Measure::Absolute(difference)))
    }

    /// At most `share` of the larger magnitude apart: `0.01` is one per cent. Nothing but zero is within a share of zero.
    ///
    /// # Errors
    /// [`RuleError::Tolerance`] when it is negative, infinite or NaN.
    pub fn relative(share: f64) -> Result<Self, RuleError> {
        checked(share).map(|share| Self(Measure::Relative(share)))
    }

    /// At most this many representable numbers apart: those of `f32` if both are `f32`, else those of `f64`.
    pub fn ulps(steps: u32) -> Self {
        Self(Measure::Ulps(steps))
    }

    pub(super) fn allows(self, a: Number, b: Number) -> bool {
        let (Number { value: x, .. }, Number { value: y, .. }) = (a, b);
        #[allow(clippy::float_cmp, reason = "what is exactly equal needs no tolerance; this is where infinities end")]
        if x == y {
            return true;
        }
        if !x.is_finite() || !y.is_finite() {
            return false;
        }
        match self.0 {
            Measure::Absolute(difference) => (x - y).abs() <= difference,
            Measure::Relative(share) => (x - y).abs() <= share * x.abs().max(y.abs()),
            Measure::Ulps(steps) if a.single && b.single => place_f32(x).abs_diff(place_f32(y)) <= steps.into(),
            Measure::Ulps(steps) => place(x).abs_diff(place(y)) <= steps.into(),
        }
    }
}

/// A number as far as a tolerance is concerned.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Whether it was an `f32`.
    pub(super) single: bool,
}

fn checked(bound: f64) -> Result<f64, RuleError> {
    if bound.is_finite() && bound >= 0.0 { Ok(bound) } else { Err(RuleError::Tolerance { bound }) }
}

/// The place of a number among all `f64` in order, zero being 0.
fn place(value: f64) -> i128 {
    let magnitude = i128::from(value.to_bits() & (u64::MAX >> 1));
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

#[allow(clippy::cast_possible_truncation, reason = "it was an `f32` before it was widened")]
fn place_f32(value: f64) -> i128 {
    let magnitude = i128::from((value as f32).to_bits() & (u32::MAX >> 1));
    if value.is_sign_negative() { -magnitude } else { magnitude }
}
