//! Nanoseconds per call on a machine with neighbours.

use std::time::Duration;

use crate::case::Workload;
use crate::clock::CpuStopwatch;

/// Unless a case says otherwise. Odd, so that the median is a batch that was really measured.
pub(crate) const BATCHES: usize = 15;

/// Long enough that even the rivals come round to all of 10,000 flags once in a batch. Unless a case says otherwise.
pub(crate) const BATCH: Duration = Duration::from_millis(16);

/// Processor time per call in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The middle one of all batches.
    pub median: f64,
    /// The fastest batch.
    pub fastest: f64,
}

impl Timing {
    /// The median and the fastest of single figures in nanoseconds.
    ///
    /// # Panics
    /// Where there is no figure.
    pub fn of(mut figures: Vec<f64>) -> Self {
        assert!(!figures.is_empty(), "a timing needs at least one figure");
        figures.sort_by(f64::total_cmp);
        Self { median: figures[figures.len() / 2], fastest: figures[0] }
    }
}

/// Times the workloads in turns: one batch of each, then the next batch of each, so many of them, each about so long.
///
/// What changes on the machine while this runs, its clock rate or its neighbours, then meets all of them alike. Before each
/// timed batch goes one that is not, since the turns of the others have emptied the caches.
pub fn time_in_turns(
    workloads: &mut [Workload],
    batches: usize,
    length: Duration,
    clock: fn() -> CpuStopwatch,
) -> Vec<Timing> {
    let sizes: Vec<u64> = workloads.iter_mut().map(|workload| batch_size(workload, length, clock)).collect();
    let mut figures = vec![Vec::with_capacity(batches); workloads.len()];
    for _ in 0..batches {
        for ((workload, &size), figures) in workloads.iter_mut().zip(&sizes).zip(&mut figures) {
            workload(size);
            figures.push(per_call(workload, size, clock));
        }
    }
    figures.into_iter().map(Timing::of).collect()
}

/// The nanoseconds per call of so many batches of one workload, each about so long.
pub(crate) fn time_alone(
    workload: &mut Workload,
    batches: u64,
    length: Duration,
    clock: fn() -> CpuStopwatch,
) -> Vec<f64> {
    let size = batch_size(workload, length, clock);
    (0..batches).map(|_| per_call(workload, size, clock)).collect()
}

fn per_call(workload: &mut Workload, size: u64, clock: fn() -> CpuStopwatch) -> f64 {
    batch(workload, size, clock).as_nanos() as f64 / size as f64
}

/// The number of calls that fills a batch, found by doubling, which also warms up caches and branch predictors.
fn batch_size(workload: &mut Workload, length: Duration, clock: fn() -> CpuStopwatch) -> u64 {
    let mut size = 1;
    loop {
        let taken = batch(workload, size, clock);
        if taken >= length || size >= 1 << 30 {
            return size;
        }
        size *= 2;
    }
}

fn batch(workload: &mut Workload, calls: u64, clock: fn() -> CpuStopwatch) -> Duration {
    let stopwatch = clock();
    workload(calls);
    stopwatch.elapsed()
}
