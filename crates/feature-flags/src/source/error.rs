//! Why flags cannot be loaded at all.

use std::io;

use super::SourceError;

/// Why flags could not be loaded from their source.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::{Flags, LoadError};
///
/// let error = Flags::from_toml("format = 1\n[flags").unwrap_err();
/// assert!(matches!(error, LoadError::Malformed { line: 2, .. }));
/// # }
/// ```
///
/// Whoever has flags already keeps serving them. A flag that is wrong by itself is a [`Problem`](crate::Problem), not
/// an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The source could not be read: it is missing, or not for this process to read. Try again once it is there.
    #[error("{origin} could not be read")]
    #[non_exhaustive]
    Unreadable {
        /// The file.
        origin: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The text is malformed as a whole. Mend it where the error points.
    #[error("{}line {line}, column {column}: {message}", prefix(.origin.as_deref()))]
    #[non_exhaustive]
    Malformed {
        /// The file, if it is one.
        origin: Option<String>,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
    /// The text is larger than any that is read.
    #[error("{}the text has {bytes} bytes; at most {limit} are read", prefix(.origin.as_deref()))]
    #[non_exhaustive]
    TooLarge {
        /// The file, if it is one.
        origin: Option<String>,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// A source could not be loaded. Try again later.
    #[error("{origin} could not be loaded")]
    #[non_exhaustive]
    Source {
        /// The source's name.
        origin: String,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// The file or source was read but cannot be watched.
    #[error("{origin} cannot be watched")]
    #[non_exhaustive]
    Unwatchable {
        /// The file.
        origin: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl LoadError {
    /// The error and its causes, for a log that has one line for it.
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// let error = feature_flags::Flags::from_file("no/such/file").unwrap_err();
    /// assert!(error.in_one_line().starts_with("no/such/file could not be read: "));
    /// # }
    /// ```
    pub fn in_one_line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            cause = error.source();
        }
        line
    }

    /// The same, of a file that is a source.
    #[cfg(feature = "toml")]
    pub(super) fn into_source_error(self) -> SourceError {
        match self {
            Self::Malformed { .. } | Self::TooLarge { .. } => SourceError::malformed(self.in_one_line()),
            Self::Source { source, .. } => source,
            Self::Unreadable { .. } | Self::Unwatchable { .. } => SourceError::unavailable(self),
        }
    }

    /// What failed, as metrics call it: `read`, `parse` or `watch`.
    pub fn op(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::Source { .. } => "read",
            Self::Malformed { .. } | Self::TooLarge { .. } => "parse",
            Self::Unwatchable { .. } => "watch",
        }
    }
}

fn prefix(origin: Option<&str>) -> String {
    origin.map(|origin| format!("{origin}, ")).unwrap_or_default()
}
