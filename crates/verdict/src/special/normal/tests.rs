#![allow(clippy::excessive_precision, clippy::float_cmp, reason = "reference values as they were computed; exact ends")]

use super::*;

#[test]
fn the_scaled_tail_has_its_known_values() {
    for (x, expected) in [
        (0.0, 1.0),
        (0.5, 0.615_690_344_192_925_9),
        (1.0, 0.427_583_576_155_807_0),
        (3.75, 0.145_589_721_275_038_54),
        (20.0, 0.028_174_348_741_051_32),
        (1e8, 5.641_895_835_477_563e-9),
    ] {
        assert!((scaled_erfc(x) / expected - 1.0).abs() < 1e-14, "{x}: {}", scaled_erfc(x));
    }
}

#[test]
fn quantiles_have_their_known_values() {
    for (alpha, expected) in [
        (0.5_f64, 0.0),
        (0.05, 1.644_853_626_951_472_7),
        (0.025, 1.959_963_984_540_054),
        (1e-9, 5.997_807_015_007_687),
        (1e-100, 21.273_453_560_965_324),
    ] {
        assert!((upper_quantile(alpha.ln()) - expected).abs() < 1e-12 * expected.max(1.0), "{alpha}");
    }
}

#[test]
fn the_two_tails_add_up_to_one() {
    for z in [-3.0, -0.1, 0.0, 0.7, 2.5] {
        assert!((ln_upper_tail(z).exp() + ln_upper_tail(-z).exp() - 1.0).abs() < 1e-15);
    }
}
