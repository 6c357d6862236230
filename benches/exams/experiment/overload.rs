//! `overload-…`: callers offer far more runs than the background can take, for a minute in the long form: closures to a pool, with and
//! without a limit, and futures to a runtime whose queue has no length. The resident memory of the process stays where it is, and
//! every call is accounted for.

use std::future::ready;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use cutover_benches::Exam;
use experiment::{BreakerPolicy, Lab, Limits, Outcome, Pool, Report, Task};

/// What each candidate captures and returns.
const BYTES: usize = 4 << 10;
/// How many runs may wait.
const QUEUE: usize = 1_024;
const THREADS: usize = 2;
/// What the limit on memory allows.
const LIMIT: usize = 1 << 20;
/// By so much the process may grow once it is warm: four times what the queue can hold.
const MOST_GROWTH: usize = 4 * QUEUE * BYTES;

pub(crate) fn overload(exam: &mut Exam, lasts: Duration) {
    let lasts = lasts / 3;
    for (name, limits) in [("overload-queue", Limits::new()), ("overload-limit", Limits::new().memory(of(LIMIT)))] {
        let pool = Arc::new(Pool::new(of(THREADS), of(QUEUE)));
        let lab = Lab::new().executor(Arc::clone(&pool)).limits(limits);
        let seen = Overloaded::run(lab, limits, lasts, || pool.waiting(), offer_closure);
        seen.print(name);
        exam.part(name, seen.right(), 4);
    }
    let runtime = Runtime::start();
    let lab = Lab::new().room_for_futures(of(QUEUE));
    let offer = |lab: &Lab, number| offer_future(lab, number, &runtime);
    let seen = Overloaded::run(lab, Limits::new(), lasts, || runtime.waiting(), offer);
    seen.print("overload-futures");
    exam.part("overload-futures", seen.right(), 4);
}

fn of(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("it is not zero")
}

struct Overloaded {
    calls: u64,
    wrong: u64,
    most_waiting: usize,
    growth: Option<usize>,
    has_limit: bool,
    report: Report,
}

impl Overloaded {
    /// Lets two threads call as often as they can. `offer` makes one call, and gives whether the caller got its value.
    fn run(
        lab: Lab,
        limits: Limits,
        lasts: Duration,
        waiting_now: impl Fn() -> usize + Sync,
        offer: impl Fn(&Lab, u64) -> bool + Sync,
    ) -> Self {
        let lab = lab.breaker(BreakerPolicy::never());
        let started = Instant::now();
        let callers = || {
            let (mut calls, mut wrong) = (0, 0);
            while started.elapsed() < lasts {
                calls += 1;
                wrong += u64::from(!offer(&lab, calls));
            }
            (calls, wrong)
        };
        let watcher = || {
            let (mut warm, mut most, mut waiting) = (None, 0, 0);
            while started.elapsed() < lasts {
                thread::sleep(Duration::from_millis(10));
                waiting = waiting.max(waiting_now());
                let Some(now) = resident() else { continue };
                // The first tenth fills the queue and the allocator's own reserves.
                if started.elapsed() > lasts / 10 {
                    warm.get_or_insert(now);
                    most = most.max(now);
                }
            }
            (warm.map(|warm| most.saturating_sub(warm)), waiting)
        };
        let ((calls, wrong), (growth, most_waiting)) = thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(callers));
            let watched = scope.spawn(watcher);
            let sums = threads.into_iter().fold((0, 0), |(calls, wrong), thread| {
                let (more, more_wrong) = thread.join().expect("no call panics");
                (calls + more, wrong + more_wrong)
            });
            (sums, watched.join().expect("watching does not panic"))
        });
        lab.settle(Duration::from_mins(1)).expect("a queue of a thousand runs of a millisecond is soon empty");
        let report = lab.experiment("overload").report();
        Self { calls, wrong, most_waiting, growth, has_limit: limits != Limits::new(), report }
    }
}

