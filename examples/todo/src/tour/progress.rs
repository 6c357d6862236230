//! How far the tour is, in a file beside the database, so that a tour that was killed goes on where it was.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::TourError;
use super::latency::Percentiles;

/// All that outlives the process, besides the database, the flags and the clients' notes.
///
/// It is saved twice a second, so a kill loses what was counted since; failures are in the clients' notes, which lose none.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Known {
    /// The steps that are behind us, in order.
    pub(super) finished: Vec<Finished>,
    /// Requests the service answered with success.
    pub(super) served: u64,
    /// Searches before the change.
    pub(super) before: Option<Percentiles>,
    /// Searches after it.
    pub(super) after: Option<Percentiles>,
    /// Users that were seen on the new query.
    pub(super) on_new: BTreeSet<i64>,
    /// How often a user was seen to change without being moved.
    pub(super) flips: u64,
    /// How often the old query answered after the last user had left it.
    pub(super) old_path_afterwards: u64,
    /// How often the tour was started.
    pub(super) starts: u32,
}

/// A step that is behind us.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finished {
    pub(super) step: String,
    pub(super) seconds: f64,
}

/// The file.
#[derive(Debug)]
pub(super) struct Progress {
    path: PathBuf,
    pub(super) known: Known,
}

impl Progress {
    /// Reads what is known from `folder`; nothing where there is no file.
    ///
    /// `steps` are the names it may hold.
    pub(super) fn open(folder: &Path, steps: &[&str]) -> Result<Self, TourError> {
        let path = folder.join("tour.json");
        let tampered = |source: Box<dyn Error + Send + Sync>| TourError::Tampered { path: path.clone(), source };
        let known: Known = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| tampered(error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Known::default(),
            Err(error) => return Err(TourError::file(&path, error)),
        };
        if let Some(unknown) = known.finished.iter().find(|finished| !steps.contains(&finished.step.as_str())) {
            return Err(tampered(format!("there is no step {}", unknown.step).into()));
        }
        Ok(Self { path, known })
    }

    /// Whether `step` is behind us.
    pub(super) fn has_finished(&self, step: &str) -> bool {
        self.known.finished.iter().any(|finished| finished.step == step)
    }

    /// Writes what is known. The file is replaced as a whole, so a kill leaves the old one or the new one.
    pub(super) fn save(&self) -> Result<(), TourError> {
        let save = || {
            let folder = self.path.parent().expect("the path was joined to a folder");
            let mut file = NamedTempFile::new_in(folder)?;
            file.write_all(serde_json::to_string_pretty(&self.known)?.as_bytes())?;
            file.persist(&self.path)?;
            Ok(())
        };
        save().map_err(|error| TourError::file(&self.path, error))
    }
}
