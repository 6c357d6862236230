//! Why a script is not the text of a schema.

use super::fault::FaultKind;
use crate::sql::{Dialect, SyntaxError};

/// Why a script cannot be followed. Every variant says where; lines and columns are from 1, columns in characters.
///
/// ```
/// use migration_planner::{Dialect, Schema, SchemaError};
///
/// let error = Schema::parse(Dialect::Postgres, "CREATE TABLE users (id int);\nDROP TABLE usrs;").unwrap_err();
/// assert!(matches!(&error, SchemaError::Unknown { nearest, .. } if nearest == &["users"]));
/// assert_eq!(error.to_string(), "line 2, column 12: there is no table `usrs`; perhaps `users`");
/// assert!(!error.needs_database());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The server would not accept the text. Mend it.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A statement is about something that no statement before it has made.
    #[error("line {line}, column {column}: there is no {kind} `{name}`{}", perhaps(nearest))]
    #[non_exhaustive]
    Unknown {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What it would be: `table`, `column` ..
        kind: &'static str,
        /// Its name.
        name: String,
        /// Names that are close, nearest first.
        nearest: Vec<String>,
    },
    /// A statement makes something that is there already.
    #[error("line {line}, column {column}: {kind} `{name}` exists already")]
    #[non_exhaustive]
    Exists {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What it is.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A statement drops something that something else needs.
    #[error("line {line}, column {column}: `{name}` is needed by {by}")]
    #[non_exhaustive]
    InUse {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What shall go.
        name: String,
        /// What needs it.
        by: String,
    },
    /// A statement goes on in a way that is not understood.
    #[error("line {line}, column {column}: expected {expected}")]
    #[non_exhaustive]
    Unexpected {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// What a statement does follows from more than the text. Run the script in a scratch database and look at that.
    #[error("line {line}, column {column}: only a database can tell: {why}")]
    #[non_exhaustive]
    NeedsDatabase {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// Why the text is not enough.
        why: String,
    },
}

fn perhaps(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!("; perhaps {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")),
    }
}

impl SchemaError {
    pub(super) fn unsupported(dialect: Dialect) -> Self {
        Self::NeedsDatabase { line: 1, column: 1, why: format!("schemas of {dialect:?} are not read from text") }
    }

    /// The error at a byte of a script.
    pub(super) fn at(script: &str, offset: usize, kind: FaultKind) -> Self {
        let before = &script[..offset.min(script.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        match kind {
            FaultKind::Unknown { kind, name, nearest } => Self::Unknown { line, column, kind, name, nearest },
            FaultKind::Exists { kind, name } => Self::Exists { line, column, kind, name },
            FaultKind::InUse { name, by } => Self::InUse { line, column, name, by },
            FaultKind::Expected(expected) => Self::Unexpected { line, column, expected },
            FaultKind::Database(why) => Self::NeedsDatabase { line, column, why },
        }
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Syntax(error) => error.line,
            Self::Unknown { line, .. }
            | Self::Exists { line, .. }
            | Self::InUse { line, .. }
            | Self::Unexpected { line, .. }
            | Self::NeedsDatabase { line, .. } => *line,
        }
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        match self {
            Self::Syntax(error) => error.column,
            Self::Unknown { column, .. }
            | Self::Exists { column, .. }
            | Self::InUse { column, .. }
            | Self::Unexpected { column, .. }
            | Self::NeedsDatabase { column, .. } => *column,
        }
    }

    /// Whether a scratch database may understand what the text alone does not tell.
    pub fn needs_database(&self) -> bool {
        matches!(self, Self::NeedsDatabase { .. } | Self::Unexpected { .. })
    }
}
