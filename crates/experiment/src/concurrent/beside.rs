//! Futures that are polled in one task, beside each other.

use std::fmt;
use std::time::{Duration, Instant};

use crate::definition::Setup;
use crate::observation::Observation;

/// What all behaviours of a run have in common that began at the same moment.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    setup: Setup<'a>,
    started: Instant,
    /// Whether the deadline has passed.
    is_late: bool,
    /// The candidate that has no deadline.
    spared: Option<&'a str>,
}

impl fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("is_late", &self.is_late).finish_non_exhaustive()
    }
}

impl<'a> Beside<'a> {
    pub(crate) fn new(setup: Setup<'a>, started: Instant) -> Self {
        Self { setup, started, is_late: false, spared: None }
    }

    /// The deadline holds for all but that candidate, on which the caller depends.
    pub(crate) fn sparing(self, spared: Option<&'a str>) -> Self {
        Self { spared, ..self }
    }

    pub(crate) fn late(self, is_late: bool) -> Self {
        Self { is_late, ..self }
    }

    /// Whether the candidate of that name has to stop now.
    pub(crate) fn stops(&self, name: &str) -> bool {
        self.is_late && self.spared != Some(name)
    }

    /// Notes that a behaviour has ended now.
    pub(crate) fn note(&self, observation: &mut Observation, panicked: bool) {
        observation.duration = Some(self.elapsed());
        observation.concurrent = true;
        observation.panicked = panicked;
    }

    /// The time since the beginning, never negative; zero where the clock fails.
    pub(crate) fn elapsed(&self) -> Duration {
        self.setup.now().map_or(Duration::ZERO, |now| now.saturating_duration_since(self.started))
    }
}
