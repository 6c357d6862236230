//! Both tails of the gamma and beta laws, and their quantiles.

use super::expansion::Expansion;
use super::stirling::{HALF_LN_TWO_PI, gap, stirling_error};
use super::{fraction, normal, root};

/// A gamma law (scale 1) or a beta law.
///
/// Points are given as `w = ln(x / p)`, the logarithm of the ratio to `p = a / (a + b)` (to `a` for the gamma law):
/// near the middle, where it matters, this loses no digits however large the parameters are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Law {
    a: f64,
    /// Infinite for the gamma law.
    b: f64,
    /// `a / b`.
    r: f64,
    /// Logarithm of `p^a q^b / B(a, b)`.
    ln_scale: f64,
    expansion: Option<Expansion>,
}

/// Which tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Lower,
    Upper,
}

/// A law at one point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// `x = p (1 + μ)`.
    pub(crate) mu: f64,
    /// Logarithm of the probability below `x`.
    pub(crate) ln_lower: f64,
    /// Logarithm of the probability above `x`.
    pub(crate) ln_upper: f64,
    /// `ln_lower` less the front factor's logarithm, that of `x^a (1-x)^b / B(a, b)` or `x^a e^-x / Γ(a)`: small
    /// where both are huge.
    pub(crate) lower_to_front: f64,
    /// `ln_upper` less the same.
    pub(crate) upper_to_front: f64,
}

impl Law {
    /// The gamma law of shape `a > 0`.
    pub(crate) fn gamma(a: f64) -> Self {
        let ln_scale = 0.5 * a.ln() - HALF_LN_TWO_PI - stirling_error(a);
        Self { a, b: f64::INFINITY, r: 0.0, ln_scale, expansion: Expansion::new(a, 0.0) }
    }

    /// The beta law; fast and precise for large parameters if `a <= b`.
    pub(crate) fn beta(a: f64, b: f64) -> Self {
        let sum = a + b;
        let correction = stirling_error(sum) - stirling_error(a) - stirling_error(b);
        let ln_scale = 0.5 * (a * (b / sum)).ln() - HALF_LN_TWO_PI + correction;
        let r = a / b;
        Self { a, b, r, ln_scale, expansion: Expansion::new(a, r) }
    }

    /// `p = a / (a + b)`, or `a` for the gamma law.
    pub(crate) fn center(&self) -> f64 {
        if self.r > 0.0 { self.a / (self.a + self.b) } else { self.a }
    }

    /// Logarithm of the front factor in the middle, `p^a q^b / B(a, b)`: its largest value.
    pub(crate) fn ln_scale(&self) -> f64 {
        self.ln_scale
    }

    /// Both tails at `x = p e^w`.
    pub(crate) fn at(&self, w: f64) -> Point {
        let mu = w.exp_m1();
        // Far below the middle 1 + μ has few digits left, but w has them all.
        let gap_mu = if mu.abs() > 0.5 { mu - w } else { gap(mu) };
        self.evaluate(mu, w.exp(), gap_mu)
    }

    /// Both tails at `x = p (1 + μ)`.
    pub(crate) fn at_mu(&self, mu: f64) -> Point {
        self.evaluate(mu, 1.0 + mu, gap(mu))
    }

    fn evaluate(&self, mu: f64, ratio: f64, gap_mu: f64) -> Point {
        let half_square = gap_mu + if self.r > 0.0 { gap(-self.r * mu) / self.r } else { 0.0 };
        if half_square == f64::INFINITY {
            // At or beyond an end of the law's support.
            let (ln_lower, ln_upper) = if mu > 0.0 { (0.0, f64::NEG_INFINITY) } else { (f64::NEG_INFINITY, 0.0) };
            let (lower_to_front, upper_to_front) = (f64::INFINITY, f64::INFINITY);
            return Point { mu, ln_lower, ln_upper, lower_to_front, upper_to_front };
        }
        let ln_front = self.ln_scale - self.a * half_square;
        let omega = (2.0 * half_square).sqrt();
        let above = mu > 0.0;
        let near_to_front = match self.expansion {
            Some(expansion) if expansion.covers(omega) => expansion.tail(omega, above).ln(),
            _ => self.by_fraction(mu, ratio).ln(),
        };
        let ln_near = ln_front + near_to_front;
        let ln_far = (-ln_near.exp()).ln_1p();
        let far_to_front = ln_far - ln_front;
        if above {
            Point {
                mu,
                ln_lower: ln_far,
                ln_upper: ln_near,
                lower_to_front: far_to_front,
                upper_to_front: near_to_front,
            }
        } else {
            Point {
                mu,
                ln_lower: ln_near,
                ln_upper: ln_far,
                lower_to_front: near_to_front,
                upper_to_front: far_to_front,
            }
        }
    }

