//! A bounded queue that one thread works off, so that what goes into it never waits.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{ArrayQueue, Condvar, Mutex, thread};

/// What the thread does with the items. A panic of it would end the thread, so whoever calls code of others contains it.
pub(crate) trait Work<T>: Send + 'static {
    /// Takes one item.
    fn take(&mut self, item: T);

    /// Finishes what was taken; nothing more waits at this moment.
    fn rest(&mut self) {}
}

/// The queue and its thread. Dropping it works off what waits.
pub(crate) struct Hopper<T> {
    shared: Arc<Shared<T>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Why an item was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the queue is full")]
    Full,
    #[error("the system has no thread to work it off")]
    NoThread,
}

struct Shared<T> {
    queue: ArrayQueue<T>,
    /// How many items were accepted, and how many of them are done.
    accepted: AtomicU64,
    done: AtomicU64,
    closed: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

/// How long the thread sleeps when there was nothing: nobody wakes it on the caller's path.
const SLEEP: Duration = Duration::from_millis(5);

/// So many items are taken before they have to be finished, however many more wait.
const BATCH: u64 = 256;

impl<T: Send + 'static> Hopper<T> {
    pub(crate) fn new(name: &str, capacity: NonZeroUsize, mut work: impl Work<T>) -> Self {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(capacity.get()),
            accepted: AtomicU64::new(0),
            done: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            lock: Mutex::default(),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let builder = thread::Builder::new().name(name.to_owned());
        let thread = builder.spawn(move || theirs.work_off(&mut work)).ok();
        Self { shared, thread }
    }

    /// Queues an item without waiting, or gives it back.
    pub(crate) fn push(&self, item: T) -> Result<(), (Refusal, T)> {
        if self.thread.is_none() {
            return Err((Refusal::NoThread, item));
        }
        self.shared.accepted.fetch_add(1, Ordering::Relaxed);
        self.shared.queue.push(item).map_err(|item| {
            self.shared.accepted.fetch_sub(1, Ordering::Relaxed);
            (Refusal::Full, item)
        })
    }

    /// Waits until every item accepted before is done. Whoever is called on the thread itself does not: it would wait for itself.
    pub(crate) fn flush(&self) {
        let Some(thread) = &self.thread else { return };
        if thread.thread().id() == thread::current().id() {
            return;
        }
        let mut accepted = self.shared.accepted.load(Ordering::Relaxed);
        let mut guard = self.shared.lock.lock();
        while self.shared.done.load(Ordering::Acquire) < accepted && !thread.is_finished() {
            // One that was counted a moment before it was refused is counted no more.
            accepted = accepted.min(self.shared.accepted.load(Ordering::Relaxed));
            thread.thread().unpark();
            self.shared.changed.wait_for(&mut guard, SLEEP);
        }
    }

    /// How many items wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.queue.len()
    }
}

impl<T> Shared<T> {
    fn work_off(&self, work: &mut impl Work<T>) {
        let mut taken = 0;
        loop {
            // Before the look at the queue: what was pushed before it was closed is then there.
            let is_closed = self.closed.load(Ordering::Acquire);
            if let Some(item) = self.queue.pop() {
                work.take(item);
                taken += 1;
                if taken < BATCH && !self.queue.is_empty() {
                    continue;
                }
                work.rest();
                self.done.fetch_add(taken, Ordering::Release);
                taken = 0;
                drop(self.lock.lock());
                self.changed.notify_all();
            } else if is_closed {
                return;
            } else {
                thread::park_timeout(SLEEP);
            }
        }
    }
}

impl<T> Drop for Hopper<T> {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        let Some(thread) = self.thread.take() else { return };
        // Whoever is called on the thread may let go of the last handle: the thread then ends by itself.
        if thread.thread().id() != thread::current().id() {
            thread.thread().unpark();
            // What it works with contains every panic, so there is nothing to learn from how it ended.
            drop(thread.join());
        }
    }
}
