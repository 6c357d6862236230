//! Whether two texts are the same constant, as PostgreSQL reads a text of a type.

/// Whether two texts of a type are the same value, where that can be told without the server.
pub(super) fn same_constant(one: &str, other: &str, data_type: Option<&str>) -> bool {
    if one == other {
        return true;
    }
    match data_type {
        Some("interval") => matches!((Interval::read(one), Interval::read(other)), (Some(a), Some(b)) if a == b),
        // Without a type beside it, the other side's tells.
        _ => is_midnight(one, other) || is_midnight(other, one),
    }
}

/// Whether a point in time is a date, or the one that has a name of its own.
fn is_midnight(time: &str, date: &str) -> bool {
    let date = if date.eq_ignore_ascii_case("epoch") { "1970-01-01" } else { date };
    time.strip_prefix(date).is_some_and(|rest| [" 00:00:00", " 00:00:00+00"].contains(&rest))
}

/// A span of time, in the three units that the server keeps.
#[derive(Debug, Default, PartialEq, Eq)]
struct Interval {
    months: i64,
    days: i64,
    microseconds: i64,
}

impl Interval {
    /// Reads whole numbers with units, and a time of day; nothing else.
    fn read(text: &str) -> Option<Self> {
        let mut interval = Self::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if let Some(time) = time(word) {
                interval.microseconds = interval.microseconds.checked_add(time)?;
                continue;
            }
            let split = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
            let number: i64 = word[..split].parse().ok()?;
            let unit = if split < word.len() { &word[split..] } else { words.next()? };
            let unit = unit.to_ascii_lowercase();
            let (place, factor) = match unit.strip_suffix('s').filter(|unit| !unit.is_empty()).unwrap_or(&unit) {
                "year" | "yr" | "y" => (&mut interval.months, 12),
                "month" | "mon" => (&mut interval.months, 1),
                "week" | "w" => (&mut interval.days, 7),
                "day" | "d" => (&mut interval.days, 1),
                "hour" | "hr" | "h" => (&mut interval.microseconds, 3_600_000_000),
                "minute" | "min" | "m" => (&mut interval.microseconds, 60_000_000),
                "second" | "sec" | "s" => (&mut interval.microseconds, 1_000_000),
                _ => return None,
            };
            *place = place.checked_add(number.checked_mul(factor)?)?;
        }
        Some(interval)
    }
}

/// `01:30:00`, in microseconds.
fn time(word: &str) -> Option<i64> {
    let (sign, digits) = word.strip_prefix('-').map_or((1, word), |rest| (-1, rest));
    let mut parts = digits.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: i64 = parts.next().map_or(Some(0), |seconds| seconds.parse().ok())?;
    let all = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    parts.next().is_none().then_some(sign * all.checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read_as_the_server_reads_them() {
        for (one, other, same) in [
            ("90 day", "90 days", true),
            ("2 weeks", "14 days", true),
            ("1 year 6 months", "1 year 6 mons", true),
            ("36 hours", "36:00:00", true),
            ("1h30m", "01:30:00", false),
            ("1 day", "24:00:00", false),
            ("1 mon", "1 min", false),
        ] {
            assert_eq!(same_constant(one, other, Some("interval")), same, "{one} {other}");
        }
        assert!(same_constant("1970-01-01 00:00:00+00", "epoch", None));
        assert!(!same_constant("2020-01-01 00:00:01", "2020-01-01", None));
    }
}
