//! Intervals for a constant rate, from a fixed prior.

use super::likelihood::ln_two_sided;
use crate::counts::count_at_least;
use crate::special::root;
use crate::special::stirling::{gap, ln_beta};
use crate::{Alpha, Counts, EValue, Interval, OutOfRange, Rate};

/// A confidence sequence for a **constant** rate from a beta prior: no time to tune for.
///
/// Assumption: every run has the same probability given what was before. Reference: Robbins, "Statistical methods
/// related to the law of the iterated logarithm", Annals of Mathematical Statistics 41(5), 1970; the prior says where
/// the bets are placed and cannot make the interval wrong, only wide.
///
/// ```
/// use verdict::{Alpha, Counts, mixture::BetaPrior};
///
/// let rate = BetaPrior::UNIFORM.interval(Counts::new(5, 1000)?, Alpha::FIVE_PERCENT);
/// assert!((rate.lower() - 0.00038908685).abs() < 1e-10);
/// assert!((rate.upper() - 0.019979021).abs() < 1e-8);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPrior {
    a: f64,
    b: f64,
}

impl BetaPrior {
    /// All rates alike.
    pub const UNIFORM: Self = Self { a: 1.0, b: 1.0 };
    /// Jeffreys' prior, also known from Krichevsky and Trofimov: more weight near 0 and 1.
    pub const JEFFREYS: Self = Self { a: 0.5, b: 0.5 };

    /// The beta prior with `a, b > 0`, as if that many events and non-events had been seen before.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] outside `1e-6..=1e12`.
    pub fn new(a: f64, b: f64) -> Result<Self, OutOfRange> {
        for (name, value) in [("a", a), ("b", b)] {
            if !(1e-6..=1e12).contains(&value) {
                return Err(OutOfRange::Parameter { name, value, expected: "in 1e-6..=1e12" });
            }
        }
        Ok(Self { a, b })
    }

    /// The rates that are not refuted, at all moments at once.
    ///
    /// Unit: events per run, `0..=1`; both sides together with confidence `1 - alpha`. Cost: below 5 µs.
    ///
    /// Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Counts, mixture::BetaPrior};
    ///
    /// let rate = BetaPrior::JEFFREYS.interval(Counts::new(500, 1_000)?, Alpha::FIVE_PERCENT);
    /// assert!((rate.lower() - 0.44241839).abs() < 1e-8 && (rate.upper() - 0.55758161).abs() < 1e-8);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn interval(&self, counts: Counts, alpha: Alpha) -> Interval {
        if counts.runs() == 0 {
            return Interval::new(0.0, 1.0);
        }
        let (k, m) = (counts.events_f64(), counts.others_f64());
        // How far, in nats, the likelihood may fall from its maximum.
        let drop = alpha.nats() - self.ln_at_maximum(k, m);
        Interval::new(likelihood_lower(k, m, drop), likelihood_upper(k, m, drop))
    }

    /// The evidence against the rate being exactly `rate`. Cost: below 1 µs.
    ///
    /// Infinite if the rate is 0 and there was an event, or 1 and there was a run without.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Counts, Rate, mixture::BetaPrior};
    ///
    /// let evidence = BetaPrior::JEFFREYS.evidence(Counts::new(500, 1000)?, Rate::new(0.6)?);
    /// assert!(evidence.rejects(Alpha::ONE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, counts: Counts, rate: Rate) -> EValue {
        let (k, m) = (counts.events_f64(), counts.others_f64());
        let p = rate.get();
        let impossible = (p <= 0.0 && k > 0.0) || (p >= 1.0 && m > 0.0);
        EValue::from_ln(if impossible {
            f64::INFINITY
        } else if p <= 0.0 || p >= 1.0 {
            self.ln_marginal(k, m)
        } else {
            ln_two_sided((self.a, self.b), k, m, p)
        })
    }

    /// The number of runs without any event after which [`interval`](Self::interval) ends below `rate`; `None` for a
    /// rate of 0, or one that would take more than 10^19 runs.
    ///
    /// Unit: runs. Cost: below 5 µs.
    ///
    /// Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Rate, mixture::BetaPrior};
    ///
    /// let runs = BetaPrior::UNIFORM.clean_runs_for(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
    /// assert_eq!(runs, Some(984));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn clean_runs_for(&self, rate: Rate, alpha: Alpha) -> Option<u64> {
        let p = rate.get();
        if p <= 0.0 {
            return None;
        }
        if p >= 1.0 {
            return Some(1);
        }
        // In u = ln n, where the evidence -n ln(1-p) - a ln n + ... is convex.
        let nats = alpha.nats();
        let each = -(-p).ln_1p();
        let value = |u: f64| {
            let n = u.exp();
            (n * each + self.ln_marginal(0.0, n) - nats) / nats
        };
        // The evidence may fall at first, where the prior is heavy near 0; beyond its minimum it only grows.
        let bottom = (self.a / each).max(1.0).ln();
        let start = ((nats + self.a * (1.0 + (1.0 / each).ln_1p())) / each).ln();
        let u = root::secant((bottom.min(start), bottom + 710.0), start, start.exp() * each / nats, 1e-13, value);
        let near = count_at_least(u.exp() * (1.0 - 1e-12))?;
        Some(near.max(1))
    }

    /// `ln ∫ θ^k (1-θ)^m dBeta(a, b)`.
    fn ln_marginal(&self, k: f64, m: f64) -> f64 {
        ln_beta(self.a + k, self.b + m) - ln_beta(self.a, self.b)
    }

    /// The mixture at the observed share, where the likelihood is largest: never above 0.
    fn ln_at_maximum(&self, k: f64, m: f64) -> f64 {
        if k <= 0.0 || m <= 0.0 { self.ln_marginal(k, m) } else { ln_two_sided((self.a, self.b), k, m, k / (k + m)) }
    }
}

