//! Locks, counters, queues and threads whose schedule a test decides, with the names and the ways of the usual ones.
//!
//! Time is not modelled. A wait with a time-out may end at any moment: here it lets others go on and then ends, as if the time were up.
//! Only waiting until a deadline waits until it is woken, so that a wake-up that is forgotten is a dead-lock here.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

pub(crate) use shuttle::sync::atomic;
#[cfg(feature = "serde")]
pub(crate) use shuttle::sync::mpsc;

/// A lock that is not poisoned.
#[derive(Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

pub(crate) struct MutexGuard<'a, T> {
    held: Option<shuttle::sync::MutexGuard<'a, T>>,
    mutex: &'a Mutex<T>,
}

const HELD: &str = "it is taken out only while a condition waits";

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { held: Some(self.locked()), mutex: self }
    }

    fn locked(&self) -> shuttle::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect(HELD)
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect(HELD)
    }
}

#[derive(Default)]
pub(crate) struct Condvar(shuttle::sync::Condvar);

/// Whether the time was up.
pub(crate) struct WaitTimeoutResult;

impl WaitTimeoutResult {
    pub(crate) fn timed_out(&self) -> bool {
        false
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.held.take().expect(HELD);
        guard.held = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until it is woken.
    pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> WaitTimeoutResult {
        self.wait(guard);
        WaitTimeoutResult
    }

    /// Lets others go on: whoever waits so looks again by itself.
    pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) -> WaitTimeoutResult {
        drop(guard.held.take());
        shuttle::thread::yield_now();
        guard.held = Some(guard.mutex.locked());
        WaitTimeoutResult
    }
}

/// A queue of fixed length. That of the release build is crossbeam's, which these tests take for granted: each push and each pop
/// happens at one moment.
pub(crate) struct ArrayQueue<T> {
    items: Mutex<VecDeque<T>>,
    capacity: usize,
}

impl<T> ArrayQueue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { items: Mutex::new(VecDeque::new()), capacity }
    }

    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        let mut items = self.items.lock();
        if items.len() == self.capacity {
            return Err(item);
        }
        items.push_back(item);
        Ok(())
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.items.lock().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.lock().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A value that is made once, by whoever comes first, while others wait.
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    making: Mutex<()>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { value: std::sync::OnceLock::new(), making: Mutex::default() }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        shuttle::thread::sleep(Duration::ZERO);
        self.value.get()
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if self.get().is_none() {
            let _making = self.making.lock();
            if self.value.get().is_none() {
                let value = make();
                assert!(self.value.set(value).is_ok(), "whoever makes it is alone");
            }
        }
        self.value.get().expect("it was made")
    }

    #[cfg(feature = "serde")]
    pub(crate) fn take(&mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        Self { value: value.into(), making: Mutex::default() }
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), making: Mutex::default() }
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

pub(crate) mod thread {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    pub(crate) use shuttle::thread::{Result, Thread, current};

    /// Lets others go on: whoever parks with a time-out looks again by itself.
    pub(crate) fn park_timeout(_: Duration) {
        shuttle::thread::yield_now();
    }

    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self(shuttle::thread::Builder::new())
        }

        pub(crate) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        pub(crate) fn spawn<T: Send + 'static>(
            self,
            work: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            let finished = Arc::new(AtomicBool::new(false));
            let theirs = Arc::clone(&finished);
            let handle = self.0.spawn(move || {
                let result = work();
                theirs.store(true, Ordering::Relaxed);
                result
            })?;
            Ok(JoinHandle { handle, finished })
        }
    }

    pub(crate) struct JoinHandle<T> {
        handle: shuttle::thread::JoinHandle<T>,
        finished: Arc<AtomicBool>,
    }

    impl<T> JoinHandle<T> {
        pub(crate) fn thread(&self) -> &Thread {
            self.handle.thread()
        }

        pub(crate) fn is_finished(&self) -> bool {
            self.finished.load(Ordering::Relaxed)
        }

        pub(crate) fn join(self) -> Result<T> {
            self.handle.join()
        }
    }
}
