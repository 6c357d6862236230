//! What a call costs while other threads make the same call.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use crate::case::Workload;
use crate::clock::CpuStopwatch;

const ROUNDS: usize = 9;

/// Processor time per call in nanoseconds with this many threads at it, the median of 9 rounds of `calls` calls each.
///
/// Processor time tells what threads do to each other's caches even where neighbours on the machine make them take
/// turns. `prepare` is called on each thread for the workload of that thread.
///
/// # Panics
/// Where a workload does.
pub fn nanoseconds_on(threads: usize, calls: u64, prepare: &(dyn Fn() -> Workload + Sync)) -> f64 {
    let start = Barrier::new(threads);
    let one_thread = || {
        let mut workload = prepare();
        workload(calls / 10);
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            start.wait();
            let stopwatch = CpuStopwatch::of_thread();
            workload(calls);
            times.push(stopwatch.elapsed());
        }
        times
    };
    let of_threads: Vec<Vec<Duration>> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        running.into_iter().map(|thread| thread.join().expect("the workload panicked")).collect()
    });
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|round| of_threads.iter().map(|times| times[round].as_nanos() as f64).sum::<f64>())
        .map(|sum| sum / (threads as u64 * calls) as f64)
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
