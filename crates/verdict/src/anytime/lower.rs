//! How many events were due at least.

use crate::counts::count_f64;
use crate::special::root;
use crate::special::stirling::ln_gamma;
use crate::special::tail::Law;
use crate::{Alpha, Counts, EValue, Rate};

/// The smallest mean rate that the counts leave possible: "at least so many events per run".
///
/// With `k` events among `n` runs this is [`expected_at_least`]`(k) / n`, and 0 without runs or events.
///
/// Unit: events per run, `0..=1`; one-sided, confidence `1 - alpha`, at all moments at once. Assumption: none, as for
/// [`rate_at_most`](crate::anytime::rate_at_most), and about the same mean rate. Cost: about 1 µs.
///
/// Reference: the proof of [`expected_at_least`].
///
/// ```
/// use verdict::{Alpha, Counts, anytime};
///
/// let many = Counts::new(50, 1_000)?;
/// assert!(anytime::rate_at_least(many, Alpha::FIVE_PERCENT) > 0.029);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn rate_at_least(counts: Counts, alpha: Alpha) -> f64 {
    if counts.runs() == 0 { 0.0 } else { expected_at_least(counts.events(), alpha) / counts.runs_f64() }
}

/// The smallest number of events that must have been due when `events` were seen.
///
/// Unit: events, 0 for none. Cost: about 1 µs.
///
/// Assumption: none, as for [`expected_at_most`](crate::anytime::expected_at_most). Reference: the proof below.
///
/// # Proof
///
/// The notation is that of [`expected_at_most`](crate::anytime::expected_at_most). For `θ >= 1`,
///
/// ```text
/// E[θ^X_i | before] = 1 + (θ - 1) p_i <= exp((θ - 1) p_i),
/// ```
///
/// so `θ^k_n exp(-(θ - 1) P_n)` is a supermartingale that starts at 1, and so is its mean over `θ` with the density
/// `1/4 θ^(-5/4)` on `θ > 1`:
///
/// ```text
/// M_n = 1/4 ∫ θ^(k_n - 5/4) exp(-(θ - 1) P_n) dθ = 1/4 exp(P_n) Γ(k_n - 1/4, P_n) / P_n^(k_n - 1/4)
/// ```
///
/// with the upper incomplete gamma function. By Ville's inequality it ever reaches `1 / alpha` with probability at most
/// `alpha`. For `k >= 1` it falls from infinity to 0 as `P_n` grows; where it is `1 / alpha` is the bound. ∎
///
/// The heavy tail of the density serves the case that matters: few events that are far too many, as when a candidate is
/// broken for every tenth user. Compare the gamma-Poisson mixture of Howard and others (2021), whose
/// density has a light tail tuned to one time.
///
/// ```
/// use verdict::{Alpha, anytime};
///
/// assert_eq!(anytime::expected_at_least(0, Alpha::FIVE_PERCENT), 0.0);
/// let due = anytime::expected_at_least(10, Alpha::FIVE_PERCENT);
/// assert!(due > 3.0 && due < 10.0);
/// ```
pub fn expected_at_least(events: u64, alpha: Alpha) -> f64 {
    if events == 0 {
        return 0.0;
    }
    let nats = alpha.nats();
    let law = Law::gamma(count_f64(events) - INDEX);
    let a = law.center();
    let w = root::newton((-2000.0, 0.0), start(&law, nats), law.tolerance(), |w| {
        let point = law.at(w);
        let value = nats - (point.upper_to_front + INDEX.ln());
        (value, (-point.upper_to_front).exp() - a * point.mu)
    });
    a * w.exp()
}

/// Evidence against "the mean rate so far is at most `rate`", the bet behind [`rate_at_least`].
///
/// [`EValue::rejects`] at some alpha is the same as [`rate_at_least`] being above `rate`; against a rate of 0 one
/// event is infinite evidence. Assumption: none. Cost: below 1 µs.
///
/// Unit: an e-value, from 0, so that 20 refutes at 5 %. Reference: the proof of [`expected_at_least`].
///
/// ```
/// use verdict::{Alpha, Counts, Rate, anytime};
///
/// let evidence = anytime::evidence_above(Counts::new(50, 1_000)?, Rate::new(0.01)?);
/// assert!(evidence.rejects(Alpha::ONE_PERCENT));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
pub fn evidence_above(counts: Counts, rate: Rate) -> EValue {
    if counts.events() == 0 {
        // What is left of the bet shrinks like 1 / P_n; it is never needed, and 0 is a valid bound from below.
        return EValue::from_ln(if counts.runs() == 0 { 0.0 } else { f64::NEG_INFINITY });
    }
    let due = counts.runs_f64() * rate.get();
    if due <= 0.0 {
        return EValue::from_ln(f64::INFINITY);
    }
    let law = Law::gamma(counts.events_f64() - INDEX);
    let point = law.at((due / law.center()).ln());
    EValue::from_ln(point.upper_to_front + INDEX.ln())
}

/// The index of the Pareto density over `θ`. Nearer to 0 would favour single events, nearer to 1 many.
const INDEX: f64 = 0.25;

fn start(law: &Law, nats: f64) -> f64 {
    let a = law.center();
    let evidence = nats - INDEX.ln();
    let s = (2.0 * (evidence + law.ln_scale()).max(0.0) / a).sqrt();
    let mu = -s * (1.0 - s * (1.0 / 3.0 - s / 36.0));
    if mu > -0.8 && s < 2.0 {
        mu.ln_1p()
    } else {
        // Far below the shape the incomplete gamma function is nearly complete.
        (ln_gamma(a) - evidence) / a - a.ln()
    }
}
