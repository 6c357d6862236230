//! Sums with normal tails.

use super::{best_rho, best_rho_one_sided, intrinsic_time};
use crate::special::{normal, root};
use crate::{Alpha, EValue, OutOfRange};
use std::f64::consts::LN_2;

/// The normal mixture: for sums whose steps are normal, symmetric, or bounded (sub-Gaussian).
///
/// Steps within a range of width `w` have `v = n w² / 4`; so a mean of 0/1 observations is bounded with `v = n / 4`
/// **even if their probability drifts**. Also the boundary behind the asymptotic sequence for means of anything with
/// a variance, [`LogRatioSequence`](crate::pairs::LogRatioSequence).
///
/// Reference: Howard and others 2021, the one- and two-sided normal mixtures; the latter is due to Robbins 1970.
///
/// ```
/// use verdict::{Alpha, mixture::NormalMixture};
///
/// let mixture = NormalMixture::two_sided(100.0, Alpha::FIVE_PERCENT)?;
/// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 30.35209).abs() < 1e-5);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalMixture {
    rho: f64,
    one_sided: bool,
}

impl NormalMixture {
    /// A boundary on both sides, lowest at intrinsic time `v_opt > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt` is not a positive number.
    pub fn two_sided(v_opt: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let v_opt = OutOfRange::positive("v_opt", v_opt)?;
        Self::with_rho(best_rho(v_opt, alpha.nats()))
    }

    /// A boundary above only, lowest at intrinsic time `v_opt > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt` is not a positive number.
    pub fn one_sided(v_opt: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let v_opt = OutOfRange::positive("v_opt", v_opt)?;
        // An alpha of one half would make the prior infinitely wide.
        let rho = OutOfRange::positive("v_opt", best_rho_one_sided(v_opt, alpha).min(1e300 * v_opt.min(1.0)))?;
        Ok(Self { rho, one_sided: true })
    }

    /// A two-sided boundary whose prior has the variance `1 / rho`, for those who have a `rho > 0` of their own.
    ///
    /// The mixture sequential test (mSPRT) of Johari, Koomen, Pekelis and Walsh (Operations Research, 2022) for the
    /// difference of two means with variance `σ²` each and a prior of variance `τ²` on the difference is this with
    /// `rho = (2σ²)² / τ²`, at `s = n d` and `v = 2 n σ²`:
    ///
    /// ```
    /// use verdict::mixture::NormalMixture;
    ///
    /// let (variance, prior, n, difference) = (1.0_f64, 1.0, 100.0, 0.5);
    /// let test = NormalMixture::with_rho((2.0 * variance).powi(2) / prior)?;
    /// let ratio = test.evidence(n * difference, 2.0 * n * variance).get();
    /// assert!((ratio - 64.17015094518752).abs() < 1e-10);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `rho` is not a positive number.
    pub fn with_rho(rho: f64) -> Result<Self, OutOfRange> {
        Ok(Self { rho: OutOfRange::positive("rho", rho)?, one_sided: false })
    }

    /// `rho`, the inverse of the prior's variance, in units of intrinsic time.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// The evidence against a mean of 0 when the sum is `s` at intrinsic time `v`. What is not a number counts as 0.
    ///
    /// Cost: below 100 ns.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption: steps that are normal, symmetric or
    /// bounded, with a mean of 0 (one-sided: of at most 0). Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::NormalMixture};
    ///
    /// let mixture = NormalMixture::one_sided(100.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.evidence(10.0, 100.0).ln() - -0.06502391).abs() < 1e-6);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, s: f64, v: f64) -> EValue {
        let spread = intrinsic_time(v) + self.rho;
        let z = if s.is_nan() { 0.0 } else { s / spread.sqrt() };
        let two_sided = 0.5 * (self.rho / spread).ln() + 0.5 * z * z;
        EValue::from_ln(if self.one_sided { two_sided + LN_2 + normal::ln_upper_tail(-z) } else { two_sided })
    }

    /// The sum (in the steps' unit, from 0) that is ever exceeded, at its own time `v`, with probability at most `alpha`.
    ///
    /// Cost: two-sided below 100 ns, one-sided below 1 µs.
    ///
    /// Assumption: as for [`evidence`](Self::evidence). Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::NormalMixture};
    ///
    /// let mixture = NormalMixture::one_sided(100.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 27.66071).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        let v = intrinsic_time(v);
        let spread = v + self.rho;
        let needed = alpha.nats() + 0.5 * (v / self.rho).ln_1p();
        if !self.one_sided {
            return (2.0 * spread * needed).sqrt();
        }
        // In z = s / √(v + ρ): z² / 2 + ln Φ(z) = needed - ln 2, increasing and without overflow.
        let target = needed - LN_2;
        let start = (2.0 * target.max(0.0)).sqrt();
        let z = root::newton((0.0, start + 2.0), start, 1e-9, |z| {
            let ln_below = normal::ln_upper_tail(-z);
            let hazard = (-0.5 * z * z - crate::special::stirling::HALF_LN_TWO_PI - ln_below).exp();
            (0.5 * z * z + ln_below - target, z + hazard)
        });
        z * spread.sqrt()
    }
}
