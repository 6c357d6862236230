//! What can go wrong with a database, and with running a plan on it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migration_planner::{Fingerprint, ObjectName, PlanFileError, Timestamp};
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

/// Why a runner did not do what it was asked to.
///
/// Whatever it says, the database is either as it was before the call, or at a point from which the call can be repeated.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.db");
/// # rusqlite::Connection::open(&path)?.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")?;
/// # let found = migration_planner_sqlite::introspect(&path)?;
/// # let change = migration_planner::Change::drop_column("users", "old");
/// # let plan = migration_planner::Planner::new(&found.schema, found.server).plan(&change)?;
/// # let mut runner = migration_planner_sqlite::Runner::open(&path)?;
/// use migration_planner_sqlite::RunError;
///
/// assert!(matches!(runner.status(), Err(RunError::NoPlan)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The database itself failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No plan was begun in this database.
    #[error("no plan was begun in this database")]
    NoPlan,
    /// Another plan is under way: finish it or roll it back first.
    #[error("plan {} is under way in this database", hash.short())]
    #[non_exhaustive]
    PlanUnderWay {
        /// The plan that is under way.
        hash: Fingerprint,
    },
    /// The plan was made for another database, or for an older shape of this one: plan again.
    #[error("the plan was made for another shape of `{table}`: it is another database, or it has changed since")]
    #[non_exhaustive]
    OtherDatabase {
        /// The table that differs.
        table: ObjectName,
    },
    /// The database changed in a way that a step of the plan can no longer be done.
    #[error("step `{step}` would fail in the database as it is now")]
    #[non_exhaustive]
    WouldFail {
        /// The step.
        step: String,
        /// What the rehearsal on an empty copy of the schema said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Rolling the plan back would not restore this object to the letter, so the plan is not begun.
    #[error("rolling back would leave `{object}` different from what it is")]
    #[non_exhaustive]
    NotRestorable {
        /// The table, index, view or trigger.
        object: String,
    },
    /// The stored plan cannot be used.
    #[error("the plan in the database cannot be used")]
    #[non_exhaustive]
    StoredPlan {
        /// What is wrong with it: changed by hand, or from another version.
        #[source]
        source: PlanFileError,
    },
    /// The runner's own tables are not as this version writes them.
    #[error("the journal in the database cannot be read: {reason}")]
    #[non_exhaustive]
    Journal {
        /// What is wrong.
        reason: String,
    },
    /// Another runner is at work. It is safe to try again once its lease has ended.
    #[error("another runner ({owner}) is at work until {until}")]
    #[non_exhaustive]
    AnotherRunner {
        /// Who holds the lease.
        owner: String,
        /// When the lease ends, unless it is renewed.
        until: Timestamp,
    },
    /// Another runner took over while this one was held up. What this one had not finished was rolled back.
    #[error("another runner has taken over")]
    Fenced,
    /// The plan is being rolled back: call `roll_back` until it is done.
    #[error("the plan is being rolled back")]
    RollingBack,
    /// Something that was done cannot be undone.
    #[error("step `{step}` cannot be undone: the point of no return has been passed")]
    #[non_exhaustive]
    PastReturn {
        /// The step.
        step: String,
    },
    /// A check found rows that must not exist. Nothing was changed.
    #[error("step `{step}` found {rows} rows that must not be there")]
    #[non_exhaustive]
    CheckFailed {
        /// The step.
        step: String,
        /// How many rows.
        rows: u64,
    },
}

impl RunError {
    pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let what = what.into();
        move |source| Self::Database(DatabaseError::of(what, source))
    }

    pub(crate) fn journal(reason: impl Into<String>) -> Self {
        Self::Journal { reason: reason.into() }
    }

    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, Self::Database(DatabaseError::Locked { .. }))
    }
}
