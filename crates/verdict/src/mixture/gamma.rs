//! Sums with tails between normal and exponential, or like those of a Poisson count.

use super::{best_rho_one_sided, intrinsic_time};
use crate::special::root;
use crate::special::tail::Law;
use crate::{Alpha, EValue, OutOfRange};

/// The gamma-exponential mixture: for sums whose upper tail is at most exponential with scale `c` (sub-gamma).
///
/// Reference: Howard and others 2021, the gamma-exponential mixture (sub-exponential case).
///
/// ```
/// use verdict::{Alpha, mixture::GammaExponential};
///
/// let mixture = GammaExponential::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
/// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 33.02017).abs() < 1e-5);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaExponential(Mixture);

/// The gamma-Poisson mixture: for sums whose upper tail is at most that of a Poisson count of scale `c` (sub-Poisson).
///
/// Reference: Howard and others 2021, the gamma-Poisson mixture (sub-Poisson case).
///
/// ```
/// use verdict::{Alpha, mixture::GammaPoisson};
///
/// let mixture = GammaPoisson::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
/// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 30.1949).abs() < 1e-4);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPoisson(Mixture);

impl GammaExponential {
    /// A boundary above, lowest at intrinsic time `v_opt > 0` when used with `alpha`, for the scale `c > 0`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt` or `c` is not a positive number.
    pub fn new(v_opt: f64, c: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        Ok(Self(Mixture::new(Kind::Exponential, v_opt, c, alpha)?))
    }

    /// The evidence against a mean of at most 0 when the sum is `s` at intrinsic time `v`. Cost: below 1 µs.
    ///
    /// A sum that is not a number, or below what these tails allow, is no evidence.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption: steps whose sum has the tails that the
    /// type is for. Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::GammaExponential};
    ///
    /// let mixture = GammaExponential::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.evidence(10.0, 100.0).ln() - -0.2490165).abs() < 1e-6);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, s: f64, v: f64) -> EValue {
        self.0.evidence(s, v)
    }

    /// The sum (in the steps' unit, from 0) that is ever exceeded, at its own time `v`, with probability at most `alpha`.
    /// Cost: below 5 µs.
    ///
    /// Assumption: as for [`evidence`](Self::evidence). Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::GammaExponential};
    ///
    /// let mixture = GammaExponential::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 33.02017).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        self.0.bound(v, alpha)
    }
}

impl GammaPoisson {
    /// A boundary above, lowest at intrinsic time `v_opt > 0` when used with `alpha`, for steps of size `c > 0`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `v_opt` or `c` is not a positive number.
    pub fn new(v_opt: f64, c: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        Ok(Self(Mixture::new(Kind::Poisson, v_opt, c, alpha)?))
    }

    /// The evidence against a mean of at most 0 when the sum is `s` at intrinsic time `v`. Cost: below 1 µs.
    ///
    /// A sum that is not a number, or below what these tails allow, is no evidence.
    ///
    /// Unit: an e-value, from 0, so that 20 refutes at 5 %. Assumption: steps whose sum has the tails that the
    /// type is for. Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::GammaPoisson};
    ///
    /// let mixture = GammaPoisson::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.evidence(10.0, 100.0).ln() - -0.06991219).abs() < 1e-6);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn evidence(&self, s: f64, v: f64) -> EValue {
        self.0.evidence(s, v)
    }

    /// The sum (in the steps' unit, from 0) that is ever exceeded, at its own time `v`, with probability at most `alpha`.
    /// Cost: below 5 µs.
    ///
    /// Assumption: as for [`evidence`](Self::evidence). Reference: Howard and others 2021, as for the type.
    ///
    /// ```
    /// use verdict::{Alpha, mixture::GammaPoisson};
    ///
    /// let mixture = GammaPoisson::new(100.0, 2.0, Alpha::FIVE_PERCENT)?;
    /// assert!((mixture.bound(100.0, Alpha::FIVE_PERCENT) - 30.1949).abs() < 1e-4);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        self.0.bound(v, alpha)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Exponential,
    Poisson,
}

/// Both mixtures are a gamma law at one point, relative to the same law at its middle before anything has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mixture {
    kind: Kind,
    rho: f64,
    c: f64,
    at_start: f64,
}

impl Mixture {
    fn new(kind: Kind, v_opt: f64, c: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        let v_opt = OutOfRange::positive("v_opt", v_opt)?;
        let c = OutOfRange::positive("c", c)?;
        let rho = OutOfRange::positive("v_opt", best_rho_one_sided(v_opt, alpha).min(1e300 * v_opt.min(1.0)))?;
        let shape = OutOfRange::positive("c", rho / (c * c))?;
        let mut mixture = Self { kind, rho, c, at_start: 0.0 };
        mixture.at_start = mixture.ln_weight(shape, 0.0);
        Ok(mixture)
    }

    /// Logarithm of the front factor over the tail of the gamma law of this shape at `shape (1 + μ)`.
    fn ln_weight(&self, shape: f64, mu: f64) -> f64 {
        let point = Law::gamma(shape).at_mu(mu);
        match self.kind {
            Kind::Exponential => -point.lower_to_front,
            Kind::Poisson => -point.upper_to_front,
        }
    }

    fn ln(&self, s: f64, v: f64) -> f64 {
        let spread = v + self.rho;
        match self.kind {
            Kind::Exponential => self.at_start - self.ln_weight(spread / self.c / self.c, self.c * s / spread),
            Kind::Poisson => {
                let shape = s / self.c + spread / self.c / self.c;
                self.at_start - self.ln_weight(shape, -s / self.c / shape)
            }
        }
    }

    fn evidence(&self, s: f64, v: f64) -> EValue {
        let v = intrinsic_time(v);
        // Below this the law has no place for the sum.
        let lowest = -(v + self.rho) / self.c;
        if s > lowest && s.is_finite() { EValue::from_ln(self.ln(s, v)) } else { EValue::from_ln(f64::NEG_INFINITY) }
    }

    fn bound(&self, v: f64, alpha: Alpha) -> f64 {
        let v = intrinsic_time(v);
        let nats = alpha.nats();
        let spread = v + self.rho;
        let needed = nats + 0.5 * (v / self.rho).ln_1p();
        // Normal at first, exponential far out; the sum of the two is never too small.
        let normal = (2.0 * spread * needed).sqrt();
        let top = 2.0 * (normal + self.c * needed) + self.c;
        let start = normal + self.c * needed / 3.0;
        // The logarithm is nearly a square, so that its root is nearly a line from minus the target at 0.
        let origin = self.ln(0.0, v);
        let target = signed_root(nats, origin);
        root::secant((0.0, top), start, target / start, 1e-9 * normal, |s| signed_root(self.ln(s, v), origin) - target)
    }
}

fn signed_root(value: f64, origin: f64) -> f64 {
    let above = value - origin;
    if above >= 0.0 { above.sqrt() } else { -(-above).sqrt() }
}
