//! Sums of steps between two known ends.

use super::likelihood::{ln_above_to_front, ln_front, ln_two_sided_with};
use super::{best_rho, best_rho_one_sided, intrinsic_time};
use crate::special::root;
use crate::{Alpha, EValue, OutOfRange};

/// The beta-binomial mixture: for sums of steps with mean 0 that lie in `-g..=h` (sub-Bernoulli).
///
/// The centred coin of probability `p` has `g = p`, `h = 1 - p` and `v = n p (1 - p)`; its steps may have any smaller
/// conditional mean in the one-sided form.
///
/// Reference: Howard and others 2021, the one- and two-sided beta-binomial mixtures; the latter is due to Robbins 1970.
///
/// ```
/// use verdict::{Alpha, mixture::BetaBinomial};
///
/// let mixture = BetaBinomial::two_sided(100.0, 0.2, 0.8, Alpha::FIVE_PERCENT)?;
/// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 31.4308).abs() < 1e-4);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    g: f64,
    h: f64,
    /// Beta prior on the side of `h` and on the side of `g`.
    prior: (f64, f64),
    /// What the prior contributes to every value of the mixture.
    of_prior: f64,
    one_sided: bool,
}

impl BetaBinomial {
    /// A boundary on both sides, lowest at intrinsic time `v_opt > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt`, `g` or `h` is not a positive number.
    pub fn two_sided(v_opt: f64, g: f64, h: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let v_opt = OutOfRange::positive("v_opt", v_opt)?;
        Self::with_rho(best_rho(v_opt, alpha.nats()), g, h, false)
    }

    /// A boundary above only, lowest at intrinsic time `v_opt > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt`, `g` or `h` is not a positive number.
    pub fn one_sided(v_opt: f64, g: f64, h: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let v_opt = OutOfRange::positive("v_opt", v_opt)?;
        // An alpha of one half would make the prior infinitely narrow.
        Self::with_rho(best_rho_one_sided(v_opt, alpha).min(1e12 * v_opt), g, h, true)
    }

    fn with_rho(rho: f64, g: f64, h: f64, one_sided: bool) -> Result<Self, OutOfRange> {
        let g = OutOfRange::positive("g", g)?;
        let h = OutOfRange::positive("h", h)?;
        let weight = (rho - g * h).max(1e-3 * g * h);
        let prior =
            (OutOfRange::positive("h", weight / (h * (g + h)))?, OutOfRange::positive("g", weight / (g * (g + h)))?);
        let p = g / (g + h);
        let of_prior = if one_sided { ln_above_to_front } else { ln_front }(prior.0, prior.1, p);
        Ok(Self { g, h, prior, of_prior, one_sided })
    }

    /// The evidence against a mean of 0 (one-sided: of at most 0) when the sum is `s` at intrinsic time `v`. Cost:
    /// below 2 µs.
    ///
    /// The sum is taken into the range that steps in `-g..=h` allow; what is not a number counts as 0.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption: steps with a mean of 0 (one-sided: of
    /// at most 0) in `-g..=h`. Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::BetaBinomial};
    ///
    /// let mixture = BetaBinomial::two_sided(100.0, 0.2, 0.8, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.evidence(10.0, 100.0).ln() - -0.6941012).abs() < 1e-6);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, s: f64, v: f64) -> EValue {
        let v = intrinsic_time(v);
        let s = if s.is_nan() { 0.0 } else { s.clamp(-v / self.h, v / self.g) };
        EValue::from_ln(self.ln(s, v))
    }

    /// The sum (in the steps' unit, from 0) that is ever exceeded, at its own time `v`, with probability at most `alpha`.
    ///
    /// Never above `v / g`, the largest sum there can be. Two-sided boundaries hold below as well, with `g` and `h`
    /// exchanged. Cost: below 1 µs two-sided; about 3 µs,
    /// at most 5 µs, one-sided.
    ///
    /// Assumption: as for [`evidence`](Self::evidence). Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::BetaBinomial};
    ///
    /// let mixture = BetaBinomial::two_sided(100.0, 0.2, 0.8, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 31.4308).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        let v = intrinsic_time(v);
        let nats = alpha.nats();
        let top = v / self.g;
        let rho = self.prior.0 * self.h * (self.g + self.h) + self.g * self.h;
        let half_growth = 0.5 * (v / rho).ln_1p();
        let normal = (2.0 * (v + rho) * (nats + half_growth)).sqrt();
        // Far from the top the evidence is surely reached before it, and need not be asked for there.
        if normal > 0.3 * top && self.ln(top, v) < nats {
            return top;
        }
        let start = normal.min(0.9 * top);
        // About what the evidence is at 0, where the normal mixture's is exactly that. The root does not depend on it: it is taken
        // off both sides, to make of the evidence nearly a square.
        let origin = -half_growth;
        let target = (nats - origin).sqrt();
        // Nearly a square, so that the root is nearly a line from minus the target at 0: a step of a millionth then leaves an
        // error of less than a billionth, and asking for smaller steps would cost one evaluation more.
        root::secant((0.0, top), start, target / start, 1e-6 * start, |s| {
            (self.ln(s, v) - origin).max(0.0).sqrt() - target
        })
    }

    fn ln(&self, s: f64, v: f64) -> f64 {
        let Self { g, h, prior, of_prior, one_sided } = *self;
        let sum = g + h;
        // The coin tosses that lead to s at v.
        let heads = ((v + h * s) / (h * sum)).max(0.0);
        let tails = ((v - g * s) / (g * sum)).max(0.0);
        let p = g / sum;
        if one_sided {
            ln_above_to_front(prior.0 + heads, prior.1 + tails, p) - of_prior
        } else {
            ln_two_sided_with(of_prior, prior, heads, tails, p)
        }
    }
}
