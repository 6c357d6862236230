//! Is a quantile above its limit?

use crate::quantile::Quantile;
use crate::{Alpha, Counts, Rate, anytime};

/// "p95 above 200 ms" is "more than 5 % of the requests slower than 200 ms": one counter, no histogram.
///
/// Assumption: none on the requests; the statement is about the mean share of slow requests so far (see
/// [`anytime`](crate::anytime)). Start a new count per window or per build, or an old good time will hide a new bad
/// one.
///
/// ```
/// use verdict::{Alpha, Counts};
/// use verdict::guard::{LatencyGuard, LatencyState};
/// use verdict::quantile::Quantile;
///
/// let p95_below_200_ms = LatencyGuard::new(Quantile::P95, Alpha::ONE_PERCENT);
/// let slower_than_200_ms = Counts::new(90, 1_000)?;
/// assert_eq!(p95_below_200_ms.check(slower_than_200_ms), LatencyState::Exceeded);
/// assert_eq!(p95_below_200_ms.check(Counts::new(20, 1_000)?), LatencyState::Kept);
/// assert_eq!(p95_below_200_ms.check(Counts::new(6, 100)?), LatencyState::Undecided);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyGuard {
    quantile: Quantile,
    alpha: Alpha,
}

/// What a [`LatencyGuard`] can say.
///
/// ```
/// use verdict::guard::{LatencyGuard, LatencyState};
/// use verdict::quantile::Quantile;
/// use verdict::{Alpha, Counts};
///
/// let page = match LatencyGuard::new(Quantile::P99, Alpha::ONE_PERCENT).check(Counts::new(40, 1_000)?) {
///     LatencyState::Exceeded => "wake somebody up",
///     _ => "wait",
/// };
/// assert_eq!(page, "wake somebody up");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LatencyState {
    /// The quantile is above the limit, with the guard's confidence.
    Exceeded,
    /// The quantile is at or below the limit, with the guard's confidence.
    Kept,
    /// Too few requests, or too close to the limit, to say.
    Undecided,
}

impl LatencyGuard {
    /// A guard on `quantile`; each of its two answers is ever wrong with probability at most `alpha`.
    pub fn new(quantile: Quantile, alpha: Alpha) -> Self {
        Self { quantile, alpha }
    }

    /// What the number of requests slower than the limit, among all, says. Cost: below 5 µs.
    ///
    /// Unit: requests. Assumption: none, as for the type. Reference: the proofs in [`anytime`](crate::anytime),
    /// one for each of the two answers.
    ///
    /// ```
    /// use verdict::guard::{LatencyGuard, LatencyState};
    /// use verdict::{Alpha, Counts, quantile::Quantile};
    ///
    /// let median = LatencyGuard::new(Quantile::P50, Alpha::ONE_PERCENT);
    /// assert_eq!(median.check(Counts::new(800, 1_000)?), LatencyState::Exceeded);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn check(&self, slower: Counts) -> LatencyState {
        let Ok(allowed) = Rate::new(self.quantile.above()) else { return LatencyState::Undecided };
        if anytime::evidence_above(slower, allowed).rejects(self.alpha) {
            LatencyState::Exceeded
        } else if anytime::evidence_below(slower, allowed).rejects(self.alpha) {
            LatencyState::Kept
        } else {
            LatencyState::Undecided
        }
    }
}
