//! Does the new version fail more often?

use crate::mixture::BetaBinomial;
use crate::{Alpha, EValue, OutOfRange, Rate};

/// The count test on failures: each further failure is the candidate's with probability at most its share of the
/// traffic, if it fails no more often than the control.
///
/// It needs the failures of the two alone, not the number of requests. Assumption: at any time a request goes to the
/// candidate with the same probability, whatever the request; failure rates may rise and fall for both alike. When
/// the share changes (1 % → 10 % → 50 %), go on with [`next_stage`](Self::next_stage), which keeps the evidence.
///
/// Reference: Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022; the one-sided
/// beta-binomial mixture of Howard and others 2021.
///
/// ```
/// use verdict::{Alpha, Rate, guard::ErrorGuard};
///
/// // 10 % of the traffic goes to the candidate.
/// let guard = ErrorGuard::new(Rate::new(0.1)?, Alpha::ONE_PERCENT)?;
/// assert!(!guard.trips(2, 20));
/// assert!(guard.trips(12, 20));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorGuard {
    share: f64,
    alpha: Alpha,
    mixture: BetaBinomial,
    before: EValue,
}

impl ErrorGuard {
    /// A guard for a candidate that gets `share` of the traffic, strictly between 0 and 1.
    ///
    /// Sharpest at about 50 failures of the two together.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if the share is below 1e-9 or above 1 - 1e-9: then there is nothing to compare.
    pub fn new(share: Rate, alpha: Alpha) -> Result<Self, OutOfRange> {
        let (p, q) = (share.get(), 1.0 - share.get());
        if !(1e-9..=1.0 - 1e-9).contains(&p) {
            return Err(OutOfRange::Parameter { name: "share", value: p, expected: "between 0 and 1" });
        }
        let mixture = BetaBinomial::one_sided(50.0 * p * q, p, q, alpha)?;
        Ok(Self { share: p, alpha, mixture, before: EValue::ONE })
    }

    /// A guard that lets the candidate fail up to `factor >= 1` times as often as the control.
    ///
    /// ```
    /// use verdict::{Alpha, Rate, guard::ErrorGuard};
    ///
    /// let tolerant = ErrorGuard::with_tolerance(Rate::new(0.1)?, 2.0, Alpha::ONE_PERCENT)?;
    /// assert!(!tolerant.trips(8, 20) && tolerant.trips(30, 20));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] as for [`new`](Self::new), or if the factor is not a finite number of at least 1.
    pub fn with_tolerance(share: Rate, factor: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        if !(1.0..f64::INFINITY).contains(&factor) {
            return Err(OutOfRange::Parameter { name: "factor", value: factor, expected: "at least 1" });
        }
        let odds = factor * share.get();
        Self::new(Rate::new(odds / (odds + 1.0 - share.get()))?, alpha)
    }

    /// The guard for the next stage, in which the candidate gets another share; counts begin at 0, the evidence so
    /// far is kept.
    ///
    /// ```
    /// use verdict::{Alpha, Rate, guard::ErrorGuard};
    ///
    /// let first = ErrorGuard::new(Rate::new(0.01)?, Alpha::ONE_PERCENT)?;
    /// let second = first.next_stage(2, 12, Rate::new(0.1)?)?;
    /// assert!(!first.trips(2, 12) && !ErrorGuard::new(Rate::new(0.1)?, Alpha::ONE_PERCENT)?.trips(7, 18));
    /// assert!(second.trips(7, 18));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn next_stage(&self, candidate_failures: u64, control_failures: u64, share: Rate) -> Result<Self, OutOfRange> {
        let before = self.evidence(candidate_failures, control_failures);
        Ok(Self { before, ..Self::new(share, self.alpha)? })
    }

    /// The evidence against "the candidate fails no more often", earlier stages included. Cost: below 2 µs.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Rate, guard::ErrorGuard};
    ///
    /// let guard = ErrorGuard::new(Rate::new(0.5)?, Alpha::ONE_PERCENT)?;
    /// assert!(guard.evidence(30, 10) > guard.evidence(20, 20));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, candidate_failures: u64, control_failures: u64) -> EValue {
        let candidate = crate::counts::count_f64(candidate_failures);
        let control = crate::counts::count_f64(control_failures);
        let (p, q) = (self.share, 1.0 - self.share);
        let stage = self.mixture.evidence(candidate * q - control * p, (candidate + control) * p * q);
        self.before.times(stage)
    }

    /// Whether the evidence is enough to act on at the guard's alpha.
    ///
    /// Assumption and reference: those of the type. Cost: below 2 µs.
    ///
    /// Unit: failures, as counted since the stage began.
    ///
    /// ```
    /// use verdict::{Alpha, Rate, guard::ErrorGuard};
    ///
    /// let half = ErrorGuard::new(Rate::new(0.5)?, Alpha::ONE_PERCENT)?;
    /// assert!(half.trips(40, 10) && !half.trips(25, 25));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn trips(&self, candidate_failures: u64, control_failures: u64) -> bool {
        self.evidence(candidate_failures, control_failures).rejects(self.alpha)
    }
}
