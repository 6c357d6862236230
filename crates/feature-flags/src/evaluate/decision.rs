//! The answer and why.

use std::fmt;

use crate::handle::SnapshotId;

/// Whether a flag is on, why, and by which snapshot.
///
/// ```
/// use feature_flags::{Flag, Flags, Reason};
///
/// let flags = Flags::builder().flag(Flag::new("dark-mode").enabled(true)).build();
/// let decision = flags.decide("dark-mode", &());
/// assert!(decision.enabled());
/// assert_eq!(decision.reason(), Reason::Fixed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Decision {
    pub(crate) enabled: bool,
    pub(crate) reason: Reason,
    pub(crate) snapshot: SnapshotId,
}

impl Decision {
    /// Whether the flag is on.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The snapshot that decided.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }
}

/// Why a flag is on or off.
///
/// ```
/// use feature_flags::{Flags, Reason};
///
/// let reason = Flags::builder().build().decide("no-such-flag", &()).reason();
/// assert_eq!(reason, Reason::Unknown);
/// assert_eq!((reason.code(), reason.to_string().as_str()), ("unknown", "there is no such flag"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "reason", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reason {
    /// It is the same for all.
    Fixed,
    /// It is turned off, whatever its rules say.
    Disabled,
    /// A rule applies.
    Rule {
        /// Which one, counted from 1.
        number: u16,
    },
    /// No rule applies.
    NoRule,
    /// A flag that it requires is off.
    Requirement,
    /// A holdout keeps it off: for a share of the keys, and where there is no key.
    Holdout,
    /// Its layer gives the key's bucket to another flag or to none, or there is no key.
    Layer,
    /// A Rust function decided.
    Function,
    /// The Rust function panicked, wants another type of context, or is the seventeenth of functions that ask for each
    /// other's flags: the default is served.
    FunctionFailed,
    /// Its definition is wrong and never was right in this process: the default is served. `Flags::status` lists what is
    /// wrong.
    Broken,
    /// Overridden for this handle or this piece of work.
    Override,
    /// There is no such flag.
    Unknown,
}

/// All words for reasons.
#[cfg(all(feature = "testing", feature = "toml"))]
pub(crate) const CODES: [&str; 12] = [
    "fixed",
    "disabled",
    "rule",
    "no_rule",
    "requirement",
    "holdout",
    "layer",
    "function",
    "function_failed",
    "broken",
    "override",
    "unknown",
];

impl Reason {
    /// The word for it in metrics and other tools, such as `no_rule`; never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Disabled => "disabled",
            Self::Rule { .. } => "rule",
            Self::NoRule => "no_rule",
            Self::Requirement => "requirement",
            Self::Holdout => "holdout",
            Self::Layer => "layer",
            Self::Function => "function",
            Self::FunctionFailed => "function_failed",
            Self::Broken => "broken",
            Self::Override => "override",
            Self::Unknown => "unknown",
        }
    }
}

/// Half a sentence: `rule 2 applies`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed => f.write_str("it is the same for all"),
            Self::Disabled => f.write_str("it is turned off"),
            Self::Rule { number } => write!(f, "rule {number} applies"),
            Self::NoRule => f.write_str("no rule applies"),
            Self::Requirement => f.write_str("a flag that it requires is off"),
            Self::Holdout => f.write_str("a holdout keeps it off"),
            Self::Layer => f.write_str("its layer keeps it off"),
            Self::Function => f.write_str("its function says so"),
            Self::FunctionFailed => f.write_str("its function could not decide, so the default is served"),
            Self::Broken => f.write_str("its definition is wrong, so the default is served"),
            Self::Override => f.write_str("it is overridden"),
            Self::Unknown => f.write_str("there is no such flag"),
        }
    }
}
