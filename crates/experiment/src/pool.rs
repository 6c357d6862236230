//! The default executor: a few threads behind a bounded queue that never wakes anybody on the caller's path.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::executor::{Executor, Job};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{ArrayQueue, Mutex, thread};

/// A few threads behind a bounded queue.
///
/// Handing a job over is one push into the queue. Waking a thread would cost the caller a system call, so the threads
/// look by themselves: at once while there is work, and after at most 20 ms when there was none. Only jobs that should
/// begin [now](Executor::execute_now) wake one that sleeps. Threads start with the first job. A full queue drops the job.
/// The threads end when the pool is dropped, each after the job it is at.
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
    threads: NonZeroUsize,
    started: AtomicUsize,
    shared: Arc<Shared>,
    handles: Mutex<Vec<Worker>>,
}

struct Worker {
    thread: thread::Thread,
    sleeps: Arc<AtomicBool>,
}

struct Shared {
    queue: ArrayQueue<Job>,
    closed: AtomicBool,
}

/// The longest sleep between two looks at the queue.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);
const SHORTEST_SLEEP: Duration = Duration::from_micros(250);

impl Pool {
    /// A pool of so many threads, with room for so many waiting jobs.
    pub fn new(threads: NonZeroUsize, queue: NonZeroUsize) -> Self {
        let shared = Shared { queue: ArrayQueue::new(queue.get()), closed: AtomicBool::new(false) };
        Self { threads, started: AtomicUsize::new(0), shared: Arc::new(shared), handles: Mutex::default() }
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }

    /// Starts the threads, once. A thread that the system refuses is left out; without any, jobs wait until the queue
    /// is full.
    #[cold]
    fn start(&self) {
        let mut handles = self.handles.lock();
        while self.started.load(Ordering::Relaxed) < self.threads.get() {
            let index = self.started.fetch_add(1, Ordering::Relaxed);
            let shared = Arc::clone(&self.shared);
            let sleeps = Arc::new(AtomicBool::new(false));
            let theirs = Arc::clone(&sleeps);
            let builder = thread::Builder::new().name(format!("experiment-{index}"));
            if let Ok(handle) = builder.spawn(move || shared.work(&theirs)) {
                handles.push(Worker { thread: handle.thread().clone(), sleeps });
            }
        }
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
        if self.started.load(Ordering::Relaxed) < self.threads.get() {
            self.start();
        }
        // A full queue gives the job back, and dropping it counts it.
        drop(self.shared.queue.push(job));
    }

    fn execute_now(&self, job: Job) {
        self.execute(job);
        // Those who are awake look at the queue before they sleep, after they said that they will.
        let handles = self.handles.lock();
        if let Some(worker) = handles.iter().find(|worker| worker.sleeps.swap(false, Ordering::SeqCst)) {
            worker.thread.unpark();
        }
    }
}

impl Shared {
    /// The life of a thread of the pool. Jobs never panic.
    fn work(&self, sleeps: &AtomicBool) {
        let mut sleep = SHORTEST_SLEEP;
        loop {
            if let Some(job) = self.queue.pop() {
                job.run();
                sleep = SHORTEST_SLEEP;
            } else if self.closed.load(Ordering::Acquire) {
                return;
            } else {
                sleeps.store(true, Ordering::SeqCst);
                // Between the look above and the word that it sleeps, a job may have come that should begin now.
                if self.queue.is_empty() && !self.closed.load(Ordering::Acquire) {
                    thread::park_timeout(sleep);
                }
                sleeps.store(false, Ordering::SeqCst);
                sleep = (sleep * 2).min(LONGEST_SLEEP);
            }
        }
    }
}

impl Drop for Pool {
    /// The threads are not waited for: one of them may hang in a candidate.
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.handles.get_mut().iter().for_each(|worker| worker.thread.unpark());
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads).field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
