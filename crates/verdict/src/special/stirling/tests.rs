#![allow(clippy::excessive_precision, clippy::float_cmp, reason = "reference values as they were computed; exact ends")]

use super::*;

#[test]
fn log_gamma_has_its_known_values() {
    let root_pi = std::f64::consts::PI.sqrt();
    for (x, expected) in [
        (0.5, root_pi.ln()),
        (1.0, 0.0),
        (2.0, 0.0),
        (3.0, 2.0_f64.ln()),
        (11.0, 3_628_800.0_f64.ln()),
        (1e-3, 6.907_178_885_383_853),
        (1e12, 26_631_021_115_915.652),
    ] {
        assert!((ln_gamma(x) - expected).abs() <= 2e-15 * expected.abs().max(1.0) * 4.0, "{x}: {}", ln_gamma(x));
    }
}

#[test]
fn log_beta_of_huge_arguments_keeps_its_digits() {
    // 50-digit reference values.
    for (a, b, expected) in [
        (0.5, 0.5, std::f64::consts::PI.ln()),
        (1.0, 1e12, -27.631_021_115_928_548),
        (1e6, 1e12, -14_815_517.046_780_27),
        (3e11, 7e11, -610_864_302_067.009_7),
    ] {
        let ours = ln_beta(a, b);
        assert!((ours - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{a}, {b}: {ours}");
    }
}

#[test]
fn gap_is_precise_on_both_sides_of_the_switch_and_near_zero() {
    for (u, expected) in [
        (1e-9, 4.999_999_996_666_666_7e-19),
        (-1e-4, 5.000_333_358_335_333e-9),
        (0.5, 0.094_534_891_891_835_62),
        (0.500_001, 0.094_535_225_225_391_17),
        (-0.5, 0.193_147_180_559_945_3),
        (-0.6, 0.316_290_731_874_155_1),
        (3.0, 1.613_705_638_880_109_4),
    ] {
        assert!((gap(u) / expected - 1.0).abs() < 1e-12, "{u}: {}", gap(u));
    }
    assert_eq!(gap(-1.0), f64::INFINITY);
    assert_eq!(gap(0.0), 0.0);
}

#[test]
fn deviance_is_zero_only_at_the_mean() {
    assert_eq!(deviance(5.0, 5.0), 0.0);
    assert_eq!(deviance(0.0, 5.0), 5.0);
    // A mean far below: 2 ln(2 / 3e-12) + 3e-12 - 2.
    assert!((deviance(2.0, 3e-12) - 52.451_112_015_643_75).abs() < 1e-12);
    assert!((deviance(3.0, 5.0) - (3.0 * (0.6_f64).ln() + 2.0)).abs() < 1e-15);
}
