//! The folder of one service: its database and its flags.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use experiment::{Lab, MetricsPublisher};
use feature_flags::{Event, Flags, Listener, LoadError};
use tempfile::TempDir;

use crate::search::Search;

/// The rules before anything was changed: everybody on the old query, which needs its column.
const FLAGS: &str = include_str!("../flags.toml");

/// A folder, and whether it goes away at the end.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    /// Removes the folder when the service ends.
    temporary: Option<TempDir>,
}

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the folder {folder}")]
#[non_exhaustive]
pub struct HomeError {
    /// The folder.
    pub folder: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl Home {
    /// Uses `folder`, created if it is missing, or a temporary one; writes flags.toml if it is missing.
    ///
    /// # Errors
    ///
    /// [`HomeError`] where the folder cannot be created or written.
    pub fn open(folder: Option<&Path>) -> Result<Self, HomeError> {
        let open = || -> io::Result<Self> {
            let home = if let Some(folder) = folder {
                fs::create_dir_all(folder)?;
                Self { folder: folder.to_owned(), temporary: None }
            } else {
                let temporary = tempfile::Builder::new().prefix("todo-").tempdir()?;
                Self { folder: temporary.path().to_owned(), temporary: Some(temporary) }
            };
            if !home.flags().exists() {
                fs::write(home.flags(), FLAGS)?;
            }
            Ok(home)
        };
        open().map_err(|source| HomeError { folder: folder.map_or_else(std::env::temp_dir, Path::to_owned), source })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the folder goes away at the end.
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.join("app.db")
    }

    /// The file of flags.
    pub fn flags(&self) -> PathBuf {
        self.folder.join("flags.toml")
    }
}

impl Home {
    /// Searches by the flags of this folder, which are watched.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where flags.toml cannot be read or is malformed.
    pub fn search(&self) -> Result<Search, LoadError> {
        let flags = Flags::builder().listener(Log).watch_file(self.flags())?;
        Ok(Search::new(flags, Lab::new().publisher(MetricsPublisher::new())))
    }
}

/// What happens to flags, on standard error, but for what everybody expects.
struct Log;

impl Listener for Log {
    #[expect(clippy::print_stderr, reason = "the service's log is its standard error")]
    fn event(&self, event: &Event<'_>) {
        if !matches!(event, Event::Loaded { .. }) {
            eprintln!("todo: flags: {event}");
        }
    }
}
