//! How a candidate fared in one run.

use std::fmt;

/// How a candidate fared in one run, in the words all reports and metrics use.
///
/// Three outcomes come from comparing (`Match`, `Ignored`, `Mismatch`); the others say why there was nothing to
/// compare. An
/// ignored difference is neither a match nor a mismatch: libraries disagree on which of the two it is, so it is counted
/// by itself.
///
/// ```
/// use experiment::Outcome;
///
/// assert_eq!(Outcome::TimedOut.as_str(), "timed_out");
/// assert!(Outcome::Ignored.was_compared());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outcome {
    /// The comparator found both results the same.
    Match,
    /// The results differ and a rule given with `ignore` said that this difference does not count.
    Ignored,
    /// The results differ, or the control panicked and the candidate did not.
    Mismatch,
    /// The candidate panicked. The panic was contained.
    Panicked,
    /// The candidate had not finished at its deadline, or comparing its result had not, in the background.
    TimedOut,
    /// The candidate was stopped before it finished.
    Cancelled,
    /// The candidate ran, or was to run, and its result could not be used; [`Reason`] says why.
    Dropped,
    /// The candidate was not started; [`Reason`] says why.
    Skipped,
}

impl Outcome {
    /// All outcomes, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::Match,
        Self::Ignored,
        Self::Mismatch,
        Self::Panicked,
        Self::TimedOut,
        Self::Cancelled,
        Self::Dropped,
        Self::Skipped,
    ];

    /// The outcome as a metric label and in stored reports: lowercase with underscores. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Ignored => "ignored",
            Self::Mismatch => "mismatch",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
            Self::Skipped => "skipped",
        }
    }

    /// Whether both results were there and were compared.
    pub const fn was_compared(self) -> bool {
        matches!(self, Self::Match | Self::Ignored | Self::Mismatch)
    }

    /// The place of this outcome in [`Outcome::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a candidate was skipped or its result dropped.
///
/// ```
/// assert_eq!(experiment::Reason::InvalidName.to_string(), "its name is empty, too long or used twice");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Skipped: the candidate's name is empty, longer than 64 bytes, `control`, or that of an earlier candidate of the
    /// run.
    InvalidName,
    /// Skipped: the candidate's breaker is open.
    BreakerOpen,
    /// Dropped: the comparator or the projection panicked, so nothing is known about the results.
    ComparisonFailed,
    /// Dropped: the executor of the background had no room, or lost the job.
    NoRoom,
    /// Dropped: a behaviour that runs on the same thread, in the same run, passed its deadline before this one was compared.
    BehindLate,
    /// Timed out: the candidate itself returned or panicked, and the look at its result passed the deadline.
    LateComparison,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidName => "its name is empty, too long or used twice",
            Self::BreakerOpen => "its breaker is open",
            Self::ComparisonFailed => "the comparison itself failed",
            Self::NoRoom => "the background had no room for it",
            Self::BehindLate => "another behaviour of its run passed its deadline first",
            Self::LateComparison => "the comparison of its result passed the deadline",
        })
    }
}

/// Which limit kept a call from running candidates.
///
/// ```
/// assert_eq!(experiment::HeldBack::TimeShare.to_string(), "their share of the time is used up");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum HeldBack {
    /// [`Limits::concurrency`](crate::Limits::concurrency).
    Concurrency,
    /// [`Limits::time_share`](crate::Limits::time_share).
    TimeShare,
    /// [`Limits::added_latency`](crate::Limits::added_latency).
    AddedLatency,
    /// [`Limits::memory`](crate::Limits::memory).
    Memory,
}

impl HeldBack {
    /// All limits, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Concurrency, Self::TimeShare, Self::AddedLatency, Self::Memory];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Concurrency => "as many runs as allowed are under way",
            Self::TimeShare => "their share of the time is used up",
            Self::AddedLatency => "they added as much latency as allowed",
            Self::Memory => "runs in the background hold as much memory as allowed",
        })
    }
}
