//! What is known about how small a sequence is.

use std::fmt;

/// What was proved about a shrunk sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Minimality {
    /// Nothing: the budget was spent before the shrinker was done.
    Unproved,
    /// No single command can be left out, together with those that depend on it, without the failure going away.
    OneMinimal,
}

impl fmt::Display for Minimality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unproved => "not proved minimal: the budget was spent",
            Self::OneMinimal => "1-minimal: no single command can be left out",
        })
    }
}
