//! Tails of the normal law.

use std::f64::consts::{LN_2, SQRT_2};

/// `exp(x²) erfc(x)` for `x >= 0`: the tail without the factor that underflows, relative error below 1e-15.
///
/// `(1 + 2x) exp(x²) erfc(x)` is a smooth function of `t = (x - 3.75) / (x + 3.75)` (Shepherd and Laframboise, Math.
/// Comp. 36, 1981, 249-253). The Chebyshev coefficients below were computed for this crate in arithmetic of 50
/// digits.
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    let t = (x - 3.75) / (x + 3.75);
    let (mut last, mut before) = (0.0, 0.0);
    for coefficient in CHEBYSHEV[1..].iter().rev() {
        (last, before) = (2.0 * t * last - before + coefficient, last);
    }
    (t * last - before + 0.5 * CHEBYSHEV[0]) / (1.0 + 2.0 * x)
}

/// `ln P(Z > z)` for a standard normal `Z`.
pub(crate) fn ln_upper_tail(z: f64) -> f64 {
    let x = z / SQRT_2;
    if z >= 0.0 { scaled_erfc(x).ln() - x * x - LN_2 } else { (-0.5 * scaled_erfc(-x) * (-x * x).exp()).ln_1p() }
}

/// The `z` with `P(Z > z) = α`, given `ln α` with `α <= 1/2`; relative error below 1e-12.
///
/// Newton's method on the logarithm of the tail, which is concave: no step after the first can overshoot.
pub(crate) fn upper_quantile(ln_alpha: f64) -> f64 {
    let mut z = rough_upper_quantile(ln_alpha);
    for _ in 0..4 {
        let ln_tail = ln_upper_tail(z);
        let hazard = (-0.5 * z * z - super::stirling::HALF_LN_TWO_PI - ln_tail).exp();
        z += (ln_tail - ln_alpha) / hazard;
    }
    z.max(0.0)
}

/// The same within 5e-4, as a place to start from (Abramowitz and Stegun 26.2.23).
pub(crate) fn rough_upper_quantile(ln_alpha: f64) -> f64 {
    let t = (-2.0 * ln_alpha).max(0.0).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - numerator / denominator).max(0.0)
}

#[allow(clippy::excessive_precision, reason = "values as they were computed")]
const CHEBYSHEV: [f64; 26] = [
    2.355_157_869_134_803_5,
    -4.590_054_580_646_477e-3,
    -8.424_913_336_651_791e-2,
    5.920_993_999_819_189e-2,
    -2.665_866_843_530_575e-2,
    9.074_997_670_705_265e-3,
    -2.413_163_540_417_608e-3,
    4.907_758_365_258_086e-4,
    -6.916_973_302_501_207e-5,
    4.139_027_986_073_01e-6,
    7.740_383_066_198_49e-7,
    -2.188_640_104_923_439_6e-7,
    1.076_499_946_567_091e-8,
    4.521_959_811_218_287e-9,
    -7.754_400_208_831_351e-10,
    -6.318_088_340_886_684e-11,
    2.868_795_010_930_67e-11,
    1.945_586_854_577_734_7e-13,
    -9.654_696_748_433_439e-13,
    3.252_548_148_148_74e-14,
    3.347_811_948_286_805e-14,
    -1.864_562_880_419_313e-15,
    -1.250_795_053_068_864_7e-15,
    7.418_235_256_624_043e-17,
    5.068_148_904_796_111e-17,
    -2.237_056_659_436e-18,
];

#[cfg(test)]
mod tests;
