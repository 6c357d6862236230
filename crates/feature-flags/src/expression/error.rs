//! What is wrong with an expression, and where.

/// Why text is no [`Expression`](crate::Expression).
///
/// Columns count characters from 1. In errors of a file they are those of the file.
///
/// ```
/// use feature_flags::{Expression, ExpressionError};
///
/// let error = "country in".parse::<Expression>().unwrap_err();
/// assert!(matches!(error, ExpressionError::Unexpected { .. }));
/// assert_eq!((error.line(), error.column()), (1, 11));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// Something else should stand here.
    #[error("line {line}, column {column}: expected {expected}, found {found}")]
    #[non_exhaustive]
    Unexpected {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What could stand here.
        expected: &'static str,
        /// What stands here.
        found: String,
    },
    /// A literal that says what it is but does not hold it, such as `v"abc"`.
    #[error("line {line}, column {column}: {found} is not {expected}")]
    #[non_exhaustive]
    BadLiteral {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What it should be.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Longer, deeper or wider than any expression may be.
    #[error("line {line}, column {column}: an expression has at most {limit} {what}")]
    #[non_exhaustive]
    TooLarge {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
}

impl ExpressionError {
    /// The line of the error, counted from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Unexpected { line, .. } | Self::BadLiteral { line, .. } | Self::TooLarge { line, .. } => *line,
        }
    }

    /// The column of the error in characters, counted from 1.
    pub fn column(&self) -> usize {
        match self {
            Self::Unexpected { column, .. } | Self::BadLiteral { column, .. } | Self::TooLarge { column, .. } => {
                *column
            }
        }
    }

    /// The message without the place.
    pub fn message(&self) -> String {
        let whole = self.to_string();
        whole.split_once(": ").map_or(whole.clone(), |(_, message)| message.to_owned())
    }
}
