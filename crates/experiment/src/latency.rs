//! How long behaviours take: log-linear buckets of bounded width.

use std::time::Duration;

use histogram::{AtomicHistogram, Config, Histogram};

/// Each power of two is cut into `2^6` buckets, so a bucket is at most 1/64 of its lower edge wide.
const GROUPING_POWER: u8 = 6;
/// Durations up to `2^42` nanoseconds, 73 minutes, are told apart.
const MAX_POWER: u8 = 42;
const LONGEST_NANOS: u64 = (1 << MAX_POWER) - 1;

/// How far a quantile may be from the recorded duration at that rank, as a share of it: half the width of a bucket, since the middle of
/// the bucket is reported.
pub(crate) const RELATIVE_ERROR: f64 = 1.0 / 128.0;

const CONFIG: Config = match Config::new(GROUPING_POWER, MAX_POWER) {
    Ok(config) => config,
    Err(_) => panic!("6 is less than 42, and 42 at most 64"),
};

/// A histogram that many threads write.
pub(crate) struct Latency(AtomicHistogram);

impl Default for Latency {
    fn default() -> Self {
        Self(AtomicHistogram::with_config(&CONFIG))
    }
}

impl Latency {
    /// Adds a duration; longer ones than 73 minutes count as 73 minutes.
    #[inline]
    pub(crate) fn record(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(LONGEST_NANOS);
        self.0.increment(nanos).expect("the value was cut to the range of the histogram");
    }

    pub(crate) fn snapshot(&self) -> Distribution {
        Distribution(self.0.load())
    }
}

/// The durations recorded up to some moment.
#[derive(Clone)]
pub(crate) struct Distribution(Histogram);

impl Distribution {
    pub(crate) fn count(&self) -> u64 {
        self.0.as_slice().iter().sum()
    }

    /// Both together: exact, since the edges are the same.
    pub(crate) fn merged(&self, other: &Self) -> Self {
        Self(self.0.wrapping_add(&other.0).expect("all histograms here have one configuration"))
    }

    /// The middle of the bucket that holds the duration of rank `⌈quantile · n⌉`; `None` if there are none.
    pub(crate) fn quantile(&self, quantile: f64) -> Option<Duration> {
        let bucket = self.0.quantile_bucket(quantile).expect("the quantiles asked for are constants in 0..=1")?;
        Some(Duration::from_nanos(bucket.start() + (bucket.end() - bucket.start()) / 2))
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "durations up to 73 minutes have fewer nanoseconds than an f64 has integers"
    )]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quantile_is_within_the_stated_error_of_the_duration_at_that_rank(
            mut nanos in prop::collection::vec(0..LONGEST_NANOS, 1..200),
            quantile in 0.0..=1.0_f64,
        ) {
            let latency = Latency::default();
            for nanos in &nanos {
                latency.record(Duration::from_nanos(*nanos));
            }
            nanos.sort_unstable();
            let rank = ((quantile * nanos.len() as f64).ceil() as usize).clamp(1, nanos.len());
            let exact = nanos[rank - 1] as f64;
            let reported = latency.snapshot().quantile(quantile).unwrap().as_nanos() as f64;
            prop_assert!((reported - exact).abs() <= exact * RELATIVE_ERROR + 0.5, "{reported} for {exact}");
        }
    }

    #[test]
    fn a_duration_beyond_the_range_is_recorded_as_the_longest() {
        let latency = Latency::default();
        latency.record(Duration::MAX);
        assert_eq!(latency.snapshot().count(), 1);
        assert!(latency.snapshot().quantile(0.5).unwrap() > Duration::from_secs(4_300));
    }
}
