//! A percentage of users.

use std::fmt;
use std::str::FromStr;

use super::Percent;
use crate::expression::{self, ExpressionError};

/// A share of all keys: `25% by user.id`.
///
/// Whoever is in stays in when the share is raised, and comes back to the same side when it is paused and started
/// again, since membership is decided by the key's [`Bucket`](crate::Bucket) alone.
///
/// ```
/// use feature_flags::{Percent, Rollout};
///
/// let rollout: Rollout = "25% by org.id".parse()?;
/// assert_eq!(rollout, Rollout::new("25%".parse()?).by("org.id"));
/// assert_eq!(rollout.to_string(), "25% by org.id");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    share: Percent,
    by: Option<String>,
    salt: Option<String>,
}

impl Rollout {
    /// A share of all, decided by the context's key.
    pub fn new(share: Percent) -> Self {
        Self { share, by: None, salt: None }
    }

    /// Decides by the attribute at `path` instead of the context's key.
    #[must_use]
    pub fn by(mut self, path: impl Into<String>) -> Self {
        self.by = Some(path.into());
        self
    }

    /// Buckets with this salt instead of the flag's. Two rollouts with the same salt take in the same keys.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// The same with another share.
    #[must_use]
    pub fn with_share(mut self, share: Percent) -> Self {
        self.share = share;
        self
    }

    /// How many are in.
    pub fn share(&self) -> Percent {
        self.share
    }

    /// The path of the attribute that decides, if it is not the context's key.
    pub fn path(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The salt, if it is not the flag's.
    pub fn own_salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }
}

impl FromStr for Rollout {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        expression::parse_rollout(text)
    }
}

/// As it is written in a file.
impl fmt::Display for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.share)?;
        if let Some(path) = &self.by {
            write!(f, " by {path}")?;
        }
        if let Some(salt) = &self.salt {
            f.write_str(" salt ")?;
            expression::quoted(f, salt)?;
        }
        Ok(())
    }
}
