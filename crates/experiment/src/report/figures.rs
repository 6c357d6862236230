//! Numbers for people.

#![allow(clippy::cast_precision_loss, reason = "these figures have three digits")]

use std::time::Duration;

use super::{CandidateReport, LatencyReport, Report};
use crate::description::Sample;
use crate::latency::Cut;
use crate::outcome::Outcome;

/// `34411` as `34,411`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `34411` things as `34,411 things`.
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

/// A share as a percentage with about three digits. What is not all is never rounded up to `100 %`, and what is not
/// nothing never
/// down to `0 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) => "no share of 0".to_owned(),
        (part, whole) => percentage(100.0 * part as f64 / whole as f64),
    }
}

/// A percentage strictly between nothing and all stays there when it is cut to a few digits.
fn percentage(percent: f64) -> String {
    match percent {
        p if p <= 0.0 || p >= 100.0 => format!("{p} %"),
        p if p < 0.001 => "under 0.001 %".to_owned(),
        p if p < 10.0 => format!("{p:.3} %"),
        p if p <= 99.9 => format!("{p:.1} %"),
        // Cut, not rounded.
        p => format!("{:.3} %", ((p * 1_000.0).floor() / 1_000.0).min(99.999)),
    }
}

/// A duration with three digits and a unit that fits.
pub(crate) fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    let (value, unit) = match nanos {
        n if n < 1e3 => return format!("{n:.0} ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let decimals = match value {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// The median, and what 95 % and 99 % stay within.
pub(crate) fn quantiles(latency: &LatencyReport) -> [String; 3] {
    let open = latency.buckets.last().filter(|last| Cut::of_error(latency.relative_error).is_open(last));
    [latency.p50, latency.p95, latency.p99].map(|quantile| {
        match open.map(|last| Duration::from_nanos(last.from_nanos)) {
            // Of what is in the last bucket only the least is known.
            Some(least) if quantile >= least => format!("≥ {}", duration(least)),
            _ => duration(quantile),
        }
    })
}

/// What the report is about, after the experiment's name.
pub(crate) fn scope(report: &Report) -> String {
    let unfinished = [(report.still_running, "still running"), (report.cancelled_runs, "cancelled")];
    let unfinished = unfinished.into_iter().filter(|(number, _)| *number > 0);
    let unfinished = unfinished.map(|(number, what)| format!(" ({} {what})", count(number))).collect::<Vec<_>>();
    let (runs, unfinished) = (counted(report.runs, "run", "runs"), unfinished.concat());
    let share = match report {
        Report { switched_off: true, .. } => "switched off".to_owned(),
        Report { decided_elsewhere: true, .. } => "on as the sampler or the gate decides".to_owned(),
        Report { rate, .. } => format!("at {} of calls", percentage(rate * 100.0)),
    };
    format!("{runs}{unfinished}, candidates now {share}")
}

/// Who gives callers their value, where that is not the control: as two halves of a sentence around the candidate's name.
pub(crate) fn promoted(report: &Report) -> Option<(&str, &str, &'static str)> {
    let name = report.promoted.as_deref()?;
    if report.switched_off {
        return Some(("Promoted, and switched off: callers get the value of the old code, not of ", name, ""));
    }
    let beside = if report.decided_elsewhere {
        ", where the sampler and the gate let the call pass; the old code, here the control, runs as its shadow and is compared with it"
    } else {
        "; the old code, here the control, runs as its shadow and is compared with it"
    };
    Some(("Promoted: callers get the value of ", name, beside))
}

/// The answer to "do the results match?" for one candidate, after its name.
pub(crate) fn answer(candidate: &CandidateReport) -> String {
    let compared = candidate.compared();
    if compared == 0 && candidate.outcomes.values().all(|count| *count == 0) {
        return "no runs yet".to_owned();
    }
    let mut parts = vec![if compared == 0 {
        "nothing compared".to_owned()
    } else {
        let matches = candidate.matches();
        format!("{} of {} match ({})", count(matches), counted(compared, "result", "results"), share(matches, compared))
    }];
    parts.push(counted(candidate.mismatches(), "mismatch", "mismatches"));
    for outcome in Outcome::ALL {
        let number = candidate.count(outcome);
        if number > 0 && !matches!(outcome, Outcome::Match | Outcome::Mismatch) {
            parts.push(format!("{} {}", count(number), outcome.as_str().replace('_', " ")));
        }
    }
    if candidate.breaker_is_open {
        parts.push("not run now: its breaker is open".to_owned());
    }
    parts.join(", ")
}

/// What the examples of a candidate stand for.
pub(crate) fn examples(candidate: &CandidateReport) -> String {
    let all = candidate.mismatches().saturating_add(candidate.count(Outcome::Panicked));
    format!(
        "{} of {} put into words",
        count(candidate.put_into_words),
        counted(all, "mismatch or panic", "mismatches and panics")
    )
}

/// Where a sample was found.
pub(crate) fn place(sample: &Sample) -> String {
    if sample.times == 1 {
        return format!("run {}", count(sample.run));
    }
    format!("{} times, first in run {}", count(sample.times), count(sample.run))
}

/// What limits held back, as sentences without a full stop.
pub(crate) fn held_back(report: &Report) -> impl Iterator<Item = String> {
    let held_back = report.held_back.iter();
    held_back.map(|(limit, number)| format!("Held back {}: {limit}", counted(*number, "call", "calls")))
}

/// The error of the quantiles, as a percentage.
pub(crate) fn quantile_error(report: &Report) -> Option<String> {
    let error = report
        .behaviors()
        .filter_map(|behavior| behavior.latency.as_ref())
        .map(|latency| latency.relative_error)
        .fold(None, |most, error| Some(most.map_or(error, |most: f64| most.max(error))))?;
    Some(format!("{:.1} %", error * 100.0))
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_share_that_is_not_all_is_never_rounded_up_to_all() {
        assert_eq!(share(9_999_999, 10_000_000), "99.999 %");
        assert_eq!(share(10_000_000, 10_000_000), "100 %");
    }

    #[test]
    fn a_share_that_is_not_nothing_is_never_rounded_down_to_nothing() {
        assert_eq!(share(1, 10_000_000), "under 0.001 %");
        assert_eq!(share(0, 10_000_000), "0 %");
    }

    #[test]
    fn durations_have_three_digits() {
        let nanos = [0, 999, 1_234, 56_789, 999_400_000, 12_345_000_000];
        let texts = nanos.map(|nanos| duration(Duration::from_nanos(nanos)));
        assert_eq!(texts, ["0 ns", "999 ns", "1.23 µs", "56.8 µs", "999 ms", "12.3 s"]);
    }
}
