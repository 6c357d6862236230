//! How long behaviours take: log-linear buckets of bounded width.

use std::time::Duration;

use histogram::{AtomicHistogram, Config};

/// Each power of two is cut into `2^6` buckets, so a bucket is at most 1/64 of its lower edge wide.
const GROUPING_POWER: u8 = 6;
/// Durations up to `2^42` nanoseconds, 73 minutes, are told apart.
const MAX_POWER: u8 = 42;
const LONGEST_NANOS: u64 = (1 << MAX_POWER) - 1;

/// How far a quantile may be from the recorded duration at that rank, as a share of it: half the width of a bucket,
/// since the middle of
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

    /// The buckets that hold anything, ascending.
    pub(crate) fn buckets(&self) -> Vec<LatencyBucket> {
        let snapshot = self.0.load();
        let filled = snapshot.iter().filter(|bucket| bucket.count() > 0);
        filled
            .map(|bucket| LatencyBucket { from_nanos: bucket.start(), to_nanos: bucket.end(), n: bucket.count() })
            .collect()
    }
}

/// So many durations of so many nanoseconds, both edges included.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// let report = lab.experiment("x").report();
///
/// let latency = report.control.latency.expect("it returned");
/// assert_eq!(latency.buckets.iter().map(|bucket| bucket.n).sum::<u64>(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LatencyBucket {
    /// The shortest.
    pub from_nanos: u64,
    /// The longest.
    pub to_nanos: u64,
    /// How many.
    pub n: u64,
}

/// Both together: exact, since all histograms have the same edges.
pub(crate) fn merged(one: &[LatencyBucket], other: &[LatencyBucket]) -> Vec<LatencyBucket> {
    let mut all: Vec<_> = one.iter().chain(other).copied().collect();
    all.sort_by_key(|bucket| (bucket.from_nanos, bucket.to_nanos));
    all.dedup_by(|later, earlier| {
        let same = (later.from_nanos, later.to_nanos) == (earlier.from_nanos, earlier.to_nanos);
        if same {
            earlier.n = earlier.n.saturating_add(later.n);
        }
        same
    });
    all
}

/// The middle of the bucket that holds the duration of rank `⌈percent · n / 100⌉`; `None` if there are none.
pub(crate) fn quantile(buckets: &[LatencyBucket], percent: u64) -> Option<Duration> {
    let n: u128 = buckets.iter().map(|bucket| u128::from(bucket.n)).sum();
    let rank = (n * u128::from(percent)).div_ceil(100).max(1);
    let mut below = 0;
    let holds_rank = |bucket: &&LatencyBucket| {
        below += u128::from(bucket.n);
        below >= rank
    };
    let bucket = buckets.iter().find(holds_rank)?;
    Some(Duration::from_nanos(bucket.from_nanos.midpoint(bucket.to_nanos)))
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
            percent in 0..=100_u64,
        ) {
            let latency = Latency::default();
            for nanos in &nanos {
                latency.record(Duration::from_nanos(*nanos));
            }
            nanos.sort_unstable();
            let rank = (nanos.len() * percent as usize).div_ceil(100).max(1);
            let exact = nanos[rank - 1] as f64;
            let reported = quantile(&latency.buckets(), percent).unwrap().as_nanos() as f64;
            prop_assert!((reported - exact).abs() <= exact * RELATIVE_ERROR + 0.5, "{reported} for {exact}");
        }
    }

    #[test]
    fn a_duration_beyond_the_range_is_recorded_as_the_longest() {
        let latency = Latency::default();
        latency.record(Duration::MAX);
        assert_eq!(latency.buckets().len(), 1);
        assert!(quantile(&latency.buckets(), 50).unwrap() > Duration::from_secs(4_300));
    }

    proptest! {
        #[test]
        fn merging_is_recording_both(
            one in prop::collection::vec(0..LONGEST_NANOS, 0..100),
            other in prop::collection::vec(0..LONGEST_NANOS, 0..100),
        ) {
            let recorded = |nanos: &mut dyn Iterator<Item = &u64>| {
                let latency = Latency::default();
                nanos.for_each(|nanos| latency.record(Duration::from_nanos(*nanos)));
                latency.buckets()
            };
            let apart = merged(&recorded(&mut one.iter()), &recorded(&mut other.iter()));
            prop_assert_eq!(apart, recorded(&mut one.iter().chain(&other)));
        }
    }
}
