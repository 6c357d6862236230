//! The experiment: are the answers the same, and how long does each take?

use experiment::Report;

use super::promised;
use crate::search::COMPARE;
use crate::tour::progress::Progress;
use crate::tour::scene::Scene;
use crate::tour::{TourError, screen};

/// Runs all three queries on the searches that the old one answers; the caller always gets the old one's result.
pub(in crate::tour) fn compare(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    let experiment = |scene: &Scene| scene.search.lab().experiment("users-query").report();
    scene.edit_flags(|edit| edit.set_enabled(COMPARE, true))?;
    scene.watch(progress, 6.0)?;
    // The planted bug shows on one search in ten, so a few hundred runs are enough to meet it.
    scene.watch_until(progress, "a mismatch of the fancy query", |scene| {
        Ok(experiment(scene).candidate("fancy").is_some_and(|fancy| fancy.mismatches() > 0))
    })?;
    scene.edit_flags(|edit| edit.set_enabled(COMPARE, false))?;
    let report = experiment(scene);
    screen::line(&report.to_string());
    judge(&report)?;
    screen::line("So: new is faster and was never seen to differ, which is enough to ramp it with care; fancy is out.");
    Ok(())
}

/// The new query must be right and faster, and the bug of the fancy one must have been found, with an example.
fn judge(report: &Report) -> Result<(), TourError> {
    let missing = |name| TourError::Broken { promise: "the experiment ran", found: format!("no run of {name}") };
    let new = report.candidate("new").ok_or_else(|| missing("new"))?;
    let fancy = report.candidate("fancy").ok_or_else(|| missing("fancy"))?;
    promised(
        "the new query finds what the old one finds",
        new.matches() > 0 && new.matches() == new.compared(),
        || format!("{} of {} results match", new.matches(), new.compared()),
    )?;
    let p50 = |latency: &Option<experiment::LatencyReport>| latency.as_ref().map(|latency| latency.p50);
    promised("the new query is faster", p50(&new.behavior.latency) < p50(&report.control.latency), || {
        format!("medians {:?} and {:?}", p50(&new.behavior.latency), p50(&report.control.latency))
    })?;
    let example = fancy.samples.iter().find_map(|sample| sample.difference.as_deref());
    promised(
        "the bug of the fancy query is found, with an example",
        fancy.mismatches() > 0 && example.is_some_and(|example| example.contains("name is empty")),
        || format!("{} mismatches, for example {example:?}", fancy.mismatches()),
    )
}
