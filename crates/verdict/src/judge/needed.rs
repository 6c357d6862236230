//! About how many more runs a decision takes, if things go on as they are.

use crate::counts::{count_at_least, count_f64};
use crate::{Alpha, Counts, Rate, anytime};

/// More runs until the upper bound is at most `rate`, or the lower bound above it, at the share of events seen so far.
///
/// `None` where that share is so close to the rate that it may take for ever.
pub(super) fn for_rate(counts: Counts, rate: Rate, alpha: Alpha) -> Option<u64> {
    let r = rate.get();
    let n = counts.runs_f64();
    if counts.events() == 0 {
        return anytime::clean_runs_for(rate, alpha).map(|runs| runs.saturating_sub(counts.runs()).max(1));
    }
    let share = counts.share();
    // Until the bound that counts has come to the rate from its own side. Both bounds on the number of events are
    // smooth, so a few secant steps on a logarithmic scale are plenty for an "about".
    let margin = |n: f64| {
        let events = count_at_least((share * n).round()).unwrap_or(u64::MAX);
        if share < r {
            (r * n / anytime::expected_at_most(events, alpha)).ln()
        } else {
            (anytime::expected_at_least(events, alpha) / (r * n)).ln()
        }
    };
    // With the share at the rate itself the margin never becomes positive.
    if margin(LONGEST) <= 0.0 {
        return None;
    }
    let (mut low, mut high) = (n.ln(), LONGEST.ln());
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if margin(middle.exp()) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    count_at_least(high.exp()).map(|runs| runs.saturating_sub(counts.runs()).max(1))
}

/// More runs until an interval `reach` wide on either side of `estimate` leaves 0 out, or lies within `±within`,
/// whichever is sooner.
///
/// All three on the same scale; intervals narrow with the square root of the number of runs, and a little slower.
pub(super) fn for_reach(runs: u64, reach: f64, estimate: f64, within: f64) -> Option<u64> {
    let room = estimate.abs().max(within - estimate.abs());
    let factor = (reach / room).powi(2);
    if runs == 0 || !factor.is_finite() || factor > 1e9 {
        return None;
    }
    count_at_least(count_f64(runs) * (factor - 1.0).max(0.0)).map(|more| more.max(1))
}

/// So many runs, given that `some` of every `all` of them count.
pub(super) fn at_share(runs: u64, some: u64, all: u64) -> Option<u64> {
    count_at_least(count_f64(runs) * (count_f64(all) / count_f64(some)).max(1.0))
}

/// More runs until `decides` says so of that multiple of what was seen; `None` if it does not of a million times as much.
pub(super) fn for_multiple(runs: u64, decides: impl Fn(f64) -> bool) -> Option<u64> {
    let (mut low, mut high) = (1.0, MOST_TIMES);
    if !decides(high) {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f64::sqrt(low * high);
        if decides(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    count_at_least(count_f64(runs) * (high - 1.0)).map(|more| more.max(1))
}

/// As many times what was seen are no plan either.
const MOST_TIMES: f64 = 1e6;

/// Halvings of the logarithm of that: the answer is good to 1 %.
const HALVINGS: u32 = 11;

/// More runs than this are no plan.
const LONGEST: f64 = 1e15;

/// Halvings of a logarithmic range of at most 35: the answer is good to some 2 %.
const STEPS: u32 = 11;
