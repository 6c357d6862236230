//! A share that grows by itself.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::Percent;
use crate::context::Timestamp;

/// A share that goes from one percentage to another, evenly over a span of time.
///
/// Every process that knows the time agrees on the share, so nobody has to edit anything while it runs. Whoever is in
/// stays in while it grows.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use feature_flags::{Percent, Ramp};
///
/// let day = Duration::from_secs(86_400);
/// let start = SystemTime::UNIX_EPOCH + day * 20_000;
/// let ramp = Ramp::new(Percent::NONE, Percent::ALL, day * 4, start);
/// assert_eq!(ramp.share_at(start - day), Percent::NONE);
/// assert_eq!(ramp.share_at(start + day), "25%".parse()?);
/// assert_eq!(ramp.share_at(start + day * 100), Percent::ALL);
/// # Ok::<(), feature_flags::PercentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    from: Percent,
    to: Percent,
    over: Duration,
    start: Timestamp,
}

/// The longest that a ramp takes, in seconds.
pub(crate) const LONGEST: u64 = 100 * 366 * 86_400;

impl Ramp {
    /// A ramp that begins at `start` and takes `over`; until then it is at `from`, afterwards at `to`.
    ///
    /// `over` counts in whole seconds, and is 100 years at most: a ramp is what can be written down.
    pub fn new(from: Percent, to: Percent, over: Duration, start: SystemTime) -> Self {
        let over = Duration::from_secs(over.as_secs().min(LONGEST));
        Self { from, to, over, start: start.into() }
    }

    pub(crate) fn starting(from: Percent, to: Percent, over: Duration, start: Timestamp) -> Self {
        Self { from, to, over, start }
    }

    /// The share before it begins.
    pub fn from(&self) -> Percent {
        self.from
    }

    /// The share when it is through.
    pub fn to(&self) -> Percent {
        self.to
    }

    /// Whether the whole step is taken at once.
    pub(crate) fn is_sudden(&self) -> bool {
        self.over.is_zero()
    }

    /// The share at a point in time, rounded towards the beginning.
    pub fn share_at(&self, now: SystemTime) -> Percent {
        let passed = Timestamp::from(now).nanoseconds_since(self.start);
        let whole = i128::try_from(self.over.as_nanos()).unwrap_or(i128::MAX);
        if passed <= 0 {
            return self.from;
        }
        if passed >= whole {
            return self.to;
        }
        let (from, to) = (i128::from(self.from.thousandths()), i128::from(self.to.thousandths()));
        // At most 10^5 times 10^28 nanoseconds, which is below 2^127.
        let share = from + (to - from) * passed / whole;
        u32::try_from(share).ok().and_then(Percent::from_thousandths).unwrap_or(self.from)
    }
}

/// `1% -> 100% over 7d from t"2026-12-01T08:00:00Z"`.
impl fmt::Display for Ramp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, over, start } = self;
        let seconds = over.as_secs();
        let (number, unit) = match seconds {
            _ if seconds > 0 && seconds.is_multiple_of(86_400) => (seconds / 86_400, "d"),
            _ if seconds > 0 && seconds.is_multiple_of(3_600) => (seconds / 3_600, "h"),
            _ if seconds > 0 && seconds.is_multiple_of(60) => (seconds / 60, "m"),
            _ => (seconds, "s"),
        };
        write!(f, "{from} -> {to} over {number}{unit} from t\"{start}\"")
    }
}
