//! What a verdict is about.

use crate::Counts;

/// Compared runs and their mismatches, and beside them the runs of which nothing is known.
///
/// A run that was dropped, timed out, panicked or was cancelled is not a match: it is reported separately, and the
/// worst case counts it as a mismatch. Runs that were never meant to take part (not sampled) say what the verdict
/// does not cover.
///
/// ```
/// use verdict::Counts;
/// use verdict::judge::Tally;
///
/// let tally = Tally::new(Counts::new(0, 34_411)?).dropped(18).timed_out(3).not_sampled(100_000);
/// assert_eq!(tally.worst_case(), Counts::new(21, 34_432)?);
/// assert!((tally.coverage() - 0.256).abs() < 0.001);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tally {
    pub(super) compared: Counts,
    pub(super) dropped: u64,
    pub(super) timed_out: u64,
    pub(super) panicked: u64,
    pub(super) cancelled: u64,
    pub(super) not_sampled: u64,
}

impl Tally {
    /// Mismatches among the compared runs, and nothing missing.
    pub fn new(compared: Counts) -> Self {
        Self { compared, ..Self::default() }
    }

    /// Runs that were given up because a queue or a budget was full.
    #[must_use]
    pub fn dropped(self, dropped: u64) -> Self {
        Self { dropped, ..self }
    }

    /// Runs whose candidate missed its deadline.
    #[must_use]
    pub fn timed_out(self, timed_out: u64) -> Self {
        Self { timed_out, ..self }
    }

    /// Runs whose candidate panicked.
    #[must_use]
    pub fn panicked(self, panicked: u64) -> Self {
        Self { panicked, ..self }
    }

    /// Runs that were cancelled before they could be compared.
    #[must_use]
    pub fn cancelled(self, cancelled: u64) -> Self {
        Self { cancelled, ..self }
    }

    /// Calls that did not take part.
    #[must_use]
    pub fn not_sampled(self, not_sampled: u64) -> Self {
        Self { not_sampled, ..self }
    }

    /// Mismatches among the compared runs.
    pub fn compared(&self) -> Counts {
        self.compared
    }

    /// How many runs took part and are missing from the comparison. Saturates.
    pub fn missing(&self) -> u64 {
        [self.timed_out, self.panicked, self.cancelled].iter().fold(self.dropped, |sum, more| sum.saturating_add(*more))
    }

    /// The counts with every missing run taken for a mismatch.
    pub fn worst_case(&self) -> Counts {
        self.compared.and(Counts::from_parts(self.missing(), 0))
    }

    /// The share of calls that took part, `0..=1`; 1 without calls.
    pub fn coverage(&self) -> f64 {
        let took_part = self.worst_case().runs();
        let calls = Counts::from_parts(took_part, self.not_sampled);
        if calls.runs() == 0 { 1.0 } else { calls.share() }
    }
}
