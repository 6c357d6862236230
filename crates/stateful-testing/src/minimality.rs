//! What is known about how small a sequence is.

use std::fmt;

/// What was proved about a shrunk sequence.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, Minimality, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// assert!(failure.minimality() >= Minimality::OneMinimal);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Minimality {
    /// Nothing: the budget was spent before the shrinker was done, or the system could not be set up for some attempts.
    Unproved,
    /// No single command can be left out, together with those that depend on it, without the failure going away.
    OneMinimal,
    /// Nor can any two commands.
    TwoMinimal,
    /// Every shorter sequence was tried, as far as the model can tell states apart.
    Minimal,
}

impl fmt::Display for Minimality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unproved => "not proved minimal: the budget was spent",
            Self::OneMinimal => "1-minimal: no single command can be left out",
            Self::TwoMinimal => "2-minimal: neither one command nor two can be left out",
            Self::Minimal => "minimal: every shorter sequence was tried",
        })
    }
}
