//! The default executor: a few threads behind a bounded queue that never wakes anybody on the caller's path.

mod crew;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

pub(crate) use crew::{Hand, Hold};

use crate::executor::{Executor, Job};
use crate::sync::atomic::{AtomicBool, Ordering};
use crew::Shared;

/// A few threads behind a bounded queue.
///
/// Handing a job over is one push into the queue. Waking a thread would cost the caller a system call, so the threads
/// look by themselves: at once while there is work, and after at most 20 ms when there was none. Only jobs that should
/// begin [now](Executor::execute_now) wake one that sleeps. Threads start with the first job. A full queue drops the job.
///
/// A thread cannot be taken from a behaviour that hangs. One whose job has passed its deadline is replaced, so that the other
/// experiments go on, up to [so many](Pool::spares) at once. Beyond that, when no thread is left, the pool drops all jobs, those
/// that wait too, until one of them is let go.
///
/// When the pool is dropped, its threads work off the queue and end. Nobody waits for them: one may hang.
///
/// ```
/// use std::num::NonZeroUsize;
/// use experiment::{Lab, Pool};
///
/// let one = NonZeroUsize::MIN;
/// let lab = Lab::new().executor(Pool::new(one, NonZeroUsize::new(256).expect("it is not zero")));
/// # let _ = lab;
/// ```
pub struct Pool {
    started: AtomicBool,
    shared: Arc<Shared>,
}

/// So many threads that hang are replaced, unless somebody says otherwise.
const SPARES: usize = 16;

impl Pool {
    /// A pool of so many threads, with room for so many waiting jobs.
    pub fn new(threads: NonZeroUsize, queue: NonZeroUsize) -> Self {
        Self { started: AtomicBool::new(false), shared: Arc::new(Shared::new(threads, queue, SPARES)) }
    }

    /// Replaces at most so many threads at once whose jobs hang, so that there are never more threads than those the pool has and
    /// these. It is 16 at first; 0 replaces none.
    ///
    /// A candidate that hangs takes one thread, or a few that began before its breaker opened: none of its
    /// [probes](crate::BreakerPolicy::probes) begins before the last of those has returned.
    #[must_use]
    pub fn spares(self, spares: usize) -> Self {
        self.shared.set_spares(spares);
        self
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.waiting()
    }

    /// Starts the threads, once. A thread that the system refuses is left out; without any, all jobs are dropped.
    #[cold]
    fn start(&self) {
        self.shared.start();
        self.started.store(true, Ordering::Release);
    }
}

impl Default for Pool {
    /// Two threads, and room for 1024 jobs.
    fn default() -> Self {
        let of = |number| NonZeroUsize::new(number).expect("the numbers below are not 0");
        Self::new(of(2), of(1_024))
    }
}

impl Executor for Pool {
    #[inline]
    fn execute(&self, job: Job) {
        if !self.started.load(Ordering::Acquire) {
            self.start();
        }
        self.shared.push(job);
    }

    fn execute_now(&self, job: Job) {
        self.execute(job);
        self.shared.wake_one();
    }

    fn purge(&self) {
        self.shared.purge();
    }
}

impl Drop for Pool {
    /// The threads are not waited for: one of them may hang in a candidate.
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("threads", &self.shared.threads())
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}
