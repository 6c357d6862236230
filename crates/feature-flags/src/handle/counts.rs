//! Counts that threads do not fight over.

use std::thread;

use super::sync::{AtomicU64, Ordering};

/// How often each of some cells was counted. Each of the first threads has a shard of its own, on cache lines of its
/// own, and adds to it without an atomic addition; the rest share a few. No count is ever lost or reset.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Shard after shard.
    lines: Box<[Line]>,
    lines_per_shard: usize,
    shards: Shards,
    cells: usize,
}

/// How many threads have a shard of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shards {
    own: usize,
}

impl Shards {
    /// As many as are of use here. Asks the system, which takes as long as loading a thousand flags: once is enough.
    pub(crate) fn of_this_machine() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { own: (cores * 2).min(MOST_OWN) }
    }
}

/// One cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([AtomicU64; CELLS_PER_LINE]);

const CELLS_PER_LINE: usize = 8;
const MOST_OWN: usize = 16;
const SHARED: usize = 4;

impl Counts {
    pub(crate) fn new(cells: usize, shards: Shards) -> Self {
        let lines_per_shard = cells.div_ceil(CELLS_PER_LINE);
        let lines = (0..lines_per_shard * (shards.own + SHARED)).map(|_| Line::default()).collect();
        Self { lines, lines_per_shard, shards, cells }
    }

    /// Adds one to `cell`, by the thread with the number `thread`, which no other living thread has.
    #[inline]
    pub(crate) fn add(&self, cell: u32, thread: Option<usize>) {
        match thread {
            Some(own) if own < self.shards.own => {
                let cell = self.cell(own, cell);
                // Only this thread writes here, so reading and writing apart loses nothing.
                cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
            other => {
                let shared = self.shards.own + other.unwrap_or(0) % SHARED;
                self.cell(shared, cell).fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// How often `cell` was counted so far, by all threads.
    pub(crate) fn total(&self, cell: u32) -> u64 {
        (0..self.shards.own + SHARED).map(|shard| self.cell(shard, cell).load(Ordering::Relaxed)).sum()
    }

    pub(crate) fn cells(&self) -> usize {
        self.cells
    }

    #[inline]
    fn cell(&self, shard: usize, cell: u32) -> &AtomicU64 {
        let cell = cell as usize;
        &self.lines[shard * self.lines_per_shard + cell / CELLS_PER_LINE].0[cell % CELLS_PER_LINE]
    }
}
