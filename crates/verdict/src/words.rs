//! Numbers as people read them, rounded so that a bound stays a bound.

use std::fmt;

/// A count with separators, `34,411`.
pub(crate) struct Thousands(pub(crate) u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups = [0_u64; 7];
        let mut rest = self.0;
        let mut used = 0;
        loop {
            groups[used] = rest % 1000;
            rest /= 1000;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        write!(f, "{}", groups[used - 1])?;
        groups[..used - 1].iter().rev().try_for_each(|group| write!(f, ",{group:03}"))
    }
}

/// A share in per cent with two significant digits (three from 10 % on).
pub(crate) struct Percent {
    value: f64,
    rounding: fn(f64) -> f64,
}

impl Percent {
    /// For an upper bound.
    pub(crate) fn up(value: f64) -> Self {
        Self { value, rounding: f64::ceil }
    }

    /// For a lower bound.
    pub(crate) fn down(value: f64) -> Self {
        Self { value, rounding: f64::floor }
    }

    /// For what was observed or asked.
    pub(crate) fn nearest(value: f64) -> Self {
        Self { value, rounding: f64::round }
    }

    /// The number without the sign of per cent.
    pub(crate) fn bare(&self) -> Bare<'_> {
        Bare(self)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.bare())
    }
}

/// A [`Percent`] whose sign is printed elsewhere.
pub(crate) struct Bare<'a>(&'a Percent);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Percent { value, rounding } = self.0;
        let percent = 100.0 * value;
        if percent == 0.0 || !percent.is_finite() {
            return write!(f, "{percent}");
        }
        let digits = if percent.abs() >= 10.0 { 3.0 } else { 2.0 };
        let decimals = (digits - 1.0 - percent.abs().log10().floor()).clamp(0.0, 15.0);
        let scale = 10.0_f64.powf(decimals);
        // A hair of slack, so that 0.0001 itself is not rounded up to 0.011 % by its binary form.
        let scaled = percent * scale;
        let near = scaled.round();
        let rounded = if (scaled - near).abs() <= 1e-9 * scaled.abs() { near } else { rounding(scaled) };
        write!(f, "{}", rounded / scale)
    }
}

/// A count and its noun, in the plural unless it is 1.
pub(crate) struct Counted(pub(crate) u64, pub(crate) &'static str, pub(crate) &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one, many) = self;
        write!(f, "{} {}", Thousands(*count), if *count == 1 { one } else { many })
    }
}

#[cfg(test)]
mod tests;
