//! Takes a publisher off the caller's path.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use parking_lot::{Condvar, Mutex};

use super::{KeptResult, PublishError, Publisher};
use crate::failure::contain;

/// Publishes on a thread of its own, behind a bounded queue, so that the publisher inside may block and do I/O.
///
/// Handing a result over costs a copy of it and one push; results that find the queue full are refused, and so counted
/// as internal failures.
/// The copy has no context, which may borrow from the call. Failures of the publisher inside go to the function given
/// for them, once each.
/// Dropping it publishes what waits, and waits for that.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use experiment::{Lab, MemoryPublisher, QueuedPublisher};
///
/// let size = NonZeroUsize::new(1_000).expect("it is not zero");
/// let memory = Arc::new(MemoryPublisher::new(size));
/// let lab = Lab::new().publisher(QueuedPublisher::new(Arc::clone(&memory), size, |error| eprintln!("{error}")));
/// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
///
/// lab.flush()?;
/// assert_eq!(memory.results().len(), 1);
/// # Ok::<(), experiment::PublishError>(())
/// ```
pub struct QueuedPublisher {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    queue: ArrayQueue<KeptResult>,
    /// How many results were taken, and how many of them have gone out.
    taken: AtomicU64,
    gone_out: AtomicU64,
    closed: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

/// How long the thread sleeps when there was nothing: nobody wakes it on the caller's path.
const SLEEP: Duration = Duration::from_millis(5);

impl QueuedPublisher {
    /// Publishes with `inner`, with room for `capacity` waiting results, and tells `on_error` what fails.
    pub fn new(
        inner: impl Publisher,
        capacity: NonZeroUsize,
        on_error: impl Fn(&PublishError) + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(capacity.get()),
            taken: AtomicU64::new(0),
            gone_out: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            lock: Mutex::default(),
            changed: Condvar::new(),
        });
        let work = Arc::clone(&shared);
        let builder = thread::Builder::new().name("experiment-publisher".to_owned());
        let thread = builder.spawn(move || work.publish_all(&inner, &on_error)).ok();
        Self { shared, thread }
    }

    /// How many results wait.
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }
}

impl Publisher for QueuedPublisher {
    fn publish(&self, result: &crate::RunResult<'_>) -> Result<(), PublishError> {
        if self.thread.is_none() {
            return Err(PublishError::refused("the system has no thread to publish on"));
        }
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        self.shared.queue.push(KeptResult::of(result)).map_err(|_| {
            self.shared.taken.fetch_sub(1, Ordering::Relaxed);
            PublishError::refused("the queue is full")
        })
    }

    /// Waits until every result taken before it has been given to the publisher inside, whether or not that failed.
    fn flush(&self) -> Result<(), PublishError> {
        let Some(thread) = &self.thread else { return Ok(()) };
        let mut taken = self.shared.taken.load(Ordering::Relaxed);
        let mut guard = self.shared.lock.lock();
        while self.shared.gone_out.load(Ordering::Acquire) < taken {
            // One that was counted a moment before it was refused is counted no more.
            taken = taken.min(self.shared.taken.load(Ordering::Relaxed));
            thread.thread().unpark();
            self.shared.changed.wait_for(&mut guard, SLEEP);
        }
        Ok(())
    }
}

impl Shared {
    fn publish_all(&self, inner: &impl Publisher, on_error: &impl Fn(&PublishError)) {
        loop {
            if let Some(result) = self.queue.pop() {
                let published = contain(|| result.with_result(|result| inner.publish(result)));
                let published = published.unwrap_or_else(|_| Err(PublishError::refused("the publisher panicked")));
                if let Err(error) = published {
                    drop(contain(|| on_error(&error)));
                }
                self.gone_out.fetch_add(1, Ordering::Release);
                if self.queue.is_empty() {
                    drop(self.lock.lock());
                    self.changed.notify_all();
                }
            } else if self.closed.load(Ordering::Acquire) {
                return;
            } else {
                thread::park_timeout(SLEEP);
            }
        }
    }
}

impl Drop for QueuedPublisher {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It contains every panic, so there is nothing to learn from how it ended.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for QueuedPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueuedPublisher").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
