//! What can go wrong with the file.

use rusqlite::ErrorCode;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such row; the caller's mistake.
    #[error("there is no {what} {id}")]
    #[non_exhaustive]
    Missing {
        /// `todo` or `user`.
        what: &'static str,
        /// The id that was asked for.
        id: i64,
    },
    /// Another process held the file for too long. Nothing was changed; try again.
    #[error("the database is locked by another process")]
    Locked,
    /// The disk is full. Nothing was changed.
    #[error("the disk is full")]
    Full,
    /// The file or its folder may not be written.
    #[error("the database cannot be written")]
    ReadOnly,
    /// The file cannot be opened at all, or is no database.
    #[error("the database cannot be opened")]
    #[non_exhaustive]
    Unusable {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Anything else SQLite refuses; a mistake of this program.
    #[error("the database refused a statement")]
    #[non_exhaustive]
    Refused {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::CannotOpen | ErrorCode::NotADatabase | ErrorCode::PermissionDenied) => {
                Self::Unusable { source }
            }
            _ => Self::Refused { source },
        }
    }
}
