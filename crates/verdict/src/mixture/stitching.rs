//! A boundary in closed form.

use super::intrinsic_time;
use crate::{Alpha, OutOfRange};

/// The polynomial stitched boundary: grows like `√(v ln ln v)`, the slowest possible, and costs no root finding.
///
/// For sums with a tail parameter `c` (sub-gamma): 0 for normal tails, negative for tails thinner than that. Uses `s
/// = 1.4` and `η = 2`, the paper's defaults.
///
/// Reference: Howard and others 2021, Theorem 1 with the polynomial choice of epochs.
///
/// ```
/// use verdict::{Alpha, mixture::PolyStitching};
///
/// let boundary = PolyStitching::new(10.0, 3.0)?;
/// assert!((boundary.bound(100.0, Alpha::FIVE_PERCENT) - 64.48755).abs() < 1e-5);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolyStitching {
    v_min: f64,
    c: f64,
}

impl PolyStitching {
    /// A boundary above from intrinsic time `v_min > 0` on, for the tail parameter `c`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_min` is not a positive number or `c` not a finite one.
    pub fn new(v_min: f64, c: f64) -> Result<Self, OutOfRange> {
        let v_min = OutOfRange::positive("v_min", v_min)?;
        if c.is_finite() {
            Ok(Self { v_min, c })
        } else {
            Err(OutOfRange::Parameter { name: "c", value: c, expected: "a finite number" })
        }
    }

    /// The sum (in the steps' unit, from 0) that is ever exceeded, at its own time `v`, with probability at most `alpha`.
    /// Cost: below 100 ns.
    ///
    /// Assumption: a sum whose steps have a mean of at most 0 and the tails that `c` says. Reference: Howard
    /// and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::PolyStitching};
    ///
    /// let thin = PolyStitching::new(10.0, -1.0)?;
    /// assert!((thin.bound(100.0, Alpha::FIVE_PERCENT) - 28.99389).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        let v = intrinsic_time(v).max(self.v_min);
        let evidence = EPOCH_POWER * (ETA * v / self.v_min).ln().ln()
            + (ZETA_OF_EPOCH_POWER / ETA.ln().powf(EPOCH_POWER)).ln()
            + alpha.nats();
        let linear = k2() * self.c * evidence;
        (k1().powi(2) * v * evidence + linear * linear).sqrt() + linear
    }
}

/// The ratio of consecutive epochs' ends.
pub(crate) const ETA: f64 = 2.0;
/// The power with which epochs share the error probability.
pub(crate) const EPOCH_POWER: f64 = 1.4;
/// Riemann's ζ(1.4).
pub(crate) const ZETA_OF_EPOCH_POWER: f64 = 3.105_547_277_977_580_5;

pub(crate) fn k1() -> f64 {
    (ETA.powf(0.25) + ETA.powf(-0.25)) / std::f64::consts::SQRT_2
}

pub(crate) fn k2() -> f64 {
    f64::midpoint(ETA.sqrt(), 1.0)
}
