#![allow(clippy::excessive_precision, clippy::float_cmp, reason = "reference values as they were computed; exact ends")]

use super::*;
use std::cell::Cell;

#[test]
fn newton_finds_the_zero_from_a_bad_start() {
    let root = newton((0.0, 100.0), 99.0, 1e-12, |x| (x * x - 2.0, 2.0 * x));
    assert!((root - std::f64::consts::SQRT_2).abs() < 1e-12);
}

#[test]
fn newton_survives_a_useless_slope() {
    for slope in [0.0, f64::NAN, f64::INFINITY, -1.0] {
        let root = newton((0.0, 4.0), 3.0, 1e-12, |x| (x - 1.0, slope));
        assert!(slope.is_infinite() || (root - 1.0).abs() < 1e-6, "{slope}: {root}");
    }
}

#[test]
fn secant_finds_the_zero_and_stays_inside() {
    let root = secant((0.0, 10.0), 9.0, 200.0, 1e-13, |x| {
        assert!((0.0..=10.0).contains(&x));
        x.powi(3) - 5.0
    });
    assert!((root - 5.0_f64.cbrt()).abs() < 1e-12);
}

#[test]
fn both_end_on_functions_that_are_not_numbers() {
    let calls = Cell::new(0_u32);
    let _ = newton((0.0, 1.0), 0.5, 1e-300, |_| {
        calls.set(calls.get() + 1);
        (f64::NAN, f64::NAN)
    });
    let _ = secant((0.0, 1.0), 0.2, 1.0, 1e-300, |_| {
        calls.set(calls.get() + 1);
        f64::NAN
    });
    assert!(calls.get() <= 300);
}
