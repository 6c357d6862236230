//! Instants and spans of time as plans and evidence keep them: whole milliseconds, no clock.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant, in milliseconds since 1970-01-01 00:00:00 UTC.
///
/// The crate never reads a clock: whoever calls it says what time it is.
///
/// ```
/// use migration_planner::Timestamp;
///
/// let at = Timestamp::from_unix_millis(1_700_000_000_000);
/// assert_eq!(at.to_string(), "2023-11-14T22:13:20Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_unix_millis(self) -> u64 {
        self.0
    }

    /// The instant `span` later; the last representable one if there is none.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// The time from `earlier` to here; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for Timestamp {
    /// Instants before 1970 become 1970.
    fn from(time: SystemTime) -> Self {
        Self(millis(time.duration_since(UNIX_EPOCH).unwrap_or_default()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        // Days are counted from 0000-03-01, so that the leap day is the last day of its year; years come in cycles of
        // 400, which always have 146,097 days.
        let shifted = days + 719_468;
        let (cycle, day_of_cycle) = (shifted / 146_097, shifted % 146_097);
        let year_of_cycle =
            (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
        let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = cycle * 400 + year_of_cycle + u64::from(month <= 2);
        let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A span of time that was observed, from `from` up to but not including `to`.
///
/// ```
/// use migration_planner::{Timestamp, Window};
/// use std::time::Duration;
///
/// let start = Timestamp::from_unix_millis(5_000);
/// let window = Window::new(start, start.plus(Duration::from_secs(60))).expect("ends after it starts");
/// assert_eq!(window.length(), Duration::from_secs(60));
/// assert!(Window::new(window.to(), window.from()).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// The window between two instants; `None` if it would end before it starts.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// A single instant, as for what a person says or a program finds by looking once.
    pub fn instant(at: Timestamp) -> Self {
        Self { from: at, to: at }
    }

    /// Where it starts.
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// Where it ends; this instant is not part of it.
    pub fn to(self) -> Timestamp {
        self.to
    }

    /// How long it is.
    pub fn length(self) -> Duration {
        self.to.since(self.from)
    }
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Bounds {
    from: Timestamp,
    to: Timestamp,
}

impl TryFrom<Bounds> for Window {
    type Error = &'static str;

    fn try_from(bounds: Bounds) -> Result<Self, Self::Error> {
        Self::new(bounds.from, bounds.to).ok_or("the window ends before it starts")
    }
}

impl From<Window> for Bounds {
    fn from(window: Window) -> Self {
        Self { from: window.from, to: window.to }
    }
}

/// A span as people read it, in its largest two units: `2h 5m`, `1d`, `350ms`.
pub(crate) fn readable(span: Duration) -> String {
    let total = millis(span);
    let parts = [
        (total / 86_400_000, "d"),
        (total / 3_600_000 % 24, "h"),
        (total / 60_000 % 60, "m"),
        (total / 1000 % 60, "s"),
        (total % 1000, "ms"),
    ];
    let words: Vec<String> = parts
        .iter()
        .skip_while(|(n, _)| *n == 0)
        .take(2)
        .filter(|(n, _)| *n > 0)
        .map(|(n, u)| format!("{n}{u}"))
        .collect();
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// Spans in stored formats are whole milliseconds.
pub(crate) mod as_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(super::millis(*span))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_at_the_edges_of_the_calendar() {
        // Golden: `date -u -d @N +%FT%TZ`.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_unix_millis(seconds * 1000).to_string(), expected);
        }
    }

    #[test]
    fn spans_are_told_in_their_largest_two_units() {
        for (millis, expected) in
            [(0, "0s"), (350, "350ms"), (61_000, "1m 1s"), (90_061_000, "1d 1h"), (86_400_000, "1d")]
        {
            assert_eq!(readable(Duration::from_millis(millis)), expected);
        }
    }
}
