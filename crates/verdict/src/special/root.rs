//! Solving one equation in one unknown, with a bound on the work.

/// More than bisection needs from any two finite numbers of like size; nothing here ever loops longer.
const MOST_STEPS: u32 = 100;

/// A zero of an increasing function between `low` and `high`, by Newton's method kept inside a shrinking bracket.
///
/// `value_and_slope` is negative left of the zero. Ends when a step is below `tolerance` (absolute), which with a
/// step of second order leaves an error far below it. Where the function is not a number the bracket is halved.
pub(crate) fn newton(
    (mut low, mut high): (f64, f64),
    start: f64,
    tolerance: f64,
    value_and_slope: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let mut at = start.clamp(low, high);
    for _ in 0..MOST_STEPS {
        let (value, slope) = value_and_slope(at);
        if value == 0.0 {
            return at;
        }
        if value > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let step = value / slope;
        if step.abs() <= tolerance {
            return (at - step).clamp(low, high);
        }
        at -= step;
        // Also true where `at` is not a number.
        if !(at > low && at < high) {
            at = 0.5 * (low + high);
        }
        // Halving leaves an error as wide as the bracket, unlike a step of second order: so to the last digit.
        if high - low <= f64::EPSILON * low.abs().max(high.abs()) {
            break;
        }
    }
    at
}

/// A zero of an increasing function between `low` and `high` without derivatives: secant steps, kept inside the bracket.
///
/// The first step is taken with `slope`, a guess of the function's slope near its zero. Ends when a step is below `tolerance`, which
/// leaves an error far below it.
pub(crate) fn secant(
    (mut low, mut high): (f64, f64),
    start: f64,
    mut slope: f64,
    tolerance: f64,
    value: impl Fn(f64) -> f64,
) -> f64 {
    let mut at = start.max(low).min(high);
    let mut at_value = value(at);
    for _ in 0..MOST_STEPS {
        if at_value == 0.0 {
            return at;
        }
        if at_value > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let step = at_value / slope;
        if step.abs() <= tolerance {
            return (at - step).max(low).min(high);
        }
        let (older, older_value) = (at, at_value);
        at -= step;
        // Also true where `at` is not a number.
        if !(at > low && at < high) {
            at = 0.5 * (low + high);
        }
        // Halving leaves an error as wide as the bracket, unlike a step of second order: so to the last digit.
        if high - low <= f64::EPSILON * low.abs().max(high.abs()) {
            break;
        }
        at_value = value(at);
        slope = (at_value - older_value) / (at - older);
    }
    at
}

#[cfg(test)]
mod tests;
