//! How many runs are in the background, and waiting until there are none.

use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex};

/// Counts the runs in the background.
#[derive(Default)]
pub(crate) struct Background {
    runs: AtomicU64,
    empty: Condvar,
    lock: Mutex<()>,
}

impl Background {
    #[inline]
    pub(crate) fn begin(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    /// Called once for every `begin`, when everything about that run has been recorded.
    pub(crate) fn end(&self) {
        if self.runs.fetch_sub(1, Ordering::Release) == 1 {
            // Taking the lock orders this after the check of a waiter that is about to sleep.
            drop(self.lock.lock());
            self.empty.notify_all();
        }
    }

    pub(crate) fn settle(&self, timeout: Duration) -> Result<(), Unsettled> {
        let deadline = Instant::now().checked_add(timeout);
        let mut guard = self.lock.lock();
        loop {
            let runs = self.runs.load(Ordering::Acquire);
            if runs == 0 {
                return Ok(());
            }
            match deadline {
                Some(deadline) if self.empty.wait_until(&mut guard, deadline).timed_out() => {
                    return match self.runs.load(Ordering::Acquire) {
                        0 => Ok(()),
                        runs => Err(Unsettled { runs }),
                    };
                }
                Some(_) => {}
                None => self.empty.wait(&mut guard),
            }
        }
    }
}

/// Runs were still in the background when the time was up: they wait for a thread, or a candidate hangs.
///
/// ```
/// use std::time::Duration;
/// use experiment::Lab;
/// use experiment::testing::ManualExecutor;
///
/// let lab = Lab::new().executor(ManualExecutor::new());
/// lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
/// assert_eq!(lab.settle(Duration::ZERO).map_err(|unsettled| unsettled.runs), Err(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{runs} runs were still in the background when the time was up")]
#[non_exhaustive]
pub struct Unsettled {
    /// How many.
    pub runs: u64,
}
