//! How long requests took, as clients saw it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Percentiles of the searches of one step, in microseconds, each within 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Percentiles {
    pub(super) searches: u64,
    pub(super) p50_us: u64,
    pub(super) p95_us: u64,
    pub(super) p99_us: u64,
}

/// Collects durations.
#[derive(Debug)]
pub(super) struct Latencies {
    histogram: Histogram<u64>,
}

impl Latencies {
    /// None so far.
    pub(super) fn new() -> Self {
        Self { histogram: Histogram::new_with_bounds(1, 60_000_000, 2).expect("the bounds are constant and valid") }
    }

    /// Counts one more request; what took longer than a minute counts as a minute.
    pub(super) fn record(&mut self, took: Duration) {
        self.histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// What was collected so far.
    pub(super) fn percentiles(&self) -> Percentiles {
        let at = |percentile| self.histogram.value_at_quantile(percentile);
        Percentiles { searches: self.histogram.len(), p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99) }
    }
}

/// `micros` as people read it: `870 µs`, `14.2 ms`.
pub(super) fn shown(micros: u64) -> String {
    if micros < 1_000 { format!("{micros} µs") } else { format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100) }
}
