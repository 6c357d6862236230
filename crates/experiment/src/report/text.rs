//! A report for terminals and logs.

use std::fmt;

#[cfg(feature = "serde")]
use super::differences;
use super::first_runner::Row;
use super::{BehaviorReport, CandidateReport, Claims, Report, figures, first_runner, plain};
use crate::description::Sample;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &plain::of(self);
        writeln!(f, "experiment {}: {}", report.experiment, figures::scope(report))?;
        if let Some((before, name, after)) = figures::promoted(report) {
            writeln!(f, "{before}{name}{after}")?;
        }
        writeln!(f, "Do the results match?")?;
        for candidate in &report.candidates {
            writeln!(f, "  {}: {}", candidate.behavior.name, figures::answer(candidate))?;
        }
        if let Some(again) = &report.control_again {
            writeln!(f, "  {}, which tells what is noise: {}", again.behavior.name, figures::answer(again))?;
        }
        if let Some(error) = figures::quantile_error(report) {
            writeln!(f, "How long does each take? (quantiles of the runs that returned, within {error})")?;
            durations(f, report)?;
            first_runner(f, report)?;
        }
        if !self.candidates.is_empty() {
            writeln!(f, "Verdict, valid however often one looks:")?;
            for verdict in self.verdicts(&Claims::default()) {
                verdict.to_string().lines().try_for_each(|line| writeln!(f, "  {line}"))?;
            }
        }
        for candidate in &report.candidates {
            examples(f, candidate)?;
        }
        #[cfg(feature = "serde")]
        for candidate in &report.candidates {
            differences(f, candidate)?;
        }
        figures::held_back(report).try_for_each(|line| writeln!(f, "{line}"))?;
        for (operation, count) in &report.internal_failures {
            writeln!(f, "The experiment itself failed in {operation}: {}", figures::counted(*count, "time", "times"))?;
        }
        Ok(())
    }
}

fn durations(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    let width = widest_name(report);
    writeln!(f, "  {:width$}  {:>11}  {:>8}  {:>8}  {:>8}", "", "n", "p50", "p95", "p99")?;
    for BehaviorReport { name, latency, .. } in report.behaviors() {
        match latency {
            Some(latency) => {
                let [p50, p95, p99] = figures::quantiles(latency);
                writeln!(f, "  {name:width$}  {:>11}  {p50:>8}  {p95:>8}  {p99:>8}", figures::count(latency.n))?;
            }
            None => writeln!(f, "  {name:width$}  {:>11}", 0)?,
        }
    }
    Ok(())
}

fn first_runner(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    first_runner::concurrent(report).into_iter().try_for_each(|line| writeln!(f, "{line}"))?;
    let rows = first_runner::rows(report);
    if rows.is_empty() {
        return Ok(());
    }
    let width = widest_name(report);
    writeln!(f, "Who ran first? (p50; whoever does may pay for cold caches)")?;
    writeln!(f, "  {:width$}  {:>11}  {:>8}  {:>11}  {:>8}", "", "n first", "first", "n later", "later")?;
    for Row { name, first: (n, first), later: (m, later) } in &rows {
        let (n, m) = (figures::count(*n), figures::count(*m));
        let [first, later] = [first, later].map(|median| median.map_or("-".to_owned(), figures::duration));
        writeln!(f, "  {name:width$}  {n:>11}  {first:>8}  {m:>11}  {later:>8}")?;
    }
    first_runner::remark(&rows).into_iter().try_for_each(|remark| writeln!(f, "  {remark}"))
}

fn widest_name(report: &Report) -> usize {
    report.behaviors().map(|behavior| behavior.name.chars().count()).max().unwrap_or(0)
}

fn examples(f: &mut fmt::Formatter<'_>, candidate: &CandidateReport) -> fmt::Result {
    if candidate.samples.is_empty() {
        return Ok(());
    }
    writeln!(f, "Examples of {}, {}:", candidate.behavior.name, figures::examples(candidate))?;
    candidate.samples.iter().try_for_each(|sample| writeln!(f, "  {}: {}", figures::place(sample), in_words(sample)))
}

#[cfg(feature = "serde")]
fn differences(f: &mut fmt::Formatter<'_>, candidate: &CandidateReport) -> fmt::Result {
    let Some(report) = &candidate.differences else { return Ok(()) };
    writeln!(f, "Where {} differs, {}:", candidate.behavior.name, differences::scope(report))?;
    for path in &report.paths {
        writeln!(f, "  {}, {}", path.path, differences::at_path(path))?;
        for sample in &path.samples {
            writeln!(f, "    run {}: {}", figures::count(sample.run), sample.in_words())?;
        }
    }
    differences::elsewhere(report).into_iter().try_for_each(|line| writeln!(f, "  {line}"))
}

/// The parts of a sample that are there, on one line.
pub(super) fn in_words(sample: &Sample) -> String {
    let Sample { control, candidate, difference, .. } = sample;
    let named = [("control: ", control), ("candidate: ", candidate), ("", difference)];
    let parts: Vec<_> =
        named.into_iter().filter_map(|(name, words)| words.as_ref().map(|words| format!("{name}{words}"))).collect();
    parts.join("; ")
}
