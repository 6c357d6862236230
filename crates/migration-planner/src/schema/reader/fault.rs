//! What goes wrong within one statement.

use crate::nearest::nearest;
use crate::postgres::cursor::Cursor;

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// A schema does not hold this.
    Omitted(String),
}

impl Outcome {
    #[allow(clippy::unnecessary_wraps, reason = "it is what a function that reads a statement ends with")]
    pub(super) fn omitted(what: &str) -> Read<Self> {
        Ok(Self::Omitted(what.to_owned()))
    }
}

/// Why a statement cannot be followed, and the byte of it where that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) kind: FaultKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FaultKind {
    Unknown { kind: &'static str, name: String, nearest: Vec<String> },
    Exists { kind: &'static str, name: String },
    InUse { name: String, by: String },
    Expected(&'static str),
    Database(String),
}

pub(super) type Read<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn expected(cursor: &Cursor<'_>, what: &'static str) -> Self {
        Self { offset: cursor.offset(), kind: FaultKind::Expected(what) }
    }

    /// Only a database can tell.
    pub(super) fn database(cursor: &Cursor<'_>, why: impl Into<String>) -> Self {
        Self { offset: cursor.offset(), kind: FaultKind::Database(why.into()) }
    }

    pub(super) fn unknown<N: AsRef<str>>(
        cursor: &Cursor<'_>,
        kind: &'static str,
        name: impl Into<String>,
        known: impl IntoIterator<Item = N>,
    ) -> Self {
        let name = name.into();
        let nearest = nearest(&name, known);
        Self { offset: cursor.offset(), kind: FaultKind::Unknown { kind, name, nearest } }
    }

    pub(super) fn exists(cursor: &Cursor<'_>, kind: &'static str, name: impl Into<String>) -> Self {
        Self { offset: cursor.offset(), kind: FaultKind::Exists { kind, name: name.into() } }
    }

    pub(super) fn in_use(cursor: &Cursor<'_>, name: impl Into<String>, by: impl Into<String>) -> Self {
        Self { offset: cursor.offset(), kind: FaultKind::InUse { name: name.into(), by: by.into() } }
    }
}
