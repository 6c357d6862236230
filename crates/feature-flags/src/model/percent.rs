//! A share of all users, exact to a thousandth of a percent.

use std::fmt;
use std::str::FromStr;

/// A share from 0 % to 100 % in steps of 0.001 %.
///
/// ```
/// use feature_flags::Percent;
///
/// let share: Percent = "12.5%".parse()?;
/// assert_eq!(share, Percent::from_thousandths(12_500).expect("below 100 %"));
/// assert_eq!(share.to_string(), "12.5%");
/// assert!("101%".parse::<Percent>().is_err());
/// assert!("0.0001%".parse::<Percent>().is_err());
/// # Ok::<(), feature_flags::PercentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent {
    thousandths: u32,
}

impl Percent {
    /// Nobody.
    pub const NONE: Self = Self { thousandths: 0 };
    /// Everybody.
    pub const ALL: Self = Self { thousandths: 100_000 };

    /// A share in thousandths of a percent, `0..=100_000`; `None` above.
    pub const fn from_thousandths(thousandths: u32) -> Option<Self> {
        if thousandths <= 100_000 { Some(Self { thousandths }) } else { None }
    }

    /// A share in whole percents, `0..=100`; `None` above.
    ///
    /// ```
    /// use feature_flags::Percent;
    ///
    /// assert_eq!(Percent::whole(25), "25%".parse().ok());
    /// assert_eq!(Percent::whole(101), None);
    /// ```
    pub const fn whole(percent: u32) -> Option<Self> {
        if percent <= 100 { Some(Self { thousandths: percent * 1_000 }) } else { None }
    }

    /// The share in thousandths of a percent, `0..=100_000`.
    pub const fn thousandths(self) -> u32 {
        self.thousandths
    }
}

/// Why text is no [`Percent`].
///
/// ```
/// use feature_flags::{Percent, PercentError};
///
/// assert_eq!("120%".parse::<Percent>(), Err(PercentError::TooLarge));
/// assert_eq!("0.00001%".parse::<Percent>(), Err(PercentError::TooFine));
/// assert_eq!("half".parse::<Percent>(), Err(PercentError::Malformed));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PercentError {
    /// Not a decimal number followed by `%`.
    #[error("expected a percentage such as `25%` or `0.5%`")]
    Malformed,
    /// Above 100 %.
    #[error("a percentage is at most `100%`")]
    TooLarge,
    /// More than three digits after the point.
    #[error("a percentage has at most three digits after the point, such as `0.001%`")]
    TooFine,
}

/// Reads `25%`, `0.5 %` and the like.
impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        let number = text.trim().strip_suffix('%').ok_or(PercentError::Malformed)?.trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(PercentError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 3 {
            return Err(PercentError::TooFine);
        }
        let whole: u32 = whole.parse().map_err(|_| PercentError::TooLarge)?;
        // As if there were three digits.
        let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
        let fraction = fraction.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        let thousandths = whole.checked_mul(1_000).and_then(|thousandths| thousandths.checked_add(fraction));
        thousandths.and_then(Self::from_thousandths).ok_or(PercentError::TooLarge)
    }
}

/// `25%`, `12.5%`: the shortest form.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction, mut digits) = (self.thousandths / 1_000, self.thousandths % 1_000, 3);
        if fraction == 0 {
            return write!(f, "{whole}%");
        }
        while fraction % 10 == 0 {
            (fraction, digits) = (fraction / 10, digits - 1);
        }
        write!(f, "{whole}.{fraction:0digits$}%")
    }
}
