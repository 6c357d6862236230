//! What can go wrong with a store.

use std::error::Error;
use std::path::PathBuf;

use feature_flags::{Revision, SourceError};
use rusqlite::ErrorCode;

use crate::history::Subject;

/// Why a store did not do what it was asked. Nothing changed.
///
/// ```
/// use feature_flags_sqlite::{Options, SqliteStore, StoreError};
///
/// let error = SqliteStore::open_with("no/such/place.db", Options::new().read_only()).unwrap_err();
/// assert!(matches!(error, StoreError::Unopenable { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is not there, or not for this process to open.
    #[error("{} cannot be opened", path.display())]
    #[non_exhaustive]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another process was changing the store for longer than the time-out. Try again.
    #[error("another process is changing the store")]
    #[non_exhaustive]
    Locked {
        /// What SQLite said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store was opened for reading only, or its file is.
    #[error("the store can only be read")]
    ReadOnly,
    /// There is no room for the change. Make some, and try again.
    #[error("the disk is full")]
    #[non_exhaustive]
    Full {
        /// What SQLite said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file is damaged, or no database at all. Restore it from a copy; an application with a cache serves on.
    #[error("the file is damaged or no SQLite database")]
    #[non_exhaustive]
    Corrupt {
        /// What SQLite said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A newer version of this crate wrote the store: use that one.
    #[error("the store has format {found}; this version of feature-flags-sqlite knows up to {known}")]
    #[non_exhaustive]
    NewerFormat {
        /// The store's format.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// The database has no flags, or a part of them is gone.
    #[error("the database has no table `{table}`")]
    #[non_exhaustive]
    MissingTable {
        /// The table.
        table: String,
    },
    /// Somebody else changed the flag since it was looked at. Look again.
    #[error("flag `{flag}` was changed by revision {found}, after revision {expected}")]
    #[non_exhaustive]
    Conflict {
        /// The flag's name.
        flag: String,
        /// The revision that the change builds on.
        expected: Revision,
        /// The revision that the flag has.
        found: Revision,
    },
    /// There is no change of this number.
    #[error("there is no change {revision}")]
    #[non_exhaustive]
    NoSuchChange {
        /// Its number.
        revision: Revision,
    },
    /// Later changes stand on the one that should be undone: undo them first, or change the flag as it should be.
    #[error("change {revision} of `{subject}` cannot be undone, since {} changed {} later", listed(later), parts.join(", "))]
    #[non_exhaustive]
    UndoConflict {
        /// The change.
        revision: Revision,
        /// The flag or segment.
        subject: String,
        /// The parts of it that were changed again.
        parts: Vec<String>,
        /// The changes of it since then, in order.
        later: Vec<Revision>,
    },
    /// A flag that the change would make or that is kept is not right in itself.
    #[error("flag `{flag}` is wrong: {message}")]
    #[non_exhaustive]
    WrongFlag {
        /// Its name.
        flag: String,
        /// What is wrong with it.
        message: String,
    },
    /// A layer or holdout that the change would make or that is kept is not right in itself. Put it anew, or undo the change
    /// that made it so; until then an application serves on what it has.
    #[error("{subject} is wrong: {message}")]
    #[non_exhaustive]
    WrongSection {
        /// The layer or holdout.
        subject: Subject,
        /// What is wrong with it.
        message: String,
    },
    /// After the change a holdout would name a layer that is not there, and would hold nobody out of it. Put the layer
    /// first; change or remove the holdout before its layer.
    #[error("holdout `{holdout}` names a layer `{layer}`, which would not be there")]
    #[non_exhaustive]
    NoSuchLayer {
        /// The holdout.
        holdout: String,
        /// The layer that it names.
        layer: String,
    },
    /// A file of flags could not be read or written.
    #[error("{} could not be exported to", path.display())]
    #[non_exhaustive]
    Export {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// SQLite failed in another way.
    #[error("the database failed")]
    #[non_exhaustive]
    Database {
        /// How.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

fn listed(later: &[Revision]) -> String {
    let later: Vec<String> = later.iter().map(ToString::to_string).collect();
    match later.len() {
        1 => format!("change {}", later[0]),
        _ => format!("changes {}", later.join(", ")),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let missing = error.to_string();
        if let Some((_, table)) = missing.split_once("no such table: ") {
            let table = table.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
            return Self::MissingTable { table: table.trim_start_matches("main.").to_owned() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { source: error.into() },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::Full { source: error.into() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { source: error.into() },
            _ => Self::Database { source: error.into() },
        }
    }
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}