/// The `p` below `k / (k + m)` at which the likelihood has fallen by `drop` nats.
pub(crate) fn likelihood_lower(k: f64, m: f64, drop: f64) -> f64 {
    if k <= 0.0 {
        return 0.0;
    }
    if m <= 0.0 {
        return (-drop / k).exp();
    }
    if k > m {
        // Near 1 the other side has the digits.
        return 1.0 - likelihood_upper(m, k, drop);
    }
    let share = k / (k + m);
    share * likelihood_step(k, k / m, drop, -1.0).exp()
}

/// The `p` above `k / (k + m)` at which the likelihood has fallen by `drop` nats.
pub(crate) fn likelihood_upper(k: f64, m: f64, drop: f64) -> f64 {
    if m <= 0.0 {
        return 1.0;
    }
    if k <= 0.0 {
        return -(-drop / m).exp_m1();
    }
    if k > m {
        return 1.0 - likelihood_lower(m, k, drop);
    }
    let share = k / (k + m);
    (share * likelihood_step(k, k / m, drop, 1.0).exp()).min(1.0)
}

/// The `w` of the given sign with `k [gap(μ) + gap(-r μ) / r] = drop`, `μ = e^w - 1`: the fall of the likelihood from
/// the observed share to `e^w` times it, with `r = k / m <= 1`.
fn likelihood_step(k: f64, r: f64, drop: f64, sign: f64) -> f64 {
    let drop = drop.max(0.0);
    let s = (2.0 * drop / k).sqrt();
    let first = s / (1.0 + r).sqrt();
    let start = if s < 1.0 {
        let omega = sign * first;
        (omega + s * s * (1.0 - r) / (3.0 * (1.0 + r))).max(-0.9).ln_1p()
    } else if sign > 0.0 {
        (drop / k + (drop / k).ln_1p()).ln_1p()
    } else {
        -drop / k - 1.0
    };
    let top = (1.0 / r).ln_1p();
    let bracket = if sign > 0.0 { (0.0, top) } else { (-drop / k - 2.0, 0.0) };
    root::newton(bracket, start.min(0.999 * top), 1e-9 / k.sqrt().max(1.0), |w| {
        let mu = w.exp_m1();
        let left = 1.0 - r * mu;
        let gap_mu = if mu.abs() > 0.5 { mu - w } else { gap(mu) };
        let fall = k * (gap_mu + gap(-r * mu) / r) - drop;
        (sign * fall, sign * k * mu * (1.0 + r) / left)
    })
}