/// A candidate that takes a millisecond and holds some memory until it has ended.
fn slow(number: u64) -> impl FnOnce() -> u64 + Send + 'static {
    let rows = vec![number; BYTES / size_of::<u64>()];
    move || {
        thread::sleep(Duration::from_millis(1));
        rows.iter().sum::<u64>() / rows.len() as u64
    }
}

fn offer_closure(lab: &Lab, number: u64) -> bool {
    let run = lab.experiment("overload").control(|| number).candidate("slow", slow(number));
    run.observe(|number| *number).holds(BYTES).run_in_background() == number
}

/// Every second call beside its control, in which a run has a task for its candidate and one for comparing.
fn offer_future(lab: &Lab, number: u64, runtime: &Runtime) -> bool {
    let candidate = slow(number);
    let run = lab.experiment("overload").control_async(ready(number)).candidate("slow", async move { candidate() });
    let run = run.observe(|number| *number).holds(BYTES);
    let spawn = |task| runtime.spawn(task);
    number
        == if number.is_multiple_of(2) {
            finish(run.run_in_background(spawn))
        } else {
            finish(run.run_concurrently_in_tasks(spawn))
        }
}

/// A runtime of a few threads that takes any number of tasks, as all of them do.
struct Runtime {
    tasks: Sender<Task>,
    waiting: Arc<AtomicUsize>,
}

impl Runtime {
    /// Its threads end when it is dropped.
    fn start() -> Self {
        let (tasks, waiting_tasks) = channel::<Task>();
        let (waiting_tasks, waiting) = (Arc::new(Mutex::new(waiting_tasks)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..THREADS {
            let (tasks, waiting) = (Arc::clone(&waiting_tasks), Arc::clone(&waiting));
            thread::spawn(move || {
                let next = || tasks.lock().ok()?.recv().ok();
                while let Some(task) = next() {
                    finish(task);
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
        Self { tasks, waiting }
    }

    fn spawn(&self, task: Task) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.tasks.send(task).expect("its threads outlive it");
    }

    /// How many runs are in its hands, without those that its threads are about to let go of.
    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed).saturating_sub(THREADS)
    }
}

/// Polls what waits for nothing.
fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

impl Overloaded {
    fn print(&self, name: &str) {
        let Self { calls, most_waiting, growth, report, .. } = self;
        let growth = growth.map_or("unknown".to_owned(), |bytes| format!("{} KiB", bytes >> 10));
        println!(
            "{name}: {calls} calls, {} runs, {} dropped, {} held back, at most {most_waiting} waiting, resident memory grew by \
             {growth}",
            report.runs,
            self.count(Outcome::Dropped),
            self.held_back(),
        );
    }

    /// How many of four promises hold.
    fn right(&self) -> usize {
        let candidates = &self.report.candidates;
        let ended: u64 = candidates.iter().flat_map(|candidate| candidate.outcomes.values()).sum();
        let refused = if self.has_limit { self.held_back() } else { self.count(Outcome::Dropped) };
        let most_waiting = if self.has_limit { LIMIT / BYTES } else { QUEUE };
        let promises = [
            // Every caller got its value.
            self.wrong == 0,
            // Nothing is lost, and all that did not run is counted.
            self.calls == self.report.runs + self.held_back()
                && self.report.runs == ended
                && self.report.still_running == 0
                && self.count(Outcome::Match) + self.count(Outcome::Dropped) == ended
                && refused > 0,
            // What waits is bounded, in number and in bytes.
            self.most_waiting <= most_waiting,
            // Left out where the system does not tell.
            self.growth.is_none_or(|growth| growth <= MOST_GROWTH),
        ];
        promises.into_iter().filter(|holds| *holds).count()
    }

    fn count(&self, outcome: Outcome) -> u64 {
        self.report.candidates.iter().map(|candidate| candidate.count(outcome)).sum()
    }

    fn held_back(&self) -> u64 {
        self.report.held_back.values().sum()
    }
}

/// The resident memory of this process in bytes, where the system tells.
fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_whitespace().nth(1)?.parse().ok()?;
    // Linux on the machines at hand has pages of 4 KiB; larger ones would be counted too low, so the bound is far.
    Some(pages * (4 << 10))
}
