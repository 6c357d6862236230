//! Where a behaviour that runs elsewhere leaves what it gave, for whoever judges it.

use std::fmt;

use crate::failure::Panic;
use crate::observation::Observation;
use crate::outcome::{Outcome, Reason};
use crate::sync::Mutex;

/// What a behaviour left.
pub(crate) enum Left<U> {
    /// It returned or panicked.
    Ended {
        /// Its result.
        returned: Result<U, Panic>,
        /// How long it took.
        observation: Observation,
    },
    /// It did not come to its end, and this is why.
    NotEnded {
        /// How it fared.
        outcome: Outcome,
        /// Why.
        reason: Option<Reason>,
    },
    /// It passed its deadline and was reported then.
    Late,
}

/// A place for one of them. It is filled at most once.
pub(crate) struct Place<U> {
    name: &'static str,
    left: Mutex<Option<Left<U>>>,
}

impl<U> fmt::Debug for Place<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<U> fmt::Debug for Left<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended { .. } => "Ended { .. }",
            Self::NotEnded { .. } => "NotEnded { .. }",
            Self::Late => "Late",
        })
    }
}

impl<U> Left<U> {
    pub(crate) fn not_ended(outcome: Outcome, reason: Option<Reason>) -> Self {
        Self::NotEnded { outcome, reason }
    }
}

impl<U> Place<U> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, left: Mutex::new(None) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn leave(&self, left: Left<U>) {
        *self.left.lock() = Some(left);
    }

    pub(crate) fn take(&self) -> Option<Left<U>> {
        self.left.lock().take()
    }
}
