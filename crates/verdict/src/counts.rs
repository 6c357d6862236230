//! Events among runs.

use crate::OutOfRange;
use std::fmt;

/// So many events in so many runs: mismatches, slow requests, failures.
///
/// All that most bounds need. Two of them about different runs of the same thing are added with [`Counts::and`],
/// which makes reports mergeable across processes without loss.
///
/// ```
/// use verdict::Counts;
///
/// let monday = Counts::new(2, 10_000)?;
/// let tuesday = Counts::new(0, 24_000)?;
/// assert_eq!(monday.and(tuesday), Counts::new(2, 34_000)?);
/// assert_eq!(monday.to_string(), "2 of 10,000");
/// assert!(Counts::new(2, 1).is_err());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    events: u64,
    runs: u64,
}

impl Counts {
    /// `events` among `runs`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Counts`] if there are more events than runs.
    pub fn new(events: u64, runs: u64) -> Result<Self, OutOfRange> {
        if events <= runs { Ok(Self { events, runs }) } else { Err(OutOfRange::Counts { events, runs }) }
    }

    /// From the two counters that are kept apart: runs with the event and runs without. Saturates at `u64::MAX` runs.
    ///
    /// ```
    /// # use verdict::Counts;
    /// assert_eq!(Counts::from_parts(3, 7), Counts::new(3, 10)?);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn from_parts(events: u64, others: u64) -> Self {
        Self { events, runs: events.saturating_add(others) }
    }

    /// How many runs had the event.
    pub fn events(self) -> u64 {
        self.events
    }

    /// How many runs there were.
    pub fn runs(self) -> u64 {
        self.runs
    }

    /// How many runs did not have the event.
    pub fn others(self) -> u64 {
        self.runs - self.events
    }

    /// The observed share of events in `0..=1`; 0 without runs.
    pub fn share(self) -> f64 {
        if self.runs == 0 { 0.0 } else { self.events_f64() / self.runs_f64() }
    }

    /// Both together, saturating at `u64::MAX`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let events = self.events.saturating_add(other.events);
        Self { events, runs: self.runs.saturating_add(other.runs).max(events) }
    }

    /// The same runs with events and others exchanged.
    #[must_use]
    pub fn exchanged(self) -> Self {
        Self { events: self.others(), runs: self.runs }
    }

    pub(crate) fn events_f64(self) -> f64 {
        count_f64(self.events)
    }

    pub(crate) fn others_f64(self) -> f64 {
        count_f64(self.others())
    }

    pub(crate) fn runs_f64(self) -> f64 {
        count_f64(self.runs)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::words::Thousands;
        write!(f, "{} of {}", Thousands(self.events), Thousands(self.runs))
    }
}

/// A count as a float; beyond 2^53 the last digits go, which no bound can notice.
#[allow(clippy::cast_precision_loss, reason = "relative error 1e-16")]
pub(crate) fn count_f64(count: u64) -> f64 {
    count as f64
}

/// The smallest count not below `value`; `None` where that is no `u64`.
pub(crate) fn count_at_least(value: f64) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the range before")]
    (0.0..1.8e19).contains(&value).then(|| value.ceil() as u64)
}
