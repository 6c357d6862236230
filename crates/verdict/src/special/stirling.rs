//! Log-gamma, taken apart into a smooth part and a small correction.

/// `ln(2π) / 2`.
pub(crate) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// From here on the asymptotic series is good to the last digit.
const SERIES_FROM: f64 = 10.0;

/// `ln Γ(x) - [(x - 1/2) ln x - x + ln(2π) / 2]` for `x > 0`, absolute error below 1e-14.
///
/// The asymptotic series is NIST DLMF 5.11.1; smaller arguments are moved up by `Γ(x + 1) = x Γ(x)`.
pub(crate) fn stirling_error(x: f64) -> f64 {
    if x >= SERIES_FROM { series(x) } else { ln_gamma(x) - smooth_part(x) }
}

/// `ln Γ(x)` for `x > 0`, absolute error below 1e-14 times the larger of 1 and the value.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < SERIES_FROM {
        product *= shifted;
        shifted += 1.0;
    }
    let ln_gamma = smooth_part(shifted) + series(shifted);
    if shifted > x { ln_gamma - f64::ln(product) } else { ln_gamma }
}

/// `ln B(a, b)` for positive `a` and `b`, without subtracting large logarithms from each other.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let sum = a + b;
    // The share of the larger one may be close to 1.
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let entropy = small * (small / sum).ln() - large * (small / large).ln_1p();
    HALF_LN_TWO_PI + 0.5 * (sum / a / b).ln() + entropy + stirling_error(a) + stirling_error(b) - stirling_error(sum)
}

/// `u - ln(1 + u)` for `u > -1`, full relative precision; infinite at -1 and below.
pub(crate) fn gap(u: f64) -> f64 {
    if u <= -1.0 {
        return f64::INFINITY;
    }
    if u.abs() > 0.5 {
        return u - u.ln_1p();
    }
    // With r = u / (2 + u): ln(1 + u) = 2 artanh r, and u - 2 r = u r.
    let r = u / (2.0 + u);
    let square = r * r;
    let mut sum = 0.0;
    for odd in ODD_RECIPROCALS.iter().rev() {
        sum = sum * square + odd;
    }
    r * (u - 2.0 * square * sum)
}

/// `x ln(x / mean) - x + mean`: how far a count `x >= 0` is from its mean, in nats; 0 only where they agree.
pub(crate) fn deviance(x: f64, mean: f64) -> f64 {
    let u = (mean - x) / x;
    if x <= 0.0 {
        mean
    } else if u.abs() > 0.5 {
        // Where the mean is far below x, 1 + u would keep few digits of it.
        x * (x / mean).ln() + (mean - x)
    } else {
        x * gap(u)
    }
}

fn smooth_part(x: f64) -> f64 {
    (x - 0.5) * x.ln() - x + HALF_LN_TWO_PI
}

fn series(x: f64) -> f64 {
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let mut sum = 0.0;
    for coefficient in STIRLING.iter().rev() {
        sum = sum * square + coefficient;
    }
    sum * inverse
}

/// `B_2j / (2j (2j - 1))` for j = 1, 2, ...: the coefficients of DLMF 5.11.1.
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// 1/3, 1/5, 1/7, ...: with `|r| <= 1/3` the first one left out is below 1e-18 of the sum.
const ODD_RECIPROCALS: [f64; 17] = [
    1.0 / 3.0,
    1.0 / 5.0,
    1.0 / 7.0,
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
    1.0 / 21.0,
    1.0 / 23.0,
    1.0 / 25.0,
    1.0 / 27.0,
    1.0 / 29.0,
    1.0 / 31.0,
    1.0 / 33.0,
    1.0 / 35.0,
];

#[cfg(test)]
mod tests;
