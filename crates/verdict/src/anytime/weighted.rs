//! The bound on a rate where runs stand for different numbers of calls.

use super::expected_at_most;
use crate::{Alpha, OutOfRange, Rate};

/// Runs that each stand for a number of calls, and the events among them.
///
/// Where one group of calls is sampled at 100 % and another at 1 %, the plain rate of the runs is about neither. Weighing
/// each run by the inverse of the share at which it was sampled undoes that: the sum of the weights is for how many calls
/// the runs stand.
///
/// ```
/// use verdict::{Alpha, anytime::Weighted};
///
/// // 1,000 runs sampled at 100 %, three of them mismatches, and 5,000 at 10 % without any.
/// let runs = Weighted::new(1_000.0 + 50_000.0, 3.0, 10.0)?;
/// assert!((runs.share() - 3.0 / 51_000.0).abs() < 1e-12);
/// assert!(runs.rate_at_most(Alpha::FIVE_PERCENT) < 0.0016);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    calls: f64,
    events: f64,
    heaviest: f64,
    grew: u32,
}

impl Weighted {
    /// The sum of the weights of the runs, the sum of the weights of those with the event, and the most that any run may
    /// have weighed. Unit of all three: calls.
    ///
    /// `heaviest` must follow from how runs are sampled, not from what they showed.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] for a number that is negative, infinite or none, for more events than calls, and for a
    /// heaviest weight that is not positive.
    pub fn new(calls: f64, events: f64, heaviest: f64) -> Result<Self, OutOfRange> {
        let in_range = |name, value: f64, most: f64, expected| {
            let is_good = value >= 0.0 && value <= most && value.is_finite();
            if is_good { Ok(value) } else { Err(OutOfRange::Parameter { name, value, expected }) }
        };
        Ok(Self {
            calls: in_range("weight of the runs", calls, f64::MAX, "a number of calls")?,
            events: in_range("weight of the events", events, calls, "at most the weight of the runs")?,
            heaviest: OutOfRange::positive("heaviest weight", heaviest)?,
            grew: 0,
        })
    }

    /// Says that the heaviest weight was raised so often while runs were counted. Each time costs nine tenths of the
    /// error probability that was left.
    #[must_use]
    pub fn heaviest_grew(self, times: u32) -> Self {
        Self { grew: times, ..self }
    }

    /// For how many calls the runs stand.
    pub fn calls(&self) -> f64 {
        self.calls
    }

    /// For how many calls the runs with the event stand.
    pub fn events(&self) -> f64 {
        self.events
    }

    /// The share of calls that the runs with the event stand for, `0..=1`; 0 without runs.
    pub fn share(&self) -> f64 {
        if self.calls > 0.0 { (self.events / self.calls).min(1.0) } else { 0.0 }
    }

    /// The largest mean rate, over the calls that the runs stand for, that the counts leave possible.
    ///
    /// Unit: events per call, `0..=1`; one-sided, confidence `1 - alpha`, at all moments at once. 1 for more than 10^15
    /// events of the heaviest weight. Cost: one solution,
    /// about 1 µs.
    ///
    /// Reference: the proof below.
    ///
    /// # Assumption
    ///
    /// None on the runs, as for [`rate_at_most`](super::rate_at_most). The weights must be known before the outcome of
    /// their runs is; that they are the inverse of the share sampled is what makes it a statement about all calls.
    ///
    /// # Proof
    ///
    /// Let run `i` weigh `w_i <= M` and let `Y_i` be `w_i / M` if it had the event and 0 if not: a number in `0..=1` with
    /// mean `w_i p_i / M`. The proof of [`expected_at_most`] needs no more than that. With `k` for the sum of the
    /// `Y_i`, rounded up, it bounds the sum of the `w_i p_i` by `M B(k)`, and the mean rate over all weights by that
    /// divided by the sum of the `w_i`. Rounding up can only raise the bound.
    ///
    /// Where `M` was raised while runs were counted, the statement for the first `M` gets 9/10 of alpha, that for the
    /// second 9/10 of the rest, and so on: the shares sum to 1. ∎
    ///
    /// # Example
    ///
    /// ```
    /// use verdict::{Alpha, anytime::Weighted};
    ///
    /// let alike = Weighted::new(34_411.0, 0.0, 1.0)?;
    /// assert!(alike.rate_at_most(Alpha::FIVE_PERCENT) < 0.000_11);
    /// let heavy = Weighted::new(34_411.0, 0.0, 100.0)?; // the same calls in fewer runs prove less
    /// assert!(heavy.rate_at_most(Alpha::FIVE_PERCENT) > 0.01);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn rate_at_most(&self, alpha: Alpha) -> f64 {
        if self.calls <= 0.0 {
            return 1.0;
        }
        let alpha = alpha.portion(share_of_alpha(self.grew));
        // Weights are sums of fractions: what is a hair above a whole number is that number.
        let events = (self.events / self.heaviest - 1e-9).ceil().max(0.0);
        if events >= MOST_EVENTS {
            return 1.0;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 10^15")]
        let due = expected_at_most(events as u64, alpha) * self.heaviest;
        (due / self.calls).min(1.0)
    }
}

/// Beyond, whole numbers are no longer told apart with the care that the bound needs.
const MOST_EVENTS: f64 = 1e15;

/// 0.9, 0.09, 0.009 and so on, not below what a double can tell from 0.
fn share_of_alpha(grew: u32) -> Rate {
    let share = 0.9 * 0.1_f64.powi(i32::try_from(grew.min(300)).expect("at most 300"));
    Rate::new(share).expect("a share between 0 and 1")
}
