//! How many runs of futures the background takes at once: the queue of a runtime has no length, and each task in it holds what
//! its candidates captured.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::sync::atomic::{AtomicUsize, Ordering};

/// As many as the [`Pool`](crate::Pool) lets wait, unless somebody says otherwise.
const RUNS: NonZeroUsize = NonZeroUsize::new(1_024).expect("1,024 is not 0");

/// The room of one lab.
#[derive(Clone)]
pub(crate) struct Room {
    pub(crate) runs: NonZeroUsize,
    taken: Arc<AtomicUsize>,
}

/// A run's part of the room, until it is dropped.
pub(crate) struct Stay(Arc<AtomicUsize>);

impl Room {
    /// Room for one run more, if there is any.
    pub(crate) fn enter(&self) -> Option<Stay> {
        // Made first, so that it gives back what there was no room for.
        let stay = Stay(Arc::clone(&self.taken));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.runs.get()).then_some(stay)
    }
}

impl Default for Room {
    fn default() -> Self {
        Self { runs: RUNS, taken: Arc::default() }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
