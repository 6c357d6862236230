//! Does the candidate differ more often than the control differs from itself?

use super::signs::{against_fair, exact_p_value, fair_coin};
use crate::counts::{count_at_least, count_f64};
use crate::mixture::BetaBinomial;
use crate::{Alpha, Counts, EValue, Interval, OutOfRange, anytime};

/// Runs in which the control was run twice: how often only the candidate differed, and how often only the second
/// control.
///
/// Where both differ, or neither, the two are alike and the run says nothing about which is worse (McNemar 1947).
///
/// ```
/// use verdict::pairs::Discordant;
///
/// let runs = Discordant::new(15, 4, 1_000)?;
/// assert!((runs.p_value() - 0.0192108154296875).abs() < 1e-15);
/// assert!(Discordant::new(15, 4, 18).is_err());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Discordant {
    candidate_only: u64,
    noise_only: u64,
    both: u64,
    runs: u64,
}

impl Discordant {
    /// Among `runs` in which the control was run twice: in `candidate_only` just the candidate differed from the
    /// control, in `noise_only` just the second run of the control.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Counts`] if these are more than `runs`.
    pub fn new(candidate_only: u64, noise_only: u64, runs: u64) -> Result<Self, OutOfRange> {
        match candidate_only.checked_add(noise_only) {
            Some(sum) if sum <= runs => Ok(Self { candidate_only, noise_only, both: 0, runs }),
            sum => Err(OutOfRange::Counts { events: sum.unwrap_or(u64::MAX), runs }),
        }
    }

    /// The same, and in `both` of the runs both differed from the control. Those say nothing about which is worse, but that
    /// the control differs from itself.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Counts`] if the three together are more than the runs.
    ///
    /// ```
    /// use verdict::pairs::Discordant;
    ///
    /// let runs = Discordant::new(15, 4, 100)?;
    /// assert_eq!(runs.and_both(81)?.both(), 81);
    /// assert!(runs.and_both(82).is_err());
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn and_both(self, both: u64) -> Result<Self, OutOfRange> {
        match both.checked_add(self.candidate_only + self.noise_only) {
            Some(sum) if sum <= self.runs => Ok(Self { both, ..self }),
            sum => Err(OutOfRange::Counts { events: sum.unwrap_or(u64::MAX), runs: self.runs }),
        }
    }

    /// Runs in which both differed from the control, as far as that was said.
    pub fn both(self) -> u64 {
        self.both
    }

    /// About so many times as much of everything; `None` beyond what a count holds.
    pub(crate) fn times(self, factor: f64) -> Option<Self> {
        let times = |count: u64| count_at_least((count_f64(count) * factor).round());
        let (candidate_only, noise_only) = (times(self.candidate_only)?, times(self.noise_only)?);
        let runs = times(self.runs)?.max(candidate_only.checked_add(noise_only)?);
        Some(Self { candidate_only, noise_only, both: 0, runs })
    }

    /// How many runs there were.
    pub fn runs(self) -> u64 {
        self.runs
    }

    /// Runs in which only the candidate differed.
    pub fn candidate_only(self) -> Counts {
        Counts::from_parts(self.candidate_only, self.runs - self.candidate_only)
    }

    /// Runs in which only the second run of the control differed.
    pub fn noise_only(self) -> Counts {
        Counts::from_parts(self.noise_only, self.runs - self.noise_only)
    }

    /// The two-sided p-value of McNemar's exact test, in `0..=1`: for **one** look at a number of runs fixed
    /// beforehand.
    ///
    /// Assumption: independent runs. Reference: McNemar, Psychometrika 12, 1947, 153-157, in its binomial form. Cost:
    /// below 1 µs.
    ///
    /// Unit: a probability.
    ///
    /// ```
    /// use verdict::pairs::Discordant;
    ///
    /// assert!(Discordant::new(15, 4, 1_000)?.p_value() < 0.02);
    /// assert_eq!(Discordant::new(4, 4, 1_000)?.p_value(), 1.0);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn p_value(self) -> f64 {
        exact_p_value(self.candidate_only, self.noise_only)
    }

    /// How much more often the candidate differs than the control from itself: the mean excess so far, at all moments
    /// at once.
    ///
    /// Unit: runs per run, `-1..=1`; both sides together with confidence `1 - alpha`. Assumption: none, see
    /// [`anytime`](crate::anytime), whose four bounds at `alpha / 4` it is made of. Cost: below 5 µs.
    ///
    /// Reference: the proofs in [`anytime`](crate::anytime), with alpha split by Bonferroni's rule.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::Discordant};
    ///
    /// let excess = Discordant::new(300, 100, 10_000)?.excess(Alpha::FIVE_PERCENT);
    /// assert!(excess.contains(0.02) && excess.lower() > 0.0);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn excess(self, alpha: Alpha) -> Interval {
        Interval::new(self.excess_at_least(alpha.half()), self.excess_at_most(alpha.half()))
    }

    pub(crate) fn excess_at_most(self, alpha: Alpha) -> f64 {
        let each = alpha.half();
        anytime::rate_at_most(self.candidate_only(), each) - anytime::rate_at_least(self.noise_only(), each)
    }

    pub(crate) fn excess_at_least(self, alpha: Alpha) -> f64 {
        let each = alpha.half();
        anytime::rate_at_least(self.candidate_only(), each) - anytime::rate_at_most(self.noise_only(), each)
    }
}

/// McNemar's test, valid at all moments at once.
///
/// Of the runs in which exactly one differs, each is the candidate's with probability at most 1/2 if the candidate is
/// no worse than noise.
///
/// Reference: the one-sided beta-binomial mixture (Howard and others 2021) on the discordant runs.
///
/// ```
/// use verdict::{Alpha, pairs::{Discordant, NoiseSequence}};
///
/// let sequence = NoiseSequence::new(100.0, Alpha::FIVE_PERCENT)?;
/// assert!(sequence.evidence_worse(Discordant::new(40, 8, 1_000)?).rejects(Alpha::FIVE_PERCENT));
/// assert!(!sequence.evidence_worse(Discordant::new(15, 9, 1_000)?).rejects(Alpha::FIVE_PERCENT));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseSequence(BetaBinomial);

impl NoiseSequence {
    /// Sharpest at about `discordant > 0` discordant runs when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `discordant` is not a positive number.
    pub fn new(discordant: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let discordant = OutOfRange::positive("discordant", discordant)?.clamp(1e-6, 1e15);
        Ok(Self(fair_coin(discordant, alpha)?))
    }

    /// The evidence against "the candidate is no worse than noise in any run".
    ///
    /// Assumption: none on how the chances change. For many paths at once split alpha over them. Cost: below 2 µs.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Reference: that of the type.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{Discordant, NoiseSequence}};
    ///
    /// let sequence = NoiseSequence::new(30.0, Alpha::FIVE_PERCENT)?;
    /// assert!(sequence.evidence_worse(Discordant::new(30, 2, 100)?).rejects(Alpha::ONE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence_worse(&self, runs: Discordant) -> EValue {
        against_fair(&self.0, Counts::from_parts(runs.candidate_only, runs.noise_only))
    }
}
