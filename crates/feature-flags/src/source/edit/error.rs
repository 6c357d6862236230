//! Why a file of flags was not changed.

use std::io;
use std::path::PathBuf;

use super::super::error::LoadError;

/// Why a file of flags was not changed. It is as it was.
///
/// ```
/// use feature_flags::{Edit, EditError, Percent};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.toml");
/// std::fs::write(&path, "format = 1\n[flags]\nnew-search = false\n")?;
/// let error = Edit::open(&path)?.set_rollout("new-serach", Percent::ALL).unwrap_err();
/// assert!(matches!(error, EditError::NoSuchFlag { nearest: Some(nearest), .. } if nearest == "new-search"));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file cannot be read, or what it holds is malformed.
    #[error("the file cannot be edited as it is")]
    #[non_exhaustive]
    Unusable {
        /// Why.
        #[source]
        source: LoadError,
    },
    /// There is no such flag in the file.
    #[error("there is no flag `{flag}` in the file")]
    #[non_exhaustive]
    NoSuchFlag {
        /// The flag's name.
        flag: String,
        /// The name in the file that is closest, if one is close.
        nearest: Option<String>,
    },
    /// The flag has several rollouts, or rules without one, so it is not clear which percentage is meant.
    #[error("flag `{flag}` has {rollouts} rollouts, so it is not clear which is meant")]
    #[non_exhaustive]
    Ambiguous {
        /// The flag's name.
        flag: String,
        /// How many rollouts it has.
        rollouts: usize,
    },
    /// The change would make the flag wrong.
    #[error("the change would break flag `{flag}`: {message}")]
    #[non_exhaustive]
    WouldBreak {
        /// The flag's name.
        flag: String,
        /// What would be wrong.
        message: String,
    },
    /// Somebody else changed the file in the meantime; open it again.
    #[error("{} was changed in the meantime", path.display())]
    #[non_exhaustive]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{} could not be written", path.display())]
    #[non_exhaustive]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
