//! Flags that should go.

use std::fmt;
use std::time::SystemTime;

use super::code::CodeMention;
use crate::context::Timestamp;

/// When a flag was changed last.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use feature_flags::{Flag, Flags, LastChange, StaleEvidence};
///
/// let flags = Flags::builder().flag(Flag::new("a")).flag(Flag::new("b")).build();
/// let yesterday = LastChange::At(SystemTime::now() - Duration::from_hours(24));
/// // The history of a store knows of one flag; nobody said anything of the other.
/// let report = StaleEvidence::new().changed("a", yesterday).report(&flags);
/// assert_eq!(report.flags[0].last_change, yesterday);
/// assert_eq!(report.flags[1].last_change, LastChange::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LastChange {
    /// Nobody said.
    #[default]
    Unknown,
    /// Then, by the history of a store.
    At(SystemTime),
    /// Not after this, when the whole file was written last.
    NotAfter(SystemTime),
}

/// When a flag was read last.
///
/// ```
/// use feature_flags::{Flag, Flags, LastRead, StaleEvidence};
///
/// let flags = Flags::builder().flag(Flag::new("a")).build();
/// let report = StaleEvidence::new().report(&flags);
/// let read = match report.flags[0].last_read {
///     LastRead::At(time) => format!("read, last at {time:?}"),
///     LastRead::NotSince(time) => format!("not read since {time:?}"),
///     _ => "nobody knows".to_owned(),
/// };
/// assert_eq!(read, "nobody knows");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastRead {
    /// No usage was handed over.
    Unknown,
    /// Not in the usage that was handed over, which is about the time since then.
    NotSince(SystemTime),
    /// At about this time; not after it.
    At(SystemTime),
}

/// Which flags should go, and which names are asked for that no flag has. `Display` gives it for people.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use feature_flags::{Flags, LastChange, StaleEvidence};
///
/// let flags = Flags::from_toml("format = 1\n[flags]\nnew-search = true\nnew-menu = \"10%\"")?;
/// let long_ago = SystemTime::now() - Duration::from_hours(24 * 90);
/// let report = StaleEvidence::new().all_changed(LastChange::NotAfter(long_ago)).report(&flags);
/// let stale: Vec<&str> = report.stale().map(|flag| flag.name.as_str()).collect();
/// assert_eq!(stale, ["new-search"], "it is on for all, and has been for long");
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StaleReport {
    /// After so many days without a change, a read or another answer a flag is stale.
    pub days: u32,
    /// All flags, by name.
    pub flags: Vec<StaleFlag>,
    /// Flags that usage has not mentioned for long and that nobody knows to have been there for as long: they are unread, or
    /// new.
    pub perhaps_new: Vec<String>,
    /// The beginning and the end of the time that usage is about; `None` if none was handed over.
    pub usage: Option<(SystemTime, SystemTime)>,
    /// How many files of code were read; `None` if none were looked at.
    pub files: Option<usize>,
    /// Files that were not read, each with the reason: what is in them is not known.
    pub unread_files: Vec<String>,
    /// Names that code asks for and neither the flags nor the code define, with the places.
    pub undeclared: Vec<(String, Vec<CodeMention>)>,
}

/// What is known of one flag.
///
/// ```
/// use feature_flags::{Flag, Flags, StaleEvidence};
///
/// let flag = Flag::new("old-search").enabled(true).owner("ada").expires("2020-01-31");
/// let report = StaleEvidence::new().report(&Flags::builder().flag(flag).build());
/// for flag in report.stale() {
///     let reasons: Vec<String> = flag.reasons.iter().map(ToString::to_string).collect();
///     println!("{} (ask {}): {}", flag.name, flag.owner.as_deref().unwrap_or("around"), reasons.join("; "));
/// }
/// assert_eq!(report.flags[0].constant.as_deref(), Some("on"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StaleFlag {
    /// Its name.
    pub name: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// When it should be gone.
    pub expires: Option<String>,
    /// When it was changed last.
    pub last_change: LastChange,
    /// When it was read last.
    pub last_read: LastRead,
    /// What it says to everybody by its definition, if it does: `on`, `off` or a variant.
    pub constant: Option<String>,
    /// Where the code names it; `None` if no code was looked at.
    pub code: Option<Vec<CodeMention>>,
    /// Why it should go; none if nothing that is known says so.
    pub reasons: Vec<StaleReason>,
}

/// Why a flag should go.
///
/// ```
/// use feature_flags::{Flag, Flags, StaleEvidence, StaleReason};
///
/// let flag = Flag::new("old-search").expires("2020-01-31");
/// let report = StaleEvidence::new().report(&Flags::builder().flag(flag).build());
/// assert!(matches!(&report.flags[0].reasons[..], [StaleReason::Expired { day, .. }] if day == "2020-01-31"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StaleReason {
    /// It is past its `expires`.
    #[non_exhaustive]
    Expired {
        /// The day.
        day: String,
    },
    /// Its definition says the same to everybody, and has not been changed for long.
    #[non_exhaustive]
    SameForAll {
        /// What.
        variant: String,
        /// Since then, or longer.
        since: SystemTime,
    },
    /// It gave one answer for long, whoever asked.
    #[non_exhaustive]
    SameAnswer {
        /// Which.
        variant: String,
        /// Since then, or longer.
        since: SystemTime,
    },
    /// Nobody read it for long, all of which it is known to have been there.
    #[non_exhaustive]
    NotRead {
        /// Since then, or longer.
        since: SystemTime,
    },
    /// The code that was looked at does not name it.
    NotInCode,
}

impl StaleReport {
    /// The flags that something says should go.
    pub fn stale(&self) -> impl Iterator<Item = &StaleFlag> {
        self.flags.iter().filter(|flag| !flag.reasons.is_empty())
    }

    /// Whether no flag should go, as far as is known, and all names that code asks for are those of flags.
    pub fn is_clean(&self) -> bool {
        self.stale().next().is_none() && self.undeclared.is_empty()
    }
}

impl fmt::Display for StaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: &SystemTime| Timestamp::from(*at);
        match self {
            Self::Expired { day } => write!(f, "it should be gone since {day}"),
            Self::SameForAll { variant, since } => {
                write!(f, "it is {variant} for all, and unchanged since {} or longer", time(since))
            }
            Self::SameAnswer { variant, since } => {
                write!(f, "it has answered nothing but {variant} since {} or longer", time(since))
            }
            Self::NotRead { since } => write!(f, "nobody has read it since {} or longer", time(since)),
            Self::NotInCode => f.write_str("the code does not name it"),
        }
    }
}

impl fmt::Display for LastChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::At(at) => Timestamp::from(*at).fmt(f),
            Self::NotAfter(at) => write!(f, "not after {}", Timestamp::from(*at)),
        }
    }
}

impl fmt::Display for LastRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown, since no usage was handed over"),
            Self::NotSince(from) => write!(f, "not since {}, when usage begins", Timestamp::from(*from)),
            Self::At(at) => Timestamp::from(*at).fmt(f),
        }
    }
}
