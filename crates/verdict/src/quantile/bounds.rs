//! From ranks to values.

use super::{Quantile, QuantileSequence, Ranks};
use crate::counts::{count_at_least, count_f64};
use crate::{Alpha, Interval, OutOfRange};

/// A histogram's bucket: so many observations from `lower` to `upper`, both ends possible.
///
/// Unit: any, the same for all; latencies in seconds or nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    lower: f64,
    upper: f64,
    count: u64,
}

impl Bucket {
    /// A bucket. That its edges ascend is checked where buckets are used, in their context. The upper edge of the last may
    /// be infinite: of what is in it only the least is known.
    ///
    /// ```
    /// use verdict::quantile::Bucket;
    ///
    /// let from_1_to_2_ms = Bucket::new(0.001, 0.002, 17);
    /// # let _ = from_1_to_2_ms;
    /// ```
    pub fn new(lower: f64, upper: f64, count: u64) -> Self {
        Self { lower, upper, count }
    }
}

/// What is known about one quantile. Unit: that of the observations.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{Quantile, QuantileSequence};
///
/// let median = QuantileSequence::new(Quantile::P50, 1_000.0, Alpha::FIVE_PERCENT)?;
/// let sorted: Vec<f64> = (1..=1_000).map(f64::from).collect();
/// let bounds = median.of_sorted(&sorted, Alpha::FIVE_PERCENT)?;
/// assert!(bounds.bounds().contains(bounds.estimate()) && bounds.observations() == 1_000);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileBounds {
    quantile: Quantile,
    observations: u64,
    alpha: Alpha,
    estimate: f64,
    bounds: Interval,
}

impl QuantileBounds {
    /// Which quantile.
    pub fn quantile(&self) -> Quantile {
        self.quantile
    }

    /// How many observations this is about.
    pub fn observations(&self) -> u64 {
        self.observations
    }

    /// The error probability of both bounds together, over all looks.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// The observed quantile, with buckets the middle of its bucket, or the lower edge of one without an upper; not a number
    /// without observations.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Where the true quantile lies; an end is infinite while there are too few observations to bound it.
    pub fn bounds(&self) -> Interval {
        self.bounds
    }
}

impl QuantileSequence {
    /// Bounds on the quantile's value, from ascending observations.
    ///
    /// Cost: that of [`ranks`](Self::ranks) and one pass that checks the order.
    ///
    /// Unit: that of the observations. Assumption: observations of one distribution, each given those before.
    /// Reference: Howard and Ramdas 2022, Theorem 1.
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Quantile, QuantileSequence};
    ///
    /// let median = QuantileSequence::new(Quantile::P50, 1000.0, Alpha::FIVE_PERCENT)?;
    /// let latencies: Vec<f64> = (1..=1000).map(f64::from).collect();
    /// let found = median.of_sorted(&latencies, Alpha::FIVE_PERCENT)?;
    /// assert_eq!(found.estimate(), 500.0);
    /// assert!(found.bounds().contains(500.0) && found.bounds().lower() > 440.0);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Buckets`] with the position of the first observation that is below the one before, or not a
    /// number.
    pub fn of_sorted(&self, observations: &[f64], alpha: Alpha) -> Result<QuantileBounds, OutOfRange> {
        self.of_buckets(observations.iter().map(|&value| Bucket::new(value, value, 1)), alpha)
    }

    /// Bounds on the quantile's value, from ascending buckets: never narrower than with the observations themselves,
    /// and wider by at most a bucket at either end.
    ///
    /// Cost: that of [`ranks`](Self::ranks) and two passes over the buckets.
    ///
    /// Unit: that of the edges. Assumption and reference: those of [`of_sorted`](Self::of_sorted).
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Bucket, Quantile, QuantileSequence};
    ///
    /// let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, Alpha::FIVE_PERCENT)?;
    /// let histogram = [Bucket::new(0.0, 1.0, 9_000), Bucket::new(1.0, 2.0, 800), Bucket::new(2.0, 4.0, 200)];
    /// let found = p95.of_buckets(histogram, Alpha::FIVE_PERCENT)?;
    /// assert_eq!((found.bounds().lower(), found.bounds().upper()), (1.0, 2.0));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Buckets`] with the position of the first bucket that begins below the end of the one before, ends
    /// below its own beginning, or has an edge that is not a number.
    pub fn of_buckets<I>(&self, buckets: I, alpha: Alpha) -> Result<QuantileBounds, OutOfRange>
    where
        I: IntoIterator<Item = Bucket>,
        I::IntoIter: Clone,
    {
        let buckets = buckets.into_iter();
        let observations = checked_total(buckets.clone())?;
        let ranks = self.ranks(observations, alpha);
        let wanted = count_at_least(count_f64(observations) * self.quantile().level()).unwrap_or(0).max(1);
        let found = Found::at(buckets, ranks, wanted);
        Ok(QuantileBounds {
            quantile: self.quantile(),
            observations,
            alpha,
            estimate: found.estimate,
            bounds: Interval::new(found.lower, found.upper),
        })
    }
}

fn checked_total(buckets: impl Iterator<Item = Bucket>) -> Result<u64, OutOfRange> {
    let mut total = 0_u64;
    let mut reached = f64::NEG_INFINITY;
    for (index, Bucket { lower, upper, count }) in buckets.enumerate() {
        // Also refuses what is not a number.
        if !(reached <= lower && lower <= upper) {
            return Err(OutOfRange::Buckets { index });
        }
        reached = upper;
        total = total.saturating_add(count);
    }
    Ok(total)
}

struct Found {
    lower: f64,
    estimate: f64,
    upper: f64,
}

impl Found {
    fn at(buckets: impl Iterator<Item = Bucket>, ranks: Ranks, wanted: u64) -> Self {
        let mut found = Self { lower: f64::NEG_INFINITY, estimate: f64::NAN, upper: f64::INFINITY };
        let mut seen = 0_u64;
        for Bucket { lower, upper, count } in buckets {
            let before = seen;
            seen = seen.saturating_add(count);
            let holds = |rank: u64| before < rank && rank <= seen;
            if ranks.lowest().is_some_and(holds) {
                found.lower = lower;
            }
            if holds(wanted) {
                found.estimate = if upper.is_finite() { f64::midpoint(lower, upper) } else { lower };
            }
            if ranks.highest().is_some_and(holds) {
                found.upper = upper;
            }
        }
        found
    }
}
