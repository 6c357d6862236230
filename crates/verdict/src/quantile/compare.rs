//! Is a quantile the same in two groups?

use super::QuantileSequence;
use crate::counts::count_f64;
use crate::{EValue, OutOfRange};
use std::f64::consts::LN_2;

/// How the observations of two groups hang together.
///
/// ```
/// use verdict::Alpha;
/// use verdict::quantile::{Arms, Quantile, QuantileSequence};
///
/// let median = QuantileSequence::new(Quantile::P50, 100.0, Alpha::FIVE_PERCENT)?;
/// let (old, new): (Vec<_>, Vec<_>) = (0..200).map(|i| (f64::from(i), f64::from(i + 100))).unzip();
/// let [apart, together] = [Arms::Independent, Arms::Paired].map(|arms| median.compare_sorted(&old, &new, arms));
/// assert!(apart?.get() > together?.get(), "what may hang together proves less");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arms {
    /// Different requests in either group, as in an A/B test: the evidence of the two is multiplied.
    Independent,
    /// The same requests in both, as in an experiment: the evidence of the two is averaged, which holds whatever
    /// joins them.
    Paired,
}

impl QuantileSequence {
    /// The evidence against "the quantile is the same in both groups", from ascending observations.
    ///
    /// The groups may differ in size. Cost: two passes over both, and one evaluation (about 1 µs) for every
    /// observation that lies between the groups' quantiles.
    ///
    /// Reference: Howard and Ramdas 2022, Theorem 5 (independent groups); the mean of the two e-values for paired
    /// ones is this crate's.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption: observations of one distribution in
    /// each group, each given those before.
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Arms, Quantile, QuantileSequence};
    ///
    /// let median = QuantileSequence::new(Quantile::P50, 100.0, Alpha::FIVE_PERCENT)?;
    /// let old: Vec<f64> = (1..=1000).map(f64::from).collect();
    /// let new: Vec<f64> = (101..=1100).map(f64::from).collect();
    /// let evidence = median.compare_sorted(&old, &new, Arms::Independent)?;
    /// assert!((evidence.p_value() - 0.0054947).abs() < 1e-7);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Buckets`] with the position of the first observation of either group that is below the one
    /// before, or not a number.
    pub fn compare_sorted(&self, control: &[f64], candidate: &[f64], arms: Arms) -> Result<EValue, OutOfRange> {
        for observations in [control, candidate] {
            let unsorted = |index: &usize| {
                let value = observations[*index];
                value.is_nan() || (*index > 0 && value < observations[index - 1])
            };
            if let Some(index) = (0..observations.len()).find(unsorted) {
                return Err(OutOfRange::Buckets { index });
            }
        }
        Ok(self.compare_buckets(Merged { control, candidate }, arms))
    }

    /// The same from a histogram: for every bucket, ascending, how many observations of the control and of the
    /// candidate fell into it.
    ///
    /// Whatever the observations within a bucket are, the evidence is not overstated. Cost: two passes, and one
    /// evaluation (about 1 µs) for every bucket between the groups' quantiles.
    ///
    /// Unit (an e-value, from 0), assumption and reference: those of [`compare_sorted`](Self::compare_sorted).
    ///
    /// ```
    /// use verdict::Alpha;
    /// use verdict::quantile::{Arms, Quantile, QuantileSequence};
    ///
    /// let median = QuantileSequence::new(Quantile::P50, 1000.0, Alpha::FIVE_PERCENT)?;
    /// let evidence = median.compare_buckets([(100, 400), (800, 500), (100, 100)], Arms::Paired);
    /// assert!(!evidence.rejects(Alpha::FIVE_PERCENT)); // both medians may lie in the middle bucket
    /// let finer = [(100, 400), (100, 400), (700, 100), (100, 100)];
    /// assert!(median.compare_buckets(finer, Arms::Paired).rejects(Alpha::FIVE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn compare_buckets<I>(&self, buckets: I, arms: Arms) -> EValue
    where
        I: IntoIterator<Item = (u64, u64)>,
        I::IntoIter: Clone,
    {
        let buckets = buckets.into_iter();
        let (control, candidate) = buckets.clone().fold((0_u64, 0_u64), |(left, right), (more_left, more_right)| {
            (left.saturating_add(more_left), right.saturating_add(more_right))
        });
        let control = Arm::new(self, control);
        let candidate = Arm::new(self, candidate);
        let join = |left: f64, right: f64| match arms {
            Arms::Independent => left + right,
            Arms::Paired => left.max(right) + (-(left - right).abs()).exp().ln_1p() - LN_2,
        };
        // The common quantile may be anywhere: the evidence is what the kindest place leaves. Each group's evidence
        // falls up to the group's own middle and grows after it, so places before both middles or after both need no
        // look.
        let mut smallest = f64::INFINITY;
        let mut seen = (0_u64, 0_u64);
        for (left, right) in buckets {
            let after = (seen.0.saturating_add(left), seen.1.saturating_add(right));
            let range_left = (count_f64(seen.0), count_f64(after.0));
            let range_right = (count_f64(seen.1), count_f64(after.1));
            seen = after;
            let too_early = range_left.1 < control.middle && range_right.1 < candidate.middle;
            let too_late = range_left.0 > control.middle && range_right.0 > candidate.middle;
            if !(too_early || too_late) {
                smallest = smallest.min(join(control.smallest_in(range_left), candidate.smallest_in(range_right)));
            }
        }
        EValue::from_ln(if smallest.is_finite() { smallest } else { 0.0 })
    }
}

/// One group's evidence as a function of how many of its observations lie below the supposed quantile.
struct Arm<'a> {
    sequence: &'a QuantileSequence,
    observations: f64,
    middle: f64,
}

impl<'a> Arm<'a> {
    fn new(sequence: &'a QuantileSequence, observations: u64) -> Self {
        let observations = count_f64(observations);
        let mut arm = Self { sequence, observations, middle: 0.0 };
        // The minimum of a convex function, found by thirds; it is within a few ranks of `n p`.
        let expected = observations * sequence.quantile().level();
        let (mut low, mut high) = ((expected - 3.0).max(0.0), (expected + 3.0).min(observations));
        for _ in 0..60 {
            let third = (high - low) / 3.0;
            if arm.at(low + third) < arm.at(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        arm.middle = f64::midpoint(low, high);
        arm
    }

    fn at(&self, below: f64) -> f64 {
        self.sequence.ln_evidence(below, self.observations)
    }

    fn smallest_in(&self, (low, high): (f64, f64)) -> f64 {
        self.at(self.middle.clamp(low, high))
    }
}

/// Two ascending slices as one ascending run of distinct values.
#[derive(Clone)]
struct Merged<'a> {
    control: &'a [f64],
    candidate: &'a [f64],
}

impl Iterator for Merged<'_> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let value = match (self.control.first(), self.candidate.first()) {
            (Some(left), Some(right)) => left.min(*right),
            (Some(only), None) | (None, Some(only)) => *only,
            (None, None) => return None,
        };
        let take = |observations: &mut &[f64]| {
            let count = observations.iter().take_while(|&&other| other <= value).count();
            *observations = &observations[count..];
            count as u64
        };
        let left = take(&mut self.control);
        let right = take(&mut self.candidate);
        Some((left, right))
    }
}
