//! Intervals for **one** look at a number of runs that was planned beforehand.
//!
//! They are narrower than the bounds of [`anytime`](crate::anytime), and wrong when looked at repeatedly: with a
//! mismatch rate of 0.1 % and a look after every run up to 100,000, the one-sided 95 % bound is wrong at some moment
//! in about 27 % of the experiments. Use them for a finished batch (a replay of stored requests, a nightly job),
//! never on a dashboard.

use crate::counts::{count_at_least, count_f64};
use crate::special::normal;
use crate::special::tail::{Law, Side, beta_quantile};
use crate::{Alpha, Counts, Interval, Rate};

/// The exact two-sided interval of Clopper and Pearson for a constant rate.
///
/// Unit: events per run, `0..=1`; confidence at least `1 - alpha`, each side at `alpha / 2`; `0..=1` without runs.
/// Assumption: independent runs with one rate, and their number fixed beforehand. Cost: below 5 µs up to 10^12 runs.
///
/// Reference: Clopper and Pearson, Biometrika 26(4), 1934, 404-413; in terms of beta quantiles.
///
/// ```
/// use verdict::{Alpha, Counts, fixed};
///
/// let rate = fixed::clopper_pearson(Counts::new(5, 1000)?, Alpha::FIVE_PERCENT);
/// assert!((rate.lower() - 0.001625419518).abs() < 1e-11);
/// assert!((rate.upper() - 0.01162947056).abs() < 1e-11);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn clopper_pearson(counts: Counts, alpha: Alpha) -> Interval {
    Interval::new(clopper_pearson_lower(counts, alpha.half()), clopper_pearson_upper(counts, alpha.half()))
}

/// The upper bound of Clopper and Pearson alone, one-sided with confidence `1 - alpha`.
///
/// Unit (events per run, `0..=1`), assumption and reference as [`clopper_pearson`]. Cost: below 3 µs.
///
/// ```
/// use verdict::{Alpha, Counts, fixed};
///
/// let at_most = fixed::clopper_pearson_upper(Counts::new(0, 1000)?, Alpha::FIVE_PERCENT);
/// assert!((at_most - 0.002991249545).abs() < 1e-11);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn clopper_pearson_upper(counts: Counts, alpha: Alpha) -> f64 {
    let ln_alpha = -alpha.nats();
    if counts.others() == 0 {
        1.0
    } else if counts.events() == 0 {
        -(ln_alpha / counts.runs_f64()).exp_m1()
    } else {
        beta_quantile(counts.events_f64() + 1.0, counts.others_f64(), Side::Upper, ln_alpha)
    }
}

/// The lower bound of Clopper and Pearson alone, one-sided with confidence `1 - alpha`.
///
/// Unit (events per run, `0..=1`), assumption and reference as [`clopper_pearson`]. Cost: below 3 µs.
///
/// ```
/// use verdict::{Alpha, Counts, fixed};
///
/// assert_eq!(fixed::clopper_pearson_lower(Counts::new(0, 1000)?, Alpha::FIVE_PERCENT), 0.0);
/// assert!(fixed::clopper_pearson_lower(Counts::new(9, 10)?, Alpha::FIVE_PERCENT) > 0.6);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn clopper_pearson_lower(counts: Counts, alpha: Alpha) -> f64 {
    let ln_alpha = -alpha.nats();
    if counts.events() == 0 {
        0.0
    } else if counts.others() == 0 {
        (ln_alpha / counts.runs_f64()).exp()
    } else {
        beta_quantile(counts.events_f64(), counts.others_f64() + 1.0, Side::Lower, ln_alpha)
    }
}

/// The two-sided score interval of Wilson: quick and good on average, but not exact.
///
/// Unit: events per run, `0..=1`; confidence about `1 - alpha`, less for some rates; `0..=1` without runs.
/// Assumption: independent runs with one rate, and their number fixed beforehand. Cost: below 1 µs.
///
/// Reference: Wilson, Journal of the American Statistical Association 22, 1927, 209-212.
///
/// ```
/// use verdict::{Alpha, Counts, fixed};
///
/// let rate = fixed::wilson(Counts::new(50, 1000)?, Alpha::FIVE_PERCENT);
/// assert!((rate.lower() - 0.038130).abs() < 1e-6 && (rate.upper() - 0.065313).abs() < 1e-6);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn wilson(counts: Counts, alpha: Alpha) -> Interval {
    if counts.runs() == 0 {
        return Interval::new(0.0, 1.0);
    }
    let z = normal::upper_quantile(-alpha.half().nats());
    let upper = |share: f64, other: f64| {
        let n = counts.runs_f64();
        let penalty = z * z / n;
        let spread = z * (share * other / n + 0.25 * penalty / n).sqrt();
        (share + 0.5 * penalty + spread) / (1.0 + penalty)
    };
    // The lower bound on events is the upper bound on the others, mirrored; for few events that would lose digits, and
    // the product of the two ends is known.
    let share = counts.share();
    let top = upper(share, 1.0 - share).min(1.0);
    let bottom = share * share / ((1.0 + z * z / counts.runs_f64()) * top);
    Interval::new(bottom.min(share), top.max(share))
}

/// The upper bound on the number of events due, for one planned look: the limit of [`clopper_pearson_upper`] for rare
/// events.
///
/// Unit: events, from about `ln(1 / alpha)` up; one-sided with confidence `1 - alpha`. Assumption: a Poisson number of events. What
/// [`anytime::expected_at_most`](crate::anytime::expected_at_most) is compared with. Cost: below 3 µs.
///
/// Reference: Garwood, Biometrika 28, 1936, 437-442, the exact bound of a Poisson mean.
///
/// ```
/// use verdict::{Alpha, fixed};
///
/// assert!((fixed::expected_at_most(0, Alpha::FIVE_PERCENT) - 2.995732).abs() < 1e-6);
/// ```
pub fn expected_at_most(events: u64, alpha: Alpha) -> f64 {
    if events == 0 { alpha.nats() } else { Law::gamma(count_f64(events) + 1.0).quantile(Side::Upper, -alpha.nats()) }
}

/// The number of runs without any event that a plan needs to claim a rate of at most `rate`; `None` for a rate of 0,
/// or one that would take more than 10^19 runs.
///
/// Unit: runs. Assumption: independent runs with one rate, one look at the end. Cost: below 100 ns.
///
/// Reference: `(1 - rate)^n = alpha`, the bound of [`clopper_pearson_upper`] without events.
///
/// ```
/// use verdict::{Alpha, Rate, fixed};
///
/// assert_eq!(fixed::clean_runs_for(Rate::new(0.01)?, Alpha::FIVE_PERCENT), Some(299));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn clean_runs_for(rate: Rate, alpha: Alpha) -> Option<u64> {
    count_at_least((alpha.nats() / -(-rate.get()).ln_1p()).max(1.0))
}
