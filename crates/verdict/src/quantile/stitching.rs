//! All quantiles at once, narrower towards the ends.

use super::Quantile;
use crate::counts::count_f64;
use crate::mixture::{EPOCH_POWER, ETA, ZETA_OF_EPOCH_POWER, k1, k2};
use crate::{Alpha, OutOfRange};

/// Bounds on every quantile at all moments at once, that respect how much less the tails vary.
///
/// Wider than a [`QuantileSequence`](super::QuantileSequence) for one quantile, narrower than an
/// [`EmpiricalBand`](super::EmpiricalBand) in the tails. Uses `δ = 1/2`, `s = 1.4` and `η = 2`, the paper's defaults.
///
/// Reference: Howard and Ramdas 2022, Theorem 3.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{DoubleStitching, Quantile};
///
/// let all = DoubleStitching::new(100.0)?;
/// assert!((all.bound(Quantile::P50, 1000, Alpha::FIVE_PERCENT) - 68.62803).abs() < 1e-5);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubleStitching {
    from: f64,
}

impl DoubleStitching {
    /// Bounds that are meant for `from >= 1` observations on.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `from` is below 1 or not a finite number.
    pub fn new(from: f64) -> Result<Self, OutOfRange> {
        if (1.0..=1e300).contains(&from) {
            Ok(Self { from })
        } else {
            Err(OutOfRange::Parameter { name: "from", value: from, expected: "at least 1" })
        }
    }

    /// By how many the observations below a quantile may exceed their expectation.
    ///
    /// Unit: observations, from 0; for the other direction ask for the mirrored quantile, of level `1 - level`. With confidence
    /// `1 - alpha` for all quantiles, both directions and all moments together. Cost: below 200 ns.
    ///
    /// Assumption: observations of one distribution, each given those before. Reference: that of the type.
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{DoubleStitching, Quantile};
    ///
    /// let all = DoubleStitching::new(100.0)?;
    /// let p90 = Quantile::new(0.9)?;
    /// assert!((all.bound(p90, 1_000, Alpha::FIVE_PERCENT) - 43.72119).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, quantile: Quantile, observations: u64, alpha: Alpha) -> f64 {
        let p = quantile.level();
        let t = count_f64(observations).max(self.from);
        let epochs = t / self.from;
        let logit = (p / quantile.above()).ln();
        let r = if p >= 0.5 { p } else { expit(logit + 2.0 * DELTA * (ETA / epochs).sqrt()).min(0.5) };
        let variance = r * (1.0 - r);
        let j = epochs.sqrt() * logit.abs() / (2.0 * DELTA) + 1.0;
        let zeta = ZETA_OF_EPOCH_POWER;
        let evidence = EPOCH_POWER * (ETA * epochs).ln().ln()
            + EPOCH_POWER * j.ln()
            + (2.0 * zeta * (2.0 * zeta + 1.0) / ETA.ln().powf(EPOCH_POWER)).ln()
            + alpha.nats();
        let linear = k2() * (1.0 - 2.0 * p) / 3.0 * evidence;
        DELTA * (ETA * epochs * variance).sqrt()
            + (k1().powi(2) * variance * t * evidence + linear * linear).sqrt()
            + linear
    }
}

/// The width of the cells in which quantiles share a bound, in logits at the first epoch.
const DELTA: f64 = 0.5;

fn expit(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
