//! Boundaries that a random walk crosses with probability at most alpha, ever.
//!
//! Each is a mean of bets (a *mixture*): [`BetaBinomial`], [`NormalMixture`], [`GammaExponential`] and
//! [`GammaPoisson`] for sums whose steps have a known law or range, [`PolyStitching`] as a closed form.
//! [`BernoulliSequence`] and [`BetaPrior`] turn them into intervals for a **constant** rate, which are narrower than
//! [`anytime`](crate::anytime) when the rate is not small.
//!
//! Throughout, `s` is the sum of the steps less their means, `v` the intrinsic time (the sum of their variances, or
//! of the bounds on them), both in the units of the steps. `v_opt` is the intrinsic time at which the boundary should
//! be lowest: a choice of the plan, made before looking; being off by a factor of ten costs some 10 %.
//!
//! Reference for all: Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
//! sequences", Annals of Statistics 49(2), 2021, 1055-1080; the conjugate mixtures stand in its appendix A.3.

mod bernoulli;
mod beta_binomial;
mod beta_prior;
mod gamma;
mod likelihood;
mod normal;
mod stitching;

pub use bernoulli::BernoulliSequence;
pub use beta_binomial::BetaBinomial;
pub use beta_prior::BetaPrior;
pub use gamma::{GammaExponential, GammaPoisson};
pub use normal::NormalMixture;
pub use stitching::PolyStitching;

pub(crate) use likelihood::ln_two_sided;
pub(crate) use stitching::{EPOCH_POWER, ETA, ZETA_OF_EPOCH_POWER, k1, k2};

use crate::Alpha;

/// The width of the prior that makes a normal mixture lowest at intrinsic time `v_opt` (Howard and others, section
/// 3.5).
pub(crate) fn best_rho(v_opt: f64, nats: f64) -> f64 {
    v_opt / (2.0 * nats + (2.0 * nats).ln_1p())
}

/// The same for one-sided mixtures, which spend the other half of their bet elsewhere.
pub(crate) fn best_rho_one_sided(v_opt: f64, alpha: Alpha) -> f64 {
    best_rho(v_opt, alpha.nats() - std::f64::consts::LN_2)
}

/// What is not a number, or negative, cannot be an intrinsic time: nothing has happened yet.
pub(crate) fn intrinsic_time(v: f64) -> f64 {
    if v > 0.0 { v.min(1e300) } else { 0.0 }
}
