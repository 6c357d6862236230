//! The tails of gamma and beta laws with large parameters.
//!
//! Write a point of the law as `x = p (1 + μ)` with `p = a / (a + b)`, let `r = a / b` (0 for the gamma law), and
//! measure distance by `ω`, of the sign of `μ`, with
//!
//! ```text
//! ω² / 2 = gap(μ) + gap(-r μ) / r,      gap(u) = u - ln(1 + u).
//! ```
//!
//! Then `x^(a-1) (1-x)^(b-1) dx = p^a q^b exp(-a ω² / 2) f(ω) dω` with `f(ω) = ω / μ(ω)`, exactly. `f` is smooth with
//! a radius of convergence of `2 √π`, while the normal factor has the width `1 / √a`: the Taylor series of `f`,
//! integrated term by term against the normal factor, gives the tail to full precision as soon as `a` is not small.
//! This is the variable of Temme (SIAM J. Math. Anal. 10, 1979, 757-766; for beta: SIAM J. Math. Anal. 18, 1987,
//! 1638-1663), with one series for both laws and its coefficients computed for each `r` instead of tabulated.

use super::normal::scaled_erfc;
use std::f64::consts::PI;

const MOST_TERMS: usize = 20;

/// Below this the continued fractions are fast and the series is not needed.
const FROM: f64 = 64.0;

/// The Taylor coefficients of `f` for one law.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expansion {
    a: f64,
    terms: usize,
    farthest: f64,
    coefficients: [f64; MOST_TERMS],
}

impl Expansion {
    /// `None` where the fractions should be used: `a` small, or `a` the larger parameter (`r > 1`).
    pub(crate) fn new(a: f64, r: f64) -> Option<Self> {
        if a < FROM || r > 1.0 {
            return None;
        }
        // The narrower the normal factor, the fewer terms matter; `farthest` keeps the first one left out below 1e-13.
        let (terms, farthest) = match a {
            a if a < 1e3 => (20, 0.79),
            a if a < 1e5 => (12, 0.29),
            _ => (8, 0.084),
        };
        Some(Self { a, terms, farthest, coefficients: coefficients(r, terms) })
    }

    /// Whether the series is precise at distance `omega` from the middle.
    pub(crate) fn covers(&self, omega: f64) -> bool {
        omega.abs() <= self.farthest
    }

    /// The integral of `exp(-a (ζ² - ω²) / 2) f(±ζ)` over `ζ > ω`, with `+` above the middle and `-` below; `ω >= 0`.
    pub(crate) fn tail(&self, omega: f64, above: bool) -> f64 {
        let a = self.a;
        let sign = if above { 1.0 } else { -1.0 };
        let mut even_moment = (0.5 * PI / a).sqrt() * scaled_erfc(omega * (0.5 * a).sqrt());
        let mut odd_moment = 1.0 / a;
        let mut power = omega;
        let mut sum = self.coefficients[0] * even_moment + sign * self.coefficients[1] * odd_moment;
        let mut order = 1.0;
        for pair in self.coefficients[2..self.terms].chunks_exact(2) {
            even_moment = (power + order * even_moment) / a;
            power *= omega;
            odd_moment = (power + (order + 1.0) * odd_moment) / a;
            power *= omega;
            sum += pair[0] * even_moment + sign * pair[1] * odd_moment;
            order += 2.0;
        }
        sum
    }
}

/// Coefficients of `f = ω / μ`, from `(1 + r) μ μ' = ω (1 + μ) (1 - r μ)`.
fn coefficients(r: f64, terms: usize) -> [f64; MOST_TERMS] {
    // m[k] belongs to ω^(k + 1), so that f is the reciprocal of the series m.
    let mut m = [0.0; MOST_TERMS];
    let one_plus = 1.0 + r;
    m[0] = 1.0 / one_plus.sqrt();
    for n in 1..terms {
        // The coefficient of ω^(n + 1): on the right it needs μ to order n, on the left all of order n + 1 is solved
        // for.
        let mut square_right = 0.0;
        for k in 0..n.saturating_sub(1) {
            square_right += m[k] * m[n - 2 - k];
        }
        let mut square_left = 0.0;
        for k in 1..n {
            square_left += m[k] * m[n - k];
        }
        // μ μ' = (μ²)' / 2, and the coefficient of ω^(n + 2) in μ² is 2 m[0] m[n] + square_left.
        let right = (1.0 - r) * m[n - 1] - r * square_right;
        #[allow(clippy::cast_precision_loss, reason = "n is below 20")]
        let half_order = 0.5 * (n + 2) as f64;
        m[n] = (right / (one_plus * half_order) - square_left) / (2.0 * m[0]);
    }
    let mut f = [0.0; MOST_TERMS];
    f[0] = 1.0 / m[0];
    for n in 1..terms {
        let mut sum = 0.0;
        for k in 1..=n {
            sum += m[k] * f[n - k];
        }
        f[n] = -sum / m[0];
    }
    f
}
