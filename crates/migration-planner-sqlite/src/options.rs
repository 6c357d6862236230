//! How a runner behaves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use migration_planner::Policy;
use migration_planner::run::{Clock, OnDrift, SystemClock};

/// How a [`Runner`](crate::Runner) waits, rests, tells the time, and what it does where the database has changed under it.
///
/// ```
/// use migration_planner_sqlite::{OnDrift, RunnerOptions};
/// use std::time::Duration;
///
/// let options = RunnerOptions::default().lock_patience(Duration::from_secs(30)).writing_share(20).on_drift(OnDrift::Accept);
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct RunnerOptions {
    pub(crate) lock_patience: Duration,
    pub(crate) lease: Duration,
    pub(crate) writing_share: u8,
    pub(crate) on_drift: OnDrift,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Default for RunnerOptions {
    /// Waits 10 s for a locked database, holds a lease for 3 s at a time, copies rows half of the time, and refuses to go on where
    /// the database has changed.
    fn default() -> Self {
        Self {
            lock_patience: Duration::from_secs(10),
            lease: Duration::from_secs(3),
            writing_share: 50,
            on_drift: OnDrift::Refuse,
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl RunnerOptions {
    /// How long to go on trying while the database is locked, before giving up with nothing half done.
    #[must_use]
    pub fn lock_patience(mut self, span: Duration) -> Self {
        self.lock_patience = span;
        self
    }

    /// How long a runner that has died keeps others out. Correctness does not depend on it: a runner whose lease was
    /// taken over is fenced off.
    #[must_use]
    pub fn lease(mut self, span: Duration) -> Self {
        self.lease = span.max(Duration::from_millis(1));
        self
    }

    /// Which share of the time a backfill may hold the write lock, in percent, `1..=100`; others are moved into that range.
    #[must_use]
    pub fn writing_share(mut self, percent: u8) -> Self {
        self.writing_share = percent.clamp(1, 100);
        self
    }

    /// What to do where a table of the plan is not as the runner left it.
    #[must_use]
    pub fn on_drift(mut self, what: OnDrift) -> Self {
        self.on_drift = what;
        self
    }

    /// How careful a plan is that is made anew, see [`OnDrift::Replan`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl fmt::Debug for RunnerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnerOptions")
            .field("lock_patience", &self.lock_patience)
            .field("lease", &self.lease)
            .field("writing_share", &self.writing_share)
            .field("on_drift", &self.on_drift)
            .finish_non_exhaustive()
    }
}
