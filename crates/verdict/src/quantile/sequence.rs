//! One quantile, chosen beforehand.

use super::Quantile;
use crate::counts::{count_at_least, count_f64};
use crate::mixture::BetaBinomial;
use crate::{Alpha, OutOfRange};

/// Bounds on one quantile at all moments at once, narrowest around a number of observations of one's choice.
///
/// Reference: Howard and Ramdas 2022, Theorem 1 with the beta-binomial mixture. For several quantiles at once either
/// split alpha or use [`DoubleStitching`](super::DoubleStitching).
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{Quantile, QuantileSequence};
///
/// let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, Alpha::FIVE_PERCENT)?;
/// let ranks = p95.ranks(10_000, Alpha::FIVE_PERCENT);
/// // The true p95 lies between these of the sorted observations, counted from 1:
/// assert_eq!((ranks.lowest(), ranks.highest()), (Some(9_433), Some(9_565)));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileSequence {
    quantile: Quantile,
    above: BetaBinomial,
    below: BetaBinomial,
}

impl QuantileSequence {
    /// Bounds on `quantile`, narrowest at about `observations > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `observations` is not a positive number.
    pub fn new(quantile: Quantile, observations: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let observations = OutOfRange::positive("observations", observations)?.clamp(1e-6, 1e15);
        let (p, q) = (quantile.level(), quantile.above());
        let v_opt = observations * p * q;
        Ok(Self {
            quantile,
            above: BetaBinomial::two_sided(v_opt, p, q, alpha)?,
            below: BetaBinomial::two_sided(v_opt, q, p, alpha)?,
        })
    }

    /// The quantile in question.
    pub fn quantile(&self) -> Quantile {
        self.quantile
    }

    /// How far the share of observations below the true quantile may be from its level, with confidence `1 - alpha`
    /// for both sides together.
    ///
    /// Unit: share of observations. Infinite without observations. Cost: below 10 µs for both sides.
    ///
    /// Assumption: observations of one distribution, each given those before. Reference: that of the type.
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Quantile, QuantileSequence};
    ///
    /// let median = QuantileSequence::new(Quantile::P50, 1_000.0, Alpha::FIVE_PERCENT)?;
    /// assert!((median.radius(10_000, Alpha::FIVE_PERCENT).below - 0.01621485).abs() < 1e-8);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn radius(&self, observations: u64, alpha: Alpha) -> Radius {
        if observations == 0 {
            return Radius { below: f64::INFINITY, above: f64::INFINITY };
        }
        let n = count_f64(observations);
        let v = n * self.quantile.level() * self.quantile.above();
        Radius { below: self.below.bound(v, alpha) / n, above: self.above.bound(v, alpha) / n }
    }

    /// The ranks, counted from 1, between which the true quantile lies with confidence `1 - alpha`.
    ///
    /// Cost: below 10 µs.
    ///
    /// Unit: ranks, from 1. Assumption and reference: those of [`radius`](Self::radius).
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Quantile, QuantileSequence};
    ///
    /// let median = QuantileSequence::new(Quantile::P50, 1_000.0, Alpha::FIVE_PERCENT)?;
    /// let ranks = median.ranks(10_000, Alpha::FIVE_PERCENT);
    /// assert_eq!((ranks.lowest(), ranks.highest()), (Some(4_838), Some(5_163)));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn ranks(&self, observations: u64, alpha: Alpha) -> Ranks {
        let n = count_f64(observations);
        let Radius { below, above } = self.radius(observations, alpha);
        // A hair outwards, against rounding.
        let lowest = (n * (self.quantile.level() - below) * (1.0 - 1e-13)).ceil();
        let highest = (n * (self.quantile.level() + above) * (1.0 + 1e-13)).floor() + 1.0;
        Ranks {
            lowest: count_at_least(lowest).filter(|&rank| rank >= 1),
            highest: count_at_least(highest).filter(|&rank| rank <= observations),
        }
    }

    /// The evidence, in nats, against `below` of `observations` lying below the true quantile.
    pub(crate) fn ln_evidence(&self, below: f64, observations: f64) -> f64 {
        let (p, q) = (self.quantile.level(), self.quantile.above());
        self.above.evidence(below - observations * p, observations * p * q).ln()
    }
}

/// How far a share may be from a quantile's level. Unit: share of observations.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{Quantile, QuantileSequence};
///
/// let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, Alpha::FIVE_PERCENT)?;
/// let radius = p95.radius(10_000, Alpha::FIVE_PERCENT);
/// assert!(radius.below < 0.007 && radius.above < 0.007);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Radius {
    /// Downwards.
    pub below: f64,
    /// Upwards.
    pub above: f64,
}

/// Ranks of sorted observations, counted from 1, that enclose a quantile.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{Quantile, QuantileSequence};
///
/// let p99 = QuantileSequence::new(Quantile::P99, 1_000.0, Alpha::FIVE_PERCENT)?;
/// // A hundred observations bound a p99 from below only.
/// let ranks = p99.ranks(100, Alpha::FIVE_PERCENT);
/// assert!(ranks.lowest().is_some() && ranks.highest().is_none());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    lowest: Option<u64>,
    highest: Option<u64>,
}

impl Ranks {
    /// The observation of this rank is not above the quantile; `None`: too few observations for any bound below.
    pub fn lowest(self) -> Option<u64> {
        self.lowest
    }

    /// The observation of this rank is not below the quantile; `None`: too few observations for any bound above.
    pub fn highest(self) -> Option<u64> {
        self.highest
    }
}
