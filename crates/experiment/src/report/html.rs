//! Reports as a page for browsers.

mod chart;
mod table;
mod writer;

use writer::Html;

#[cfg(feature = "serde")]
use super::differences;
use super::first_runner::Row;
use super::{CandidateReport, Claims, Report, figures, first_runner, text};
use crate::outcome::Outcome;

/// Reports as one self-contained page: verdicts in words, counts per outcome, distributions of the durations as drawings
/// and tables, examples, and where results differ.
///
/// It loads nothing, runs no script and works offline; it is readable in light and dark, and without seeing the drawings.
/// Whatever names and examples hold is text on it. A page has at most some 4 MB: experiments beyond that are counted on it.
///
/// ```
/// use experiment::{Lab, html_page};
///
/// let lab = Lab::new();
/// lab.experiment("users-query").control(|| 1).candidate("<script>", || 1).run();
///
/// let page = html_page(&lab.reports());
/// assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("<script"));
/// ```
pub fn html_page(reports: &[Report]) -> String {
    let mut html = Html::new();
    html.own("<!DOCTYPE html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| head(html, reports));
        html.element("body", &[], |html| body(html, reports));
    });
    html.own("\n");
    html.into_string()
}

/// Experiments that begin behind this are left out.
const MOST_BYTES: usize = 4 << 20;

/// Of each list in a report so many are shown. What a lab keeps is far below.
const MOST_ENTRIES: usize = 100;

fn head(html: &mut Html, reports: &[Report]) {
    html.empty("meta", &[("charset", "utf-8")]);
    html.empty("meta", &[("name", "viewport"), ("content", "width=device-width")]);
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    html.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", policy)]);
    html.plain("title", &title(reports));
    html.element("style", &[], |html| html.own(include_str!("html/style.css")));
}

fn title(reports: &[Report]) -> String {
    match reports {
        [one] => format!("Experiment {}", one.experiment),
        _ => figures::counted(reports.len() as u64, "experiment", "experiments"),
    }
}

fn body(html: &mut Html, reports: &[Report]) {
    html.element("main", &[], |html| {
        html.plain("h1", &title(reports));
        for (place, report) in reports.iter().enumerate() {
            if html.len() > MOST_BYTES {
                let left = figures::counted((reports.len() - place) as u64, "experiment is", "experiments are");
                html.plain("p", &format!("{left} left out here: the page would grow too large."));
                break;
            }
            html.element("article", &[], |html| article(html, report));
        }
    });
}

fn article(html: &mut Html, report: &Report) {
    html.element("h2", &[], |html| code(html, &report.experiment));
    html.plain("p", &format!("{}.", figures::scope(report)));
    if let Some((before, name, after)) = figures::promoted(report) {
        html.element("p", &[], |html| {
            html.text(before);
            code(html, name);
            html.text(&format!("{after}."));
        });
    }
    verdicts(html, report);
    outcomes(html, report);
    cohorts(html, report);
    durations(html, report);
    for candidate in report.candidates.iter().take(MOST_ENTRIES) {
        examples(html, candidate);
        #[cfg(feature = "serde")]
        paths(html, candidate);
    }
    remarks(html, report);
}

fn verdicts(html: &mut Html, report: &Report) {
    html.plain("h3", "Verdict, valid however often one looks");
    if report.candidates.is_empty() {
        html.plain("p", "No candidate has run yet.");
        return;
    }
    html.element("ul", &[], |html| {
        for verdict in report.verdicts(&Claims::default()).iter().take(MOST_ENTRIES) {
            for line in verdict.statements() {
                html.element("li", &[], |html| {
                    code(html, &verdict.candidate);
                    html.text(&format!(": {line}"));
                });
            }
        }
    });
}

fn outcomes(html: &mut Html, report: &Report) {
    let all: Vec<_> = report.candidates.iter().chain(&report.control_again).take(MOST_ENTRIES).collect();
    if all.is_empty() {
        return;
    }
    html.plain("h3", "Do the results match?");
    let seen = Outcome::ALL.into_iter().filter(|outcome| {
        matches!(outcome, Outcome::Match | Outcome::Mismatch)
            || all.iter().any(|candidate| candidate.count(*outcome) > 0)
    });
    let seen: Vec<_> = seen.collect();
    let names: Vec<_> = seen.iter().map(|outcome| outcome.as_str().replace('_', " ")).collect();
    let columns: Vec<_> = std::iter::once("candidate").chain(names.iter().map(String::as_str)).collect();
    table::write(html, "Runs by outcome", &columns, &all, |candidate| {
        let name = candidate.behavior.name.clone();
        std::iter::once(name).chain(seen.iter().map(|outcome| figures::count(candidate.count(*outcome)))).collect()
    });
    html.element("ul", &[], |html| {
        for candidate in &all {
            html.element("li", &[], |html| {
                code(html, &candidate.behavior.name);
                html.text(&format!(": {}", figures::answer(candidate)));
            });
        }
    });
}

