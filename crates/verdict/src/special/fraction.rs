//! Continued fractions for the incomplete gamma and beta functions.

/// Plenty for every call made here (about 60 are needed at worst); a bound on the work for any input.
const MOST_TERMS: u32 = 2000;

/// `Γ-` or `B-`fraction of the upper tail at `x = p (1 + μ)`, to be multiplied by the front factor `x^a y^b / B(a, b)`.
///
/// The even part of DLMF 8.17.22 with the arguments exchanged, scaled by `b`, and with `1 + d` terms put together by
/// hand so that nothing cancels when `b` is huge. `inverse_b = 0` gives Legendre's fraction for the incomplete gamma
/// function, DLMF 8.9.2. Meant for `μ >= 0`.
pub(crate) fn upper(a: f64, inverse_b: f64, excess: f64, x: f64, y: f64) -> f64 {
    let t = inverse_b;
    evaluate((excess + 1.0) / (1.0 + t), |m| {
        let even = 1.0 + 2.0 * m * t;
        let before = even - t;
        let after = even + t;
        let numerator = (1.0 + (m - 1.0) * t) * (1.0 + (a + m - 1.0) * t) * m * (a - m) * y * y
            / ((before - t) * before * before * even);
        let denominator = t * m * (a - m) * y / (before * even)
            + ((1.0 + m * t) * (excess + 1.0 + m * (1.0 + x)) + m * after) / (even * after);
        (numerator, denominator)
    })
}

/// The fraction of the lower tail, to be multiplied by the front factor and divided by `a`. Meant for `μ <= 0`.
///
/// `scaled = (a + b) x`, `b_x = b x`, `y = 1 - x`; the gamma law is the limit `x = 0`, `b_x = scaled`.
pub(crate) fn lower(a: f64, excess: f64, scaled: f64, b_x: f64, x: f64) -> f64 {
    let y = 1.0 - x;
    evaluate((1.0 - excess) / (a + 1.0), |m| {
        let even = a + 2.0 * m;
        let before = even - 1.0;
        let after = even + 1.0;
        let rest = b_x - m * x;
        let numerator = (a + m - 1.0) * (scaled + (m - 1.0) * x) * m * rest / ((before - 1.0) * before * before * even);
        let denominator =
            m * rest / (before * even) + ((a + m) * (1.0 - excess + m * (1.0 + y)) + m * after) / (even * after);
        (numerator, denominator)
    })
}

/// `1 / (first + n_1 / (d_1 + n_2 / (d_2 + ...)))` by the method of Lentz as changed by Thompson and Barnett.
fn evaluate(first: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-290;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = away_from_zero(first);
    let mut c = value;
    let mut d = 0.0;
    for step in 1..=MOST_TERMS {
        let (numerator, denominator) = term(f64::from(step));
        d = 1.0 / away_from_zero(denominator + numerator * d);
        c = away_from_zero(denominator + numerator / c);
        let change = c * d;
        value *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    1.0 / value
}
