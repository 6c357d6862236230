//! `overload-…`: callers offer far more runs than the background can take, for a minute in the long form. The resident memory
//! of the process stays where it is, and every call is accounted for.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cutover_benches::Exam;
use experiment::{BreakerPolicy, Lab, Limits, Outcome, Pool, Report};

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
    for (name, limits) in [
        ("overload-queue", Limits::new()),
        ("overload-limit", Limits::new().memory(NonZeroUsize::new(LIMIT).expect("it is not zero"))),
    ] {
        let seen = Overloaded::run(limits, lasts / 2);
        seen.print(name);
        exam.part(name, seen.right(), 4);
    }
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
    /// Lets two threads call as often as they can.
    fn run(limits: Limits, lasts: Duration) -> Self {
        let of = |number| NonZeroUsize::new(number).expect("it is not zero");
        let pool = Arc::new(Pool::new(of(THREADS), of(QUEUE)));
        let lab = Lab::new().executor(Arc::clone(&pool)).limits(limits).breaker(BreakerPolicy::never());
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
                waiting = waiting.max(pool.waiting());
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

/// One call, whose candidate takes a millisecond and holds some memory until it has ended; whether the caller got its value.
fn offer(lab: &Lab, number: u64) -> bool {
    let rows = vec![number; BYTES / size_of::<u64>()];
    let candidate = move || {
        thread::sleep(Duration::from_millis(1));
        rows.iter().sum::<u64>() / rows.len() as u64
    };
    let run = lab.experiment("overload").control(|| number).candidate("slow", candidate);
    run.observe(|number| *number).holds(BYTES).run_in_background() == number
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