fn cohorts(html: &mut Html, report: &Report) {
    let in_cohorts = |candidate: &CandidateReport| {
        let name = candidate.behavior.name.clone();
        let cohorts = candidate.cohorts.iter();
        cohorts.map(move |cohort| (name.clone(), cohort.clone())).collect::<Vec<_>>()
    };
    let rows: Vec<_> = report.candidates.iter().flat_map(in_cohorts).take(MOST_ENTRIES).collect();
    if rows.is_empty() {
        return;
    }
    html.plain("h3", "In each cohort");
    let columns = ["cohort", "candidate", "compared", "mismatches"];
    table::write(html, "Results by cohort", &columns, &rows, |(candidate, cohort)| {
        let (compared, mismatches) = (figures::count(cohort.compared()), figures::count(cohort.mismatches()));
        vec![cohort.cohort.clone(), candidate.clone(), compared, mismatches]
    });
}

fn durations(html: &mut Html, report: &Report) {
    let Some(error) = figures::quantile_error(report) else { return };
    html.plain("h3", "How long does each take?");
    html.plain("p", &format!("Quantiles of the runs that returned, within {error}."));
    chart::draw(html, report);
    let behaviors: Vec<_> = report.behaviors().take(MOST_ENTRIES).collect();
    table::write(html, "Durations", &["behaviour", "n", "p50", "p95", "p99"], &behaviors, |behavior| {
        let mut cells = vec![behavior.name.clone()];
        match &behavior.latency {
            Some(latency) => {
                cells.push(figures::count(latency.n));
                cells.extend(figures::quantiles(latency));
            }
            None => cells.extend(["0", "", "", ""].map(str::to_owned)),
        }
        cells
    });
    if let Some(line) = first_runner::concurrent(report) {
        html.plain("p", &format!("{line}."));
    }
    let rows = first_runner::rows(report);
    if rows.is_empty() {
        return;
    }
    let columns = ["behaviour", "n first", "p50 first", "n later", "p50 later"];
    let caption = "Who ran first? Whoever does may pay for cold caches";
    table::write(html, caption, &columns, &rows, |Row { name, first: (n, first), later: (m, later) }| {
        let [first, later] = [first, later].map(|median| median.map_or(String::new(), figures::duration));
        vec![(*name).to_owned(), figures::count(*n), first, figures::count(*m), later]
    });
    if let Some(remark) = first_runner::remark(&rows) {
        html.plain("p", &format!("{remark}."));
    }
}

fn examples(html: &mut Html, candidate: &CandidateReport) {
    if candidate.samples.is_empty() {
        return;
    }
    html.element("h3", &[], |html| {
        html.text("Examples of ");
        code(html, &candidate.behavior.name);
    });
    html.plain("p", &format!("{}.", figures::examples(candidate)));
    html.element("ul", &[], |html| {
        for sample in candidate.samples.iter().take(MOST_ENTRIES) {
            html.element("li", &[], |html| {
                html.text(&format!("{}: ", figures::place(sample)));
                code(html, &text::in_words(sample));
            });
        }
    });
}

#[cfg(feature = "serde")]
fn paths(html: &mut Html, candidate: &CandidateReport) {
    let Some(report) = &candidate.differences else { return };
    html.element("h3", &[], |html| {
        html.text("Where ");
        code(html, &candidate.behavior.name);
        html.text(" differs");
    });
    html.plain("p", &format!("{}.", differences::scope(report)));
    let shown = &report.paths[..report.paths.len().min(MOST_ENTRIES)];
    // Only where the control ran twice is anything known of noise.
    let columns = ["path", "runs", "differences", "examples", "noise"];
    let columns = if report.paired > 0 { &columns[..] } else { &columns[..4] };
    table::words(html, "Differences by path", columns, shown, |path, html| {
        html.element("th", &[("scope", "row")], |html| code(html, &path.path));
        html.plain("td", &figures::count(path.runs));
        html.plain("td", &differences::kinds(path));
        html.element("td", &[], |html| {
            for sample in path.samples.iter().take(MOST_ENTRIES) {
                html.element("div", &[], |html| {
                    html.text(&format!("run {}: ", figures::count(sample.run)));
                    code(html, &sample.in_words());
                });
            }
        });
        if report.paired > 0 {
            html.plain("td", &differences::noise(path).unwrap_or_default());
        }
    });
    let left_out = report.paths.len() - shown.len();
    if left_out > 0 {
        html.plain("p", &figures::counted(left_out as u64, "path is not shown.", "paths are not shown."));
    }
    if let Some(line) = differences::elsewhere(report) {
        html.plain("p", &format!("{line}."));
    }
}

fn remarks(html: &mut Html, report: &Report) {
    let failures = report.internal_failures.iter().map(|(operation, count)| {
        format!("The experiment itself failed in {operation}: {}", figures::counted(*count, "time", "times"))
    });
    let lines: Vec<_> = figures::held_back(report).chain(failures).collect();
    if lines.is_empty() {
        return;
    }
    html.plain("h3", "Limits and failures of the experiment itself");
    html.element("ul", &[], |html| lines.iter().for_each(|line| html.plain("li", line)));
}

fn code(html: &mut Html, text: &str) {
    html.plain("code", text);
}
