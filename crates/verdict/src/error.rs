//! What is refused at the door.

use std::error::Error;
use std::fmt;

/// A number that cannot mean what it is given for.
///
/// Only constructors return it: once an [`Alpha`](crate::Alpha), a [`Rate`](crate::Rate) or a
/// [`Counts`](crate::Counts) exists, every function of this crate has an answer for it.
///
/// ```
/// use verdict::{Alpha, OutOfRange};
///
/// let refused = Alpha::new(0.0).unwrap_err();
/// assert!(matches!(refused, OutOfRange::Alpha { .. }));
/// assert_eq!(refused.to_string(), "error probability 0 is not in 1e-300..=0.5");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum OutOfRange {
    /// An error probability outside `1e-300..=0.5`, or not a number.
    #[non_exhaustive]
    Alpha {
        /// What was given.
        value: f64,
    },
    /// A rate outside `0..=1`, or not a number.
    #[non_exhaustive]
    Rate {
        /// What was given.
        value: f64,
    },
    /// A quantile outside the open interval from 0 to 1, or not a number.
    #[non_exhaustive]
    Quantile {
        /// What was given.
        value: f64,
    },
    /// More events than runs they could have happened in: the two were read at different moments, or mixed up.
    #[non_exhaustive]
    Counts {
        /// How many events were given.
        events: u64,
        /// How many runs were given.
        runs: u64,
    },
    /// A tuning parameter outside its range.
    #[non_exhaustive]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// Buckets whose edges do not ascend.
    #[non_exhaustive]
    Buckets {
        /// The position of the first bucket that starts below the end of the one before, or ends below its own start.
        index: usize,
    },
}

impl OutOfRange {
    pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, Self> {
        if value > 0.0 && value.is_finite() {
            Ok(value)
        } else {
            Err(Self::Parameter { name, value, expected: "a positive number" })
        }
    }
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha { value } => write!(f, "error probability {value} is not in 1e-300..=0.5"),
            Self::Rate { value } => write!(f, "rate {value} is not in 0..=1"),
            Self::Quantile { value } => write!(f, "quantile {value} is not between 0 and 1"),
            Self::Counts { events, runs } => write!(f, "{events} events in {runs} runs"),
            Self::Parameter { name, value, expected } => write!(f, "{name} {value} is not {expected}"),
            Self::Buckets { index } => write!(f, "bucket {index} does not start where the one before ended"),
        }
    }
}

impl Error for OutOfRange {}
