//! Which mismatches are kept as examples: the first few that have words of their own, and the latest few.

use std::collections::VecDeque;

use crate::description::Sample;
use crate::sync::atomic::{AtomicU64, Ordering};

/// How many of the first and how many of the latest are kept.
const KEPT: usize = 5;

/// The bytes of words that the first may have together, and the latest.
const BYTES: usize = 3 << 10;

/// The bytes of words that one part of a sample may have.
const BYTES_OF_PART: usize = 1 << 10;

/// After the first few, at most one sample in this time, so that a storm of mismatches does not spend its time on
/// words.
const PAUSE_NANOS: u64 = 100_000_000;

/// A clock that is so far behind was ahead before, and came back: nobody waits until it is there again. Threads that look at
/// different moments are nearer to each other.
const CAME_BACK_NANOS: u64 = 10 * PAUSE_NANOS;

/// The examples kept of one candidate.
#[derive(Clone, Default)]
pub(crate) struct Samples {
    first: Vec<Sample>,
    latest: VecDeque<Sample>,
    worded: u64,
}

impl Samples {
    /// The bytes that all of them may take.
    pub(crate) const MOST_BYTES: usize = 2 * (BYTES + KEPT * size_of::<Sample>());

    /// Keeps a sample, or counts it where one with the very same words is kept.
    pub(crate) fn keep(&mut self, mut sample: Sample) {
        self.worded += 1;
        sample.cut(BYTES_OF_PART);
        if let Some(kept) = self.first.iter_mut().chain(&mut self.latest).find(|kept| kept.says_the_same(&sample)) {
            kept.times += 1;
            return;
        }
        let bytes = sample.bytes();
        if self.first.len() < KEPT && self.first.iter().map(Sample::bytes).sum::<usize>() + bytes <= BYTES {
            self.first.push(sample);
            return;
        }
        while self.latest.len() == KEPT || self.latest.iter().map(Sample::bytes).sum::<usize>() + bytes > BYTES {
            self.latest.pop_front();
        }
        self.latest.push_back(sample);
    }

    /// How many were put into words, those that were not kept included.
    pub(crate) fn worded(&self) -> u64 {
        self.worded
    }

    /// The first ones, then the latest ones.
    pub(crate) fn into_vec(self) -> Vec<Sample> {
        self.first.into_iter().chain(self.latest).collect()
    }
}

/// Decides whether a mismatch is put into words, before any words are made.
#[derive(Default)]
pub(crate) struct SampleGate {
    admitted: AtomicU64,
    next_nanos: AtomicU64,
}

impl SampleGate {
    pub(crate) fn admits(&self, now_nanos: u64) -> bool {
        if self.admitted.load(Ordering::Relaxed) < KEPT as u64
            && self.admitted.fetch_add(1, Ordering::Relaxed) < KEPT as u64
        {
            self.next_nanos.fetch_max(now_nanos.saturating_add(PAUSE_NANOS), Ordering::Relaxed);
            return true;
        }
        let next = self.next_nanos.load(Ordering::Relaxed);
        (now_nanos >= next || next - now_nanos > CAME_BACK_NANOS)
            && self
                .next_nanos
                .compare_exchange(next, now_nanos.saturating_add(PAUSE_NANOS), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}
