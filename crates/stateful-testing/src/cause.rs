//! What was wrong with a run.

use std::fmt;
use std::time::Duration;

use crate::failed::Failed;
use crate::panics::Caught;
use crate::reference::RefId;

/// What was wrong with a run of a sequence.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Cause, Failure, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// assert!(matches!(failure.cause(), Cause::Mismatch { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The system gave something else than the model expects.
    #[non_exhaustive]
    Mismatch {
        /// What the model expects, in its `Debug` form.
        expected: String,
        /// What the system gave.
        actual: String,
    },
    /// [`Model::check`](crate::Model::check) said no.
    #[non_exhaustive]
    Check {
        /// What it said.
        message: String,
    },
    /// [`Model::invariant`](crate::Model::invariant) said no.
    #[non_exhaustive]
    Invariant {
        /// What it said.
        message: String,
    },
    /// The system could not do the command.
    #[non_exhaustive]
    Error {
        /// Why, in one line.
        message: String,
    },
    /// Something panicked.
    #[non_exhaustive]
    Panic {
        /// What the panic said.
        message: String,
        /// Where, as `file:line:column`, if it is known.
        place: Option<String>,
        /// The function of the model that was running.
        during: &'static str,
    },
    /// A command took longer than [`Check::deadline`](crate::Check::deadline) allows. How long is not told: it differs from run to run.
    #[non_exhaustive]
    Deadline {
        /// What is allowed.
        deadline: Duration,
    },
    /// The process that ran the sequence gave no sign of life for as long as [`Check::isolated`](crate::Check::isolated) allows.
    #[non_exhaustive]
    Hung {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The process that ran the sequence ended: the system aborted, overflowed its stack, or was killed.
    #[non_exhaustive]
    Died {
        /// How it ended, in the words of the operating system.
        status: String,
    },
    /// Taking the system down found something wrong.
    #[non_exhaustive]
    Teardown {
        /// What was wrong.
        message: String,
    },
    /// A command uses a reference to which nothing was bound when the commands before it ran.
    #[non_exhaustive]
    Unbound {
        /// The reference.
        reference: RefId,
        /// The command that uses it, which the precondition should have refused.
        command: &'static str,
    },
}

impl Cause {
    /// Tells failures apart that have little to do with each other.
    pub(crate) fn kind(&self) -> (std::mem::Discriminant<Self>, Option<String>) {
        let place = if let Self::Panic { place, .. } = self { place.clone() } else { None };
        (std::mem::discriminant(self), place)
    }

    pub(crate) fn check(failed: Failed) -> Self {
        match failed.into_mismatch() {
            Ok((expected, actual)) => Self::Mismatch { expected, actual },
            Err(other) => Self::Check { message: other.to_string() },
        }
    }

    pub(crate) fn invariant(failed: &Failed) -> Self {
        Self::Invariant { message: failed.to_string() }
    }

    pub(crate) fn error(failed: &Failed) -> Self {
        Self::Error { message: failed.to_string() }
    }

    pub(crate) fn teardown(failed: &Failed) -> Self {
        Self::Teardown { message: failed.to_string() }
    }

    pub(crate) fn panic(caught: Caught, during: &'static str) -> Self {
        Self::Panic { message: caught.message, place: caught.place, during }
    }

    pub(crate) fn unbound(reference: RefId, command: &'static str) -> Self {
        Self::Unbound { reference, command }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch { expected, actual } => write!(f, "expected {expected}, got {actual}"),
            Self::Check { message } => f.write_str(message),
            Self::Invariant { message } => write!(f, "the invariant is broken: {message}"),
            Self::Error { message } => write!(f, "the system failed: {message}"),
            Self::Panic { message, place, during } => {
                write!(f, "`{during}` panicked: {message}")?;
                place.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
            }
            Self::Deadline { deadline } => write!(f, "the command took longer than {deadline:?}"),
            Self::Hung { limit } => write!(f, "the process hung: no sign of life for {limit:?}"),
            Self::Died { status } => write!(f, "the process died: {status}"),
            Self::Teardown { message } => write!(f, "taking the system down failed: {message}"),
            Self::Unbound { reference, command } => write!(
                f,
                "`{command}` uses {reference}, to which nothing was bound when the commands before it ran: \
                 let `precondition` refuse it, or bind the reference in `run`"
            ),
        }
    }
}
