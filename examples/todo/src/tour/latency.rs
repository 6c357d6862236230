//! How long requests took, as clients saw it.

use std::time::Duration;

use histogram::Histogram;
use serde::{Deserialize, Serialize};

/// Percentiles of the searches of one step, in microseconds: the upper edge of a bucket that is at most 1.6 % wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Percentiles {
    pub(super) searches: u64,
    pub(super) p50_us: u64,
    pub(super) p95_us: u64,
    pub(super) p99_us: u64,
}

/// Durations up to `2^36` microseconds, 19 hours, are told apart.
const MAX_POWER: u8 = 36;

/// Collects durations.
#[derive(Debug)]
pub(super) struct Latencies {
    histogram: Histogram,
}

impl Latencies {
    /// None so far.
    pub(super) fn new() -> Self {
        Self { histogram: Histogram::new(6, MAX_POWER).expect("6 is less than the power of the longest") }
    }

    /// Counts one more request; what took longer than 19 hours counts as 19 hours.
    pub(super) fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min((1 << MAX_POWER) - 1);
        self.histogram.increment(micros).expect("the value was cut to the range of the histogram");
    }

    /// What was collected so far.
    pub(super) fn percentiles(&self) -> Percentiles {
        let at = |quantile| {
            let bucket = self.histogram.quantile_bucket(quantile).expect("the quantiles asked for are in 0..=1");
            bucket.map_or(0, |bucket| bucket.end())
        };
        let searches = self.histogram.as_slice().iter().sum();
        Percentiles { searches, p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99) }
    }
}

/// `micros` as people read it: `870 µs`, `14.2 ms`.
pub(super) fn shown(micros: u64) -> String {
    if micros < 1_000 { format!("{micros} µs") } else { format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100) }
}
