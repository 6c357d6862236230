//! What it costs to run first: whoever does may pay for cold caches.

use std::time::Duration;

use super::{BehaviorReport, LatencyReport, Report, figures};

/// How long one behaviour took in the runs in which it ran first, and in those in which others ran before it.
pub(super) struct Row<'r> {
    pub(super) name: &'r str,
    pub(super) first: Median,
    pub(super) later: Median,
}

/// How many runs, and their median if there are any.
pub(super) type Median = (u64, Option<Duration>);

/// One row per behaviour that returned; none unless there are two of them, since there was no order then.
pub(super) fn rows(report: &Report) -> Vec<Row<'_>> {
    let rows = report.behaviors().map(Row::of).filter(|row| row.first.0 > 0 || row.later.0 > 0);
    let rows: Vec<_> = rows.collect();
    if rows.len() > 1 { rows } else { Vec::new() }
}

/// What has to be known about the durations when the order was not drawn.
pub(super) fn remark(rows: &[Row<'_>]) -> Option<String> {
    let named = |never: fn(&Row<'_>) -> bool| {
        let names: Vec<_> = rows.iter().filter(|row| never(row)).map(|row| row.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let never_first = named(|row| row.first.0 == 0).map(|names| format!("never first: {names}"));
    let never_later = named(|row| row.later.0 == 0).map(|names| format!("always first: {names}"));
    let parts: Vec<_> = never_later.into_iter().chain(never_first).collect();
    (!parts.is_empty()).then(|| {
        format!("{}; what running first costs cannot be told from what they cost themselves", parts.join("; "))
    })
}

/// What has to be known about the durations when behaviours ran at the same time; `None` if none did.
pub(super) fn concurrent(report: &Report) -> Option<String> {
    let median = |behavior: &BehaviorReport| {
        let latency = behavior.latency_when_concurrent.as_ref()?;
        let (n, p50) = (figures::counted(latency.n, "run", "runs"), figures::duration(latency.p50));
        Some(format!("{} {p50} in {n}", behavior.name))
    };
    let medians: Vec<_> = report.behaviors().filter_map(median).collect();
    let words = "where they ran at the same time, each was slowed down by the others";
    (!medians.is_empty()).then(|| format!("At the same time (p50): {}; {words}", medians.join(", ")))
}

impl<'r> Row<'r> {
    fn of(behavior: &'r BehaviorReport) -> Self {
        let median = |latency: &Option<LatencyReport>| match latency {
            Some(LatencyReport { n, p50, .. }) => (*n, Some(*p50)),
            None => (0, None),
        };
        let (first, later) = (median(&behavior.latency_when_first), median(&behavior.latency_when_later));
        Self { name: &behavior.name, first, later }
    }
}
