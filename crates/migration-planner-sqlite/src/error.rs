//! What can go wrong with a database, and, in the words of all runners, with running a plan on it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode;

/// What can go wrong with the database itself. Nothing is ever half done: what failed was rolled back.
///
/// ```
/// use migration_planner_sqlite::{DatabaseError, Runner};
///
/// assert!(matches!(Runner::open("no/such/file.db"), Err(DatabaseError::CannotOpen { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The file cannot be opened: it is missing, a directory, or not accessible.
    #[error("cannot open {}", path.display())]
    #[non_exhaustive]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file is something else than an SQLite database, or is damaged.
    #[error("the file is not a database")]
    #[non_exhaustive]
    NotADatabase {
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Somebody else held the write lock all the time. Try again later, or find out who does.
    #[error("the database stayed locked for {} ms", waited.as_millis())]
    #[non_exhaustive]
    Locked {
        /// How long it was tried.
        waited: Duration,
    },
    /// The file or its directory cannot be written.
    #[error("the database is read-only")]
    #[non_exhaustive]
    ReadOnly {
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The disk is full. Make room and run again: it resumes.
    #[error("the disk is full")]
    #[non_exhaustive]
    DiskFull {
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else.
    #[error("the database refused {what}")]
    #[non_exhaustive]
    Refused {
        /// What was to be done.
        what: String,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DatabaseError {
    pub(crate) fn of(what: impl Into<String>, source: rusqlite::Error) -> Self {
        let code = source.sqlite_error_code();
        let source = Box::new(Said::of(source));
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { waited: Duration::ZERO },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { source },
            Some(ErrorCode::DiskFull) => Self::DiskFull { source },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase { source },
            _ => Self::Refused { what: what.into(), source },
        }
    }

    pub(crate) fn opening(path: &Path, source: rusqlite::Error) -> Self {
        // The driver's message repeats the path; the code alone says what it is.
        let reason = source.sqlite_error().map_or_else(|| source.to_string(), ToString::to_string);
        match Self::of("to be opened", source) {
            Self::Refused { .. } => Self::CannotOpen { path: path.to_owned(), source: Box::new(Said(reason)) },
            other => other,
        }
    }
}

/// What the database said, once: the driver's own error says the same again as its source.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(String);

impl Said {
    pub(crate) fn of(error: rusqlite::Error) -> Self {
        Self(match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            other => other.to_string(),
        })
    }
}

/// Why a runner did not do what it was asked to, see [`migration_planner::run::RunError`].
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.db");
/// # rusqlite::Connection::open(&path)?.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")?;
/// # let mut runner = migration_planner_sqlite::Runner::open(&path)?;
/// use migration_planner_sqlite::RunError;
///
/// assert!(matches!(runner.status(), Err(RunError::NoPlan)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type RunError = migration_planner::run::RunError<DatabaseError>;

/// What became of a statement: to be called on what the driver gave back.
pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> RunError {
    let what = what.into();
    move |source| RunError::Database(DatabaseError::of(what, source))
}

/// Whether somebody else held the write lock, so that another attempt may do better.
pub(crate) fn is_locked(error: &RunError) -> bool {
    matches!(error, RunError::Database(DatabaseError::Locked { .. }))
}
