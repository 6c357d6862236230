//! Does the traffic split the way it was set?

use crate::counts::count_f64;
use crate::mixture::{best_rho, ln_two_sided};
use crate::{Alpha, EValue, OutOfRange};

/// The sample-ratio test: a mismatch between the shares that were set and the counts that came means that something
/// is broken (a redirect that loses users, a bot, a cache), and that no comparison of the groups can be trusted.
///
/// Assumption: every unit falls into a group with the same probabilities. Reference: Lindon and Malek, "Anytime-valid
/// inference for multinomial count data", NeurIPS 2022: the Dirichlet mixture of multinomial likelihoods, centred at
/// the shares that were set.
///
/// ```
/// use verdict::{Alpha, guard::SampleRatio};
///
/// let test = SampleRatio::new(10_000.0, Alpha::ONE_PERCENT)?;
/// // Set to 1 : 1 : 2; the weights need not sum to 1.
/// let fine = test.evidence(&[(2_480, 1.0), (2_530, 1.0), (4_990, 2.0)])?;
/// let broken = test.evidence(&[(2_480, 1.0), (2_830, 1.0), (4_690, 2.0)])?;
/// assert!(!fine.rejects(Alpha::ONE_PERCENT) && broken.rejects(Alpha::ONE_PERCENT));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio {
    /// The prior's weight, in units of traffic.
    weight: f64,
}

impl SampleRatio {
    /// Sharpest at about `units > 0` (users, requests) in all groups when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `units` is not a positive number.
    pub fn new(units: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let units = OutOfRange::positive("units", units)?.clamp(1e-6, 1e15);
        Ok(Self { weight: (best_rho(units, alpha.nats()) - 1.0).max(1e-3) })
    }

    /// The evidence against "the groups get traffic in proportion to their weights", from each group's count and
    /// weight.
    ///
    /// No evidence with fewer than two groups. Cost: about 0.5 µs per group.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, guard::SampleRatio};
    ///
    /// let test = SampleRatio::new(1_000.0, Alpha::ONE_PERCENT)?;
    /// assert!(test.evidence(&[(600, 1.0), (400, 1.0)])?.rejects(Alpha::ONE_PERCENT));
    /// assert!(test.evidence(&[(600, 0.0), (400, 1.0)]).is_err());
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if a weight is not in `1e-9..=1e9`.
    pub fn evidence(&self, groups: &[(u64, f64)]) -> Result<EValue, OutOfRange> {
        let (mut units, mut weights) = (0.0, 0.0);
        for &(count, weight) in groups {
            if !(1e-9..=1e9).contains(&weight) {
                return Err(OutOfRange::Parameter { name: "weight", value: weight, expected: "in 1e-9..=1e9" });
            }
            units += count_f64(count);
            weights += weight;
        }
        // A Dirichlet mixture is a chain of beta mixtures: the first group against the rest, the second against the
        // rest of that, ...
        let total = weights;
        let mut ln = 0.0;
        for &(count, weight) in groups.iter().take(groups.len().saturating_sub(1)) {
            let count = count_f64(count);
            let (rest, rest_weight) = ((units - count).max(0.0), (weights - weight).max(1e-18));
            let share = (weight / weights).clamp(1e-18, 1.0 - 1e-15);
            let prior = (self.weight * weight / total, self.weight * rest_weight / total);
            ln += ln_two_sided(prior, count, rest, share);
            (units, weights) = (rest, rest_weight);
        }
        Ok(EValue::from_ln(ln))
    }
}
