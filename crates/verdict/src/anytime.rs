//! Bounds on a rate that hold at every moment at once, whatever the rate does meanwhile.
//!
//! This is the headline of an experiment. Look after every run, stop when it looks good, alert on it: the statement
//! is *ever* wrong with probability at most alpha. Nothing is asked of the runs, neither that they are independent
//! nor that the rate stays the same; what is bounded is the **mean rate so far**, the average over the runs of the
//! probability that each had when it began.
//!
//! The price against a single planned look is small: with no event at all, 3.44 instead of 3.00 expected events at 95
//! %.
//!
//! | with so many events, 95 % | 0 | 1 | 2 | 5 | 10 | 100 |
//! |---|---|---|---|---|---|---|
//! | at most so many were due, at any time | 3.44 | 7.80 | 9.87 | 15.3 | 23.1 | 136 |
//! | the same for one planned look | 3.00 | 4.74 | 6.30 | 10.5 | 17.0 | 118 |
//!
//! Every bound here is one-sided at `1 - alpha`; [`rate_between`] splits alpha over two. The proofs stand with the
//! functions. Where rates are not small (above some 10 %) and known to be constant, [`mixture`](crate::mixture) is
//! narrower.

mod lower;
mod upper;
mod weighted;

pub use lower::{evidence_above, expected_at_least, rate_at_least};
pub use upper::{clean_runs_for, evidence_below, expected_at_most, rate_at_most};
pub use weighted::Weighted;

use crate::{Alpha, Counts, Interval};

/// Both bounds on the mean rate so far, each at `alpha / 2`, so that both hold together with confidence `1 - alpha`.
///
/// Unit: events per run, `0..=1`. Assumption: none (see [`rate_at_most`]). Cost: two solutions, below 5 µs.
///
/// Reference: the proofs of [`expected_at_most`] and [`expected_at_least`].
///
/// ```
/// use verdict::{Alpha, Counts, anytime};
///
/// let rate = anytime::rate_between(Counts::new(20, 10_000)?, Alpha::FIVE_PERCENT);
/// assert!(rate.contains(0.002));
/// assert!(rate.lower() > 0.0007 && rate.upper() < 0.0043);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn rate_between(counts: Counts, alpha: Alpha) -> Interval {
    Interval::new(rate_at_least(counts, alpha.half()), rate_at_most(counts, alpha.half()))
}
