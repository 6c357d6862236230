//! How many events were due at most.

use crate::counts::{count_at_least, count_f64};
use crate::special::root;
use crate::special::tail::Law;
use crate::{Alpha, Counts, EValue, Rate};
use std::f64::consts::LN_2;

/// The largest mean rate that the counts leave possible: "at most so many events per run".
///
/// With `k` events among `n` runs this is [`expected_at_most`]`(k) / n`, and 1 without runs.
///
/// Unit: events per run, `0..=1`; one-sided, confidence `1 - alpha`, at all moments at once. Cost: one solution,
/// about 1 µs.
///
/// Reference: the proof of [`expected_at_most`].
///
/// # Assumption
///
/// None on the runs: they may depend on each other, and the rate may drift. The statement is about the average, over
/// the runs counted, of the probability that each run had of the event when it began. It is therefore about *the runs
/// counted*: a change of who is sampled, or of the code, starts a new count.
///
/// # Example
///
/// ```
/// use verdict::{Alpha, Counts, anytime};
///
/// let clean = Counts::new(0, 34_411)?;
/// assert!(anytime::rate_at_most(clean, Alpha::FIVE_PERCENT) < 0.0001);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn rate_at_most(counts: Counts, alpha: Alpha) -> f64 {
    if counts.runs() == 0 { 1.0 } else { (expected_at_most(counts.events(), alpha) / counts.runs_f64()).min(1.0) }
}

/// The largest number of events that may have been due when `events` were seen.
///
/// Unit: events, from about `ln(1 / alpha)` up. Depends on nothing but the number of events: 3.441 with none at 95 %,
/// which is the "rule of three" in a form that survives looking at any time.
///
/// Cost: about 1 µs, Newton's method on a convex function.
///
/// Assumption: none, as for [`rate_at_most`]. Reference: the proof below.
///
/// # Proof
///
/// Let `X_i` be 1 if run `i` had the event and 0 if not, `p_i` the probability of that given everything before, `k_n`
/// and `P_n` their sums over the first `n` runs. For `0 <= θ <= 1`,
///
/// ```text
/// E[θ^X_i | before] = 1 - (1 - θ) p_i <= exp(-(1 - θ) p_i),
/// ```
///
/// so `M_n(θ) = θ^k_n exp((1 - θ) P_n)` starts at 1, is never negative and is not expected to grow: a
/// supermartingale. (With `θ = 0` it is `exp(P_n)` until the first event and 0 afterwards.) A mean of
/// supermartingales over fixed weights is one too. Give the weight 1/2 to `θ = 0` and spread the other 1/2 evenly
/// over `0 < θ < 1`:
///
/// ```text
/// M_n = 1/2 [k_n = 0] exp(P_n) + 1/2 ∫ θ^k_n exp((1 - θ) P_n) dθ
///     = 1/2 [k_n = 0] exp(P_n) + 1/2 exp(P_n) k_n! P(k_n + 1, P_n) / P_n^(k_n + 1)
/// ```
///
/// where `P(a, x)` is the regularised lower incomplete gamma function. By Ville's inequality (1939) the chance that
/// `M_n` *ever* reaches `1 / alpha` is at most `alpha`. For a given `k` the right side grows with `P_n`; call `B(k)`
/// the value at which it is `1 / alpha`. Then, except with probability `alpha`, `P_n < B(k_n)` for all `n` at once,
/// and the mean rate `P_n / n` is below `B(k_n) / n`. ∎
///
/// The first inequality holds as well for any `X_i` in `0..=1` with mean `p_i`, by convexity: events may be weighed.
/// The frame is that of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
/// sequences", Annals of Statistics 49(2), 2021, 1055-1080 (sub-Poisson processes); the mixture is this crate's own.
///
/// ```
/// use verdict::{Alpha, anytime};
///
/// assert!((anytime::expected_at_most(0, Alpha::FIVE_PERCENT) - 3.44100114).abs() < 1e-8);
/// assert!((anytime::expected_at_most(3, Alpha::FIVE_PERCENT) - 11.75803095).abs() < 1e-8);
/// ```
pub fn expected_at_most(events: u64, alpha: Alpha) -> f64 {
    let nats = alpha.nats();
    if events == 0 {
        return with_no_event(nats);
    }
    let law = Law::gamma(count_f64(events) + 1.0);
    let a = law.center();
    // The logarithm of the mixture at P_n = a e^w; its minimum over w is negative, so there is one zero on the right.
    let w = root::newton((-2.0, 800.0), start(&law, nats), law.tolerance(), |w| {
        let point = law.at(w);
        let value = point.lower_to_front - LN_2 - nats;
        (value, a * point.mu + (-point.lower_to_front).exp())
    });
    a * w.exp()
}

/// The number of runs without any event after which the mean rate is known to be at most `rate`; `None` for a rate of
/// 0, or one that would take more than 10^19 runs.
///
/// Unit: runs. Cost: below 1 µs.
///
/// Assumption: none, as for [`rate_at_most`]. Reference: [`expected_at_most`] of no events, divided by the
/// rate.
///
/// ```
/// use verdict::{Alpha, Rate, anytime};
///
/// let claim = Rate::new(0.0001)?;
/// assert_eq!(anytime::clean_runs_for(claim, Alpha::FIVE_PERCENT), Some(34_411));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn clean_runs_for(rate: Rate, alpha: Alpha) -> Option<u64> {
    count_at_least(with_no_event(alpha.nats()) / rate.get())
}

/// Evidence against "the mean rate so far is at least `rate`", the bet behind [`rate_at_most`].
///
/// [`EValue::rejects`] at some alpha is the same as [`rate_at_most`] being below `rate`. Assumption: none, as there.
/// Cost: below 1 µs.
///
/// Unit: an e-value, from 0, so that 20 refutes at 5 %. Reference: the proof of [`expected_at_most`].
///
/// ```
/// use verdict::{Alpha, Counts, Rate, anytime};
///
/// let evidence = anytime::evidence_below(Counts::new(0, 34_411)?, Rate::new(0.0001)?);
/// assert!(evidence.rejects(Alpha::FIVE_PERCENT));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn evidence_below(counts: Counts, rate: Rate) -> EValue {
    let due = counts.runs_f64() * rate.get();
    if due <= 0.0 {
        return EValue::ONE;
    }
    if counts.events() == 0 {
        return EValue::from_ln(mixture_with_no_event(due).0);
    }
    let law = Law::gamma(counts.events_f64() + 1.0);
    let point = law.at((due / law.center()).ln());
    EValue::from_ln(point.lower_to_front - LN_2)
}

fn with_no_event(nats: f64) -> f64 {
    root::newton((0.0, nats + 1.0), nats + 0.45, 1e-9, |due| {
        let (value, slope) = mixture_with_no_event(due);
        (value - nats, slope)
    })
}

/// The logarithm of the mixture for `k = 0`, and its slope.
fn mixture_with_no_event(due: f64) -> (f64, f64) {
    if due <= 0.0 {
        return (0.0, 0.75);
    }
    let left = (-due).exp();
    let spread = -(-due).exp_m1() / due;
    let mean = 0.5 + 0.5 * spread;
    (due + mean.ln(), 1.0 + 0.5 * (left - spread) / due / mean)
}

/// Where `a gap(μ)` alone makes up the evidence, by the first terms of the inverse of `gap`.
fn start(law: &Law, nats: f64) -> f64 {
    let due = (nats + LN_2 + law.ln_scale()).max(0.0);
    let s = (2.0 * due / law.center()).sqrt();
    (s * (1.0 + s * (1.0 / 3.0 + s / 36.0))).ln_1p()
}
