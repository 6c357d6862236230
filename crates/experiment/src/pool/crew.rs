//! The threads of a pool: they take jobs from one queue, and one that hangs is replaced.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::executor::Job;
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{ArrayQueue, Mutex, thread};

/// The longest sleep between two looks at the queue.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);
const SHORTEST_SLEEP: Duration = Duration::from_micros(250);

/// What the pool and its threads share.
pub(super) struct Shared {
    queue: ArrayQueue<Job>,
    closed: AtomicBool,
    threads: NonZeroUsize,
    spares: AtomicUsize,
    /// How many threads take jobs, which those that hang do not.
    live: AtomicUsize,
    crew: Mutex<Crew>,
}

#[derive(Default)]
struct Crew {
    /// Those that take jobs.
    members: Vec<Member>,
    /// How many hang.
    lost: usize,
    /// How many there ever were, for their names.
    named: usize,
}

struct Member {
    thread: thread::Thread,
    worker: Arc<Worker>,
}

/// What is known of a thread.
struct Worker {
    sleeps: AtomicBool,
    /// The number of its job, or [`LOST`].
    job: AtomicU64,
}

/// In place of the number of a job: it hangs in it.
const LOST: u64 = u64::MAX;

impl Shared {
    pub(super) fn new(threads: NonZeroUsize, queue: NonZeroUsize, spares: usize) -> Self {
        Self {
            queue: ArrayQueue::new(queue.get()),
            closed: AtomicBool::new(false),
            threads,
            spares: AtomicUsize::new(spares),
            live: AtomicUsize::new(0),
            crew: Mutex::default(),
        }
    }

    pub(super) fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    pub(super) fn set_spares(&self, spares: usize) {
        self.spares.store(spares, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn start(self: &Arc<Self>) {
        let mut crew = self.crew.lock();
        while crew.named < self.threads.get() {
            self.hire(&mut crew);
        }
    }

    /// Queues a job. One for which there is no room, or no thread, is dropped, and so counted.
    #[inline]
    pub(super) fn push(&self, job: Job) {
        drop(self.queue.push(job));
        self.drop_all_if_nobody_takes_them();
    }

    pub(super) fn wake_one(&self) {
        // Those who are awake look at the queue before they sleep, after they said that they will.
        let crew = self.crew.lock();
        if let Some(member) = crew.members.iter().find(|member| member.worker.sleeps.swap(false, Ordering::SeqCst)) {
            member.thread.unpark();
        }
    }

    /// Cancels the jobs that a switch has called off. The others wait on.
    pub(super) fn purge(&self) {
        for _ in 0..self.queue.len() {
            let Some(job) = self.queue.pop() else { return };
            if job.is_called_off() {
                job.run();
            } else {
                // Where calls have filled the queue meanwhile, it is dropped, and so counted.
                drop(self.queue.push(job));
            }
        }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.crew.lock().members.iter().for_each(|member| member.thread.unpark());
    }

    /// Starts one thread more; `false` if the system refuses it.
    fn hire(self: &Arc<Self>, crew: &mut Crew) -> bool {
        let worker = Arc::new(Worker { sleeps: AtomicBool::new(false), job: AtomicU64::new(0) });
        let hand = Hand { shared: Arc::clone(self), worker: Arc::clone(&worker) };
        let builder = thread::Builder::new().name(format!("experiment-{}", crew.named));
        crew.named += 1;
        let Ok(handle) = builder.spawn(move || hand.take_jobs()) else { return false };
        crew.members.push(Member { thread: handle.thread().clone(), worker });
        self.live.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// Nobody would ever take them, and each holds the lab and so this queue.
    fn drop_all_if_nobody_takes_them(&self) {
        // Whoever pushes has pushed before this look, and whoever was the last has gone before it looks here: one of them sees
        // the job.
        if self.live.load(Ordering::SeqCst) == 0 {
            self.drop_all();
        }
    }

    #[cold]
    fn drop_all(&self) {
        while let Some(job) = self.queue.pop() {
            drop(job);
        }
    }
}

/// A thread of the pool, as its jobs know it.
#[derive(Clone)]
pub struct Hand {
    shared: Arc<Shared>,
    worker: Arc<Worker>,
}

impl fmt::Debug for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hand").finish_non_exhaustive()
    }
}

impl Hand {
    /// The life of a thread of the pool. Jobs never panic.
    fn take_jobs(&self) {
        let Self { shared, worker } = self;
        let mut sleep = SHORTEST_SLEEP;
        loop {
            if let Some(job) = shared.queue.pop() {
                job.run_by(Some(self));
                if !worker.ends() && !self.comes_back() {
                    return;
                }
                sleep = SHORTEST_SLEEP;
            } else if shared.closed.load(Ordering::Acquire) {
                return;
            } else {
                worker.sleeps.store(true, Ordering::SeqCst);
                // Between the look above and the word that it sleeps, a job may have come that should begin now.
                if shared.queue.is_empty() && !shared.closed.load(Ordering::Acquire) {
                    thread::park_timeout(sleep);
                }
                worker.sleeps.store(false, Ordering::SeqCst);
                sleep = (sleep * 2).min(LONGEST_SLEEP);
            }
        }
    }

    /// What its job now holds it by.
    pub(crate) fn hold(&self) -> Hold {
        Hold { hand: self.clone(), job: self.worker.job.load(Ordering::Relaxed) }
    }

    /// After it hung, whether the pool has a place for it: it may have been replaced.
    #[cold]
    fn comes_back(&self) -> bool {
        let Self { shared, worker } = self;
        let mut crew = shared.crew.lock();
        crew.lost -= 1;
        let is_needed = crew.members.len() < shared.threads.get();
        if is_needed {
            worker.job.store(0, Ordering::Relaxed);
            crew.members.push(Member { thread: thread::current(), worker: Arc::clone(worker) });
            shared.live.fetch_add(1, Ordering::SeqCst);
        }
        is_needed
    }
}

impl Worker {
    /// A job has ended; `false` if the thread was given up meanwhile.
    fn ends(&self) -> bool {
        let job = self.job.load(Ordering::Relaxed);
        job != LOST && self.job.compare_exchange(job, job + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// The hold that one job has on its thread.
pub(crate) struct Hold {
    hand: Hand,
    job: u64,
}

impl Hold {
    /// The job has passed its deadline: unless it has ended meanwhile, the thread is given up until it does, and another one takes
    /// its place.
    #[cold]
    pub(crate) fn hangs(&self) {
        let Hand { shared, worker } = &self.hand;
        let mut crew = shared.crew.lock();
        // Under the lock: the thread may find itself lost right after this, and must not come back before it has gone.
        if worker.job.compare_exchange(self.job, LOST, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        crew.members.retain(|member| !Arc::ptr_eq(&member.worker, worker));
        crew.lost += 1;
        if crew.lost <= shared.spares.load(Ordering::Relaxed) {
            shared.hire(&mut crew);
        }
        drop(crew);
        shared.live.fetch_sub(1, Ordering::SeqCst);
        shared.drop_all_if_nobody_takes_them();
    }
}
