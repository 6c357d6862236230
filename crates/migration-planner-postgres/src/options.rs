//! How a runner behaves.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use migration_planner::run::{Clock, OnDrift, SystemClock};
use migration_planner::{Policy, Step};

/// How a [`Runner`](crate::Runner) waits, rests, tells the time, and what it does where the database has changed under it.
///
/// ```
/// use migration_planner_postgres::{OnDrift, RunnerOptions};
/// use std::time::Duration;
///
/// let options = RunnerOptions::default().lock_timeout(Duration::from_millis(20)).attempts(10).on_drift(OnDrift::Accept);
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct RunnerOptions {
    lock_timeout: Duration,
    statement_timeout: Option<Duration>,
    attempts: u32,
    pub(crate) lease: Duration,
    pub(crate) writing_share: u8,
    pub(crate) on_drift: OnDrift,
    pub(crate) policy: Policy,
    pub(crate) direct: Option<String>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Default for RunnerOptions {
    /// Waits 50 ms for a lock and tries 100 times, gives long statements all the time they need, holds a lease for 10 s at a
    /// time, copies rows half of the time, and refuses to go on where the database has changed.
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_millis(50),
            statement_timeout: None,
            attempts: u32::MAX,
            lease: Duration::from_secs(10),
            writing_share: 50,
            on_drift: OnDrift::Refuse,
            policy: Policy::default(),
            direct: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl RunnerOptions {
    /// How long one attempt waits for a lock, where the plan's step says nothing else: whoever comes after it waits as long.
    #[must_use]
    pub fn lock_timeout(mut self, span: Duration) -> Self {
        self.lock_timeout = span.max(Duration::from_millis(1));
        self
    }

    /// How long a statement may run where the plan's step says nothing: those that read or write every row.
    #[must_use]
    pub fn statement_timeout(mut self, span: Duration) -> Self {
        self.statement_timeout = Some(span.max(Duration::from_millis(1)));
        self
    }

    /// How often to try for a lock at most, whatever the plan says. Nothing is half done after the last.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most.max(1);
        self
    }

    /// How long a runner that has died keeps others out. Correctness does not depend on it: a runner whose lease was
    /// taken over is fenced off.
    #[must_use]
    pub fn lease(mut self, span: Duration) -> Self {
        self.lease = span.max(Duration::from_millis(50));
        self
    }

    /// Which share of the time batches may write, in percent, `1..=100`; others are moved into that range.
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

    /// The server itself, past a pooler of transactions: where to run statements that the server refuses in a transaction. Their
    /// time-outs are set for a session, which such a pooler does not keep.
    #[must_use]
    pub fn direct(mut self, url: impl Into<String>) -> Self {
        self.direct = Some(url.into());
        self
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How patient to be with a step.
    pub(crate) fn limits(&self, step: &Step) -> Limits {
        let retry = step.retry();
        let own = self.own_limits();
        Limits {
            lock: step.timeouts().lock().unwrap_or(own.lock),
            statement: step.timeouts().statement().or(own.statement),
            attempts: retry.map_or(own.attempts, migration_planner::Retry::attempts).min(self.attempts),
            first_wait: retry.map_or(own.first_wait, migration_planner::Retry::first_wait),
            longest_wait: retry.map_or(own.longest_wait, migration_planner::Retry::longest_wait),
        }
    }

    /// How patient to be with what no step says anything about.
    pub(crate) fn own_limits(&self) -> Limits {
        Limits {
            lock: self.lock_timeout,
            statement: self.statement_timeout,
            attempts: self.attempts.min(100),
            first_wait: Duration::from_millis(50),
            longest_wait: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for RunnerOptions {
    /// Without addresses, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnerOptions")
            .field("lock_timeout", &self.lock_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lease", &self.lease)
            .field("writing_share", &self.writing_share)
            .field("on_drift", &self.on_drift)
            .finish_non_exhaustive()
    }
}

/// How long what works concurrently waits for others.
const CONCURRENTLY: Duration = Duration::from_hours(1);

/// How long a transaction waits and runs, and how often it is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) lock: Duration,
    /// `None` for as long as it takes.
    pub(crate) statement: Option<Duration>,
    pub(crate) attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Limits {
    /// Those of a transaction with the work of several: it keeps others waiting for no longer than any of them, has the time that
    /// the slowest may take, and is as patient as the most patient. `own` where there are none.
    pub(crate) fn strictest(all: impl Iterator<Item = Self>, own: Self) -> Self {
        let both = |a: Self, b: Self| Self {
            lock: a.lock.min(b.lock),
            statement: a.statement.zip(b.statement).map(|(a, b)| a.max(b)),
            attempts: a.attempts.max(b.attempts),
            first_wait: a.first_wait.min(b.first_wait),
            longest_wait: a.longest_wait.max(b.longest_wait),
        };
        all.reduce(both).unwrap_or(own)
    }

    /// Those of a statement that undoes something by itself, however quick it was to do: `own` says how long it may run. One that works
    /// concurrently waits for transactions without others waiting behind it, and would begin anew if it gave up.
    pub(crate) fn of_undoing(self, sql: &str, own: Self) -> Self {
        let is_concurrent = sql.split_whitespace().any(|word| word.eq_ignore_ascii_case("concurrently"));
        Self { statement: own.statement, lock: if is_concurrent { CONCURRENTLY } else { self.lock }, ..self }
    }

    /// How long to rest after the attempt with this number, from 1: another time each time, so that those who wait for each other do not
    /// come back together.
    pub(crate) fn rest(&self, attempt: u32) -> Duration {
        self.rest_at(attempt, share())
    }

    /// From half as long to one and a half times as long, as `share` says from 0 up to 1.
    fn rest_at(&self, attempt: u32, share: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow((attempt - 1).min(16)));
        doubled.min(self.longest_wait).mul_f64(0.5 + share)
    }

    /// What sets them for one transaction. All of it is said anew at every attempt, and nothing outlives the transaction.
    pub(crate) fn set_local(&self) -> String {
        // A runner that is stopped in the middle of a transaction must not keep its locks for ever.
        format!("{}; SET LOCAL idle_in_transaction_session_timeout = '30s'", self.settings("SET LOCAL"))
    }

    /// What sets them for a session.
    pub(crate) fn set_session(&self) -> String {
        self.settings("SET")
    }

    fn settings(&self, set: &str) -> String {
        // 0 is for ever, whatever the role's own setting says.
        let statement = self.statement.map_or(0, |span| span.as_millis().max(1));
        let lock = self.lock.as_millis().max(1);
        format!("{set} search_path = public; {set} lock_timeout = {lock}; {set} statement_timeout = {statement}")
    }
}

/// A number from 0 up to 1, another one each time.
fn share() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0) >> 32).expect("the upper half of 64 bits");
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_is_done_together_keeps_others_waiting_no_longer_than_any_of_it() {
        let own = RunnerOptions::default().own_limits();
        let short = Limits { lock: Duration::from_millis(20), statement: Some(Duration::from_secs(1)), ..own };
        let long = Limits { statement: Some(Duration::from_secs(9)), attempts: own.attempts + 1, ..own };
        let both = Limits::strictest([short, long].into_iter(), own);
        assert_eq!((both.lock, both.statement), (short.lock, long.statement));
        assert_eq!(both.attempts, long.attempts);
        assert_eq!(Limits::strictest([short, own].into_iter(), own).statement, None);
        assert_eq!(Limits::strictest([].into_iter(), own).lock, own.lock);
    }

    #[test]
    fn rests_grow_to_the_longest_and_differ() {
        let limits = RunnerOptions::default().own_limits();
        assert_eq!(limits.rest_at(1, 0.5), Duration::from_millis(50));
        assert_eq!(limits.rest_at(3, 0.5), Duration::from_millis(200));
        assert_eq!(limits.rest_at(u32::MAX, 0.5), Duration::from_secs(5));
        assert!(limits.rest_at(3, 0.0) < limits.rest_at(3, 0.9));
    }
}
