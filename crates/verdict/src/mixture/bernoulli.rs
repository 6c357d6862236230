//! Intervals for a constant rate, from a prior that moves along.

use super::best_rho;
use super::beta_prior::{likelihood_lower, likelihood_upper};
use super::likelihood::ln_two_sided;
use crate::special::root;
use crate::{Alpha, Counts, EValue, Interval, OutOfRange, Rate};

/// A confidence sequence for a **constant** rate, narrowest around a number of runs of one's choice.
///
/// For every rate in question the bets are placed around that rate. Assumption: every run has the same probability
/// given what was before. To ask "is it a half?" of signs, see [`pairs`](crate::pairs).
///
/// Reference: Howard and others 2021, the two-sided beta-binomial mixture for Bernoulli observations.
///
/// ```
/// use verdict::{Alpha, Counts, mixture::BernoulliSequence};
///
/// let sequence = BernoulliSequence::new(100.0, Alpha::FIVE_PERCENT)?;
/// let rate = sequence.interval(Counts::new(700, 1000)?, Alpha::FIVE_PERCENT);
/// assert!((rate.lower() - 0.651629).abs() < 1e-6 && (rate.upper() - 0.745949).abs() < 1e-6);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BernoulliSequence {
    /// The prior's weight, in runs.
    weight: f64,
}

impl BernoulliSequence {
    /// Narrowest at about `runs > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `runs` is not a positive number.
    pub fn new(runs: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let runs = OutOfRange::positive("runs", runs)?.min(1e15);
        Ok(Self { weight: (best_rho(runs, alpha.nats()) - 1.0).max(1e-3) })
    }

    /// The rates that are not refuted, at all moments at once.
    ///
    /// Unit: events per run, `0..=1`; both sides together with confidence `1 - alpha`. Cost: below 10 µs for both
    /// sides.
    ///
    /// Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Counts, mixture::BernoulliSequence};
    ///
    /// let rate = BernoulliSequence::new(50.0, Alpha::FIVE_PERCENT)?.interval(Counts::new(15, 50)?, Alpha::FIVE_PERCENT);
    /// assert!((rate.lower() - 0.129556).abs() < 1e-5 && (rate.upper() - 0.511896).abs() < 1e-5);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn interval(&self, counts: Counts, alpha: Alpha) -> Interval {
        if counts.runs() == 0 {
            return Interval::new(0.0, 1.0);
        }
        let (k, m) = (counts.events_f64(), counts.others_f64());
        let nats = alpha.nats();
        if k <= m {
            Interval::new(self.lower(k, m, nats), self.upper(k, m, nats))
        } else {
            Interval::new(1.0 - self.upper(m, k, nats), 1.0 - self.lower(m, k, nats))
        }
    }

    /// The evidence against the rate being exactly `rate`. Cost: below 1 µs.
    ///
    /// A rate of 0 or 1 is refuted by one run that it makes impossible.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, Counts, Rate, mixture::BernoulliSequence};
    ///
    /// let sequence = BernoulliSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// assert!(sequence.evidence(Counts::new(700, 1_000)?, Rate::HALF).rejects(Alpha::ONE_PERCENT));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, counts: Counts, rate: Rate) -> EValue {
        let (k, m) = (counts.events_f64(), counts.others_f64());
        let p = rate.get();
        if p > 0.0 && p < 1.0 {
            EValue::from_ln(self.ln(k, m, p))
        } else if (p <= 0.0 && k > 0.0) || (p >= 1.0 && m > 0.0) {
            EValue::from_ln(f64::INFINITY)
        } else {
            EValue::ONE
        }
    }

    fn ln(self, k: f64, m: f64, p: f64) -> f64 {
        ln_two_sided((self.weight * p, self.weight * (1.0 - p)), k, m, p)
    }

    /// For `k <= m`.
    fn lower(self, k: f64, m: f64, nats: f64) -> f64 {
        // With one event the bet is bounded as p goes to 0, below 1: nothing is ever refuted there.
        if k <= 1.0 {
            return 0.0;
        }
        let share = k / (k + m);
        let start = likelihood_lower(k, m, nats - self.ln(k, m, share));
        self.solve(k, m, nats, start.max(1e-300), (1e-300_f64.ln(), share.ln()))
    }

    /// For `k <= m`.
    fn upper(self, k: f64, m: f64, nats: f64) -> f64 {
        // With no event the share is 0 and the prior there has no weight to speak of.
        let share = (k / (k + m)).max(1e-9 / (1.0 + m));
        if k <= 0.0 && m <= 1.0 {
            return 1.0;
        }
        let start = likelihood_upper(k, m, nats - self.ln(k, m, share)).min(1.0 - 1e-12);
        // Not even a rate next to 1 may be refuted: with a single other run the bet is bounded there, too.
        if m <= 1.0 && self.ln(k, m, 1.0 - 1e-15) < nats {
            return 1.0;
        }
        self.solve(k, m, nats, start, (share.ln(), 0.0))
    }

    /// Where the evidence reaches `nats`, on the side of the observed share that `start` is on; in `u = ln p`.
    ///
    /// The evidence is nearly a square of the distance from the share, so its root is nearly a line, and secants need few
    /// steps.
    fn solve(self, k: f64, m: f64, nats: f64, start: f64, bracket: (f64, f64)) -> f64 {
        let share = (k / (k + m)).max(1e-9 / (1.0 + m));
        let sign = if start < share { -1.0 } else { 1.0 };
        let lowest = self.ln(k, m, share).min(0.0);
        let target = (nats - lowest).sqrt();
        let value = |u: f64| {
            let p = u.exp();
            // Beyond 1 there is nothing: a value on the right side of the target keeps the bracket.
            if p >= 1.0 { target } else { sign * ((self.ln(k, m, p) - lowest).max(0.0).sqrt() - target) }
        };
        let u = start.ln();
        // The line goes through minus the target at the share itself.
        let reach = (u - share.ln()).abs().max(1e-300);
        root::secant(bracket, u, target / reach, 1e-9 * reach.min(1.0), value).exp().min(1.0)
    }
}
