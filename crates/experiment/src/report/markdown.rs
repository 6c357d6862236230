//! A report for pull requests and chats.

use std::fmt::Write;

use super::first_runner::Row;
#[cfg(feature = "serde")]
use super::{CandidateReport, differences};
use super::{Claims, Report, figures, first_runner, plain, text};

pub(super) fn render(report: &Report) -> String {
    let mut page = String::new();
    write(&mut page, report).expect("writing to a string cannot fail");
    page
}

fn write(page: &mut String, original: &Report) -> std::fmt::Result {
    let report = &plain::of(original);
    writeln!(page, "## Experiment {}\n\n{}.\n", code(&report.experiment), figures::scope(report))?;
    if let Some((before, name, after)) = figures::promoted(report) {
        writeln!(page, "{before}{}{after}.\n", code(name))?;
    }
    writeln!(page, "### Do the results match?\n")?;
    for candidate in &report.candidates {
        writeln!(page, "- {}: {}", code(&candidate.behavior.name), figures::answer(candidate))?;
    }
    if let Some(again) = &report.control_again {
        writeln!(page, "- {}, which tells what is noise: {}", code(&again.behavior.name), figures::answer(again))?;
    }
    if let Some(error) = figures::quantile_error(report) {
        writeln!(page, "\n### How long does each take?\n\nQuantiles of the runs that returned, within {error}.\n")?;
        writeln!(page, "| behaviour | n | p50 | p95 | p99 |\n|---|---:|---:|---:|---:|")?;
        for behavior in report.behaviors() {
            let name = code(&behavior.name);
            match &behavior.latency {
                Some(latency) => {
                    let [p50, p95, p99] = figures::quantiles(latency);
                    writeln!(page, "| {name} | {} | {p50} | {p95} | {p99} |", figures::count(latency.n))?;
                }
                None => writeln!(page, "| {name} | 0 | | | |")?,
            }
        }
        write_first_runner(page, report)?;
    }
    if !report.candidates.is_empty() {
        writeln!(page, "\n### Verdict, valid however often one looks\n")?;
        for verdict in original.verdicts(&Claims::default()) {
            let name = code(&plain::name(&verdict.candidate));
            // Cohorts and paths are named in them.
            verdict.statements().iter().try_for_each(|line| writeln!(page, "- {name}: {}", escaped(line)))?;
        }
    }
    for candidate in report.candidates.iter().filter(|candidate| !candidate.samples.is_empty()) {
        writeln!(page, "\n### Examples of {}\n\n{}.\n", code(&candidate.behavior.name), figures::examples(candidate))?;
        for sample in &candidate.samples {
            writeln!(page, "- {}: {}", figures::place(sample), code(&text::in_words(sample)))?;
        }
    }
    #[cfg(feature = "serde")]
    for candidate in &report.candidates {
        write_differences(page, candidate)?;
    }
    if !report.held_back.is_empty() {
        writeln!(page, "\n### Limits\n")?;
        figures::held_back(report).try_for_each(|line| writeln!(page, "- {line}"))?;
    }
    if !report.internal_failures.is_empty() {
        writeln!(page, "\n### The experiment itself failed\n")?;
        for (operation, count) in &report.internal_failures {
            writeln!(page, "- in {}: {}", code(operation.as_str()), figures::counted(*count, "time", "times"))?;
        }
    }
    Ok(())
}

fn write_first_runner(page: &mut String, report: &Report) -> std::fmt::Result {
    first_runner::concurrent(report).into_iter().try_for_each(|line| writeln!(page, "\n{}.", code(&line)))?;
    let rows = first_runner::rows(report);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(page, "\n### Who ran first?\n\nMedians; whoever runs first may pay for cold caches.\n")?;
    writeln!(page, "| behaviour | n first | p50 first | n later | p50 later |\n|---|---:|---:|---:|---:|")?;
    for Row { name, first: (n, first), later: (m, later) } in &rows {
        let (n, m) = (figures::count(*n), figures::count(*m));
        let [first, later] = [first, later].map(|median| median.map_or(String::new(), figures::duration));
        writeln!(page, "| {} | {n} | {first} | {m} | {later} |", code(name))?;
    }
    first_runner::remark(&rows).into_iter().try_for_each(|remark| writeln!(page, "\n{}.", code(&remark)))
}

#[cfg(feature = "serde")]
fn write_differences(page: &mut String, candidate: &CandidateReport) -> std::fmt::Result {
    let Some(report) = &candidate.differences else { return Ok(()) };
    writeln!(page, "\n### Where {} differs\n\n{}.\n", code(&candidate.behavior.name), differences::scope(report))?;
    for path in &report.paths {
        writeln!(page, "- {}, {}", code(&path.path), differences::at_path(path))?;
        for sample in &path.samples {
            writeln!(page, "  - run {}: {}", figures::count(sample.run), code(&sample.in_words()))?;
        }
    }
    differences::elsewhere(report).into_iter().try_for_each(|line| writeln!(page, "- {line}"))
}

/// With a backslash before what could begin markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '!') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// As a code span, so that nothing in it is read as markup: the fence is longer than any run of backticks inside, and
/// lines are
/// joined, since a span ends with its paragraph.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}
