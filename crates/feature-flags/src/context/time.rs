//! Points in time, as rules compare them.

use std::fmt;
#[cfg(all(feature = "testing", feature = "toml"))]
use std::time::Duration;
use std::time::SystemTime;

/// Seconds and nanoseconds since 1970 in UTC, as `2026-12-01T08:00:00Z` is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// Reads a date (midnight in UTC) or a date, a time and an offset in the form of RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = number(bytes, 0, 4)?;
        let month = number(bytes, 5, 2)?;
        let day = number(bytes, 8, 2)?;
        if bytes[4] != b'-'
            || bytes[7] != b'-'
            || !(1..=12).contains(&month)
            || !(1..=days_in(year, month)).contains(&day)
        {
            return None;
        }
        let midnight = days_since_1970(year, month, day) * 86_400;
        if bytes.len() == 10 {
            return Some(Self { seconds: midnight, nanoseconds: 0 });
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') {
            return None;
        }
        let (hour, minute, second) = (number(bytes, 11, 2)?, number(bytes, 14, 2)?, number(bytes, 17, 2)?);
        if bytes[13] != b':' || bytes[16] != b':' || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanoseconds, rest) = fraction(&bytes[19..])?;
        let offset = offset_seconds(rest)?;
        Some(Self { seconds: midnight + hour * 3_600 + minute * 60 + second - offset, nanoseconds })
    }
}

impl Timestamp {
    /// `None` where the machine's clock cannot say it.
    #[cfg(all(feature = "testing", feature = "toml"))]
    pub(crate) fn to_system(self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = match self.seconds {
            0.. => SystemTime::UNIX_EPOCH.checked_add(seconds),
            _ => SystemTime::UNIX_EPOCH.checked_sub(seconds),
        };
        whole?.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }

    /// Negative if this comes before `other`.
    pub(crate) fn nanoseconds_since(self, other: Self) -> i128 {
        let nanoseconds = |time: Self| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds);
        nanoseconds(self) - nanoseconds(other)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => {
                Self { seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanoseconds: since.subsec_nanos() }
            }
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).map_or(i64::MIN, |seconds| -seconds);
                match before.subsec_nanos() {
                    0 => Self { seconds, nanoseconds: 0 },
                    part => Self { seconds: seconds.saturating_sub(1), nanoseconds: 1_000_000_000 - part },
                }
            }
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        write!(f, "T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

fn number(bytes: &[u8], at: usize, digits: usize) -> Option<i64> {
    bytes
        .get(at..at + digits)?
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

fn fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Some(digits) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let nanoseconds =
        (0..9).fold(0_u32, |sum, place| sum * 10 + if place < length { u32::from(digits[place] - b'0') } else { 0 });
    Some((nanoseconds, &digits[length..]))
}

fn offset_seconds(bytes: &[u8]) -> Option<i64> {
    let sign = match bytes.first()? {
        b'Z' | b'z' if bytes.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(bytes, 1, 2)?, number(bytes, 4, 2)?);
    (bytes.len() == 6 && bytes[3] == b':' && hours < 24 && minutes < 60).then(|| sign * (hours * 3_600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, with years counted from March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants_are_read_and_printed() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-23T06:31:25Z", 1_795_415_485),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            let time = Timestamp::parse(text).unwrap();
            assert_eq!(time.seconds, seconds, "{text}");
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn offsets_fractions_and_bare_dates_are_read() {
        assert_eq!(Timestamp::parse("2026-12-01T01:00:00+01:00"), Timestamp::parse("2026-12-01"));
        assert_eq!(Timestamp::parse("2026-12-01T00:00:00.25Z").unwrap().to_string(), "2026-12-01T00:00:00.25Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-12-01T",
            "2026-12-01T00:00:00",
            "2026-12-01T24:00:00Z",
            "2026-12-01T00:00:00.Z",
            "2026-12-01T00:00:00+1",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
