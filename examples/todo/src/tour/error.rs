//! What ends the tour.

use std::io;
use std::path::{Path, PathBuf};

use crate::home::HomeError;
use crate::store::StoreError;

/// Why the tour could not go on. What it had finished is kept in its folder, if that was named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TourError {
    /// The folder cannot be used.
    #[error(transparent)]
    #[non_exhaustive]
    Home(#[from] HomeError),
    /// A file of the tour cannot be read or written.
    #[error("cannot use {path}")]
    #[non_exhaustive]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database cannot be used.
    #[error("the database cannot be used")]
    #[non_exhaustive]
    Store {
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The service does not start or stopped by itself.
    #[error("the service does not run")]
    #[non_exhaustive]
    Service {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The flags cannot be read, edited or watched.
    #[error("the flags cannot be used")]
    #[non_exhaustive]
    Flags {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The plan cannot be made or run.
    #[error("the removal of the column cannot go on")]
    #[non_exhaustive]
    Migration {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody pressed Ctrl-C, or the system asked the process to end.
    #[error("interrupted; with `--dir` the tour goes on there")]
    Interrupted,
    /// Another process is at work in the folder.
    #[error("another tour is at work in {folder}")]
    #[non_exhaustive]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of the tour holds what no tour writes; delete its folder to begin anew.
    #[error("{path} cannot be right; delete the folder to begin anew")]
    #[non_exhaustive]
    Tampered {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something did not happen in the time it usually takes.
    #[error("waited {seconds} s in vain for {what}")]
    #[non_exhaustive]
    TookTooLong {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// What a step promised did not hold.
    #[error("{promise} does not hold: {found}")]
    #[non_exhaustive]
    Broken {
        /// What should hold.
        promise: &'static str,
        /// What was seen instead.
        found: String,
    },
}

impl TourError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(super) fn flags(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Flags { source: source.into() }
    }

    pub(super) fn migration(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Migration { source: source.into() }
    }
}

impl From<StoreError> for TourError {
    fn from(source: StoreError) -> Self {
        Self::Store { source }
    }
}

impl From<rusqlite::Error> for TourError {
    fn from(source: rusqlite::Error) -> Self {
        StoreError::from(source).into()
    }
}
