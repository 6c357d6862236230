//! Names of experiments and candidates.

/// The longest name, in bytes: names become metric labels.
pub(crate) const MAX_LEN: usize = 64;

/// What the control is called wherever behaviours are listed.
pub(crate) const CONTROL: &str = "control";

/// What the control's second run is called among the candidates.
pub(crate) const CONTROL_AGAIN: &str = "control again";

/// Why a name cannot be used.
///
/// ```
/// use experiment::{Lab, NameError};
///
/// assert!(matches!(Lab::new().define(""), Err(NameError::Empty { .. })));
/// assert!(matches!(Lab::new().define("control"), Err(NameError::Reserved { .. })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name has no characters.
    #[error("a name must not be empty")]
    #[non_exhaustive]
    Empty {},
    /// The name has more than 64 bytes.
    #[error("a name must have at most 64 bytes, and this one has {bytes}")]
    #[non_exhaustive]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The name is `control` or `control again`, which are taken.
    #[error("the names `control` and `control again` belong to the control")]
    #[non_exhaustive]
    Reserved {},
    /// An earlier candidate has that name.
    #[error("two candidates are called {name:?}")]
    #[non_exhaustive]
    Duplicate {
        /// The name both have.
        name: &'static str,
    },
}

/// Checks a name that is given once and used often.
#[inline]
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    match name.len() {
        0 => Err(NameError::Empty {}),
        1..=MAX_LEN if name == CONTROL || name == CONTROL_AGAIN => Err(NameError::Reserved {}),
        1..=MAX_LEN => Ok(()),
        bytes => Err(NameError::TooLong { bytes }),
    }
}
