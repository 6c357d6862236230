//! The last table, and whether all of it holds.

use std::process::ExitCode;
use std::time::Duration;

use super::latency::{Percentiles, shown};
use super::ledger::Audit;
use super::progress::Known;
use super::screen;

/// Prints what was seen from the first start to the end; success only if nothing in it is wrong.
pub(super) fn tell(known: &Known, audit: &Audit, took: Duration) -> ExitCode {
    screen::blank();
    screen::line("The whole change");
    row("requests served", known.served, known.served > 0);
    row("requests failed", audit.failed, audit.failed == 0);
    if let Some(how) = &audit.first_failure {
        screen::line(&format!("  the first: {how}"));
    }
    row("users flipped between variants", known.flips, known.flips == 0);
    row("searches by the old query afterwards", known.old_path_afterwards, known.old_path_afterwards == 0);
    row("todos and users that were promised something", audit.checked, audit.checked > 0);
    row("of these, not as promised", audit.lost, audit.lost == 0);
    screen::blank();
    screen::line("searches for users        n       p50       p95       p99");
    percentiles("before", known.before);
    percentiles("after", known.after);
    screen::blank();
    screen::line("step              seconds");
    for finished in &known.finished {
        screen::line(&format!("{:<16} {:>8.1}", finished.step, finished.seconds));
    }
    let right = audit.failed == 0
        && known.served > 0
        && known.flips == 0
        && known.old_path_afterwards == 0
        && audit.checked > 0
        && audit.lost == 0
        && [known.before, known.after].iter().all(|seen| seen.is_some_and(|seen| seen.searches > 0));
    screen::blank();
    screen::line(&format!(
        "{} in {} ({} start{})",
        if right { "All of it holds," } else { "NOT all of it holds," },
        screen::shown(took),
        known.starts,
        if known.starts == 1 { "" } else { "s" },
    ));
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(what: &str, count: impl std::fmt::Display, right: bool) {
    screen::line(&format!("{what:<46} {count:>8}{}", if right { "" } else { "   <- wrong" }));
}

fn percentiles(when: &str, of: Option<Percentiles>) {
    match of {
        None => screen::line(&format!("{when:<18} not measured   <- wrong")),
        Some(Percentiles { searches: 0, .. }) => screen::line(&format!("{when:<18} no searches   <- wrong")),
        Some(Percentiles { searches, p50_us, p95_us, p99_us }) => screen::line(&format!(
            "{when:<18} {searches:>8} {:>9} {:>9} {:>9}",
            shown(p50_us),
            shown(p95_us),
            shown(p99_us)
        )),
    }
}
