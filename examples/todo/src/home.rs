//! The folder of one service: its database and its flags.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

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
            let home = match folder {
                Some(folder) => {
                    fs::create_dir_all(folder)?;
                    Self { folder: folder.to_owned(), temporary: None }
                }
                None => {
                    let temporary = tempfile::Builder::new().prefix("todo-").tempdir()?;
                    Self { folder: temporary.path().to_owned(), temporary: Some(temporary) }
                }
            };
            if !home.flags().exists() {
                fs::write(home.flags(), FLAGS)?;
            }
            Ok(home)
        };
        open().map_err(|source| HomeError {
            folder: folder.map_or_else(std::env::temp_dir, Path::to_owned),
            source,
        })
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
