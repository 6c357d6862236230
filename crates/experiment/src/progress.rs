//! One run while it goes on: the stopwatch and the places in the order.

use std::fmt;
use std::time::Instant;

use crate::clock::Stopwatch;
use crate::failure::{Panic, contain};
use crate::observation::Observation;

/// The behaviours that ran so far in one run, and when the last of them ended.
pub struct Progress<'c> {
    stopwatch: Stopwatch<'c>,
    run: u64,
    position: usize,
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("run", &self.run).field("position", &self.position).finish_non_exhaustive()
    }
}

impl<'c> Progress<'c> {
    pub(crate) fn new(stopwatch: Stopwatch<'c>, run: u64) -> Self {
        Self { stopwatch, run, position: 0 }
    }

    /// Runs a behaviour, takes its time and keeps its panic.
    #[inline]
    pub(crate) fn observe<T>(
        &mut self,
        name: &'static str,
        behavior: impl FnOnce() -> T,
    ) -> (Result<T, Panic>, Observation) {
        let returned = contain(behavior);
        let observation = Observation {
            behavior: name,
            duration: Some(self.stopwatch.lap()),
            position: Some(self.position),
            panicked: returned.is_err(),
        };
        self.position += 1;
        (returned, observation)
    }

    pub(crate) fn run(&self) -> u64 {
        self.run
    }

    /// When the last behaviour ended.
    pub(crate) fn now(&self) -> Instant {
        self.stopwatch.last()
    }

    pub(crate) fn clock_failure(&self) -> Option<&Panic> {
        self.stopwatch.failure()
    }
}
