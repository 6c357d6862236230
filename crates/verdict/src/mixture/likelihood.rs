//! The mixed likelihood ratio of coin tosses.
//!
//! Mixing `θ^k (1-θ)^m / (p^k (1-p)^m)` over a beta prior gives the ratio of two beta densities at `p`, prior over
//! posterior. So each is taken as one well-conditioned number, and nothing of the size of `k + m` is ever subtracted.

use crate::special::stirling::{HALF_LN_TWO_PI, deviance, stirling_error};
use crate::special::tail::beta_at;

/// The logarithm of `∫ θ^k (1-θ)^m dBeta(a, b)(θ) / (p^k (1-p)^m)`, for real `k, m >= 0` and `0 < p < 1`.
#[allow(clippy::many_single_char_names, reason = "the names of the formula")]
pub(crate) fn ln_two_sided((a, b): (f64, f64), k: f64, m: f64, p: f64) -> f64 {
    ln_front(a, b, p) - ln_front(a + k, b + m, p)
}

/// The same with `ln_front(a, b, p)` known.
#[allow(clippy::many_single_char_names, reason = "the names of the formula")]
pub(crate) fn ln_two_sided_with(front_of_prior: f64, (a, b): (f64, f64), k: f64, m: f64, p: f64) -> f64 {
    front_of_prior - ln_front(a + k, b + m, p)
}

/// `ln [p^a (1-p)^b / B(a, b)]`.
pub(crate) fn ln_front(a: f64, b: f64, p: f64) -> f64 {
    let sum = a + b;
    let correction = stirling_error(sum) - stirling_error(a) - stirling_error(b);
    0.5 * (a * (b / sum)).ln() - HALF_LN_TWO_PI + correction - deviance(a, sum * p) - deviance(b, sum * (1.0 - p))
}

/// `ln [P(θ > p) B(a, b) / (p^a (1-p)^b)]` for the beta law: prior against posterior, it bets on rates above `p` alone.
pub(crate) fn ln_above_to_front(a: f64, b: f64, p: f64) -> f64 {
    beta_at(a, b, p).upper_to_front
}
