//! Whether what is served is what should be served.

use std::fmt;

use crate::source::Standing;

/// Whether what is served is what the source holds, and if not, what it is instead.
///
/// ```
/// use std::time::Duration;
/// use feature_flags::{Changes, Contents, Flags, Readiness, Revision, Source, SourceError};
///
/// struct Down;
///
/// impl Source for Down {
///     fn name(&self) -> String {
///         "database".to_owned()
///     }
///     fn load(&self) -> Result<Contents, SourceError> {
///         Err(SourceError::unavailable("connection refused"))
///     }
///     fn changes(&self, _since: Revision, _patience: Duration) -> Result<Changes, SourceError> {
///         self.load().map(|_| Changes::None)
///     }
/// }
///
/// let flags = Flags::builder().source_when_up(Down)?;
/// let readiness = flags.status().readiness().clone();
/// assert!(!readiness.is_ready());
/// assert_eq!(
///     readiness.to_string(),
///     "waiting for the source (database could not be loaded: the source cannot be reached: connection refused)",
/// );
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "state", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Readiness {
    /// What the source holds is served, as far as is known.
    Ready,
    /// The source never answered: only what the application brings along is served.
    #[non_exhaustive]
    Waiting {
        /// Why it did not answer.
        why: String,
    },
    /// The source answered once, and now does not: the last good flags are served on.
    #[non_exhaustive]
    Stale {
        /// Why it does not answer.
        why: String,
    },
    /// The source did not answer since the start: what an earlier process kept is served.
    #[non_exhaustive]
    Kept {
        /// Why it does not answer.
        why: String,
    },
    /// What another source holds is served.
    #[non_exhaustive]
    StandIn {
        /// The other one's name.
        source: String,
        /// Why the first does not answer.
        why: String,
    },
}

impl Readiness {
    /// Whether what the source holds is served. Where it is not, flags are served all the same.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// From how the flags came, and why the source failed last.
    pub(super) fn of(standing: Option<&Standing>, last_error: Option<&str>) -> Self {
        let error = || last_error.map(str::to_owned);
        match standing {
            None => Self::Waiting { why: error().unwrap_or_else(|| "it was not asked yet".to_owned()) },
            Some(Standing::Kept { why, .. }) => Self::Kept { why: error().unwrap_or_else(|| why.clone()) },
            Some(Standing::StandIn { source, why }) if last_error.is_none() => {
                Self::StandIn { source: source.clone(), why: why.clone() }
            }
            Some(_) => error().map_or(Self::Ready, |why| Self::Stale { why }),
        }
    }
}

/// Where it is not ready, why.
impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Waiting { why } => write!(f, "waiting for the source ({why})"),
            Self::Stale { why } => write!(f, "the source is down ({why}), its last flags are served on"),
            Self::Kept { why } => write!(f, "the source is down ({why}), flags kept from an earlier run are served"),
            Self::StandIn { source, why } => write!(f, "the source is down ({why}), {source} stands in"),
        }
    }
}