    /// The `x` that cuts off a tail of probability `exp(ln_alpha)`, with `ln_alpha < 0`.
    pub(crate) fn quantile(&self, side: Side, ln_alpha: f64) -> f64 {
        let top = if self.r > 0.0 { (1.0 / self.r).ln_1p() } else { f64::INFINITY };
        let w = root::newton(
            (-800.0 / self.a.min(1.0), top.min(1500.0)),
            self.start(side, ln_alpha, top),
            self.tolerance(),
            |w| {
                let point = self.at(w);
                // d/dw of a tail is x times the density: the front factor divided by (1 - x).
                let y = if self.r > 0.0 { (1.0 - self.r * point.mu) / (1.0 + self.r) } else { 1.0 };
                match side {
                    Side::Lower => (point.ln_lower - ln_alpha, (-point.lower_to_front).exp() / y),
                    Side::Upper => (ln_alpha - point.ln_upper, (-point.upper_to_front).exp() / y),
                }
            },
        );
        let x = self.center() * w.exp();
        if self.r > 0.0 { x.min(1.0) } else { x }
    }

    /// A step in `w` below this leaves an error of the next step near the last digit.
    pub(crate) fn tolerance(&self) -> f64 {
        1e-8 / self.a.sqrt().max(1.0)
    }

    /// The normal approximation with its first correction for skewness, which [`Expansion`]'s second coefficient is.
    fn start(&self, side: Side, ln_alpha: f64, top: f64) -> f64 {
        let z = if ln_alpha < -std::f64::consts::LN_2 {
            normal::rough_upper_quantile(ln_alpha)
        } else {
            -normal::rough_upper_quantile((-ln_alpha.exp()).ln_1p())
        };
        let z = if side == Side::Upper { z } else { -z };
        let r = self.r;
        let omega = z / self.a.sqrt() - (1.0 - r) / (3.0 * self.a);
        let mu = omega / (1.0 + r).sqrt() + omega * omega * (1.0 - r) / (3.0 * (1.0 + r));
        if mu < -0.95 {
            // Far below: the tail is nearly a power of x.
            return ln_alpha / self.a;
        }
        mu.ln_1p().min(top - 1e-3 * top.abs().min(1.0))
    }

    fn by_fraction(&self, mu: f64, ratio: f64) -> f64 {
        let Self { a, b, r, .. } = *self;
        let excess = a * mu;
        let scaled = a * ratio;
        // In terms of r = a / b, so that the gamma law (r = 0) needs no case of its own.
        let q = 1.0 / (1.0 + r);
        let x = r * q * ratio;
        if mu > 0.0 {
            fraction::upper(a, 1.0 / b, excess, x, q * (1.0 - r * mu))
        } else {
            fraction::lower(a, excess, scaled, scaled * q, x) / a
        }
    }
}

/// The `x` that cuts off a tail of probability `exp(ln_alpha)` of the beta law, for any `a` and `b`.
pub(crate) fn beta_quantile(a: f64, b: f64, side: Side, ln_alpha: f64) -> f64 {
    if a <= b || b < 64.0 {
        return Law::beta(a, b).quantile(side, ln_alpha);
    }
    // Both large and the mass near 1: the mirror image has the fast expansion.
    let mirrored = if side == Side::Lower { Side::Upper } else { Side::Lower };
    1.0 - Law::beta(b, a).quantile(mirrored, ln_alpha)
}

/// The beta law with any `a` and `b` at `0 < x < 1`.
pub(crate) fn beta_at(a: f64, b: f64, x: f64) -> Point {
    if a <= b {
        let law = Law::beta(a, b);
        return law.at((x / law.center()).ln());
    }
    let law = Law::beta(b, a);
    let mirrored = law.at(((1.0 - x) / law.center()).ln());
    Point {
        ln_lower: mirrored.ln_upper,
        ln_upper: mirrored.ln_lower,
        lower_to_front: mirrored.upper_to_front,
        upper_to_front: mirrored.lower_to_front,
        ..mirrored
    }
}

#[cfg(test)]
mod tests;
