//! What each step does, in the order of the story.

mod comparing;
mod ramping;
mod removing;

pub(super) use comparing::compare;
pub(super) use ramping::{ramp, staff};
pub(super) use removing::{application, drop_column, etl, plan, report};

use super::latency::{Percentiles, shown};
use super::progress::Progress;
use super::scene::Scene;
use super::{TourError, screen};

/// How long searches take before anything is changed.
pub(super) fn before(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    progress.known.before = Some(measured(scene, progress)?);
    Ok(())
}

/// How long they take once all is done.
pub(super) fn after(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    progress.known.after = Some(measured(scene, progress)?);
    Ok(())
}

/// The service of a tour that was finished before must still do what it was left with.
pub(super) fn once_more(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    let seen = measured(scene, progress)?;
    promised("the clients reach the service", seen.searches > 0, || "not one search was answered".to_owned())
}

fn measured(scene: &mut Scene, progress: &mut Progress) -> Result<Percentiles, TourError> {
    scene.traffic.take_latencies();
    scene.watch(progress, 4.0)?;
    let seen = scene.traffic.take_latencies();
    let Percentiles { searches, p50_us, p95_us, p99_us } = seen;
    screen::line(&format!("{searches} searches: p50 {}, p95 {}, p99 {}", shown(p50_us), shown(p95_us), shown(p99_us)));
    Ok(seen)
}

/// Ends the tour where `holds` is not true.
fn promised(promise: &'static str, holds: bool, found: impl FnOnce() -> String) -> Result<(), TourError> {
    if holds { Ok(()) } else { Err(TourError::Broken { promise, found: found() }) }
}
