//! What time it is, and waiting.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::time::Timestamp;

/// Tells a runner the time and makes it wait.
///
/// # Contract
/// `now` is what other processes that use the database also take for now, give or take seconds: the freshness of evidence is
/// judged by it, the journal is written with it, and leases are judged by it where the server has no clock of its own. `sleep`
/// returns after about `span`; a clock for tests may return at once if it moves `now` on by as much.
///
/// # Implementing
/// ```
/// use migration_planner::Timestamp;
/// use migration_planner::run::Clock;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
///
/// /// A clock that only moves when somebody waits.
/// struct Patient(AtomicU64);
///
/// impl Clock for Patient {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
///     }
///     fn sleep(&self, span: Duration) {
///         self.0.fetch_add(span.as_millis() as u64, Ordering::SeqCst);
///     }
/// }
///
/// let clock = Patient(AtomicU64::new(0));
/// clock.sleep(Duration::from_secs(1));
/// assert_eq!(clock.now().as_unix_millis(), 1000);
/// ```
#[diagnostic::on_unimplemented(note = "implement `Clock`, or use `SystemClock`")]
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Waits for about `span`.
    fn sleep(&self, span: Duration);
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn sleep(&self, span: Duration) {
        (**self).sleep(span);
    }
}

const _: fn(&dyn Clock) = |_| {}; // stays object-safe

/// The clock of the machine.
///
/// ```
/// use migration_planner::run::{Clock, SystemClock};
///
/// assert!(SystemClock.now().as_unix_millis() > 1_700_000_000_000);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "a name for the machine's clock, which has nothing to set")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}
