//! Which was faster, run by run.

use crate::counts::count_f64;
use crate::mixture::{BernoulliSequence, BetaBinomial};
use crate::special::tail::beta_at;
use crate::{Alpha, Counts, EValue, Interval, OutOfRange};
use std::cmp::Ordering;

/// In how many runs the candidate was faster, slower, or exactly as fast. Ties say nothing and are left out.
///
/// ```
/// use verdict::pairs::Signs;
///
/// let mut signs = Signs::default();
/// for (control, candidate) in [(120, 80), (95, 97), (110, 110)] {
///     signs.record(candidate.cmp(&control));
/// }
/// assert_eq!(signs, Signs::new(1, 1, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Signs {
    faster: u64,
    slower: u64,
    ties: u64,
}

impl Signs {
    /// From three counters.
    pub fn new(faster: u64, slower: u64, ties: u64) -> Self {
        Self { faster, slower, ties }
    }

    /// Counts one run: how the candidate's duration compares with the control's. Saturates.
    pub fn record(&mut self, candidate_to_control: Ordering) {
        let counter = match candidate_to_control {
            Ordering::Less => &mut self.faster,
            Ordering::Greater => &mut self.slower,
            Ordering::Equal => &mut self.ties,
        };
        *counter = counter.saturating_add(1);
    }

    /// Both together, saturating.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            faster: self.faster.saturating_add(other.faster),
            slower: self.slower.saturating_add(other.slower),
            ties: self.ties.saturating_add(other.ties),
        }
    }

    /// All runs, ties too. Saturates.
    pub fn runs(self) -> u64 {
        self.decided().runs().saturating_add(self.ties)
    }

    /// Runs in which the candidate was faster, among those without ties.
    pub fn decided(self) -> Counts {
        Counts::from_parts(self.faster, self.slower)
    }

    /// The two-sided p-value of the exact sign test, in `0..=1`: for **one** look at a number of runs fixed beforehand.
    ///
    /// Assumption: independent runs. Reference: Arbuthnot 1710; the binomial law with probability 1/2. Cost: below 1
    /// µs.
    ///
    /// ```
    /// use verdict::pairs::Signs;
    ///
    /// assert!((Signs::new(15, 4, 0).p_value() - 0.0192108154296875).abs() < 1e-15);
    /// ```
    ///
    /// Unit: a probability.
    pub fn p_value(self) -> f64 {
        exact_p_value(self.faster, self.slower)
    }
}

/// Bounds on the share of runs in which the candidate is faster, at all moments at once.
///
/// Reference: the beta-binomial mixture, see [`BernoulliSequence`] and [`BetaBinomial`].
///
/// ```
/// use verdict::{Alpha, pairs::{Signs, SignSequence}};
///
/// let sequence = SignSequence::new(1000.0, Alpha::FIVE_PERCENT)?;
/// let share = sequence.faster_share(Signs::new(600, 400, 0), Alpha::FIVE_PERCENT);
/// assert!(share.lower() > 0.5);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignSequence {
    share: BernoulliSequence,
    half: BetaBinomial,
}

impl SignSequence {
    /// Narrowest at about `pairs > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `pairs` is not a positive number.
    pub fn new(pairs: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let pairs = OutOfRange::positive("pairs", pairs)?.clamp(1e-6, 1e15);
        Ok(Self { share: BernoulliSequence::new(pairs, alpha)?, half: fair_coin(pairs, alpha)? })
    }

    /// The share of runs, ties left out, in which the candidate is faster.
    ///
    /// Unit: share, `0..=1`; confidence `1 - alpha` for both sides. Assumption: a constant share, given what was
    /// before. Cost: below 10 µs for both sides.
    ///
    /// Reference: that of the type.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{SignSequence, Signs}};
    ///
    /// let sequence = SignSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// let share = sequence.faster_share(Signs::new(300, 700, 50), Alpha::FIVE_PERCENT);
    /// assert!(share.contains(0.3) && share.upper() < 0.5);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn faster_share(&self, signs: Signs, alpha: Alpha) -> Interval {
        self.share.interval(signs.decided(), alpha)
    }

    /// The evidence against "in no run was the candidate more likely to be the faster one".
    ///
    /// Assumption: none; the chances may differ from run to run. Cost: below 2 µs.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Reference: that of the type.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{Signs, SignSequence}};
    ///
    /// let sequence = SignSequence::new(1000.0, Alpha::FIVE_PERCENT)?;
    /// assert!(sequence.evidence_faster(Signs::new(600, 400, 0)).rejects(Alpha::ONE_PERCENT));
    /// assert!(!sequence.evidence_slower(Signs::new(600, 400, 0)).rejects(Alpha::ONE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence_faster(&self, signs: Signs) -> EValue {
        against_fair(&self.half, signs.decided())
    }

    /// The evidence against "in no run was the candidate more likely to be the slower one". As
    /// [`evidence_faster`](Self::evidence_faster).
    ///
    /// Unit (an e-value, from 0), assumption, reference and cost are the same.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{SignSequence, Signs}};
    ///
    /// let sequence = SignSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// assert!(sequence.evidence_slower(Signs::new(400, 600, 0)).rejects(Alpha::ONE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence_slower(&self, signs: Signs) -> EValue {
        against_fair(&self.half, signs.decided().exchanged())
    }
}

/// The one-sided mixture for tosses that land heads with probability at most one half.
pub(crate) fn fair_coin(tosses: f64, alpha: Alpha) -> Result<BetaBinomial, OutOfRange> {
    BetaBinomial::one_sided(0.25 * tosses, 0.5, 0.5, alpha)
}

pub(crate) fn against_fair(coin: &BetaBinomial, heads: Counts) -> EValue {
    let n = heads.runs_f64();
    coin.evidence(0.5 * (heads.events_f64() - heads.others_f64()), 0.25 * n)
}

/// Twice the smaller tail of the binomial law with probability 1/2, at most 1.
pub(crate) fn exact_p_value(left: u64, right: u64) -> f64 {
    let fewer = left.min(right);
    let more = left.max(right);
    if fewer == more {
        return 1.0;
    }
    // P(X <= fewer) of n = fewer + more tosses is the lower tail of the beta law (more, fewer + 1) at 1/2.
    let ln_lower = beta_at(count_f64(more), count_f64(fewer) + 1.0, 0.5).ln_lower;
    (2.0 * ln_lower.exp()).min(1.0)
}
