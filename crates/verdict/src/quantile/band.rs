//! All quantiles at once, with the same width everywhere.

use crate::counts::count_f64;
use crate::{Alpha, OutOfRange};

/// A band around the whole empirical distribution at all moments from some number of observations on.
///
/// The share of observations at or below `x` is within [`radius`](Self::radius) of its probability for every `x` at
/// once. The sequential counterpart of the inequality of Dvoretzky, Kiefer and Wolfowitz, about twice as wide at
/// 95 %.
///
/// Reference: Howard and Ramdas 2022, Theorem 2, with `A = 0.85`.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::EmpiricalBand;
///
/// let band = EmpiricalBand::new(100, Alpha::FIVE_PERCENT)?;
/// assert!((band.radius(1000) - 0.08204778771).abs() < 1e-11);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmpiricalBand {
    from: f64,
    c: f64,
}

impl EmpiricalBand {
    /// A band that holds from `from >= 1` observations on with confidence `1 - alpha`. Cost: below 10 µs.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `from` is 0.
    pub fn new(from: u64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let from = OutOfRange::positive("from", count_f64(from))?;
        Ok(Self { from, c: smallest_c(alpha.nats()) })
    }

    /// Half the height of the band after so many observations. Unit: share of observations; infinite before the first
    /// look that was provided for. Cost: below 100 ns.
    ///
    /// Assumption: observations of one distribution, each given those before. Reference: that of the type.
    ///
    /// ```
    /// use verdict::{Alpha, quantile::EmpiricalBand};
    ///
    /// let band = EmpiricalBand::new(100, Alpha::FIVE_PERCENT)?;
    /// assert!((band.radius(10_000) - 0.02667214).abs() < 1e-8);
    /// assert_eq!(band.radius(99), f64::INFINITY);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn radius(&self, observations: u64) -> f64 {
        let t = count_f64(observations);
        if t < self.from {
            return f64::INFINITY;
        }
        A * (((t / self.from).ln().ln_1p() + self.c) / t).sqrt()
    }
}

const A: f64 = 0.85;

/// The smallest `C` for which some division of time into epochs keeps the error below alpha.
///
/// For a given `C` the error is smallest at some ratio `1 + h` of epochs; since it is flat there, `C` hardly depends
/// on `h`, and solving for the two in turn settles at once.
fn smallest_c(nats: f64) -> f64 {
    let mut c = nats + 5.0;
    // The logarithm of h, which is near 0.1 for common alphas and 0.0001 for tiny ones.
    let (mut low, mut high) = (-11.5, -0.3);
    for _ in 0..4 {
        let ln_h = minimum(low, high, |ln_h| ln_error(c, ln_h.exp()));
        let reach = 0.06 * (high - low);
        (low, high) = (ln_h - reach, ln_h + reach);
        let h = ln_h.exp();
        // The error falls like exp(-γ² C).
        for _ in 0..6 {
            let slope = excess(c, h);
            let step = (ln_error(c, h) + nats) / slope;
            c += step;
            if step.abs() < 1e-12 * c {
                break;
            }
        }
    }
    c
}

/// `γ²`, how fast the error falls with `C`, for epochs of ratio `1 + h C / 98`.
fn excess(c: f64, h: f64) -> f64 {
    let eta = 1.0 + h * c * ROOM;
    2.0 / eta * (A - (2.0 * h * ROOM).sqrt()).max(0.0).powi(2)
}

fn ln_error(c: f64, h: f64) -> f64 {
    let gamma_square = excess(c, h);
    if gamma_square <= 1.0 {
        return f64::INFINITY;
    }
    4.0_f64.ln() - gamma_square * c + (1.0 / ((gamma_square - 1.0) * (h * c * ROOM).ln_1p())).ln_1p()
}

/// `(A - √(1/2))² / 2`: beyond `η - 1 = C` times this no error is below 1.
const ROOM: f64 = 0.010_209_2;

/// Golden section; the function is flat at its minimum, so few digits of the place are enough.
fn minimum(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut left = high - GOLDEN * (high - low);
    let mut right = low + GOLDEN * (high - low);
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..16 {
        if at_left < at_right {
            high = right;
            (right, at_right) = (left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = value(left);
        } else {
            low = left;
            (left, at_left) = (right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = value(right);
        }
    }
    f64::midpoint(low, high)
}
