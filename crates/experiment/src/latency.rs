//! How long behaviours take: log-linear buckets of bounded width.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

/// How durations are cut into buckets: nanosecond by nanosecond at first, then each power of two into equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Each power of two is cut into `2^grouping_power` buckets.
    grouping_power: u32,
    /// Durations up to `2^max_power` nanoseconds are told apart.
    max_power: u32,
}

impl Cut {
    /// A bucket is at most 1/64 of its lower edge wide, and 73 minutes are the longest duration: 9.5 KB.
    pub(crate) const FINE: Self = Self { grouping_power: 6, max_power: 42 };
    /// A bucket is at most 1/16 of its lower edge wide, and 68 seconds are the longest duration: 2.1 KB.
    pub(crate) const COARSE: Self = Self { grouping_power: 4, max_power: 36 };

    pub(crate) const fn buckets(self) -> usize {
        ((self.max_power - self.grouping_power + 1) as usize) << self.grouping_power
    }

    /// How far a quantile may be from the recorded duration at that rank, as a share of it: half the width of a bucket,
    /// since the middle of the bucket is reported.
    pub(crate) fn relative_error(self) -> f64 {
        0.5 / f64::from(1_u32 << self.grouping_power)
    }

    const fn longest_nanos(self) -> u64 {
        (1 << self.max_power) - 1
    }

    /// The one whose quantiles have that error.
    pub(crate) fn of_error(relative_error: f64) -> Self {
        if relative_error > Self::FINE.relative_error() { Self::COARSE } else { Self::FINE }
    }

    /// Whether the bucket is the last one, which holds all longer durations too.
    pub(crate) fn is_open(self, bucket: &LatencyBucket) -> bool {
        bucket.to_nanos >= self.longest_nanos()
    }

    /// The bucket of a duration that is not longer than the longest.
    #[inline]
    fn index(self, nanos: u64) -> usize {
        let shift = (nanos | (1 << self.grouping_power)).ilog2() - self.grouping_power;
        let index = (u64::from(shift) << self.grouping_power) + (nanos >> shift);
        usize::try_from(index).expect("there are fewer buckets than a usize counts")
    }

    /// The shortest and the longest duration of a bucket.
    fn edges(self, index: usize) -> (u64, u64) {
        let shift = (index >> self.grouping_power).saturating_sub(1);
        let from = ((index - (shift << self.grouping_power)) as u64) << shift;
        (from, from + ((1 << shift) - 1))
    }
}

/// A histogram that many threads write.
///
/// The counts have 32 bits, which halves the memory of a candidate; one that is full starts again and is carried over.
pub(crate) struct Latency {
    cut: Cut,
    counts: Box<[AtomicU32]>,
    /// How often the count of a bucket was full.
    carried: Mutex<BTreeMap<usize, u64>>,
}

impl Default for Latency {
    fn default() -> Self {
        Self::new(Cut::FINE)
    }
}

impl Latency {
    pub(crate) fn new(cut: Cut) -> Self {
        Self { cut, counts: (0..cut.buckets()).map(|_| AtomicU32::new(0)).collect(), carried: Mutex::default() }
    }

    /// Adds a duration; longer ones than the longest count as that.
    #[inline]
    pub(crate) fn record(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(self.cut.longest_nanos());
        let index = self.cut.index(nanos);
        if self.counts[index].fetch_add(1, Ordering::Relaxed) == u32::MAX {
            self.carry(index);
        }
    }

    #[cold]
    fn carry(&self, index: usize) {
        *self.carried.lock().entry(index).or_default() += 1;
    }

    /// The buckets that hold anything, ascending.
    pub(crate) fn buckets(&self) -> Vec<LatencyBucket> {
        let carried = self.carried.lock();
        let counts = self.counts.iter().enumerate().map(|(index, count)| {
            let full = carried.get(&index).copied().unwrap_or(0);
            (index, (full << 32) + u64::from(count.load(Ordering::Relaxed)))
        });
        counts
            .filter(|(_, n)| *n > 0)
            .map(|(index, n)| {
                let (from_nanos, to_nanos) = self.cut.edges(index);
                LatencyBucket { from_nanos, to_nanos, n }
            })
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
    /// The longest; the last bucket there is, up to 2^42 ns (73 minutes), or 2^36 ns (68 seconds) where buckets are wide,
    /// holds all longer ones too.
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

#[cfg(all(test, not(shuttle)))]
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
            mut nanos in prop::collection::vec(0..Cut::COARSE.longest_nanos(), 1..200),
            percent in 0..=100_u64,
            cut in prop::sample::select(vec![Cut::FINE, Cut::COARSE]),
        ) {
            let latency = Latency::new(cut);
            for nanos in &nanos {
                latency.record(Duration::from_nanos(*nanos));
            }
            nanos.sort_unstable();
            let rank = (nanos.len() * percent as usize).div_ceil(100).max(1);
            let exact = nanos[rank - 1] as f64;
            let reported = quantile(&latency.buckets(), percent).unwrap().as_nanos() as f64;
            prop_assert!((reported - exact).abs() <= exact * cut.relative_error() + 0.5, "{reported} for {exact}");
        }
    }

    #[test]
    fn a_duration_beyond_the_range_is_recorded_as_the_longest() {
        let latency = Latency::default();
        latency.record(Duration::MAX);
        assert_eq!(latency.buckets().len(), 1);
        assert!(quantile(&latency.buckets(), 50).unwrap() > Duration::from_secs(4_300));
    }

    #[test]
    fn every_duration_is_in_the_bucket_of_its_edges_and_edges_leave_no_gap() {
        for cut in [Cut::FINE, Cut::COARSE] {
            let mut next = 0;
            for index in 0..cut.buckets() {
                let (from, to) = cut.edges(index);
                assert_eq!((from, cut.index(from), cut.index(to)), (next, index, index));
                next = to + 1;
            }
            assert_eq!(next, cut.longest_nanos() + 1);
        }
    }

    #[test]
    fn a_count_that_is_full_is_carried_over() {
        let latency = Latency::default();
        latency.counts[7].store(u32::MAX, Ordering::Relaxed);
        latency.record(Duration::from_nanos(7));
        latency.record(Duration::from_nanos(7));
        assert_eq!(latency.buckets(), [LatencyBucket { from_nanos: 7, to_nanos: 7, n: (1 << 32) + 1 }]);
    }

    proptest! {
        #[test]
        fn merging_is_recording_both(
            one in prop::collection::vec(0..Cut::FINE.longest_nanos(), 0..100),
            other in prop::collection::vec(0..Cut::FINE.longest_nanos(), 0..100),
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
