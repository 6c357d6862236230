//! Why a step failed, in the words of the model's author.

use std::error::Error;
use std::fmt;

/// Why setting up, running or checking failed; what the fallible functions of a [`Model`](crate::Model) return.
///
/// Any `std::error::Error` becomes one with `?`. It is not an `Error` itself, as that would rule this conversion out.
///
/// ```
/// use stateful_testing::Failed;
///
/// fn parse(reply: &str) -> Result<u32, Failed> {
///     if reply.is_empty() {
///         return Err(Failed::new("the server sent an empty reply"));
///     }
///     Ok(reply.parse()?)
/// }
/// assert_eq!(parse("").unwrap_err().to_string(), "the server sent an empty reply");
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct Failed(Reason);

enum Reason {
    Said(String),
    Source(Box<dyn Error + Send + Sync>),
    Mismatch { expected: String, actual: String },
}

impl Failed {
    /// Fails with a message, lowercase and without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Reason::Said(message.into()))
    }

    /// Fails because the model expected one thing and the system did another.
    pub fn mismatch(expected: &impl fmt::Debug, actual: &impl fmt::Debug) -> Self {
        Self(Reason::Mismatch { expected: format!("{expected:?}"), actual: format!("{actual:?}") })
    }

    /// What was expected and what was there, if that is why it failed.
    pub(crate) fn into_mismatch(self) -> Result<(String, String), Self> {
        match self.0 {
            Reason::Mismatch { expected, actual } => Ok((expected, actual)),
            other => Err(Self(other)),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failed {
    fn from(source: E) -> Self {
        Self(Reason::Source(Box::new(source)))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Said(message) => f.write_str(message),
            Reason::Mismatch { expected, actual } => write!(f, "expected {expected}, got {actual}"),
            Reason::Source(source) => {
                // The whole chain on one line: a report has no other place for the causes.
                write!(f, "{source}")?;
                let mut cause = source.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
