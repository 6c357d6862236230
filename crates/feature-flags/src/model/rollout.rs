//! A percentage of users.

use std::fmt;
use std::str::FromStr;

use super::{Percent, Ramp};
use crate::expression::{self, ExpressionError};

/// A share of all keys: `25% by user.id`, or one that grows: `1% -> 100% over 7d from t"2026-12-01T08:00:00Z"`.
///
/// Whoever is in stays in when the share is raised, and comes back to the same side when it is paused and started
/// again, since membership is decided by the key's [`Bucket`](crate::Bucket) alone. `5% of calls` is the exception: it
/// is decided anew at every evaluation.
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
    /// Of a ramp, the share it ends at.
    share: Percent,
    /// What hardly any rollout has: apart, so that flags are small.
    rest: Option<Box<Rest>>,
}

/// Never all of it as [`Rest::default`] has it, so that equal rollouts are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rest {
    ramp: Option<Ramp>,
    basis: Basis,
    salt: Option<String>,
}

impl Default for Rest {
    fn default() -> Self {
        Self { ramp: None, basis: Basis::Key, salt: None }
    }
}

/// What a share is of.
///
/// ```
/// use feature_flags::{Basis, Rollout};
///
/// let rollout: Rollout = "5% by org.id".parse()?;
/// assert_eq!(rollout.basis(), &Basis::Path("org.id".into()));
/// assert_eq!("5% of calls".parse::<Rollout>()?.basis(), &Basis::Calls);
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// Of the contexts, by their key.
    Key,
    /// Of the contexts, by the attribute at a path.
    Path(String),
    /// Of the evaluations, each decided anew.
    Calls,
}

impl Rollout {
    /// A share of all, decided by the context's key.
    pub fn new(share: Percent) -> Self {
        Self { share, rest: None }
    }

    /// A share that grows with time.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Percent, Ramp, Rollout};
    ///
    /// let week = Duration::from_secs(7 * 86_400);
    /// let ramp = Ramp::new(Percent::NONE, Percent::ALL, week, SystemTime::UNIX_EPOCH + week * 3_000);
    /// assert!(Rollout::ramp(ramp).to_string().starts_with("0% -> 100% over 7d from "));
    /// ```
    pub fn ramp(ramp: Ramp) -> Self {
        Self::new(ramp.to()).with(|rest| rest.ramp = Some(ramp))
    }

    /// Decides by the attribute at `path` instead of the context's key.
    #[must_use]
    pub fn by(self, path: impl Into<String>) -> Self {
        self.with(|rest| rest.basis = Basis::Path(path.into()))
    }

    /// Decides anew at every evaluation, whoever it is for: users see the flag come and go.
    ///
    /// ```
    /// use feature_flags::{Percent, Rollout};
    ///
    /// let sampled = Rollout::new(Percent::whole(5).expect("below 100")).of_calls();
    /// assert_eq!(sampled.to_string(), "5% of calls");
    /// ```
    #[must_use]
    pub fn of_calls(self) -> Self {
        self.with(|rest| rest.basis = Basis::Calls)
    }

    /// Buckets with this salt instead of the flag's. Two rollouts with the same salt take in the same keys.
    ///
    /// ```
    /// use feature_flags::{Percent, Rollout};
    ///
    /// let half = Rollout::new(Percent::whole(50).expect("below 100")).by("org.id").salt("2026");
    /// assert_eq!(half.to_string(), r#"50% by org.id salt "2026""#);
    /// assert_eq!(half.with_share(Percent::ALL).to_string(), r#"100% by org.id salt "2026""#);
    /// ```
    #[must_use]
    pub fn salt(self, salt: impl Into<String>) -> Self {
        self.with(|rest| rest.salt = Some(salt.into()))
    }

    /// The same with another share, which no longer grows.
    #[must_use]
    pub fn with_share(mut self, share: Percent) -> Self {
        self.share = share;
        self.with(|rest| rest.ramp = None)
    }

    /// How many are in; of a ramp, how many will be in the end.
    pub fn share(&self) -> Percent {
        self.share
    }

    /// How the share grows, if it does.
    pub fn growth(&self) -> Option<Ramp> {
        self.rest.as_ref().and_then(|rest| rest.ramp)
    }

    /// What the share is of.
    pub fn basis(&self) -> &Basis {
        self.rest.as_ref().map_or(&Basis::Key, |rest| &rest.basis)
    }

    /// The path of the attribute that decides, if one does.
    pub fn path(&self) -> Option<&str> {
        match self.basis() {
            Basis::Path(path) => Some(path),
            Basis::Key | Basis::Calls => None,
        }
    }

    /// The salt, if it is not the flag's.
    pub fn own_salt(&self) -> Option<&str> {
        self.rest.as_ref().and_then(|rest| rest.salt.as_deref())
    }

    fn with(mut self, change: impl FnOnce(&mut Rest)) -> Self {
        let mut rest = self.rest.take().unwrap_or_default();
        change(&mut rest);
        self.rest = (*rest != Rest::default()).then_some(rest);
        self
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
        match self.growth() {
            None => write!(f, "{}", self.share)?,
            Some(ramp) => write!(f, "{ramp}")?,
        }
        match self.basis() {
            Basis::Key => {}
            Basis::Path(path) => write!(f, " by {path}")?,
            Basis::Calls => f.write_str(" of calls")?,
        }
        if let Some(salt) = self.own_salt() {
            f.write_str(" salt ")?;
            expression::quoted(f, salt)?;
        }
        Ok(())
    }
}
