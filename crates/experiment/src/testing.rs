//! For tests: a clock and an executor that are moved by hand, and the suite that every publisher passes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::executor::{Executor, Job};
use crate::lab::Lab;
use crate::order::Order;
use crate::publisher::Publisher;

/// A clock that stands still until it is told to move. Clones share the same time.
///
/// ```
/// use std::time::Duration;
/// use experiment::testing::ManualClock;
/// use experiment::{Lab, Order};
///
/// let clock = ManualClock::new();
/// let lab = Lab::new().clock(clock.clone()).order(Order::ControlFirst);
/// lab.experiment("x")
///     .control(|| clock.advance(Duration::from_millis(20)))
///     .candidate("new", || clock.advance(Duration::from_millis(10)))
///     .run();
///
/// let p50 = lab.experiment("x").report().control.latency.expect("it ran").p50;
/// assert!((19.8..20.2).contains(&(p50.as_secs_f64() * 1e3)));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<Mutex<Instant>>,
    cpu: Arc<Mutex<Option<Duration>>>,
}

impl ManualClock {
    /// A clock at some moment.
    pub fn new() -> Self {
        Self { now: Arc::new(Mutex::new(Instant::now())), cpu: Arc::default() }
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        *self.now.lock() += by;
    }

    /// Moves the processor time of all threads forward. Before the first call the clock knows none.
    pub fn advance_cpu(&self, by: Duration) {
        let mut cpu = self.cpu.lock();
        *cpu = Some(cpu.unwrap_or_default() + by);
    }

    /// Moves backward, as clocks of virtual machines have done.
    pub fn go_back(&self, by: Duration) {
        *self.now.lock() -= by;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.now.lock()
    }

    fn thread_cpu(&self) -> Option<Duration> {
        *self.cpu.lock()
    }
}

/// An executor that runs nothing until it is told to, on the thread that tells it. Clones share the same jobs.
///
/// ```
/// use experiment::Lab;
/// use experiment::testing::ManualExecutor;
///
/// let executor = ManualExecutor::new();
/// let lab = Lab::new().executor(executor.clone());
/// lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
/// assert_eq!(lab.experiment("x").report().candidates.len(), 0);
///
/// executor.run_all();
/// assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualExecutor {
    jobs: Arc<Mutex<VecDeque<Job>>>,
}

impl ManualExecutor {
    /// An executor without jobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.jobs.lock().len()
    }

    /// Runs the waiting jobs, and those they add, in the order in which they came.
    pub fn run_all(&self) {
        while let Some(job) = self.next() {
            job.run();
        }
    }

    /// Loses the waiting jobs, as an executor does that is shut down.
    pub fn lose_all(&self) {
        while let Some(job) = self.next() {
            drop(job);
        }
    }

    /// The lock is not held while a job runs or is dropped, since both call code that may come back here.
    fn next(&self) -> Option<Job> {
        self.jobs.lock().pop_front()
    }
}

impl Executor for ManualExecutor {
    fn execute(&self, job: Job) {
        self.jobs.lock().push_back(job);
    }
}

/// Checks the contract of [`Publisher`], as far as it can be seen from outside.
///
/// `make` gives a fresh publisher and a function that counts the candidate results it has received; the count is read after `flush`. A
/// publisher that drops results by design must have room for 400 of them here.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use experiment::{MemoryPublisher, testing};
///
/// testing::publisher_conformance(|| {
///     let publisher = Arc::new(MemoryPublisher::new(NonZeroUsize::new(500).expect("it is not zero")));
///     let counted = Arc::clone(&publisher);
///     (publisher, move || counted.results().iter().map(|result| result.candidates.len()).sum())
/// });
/// ```
///
/// # Panics
/// When the contract is broken; the message says which part.
pub fn publisher_conformance<P: Publisher, N: Fn() -> usize>(mut make: impl FnMut() -> (P, N)) {
    receives_every_candidate_of_every_run(make());
    receives_nothing_from_calls_that_took_no_part(make());
    receives_from_many_threads(make());
    outlives_panics_of_all_kinds(make());
    flushes_when_nothing_was_published(make());
}

fn receives_every_candidate_of_every_run<P: Publisher, N: Fn() -> usize>((publisher, count): (P, N)) {
    let lab = Lab::new().publisher(publisher).order(Order::ControlFirst);
    for run in 0..10 {
        lab.experiment("conformance").control(|| run).candidate("same", || run).candidate("other", || run + 1).run();
    }
    flushed(&lab);
    assert_eq!(count(), 20, "ten runs with two candidates each were published");
}

fn receives_nothing_from_calls_that_took_no_part<P: Publisher, N: Fn() -> usize>((publisher, count): (P, N)) {
    let lab = Lab::new().publisher(publisher);
    lab.experiment("control only").control(|| 1).run();
    lab.experiment("switched off").switch_off();
    lab.experiment("switched off").control(|| 1).candidate("new", || 1).run();
    flushed(&lab);
    assert_eq!(count(), 0, "calls without candidates, or switched off, are not published");
}

fn receives_from_many_threads<P: Publisher, N: Fn() -> usize>((publisher, count): (P, N)) {
    let lab = Lab::new().publisher(publisher);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for run in 0..100 {
                    lab.experiment("conformance").control(|| run).candidate("same", || run).run();
                }
            });
        }
    });
    flushed(&lab);
    assert_eq!(count(), 400, "four threads published a hundred results each");
}

fn outlives_panics_of_all_kinds<P: Publisher, N: Fn() -> usize>((publisher, count): (P, N)) {
    let lab = Lab::new().publisher(publisher);
    let silent = || std::panic::resume_unwind(Box::new("planted"));
    lab.experiment("conformance").control(|| 1).candidate("panics", silent).run();
    lab.experiment("conformance")
        .control(|| 1)
        .candidate("lost", || 2)
        .compare_with(|_, _| std::panic::resume_unwind(Box::new(())))
        .run();
    lab.experiment("conformance").control(|| 1).candidate("", || 1).run();
    flushed(&lab);
    assert_eq!(count(), 3, "panicked, dropped and skipped candidates are published");
}

fn flushes_when_nothing_was_published<P: Publisher, N: Fn() -> usize>((publisher, _): (P, N)) {
    flushed(&Lab::new().publisher(publisher));
}

fn flushed(lab: &Lab) {
    let outcome = lab.flush();
    assert!(outcome.is_ok(), "flushing failed: {outcome:?}");
    let report = lab
        .reports()
        .into_iter()
        .map(|report| report.internal_failures.get(&crate::Operation::Publish).copied().unwrap_or(0));
    assert_eq!(report.sum::<u64>(), 0, "publishing neither fails nor panics");
}
