//! The tour: one real change, from "planned" to "old column gone", on a service that four clients keep busy.
//!
//! The change: the search for users reads a whole table because it compares `legacy_name`, a copy of every name in
//! capitals. A new query reads an index instead, after which nobody needs the column. Each step below is small, can be
//! undone until the last one, and is watched; the order of `STEPS` is the story.

mod consumers;
mod error;
mod interrupt;
mod latency;
mod ledger;
mod progress;
mod scene;
mod screen;
mod seed;
mod steps;
mod summary;
mod traffic;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::home::Home;
pub use error::TourError;
pub use interrupt::asked_to_end;
use progress::{Finished, Progress};
use scene::Scene;

/// A step of the tour. Whatever it does may have been done before by a process that was killed in the middle of it.
#[derive(Clone, Copy)]
struct Step {
    /// Its name in the file of progress: never changed.
    name: &'static str,
    title: &'static str,
    run: fn(&mut Scene, &mut Progress) -> Result<(), TourError>,
}

/// The story, in order.
const STEPS: [Step; 13] = [
    Step { name: "before", title: "The service as it is: the old query answers everybody", run: steps::before },
    Step { name: "staff", title: "Flag the new query on, for staff only", run: steps::staff },
    Step { name: "experiment", title: "Run old, new and fancy side by side on live requests", run: steps::compare },
    Step { name: "ramp-1", title: "Ramp the new query to 1 % of users", run: |s, p| steps::ramp(s, p, 1) },
    Step { name: "ramp-10", title: "Ramp it to 10 %", run: |s, p| steps::ramp(s, p, 10) },
    Step { name: "ramp-50", title: "Ramp it to 50 %", run: |s, p| steps::ramp(s, p, 50) },
    Step {
        name: "ramp-100",
        title: "Ramp it to 100 %: the old query has no user left",
        run: |s, p| steps::ramp(s, p, 100),
    },
    Step { name: "plan", title: "Plan the removal of users.legacy_name", run: steps::plan },
    Step { name: "application", title: "Phase 1: the application stops using the column", run: steps::application },
    Step { name: "etl", title: "Phase 2: the export to the warehouse moves off", run: steps::etl },
    Step { name: "report", title: "Phase 3: the report moves off", run: steps::report },
    Step { name: "drop", title: "Phase 4: drop the column, past the point of no return", run: steps::drop_column },
    Step { name: "after", title: "The service as it is now", run: steps::after },
];

/// Runs the tour in `folder`, or in a temporary one, from the first step that is not behind it.
///
/// `pace` stretches or shrinks the time each step watches the traffic; 1 is usual.
///
/// The exit code is a success only if no request failed, no user flipped, no promised write is missing, and everything
/// each step promised was seen.
///
/// # Errors
///
/// [`TourError`] says what could not be done. With a folder that was named, the next run goes on there.
pub fn run(folder: Option<&Path>, pace: f64) -> Result<ExitCode, TourError> {
    let started = Instant::now();
    let home = Home::open(folder)?;
    let _only_tour_here = lock(home.folder())?;
    let mut progress = Progress::open(home.folder(), &STEPS.map(|step| step.name))?;
    progress.known.starts = progress.known.starts.saturating_add(1);
    progress.save()?;
    screen::line(&format!(
        "Everything is kept in {}",
        std::path::absolute(home.folder()).unwrap_or_else(|_| home.folder().to_owned()).display()
    ));
    if home.is_temporary() {
        screen::line("(temporary; `tour --dir PATH` keeps it, and goes on there if it is killed)");
    }
    if let Some(last) = progress.known.finished.last() {
        screen::line(&format!("Start {}: going on after the step {:?}", progress.known.starts, last.step));
    }

    let finished_before = STEPS.iter().all(|step| progress.has_finished(step.name));
    let mut scene = Scene::set(home, &progress, pace)?;
    if finished_before {
        screen::line("All steps are behind us; the clients look at the service once more");
        steps::once_more(&mut scene, &mut progress)?;
    }
    for (number, step) in STEPS.iter().enumerate() {
        if progress.has_finished(step.name) {
            continue;
        }
        screen::heading(number + 1, STEPS.len(), step.title);
        let step_started = Instant::now();
        (step.run)(&mut scene, &mut progress)?;
        let seconds = step_started.elapsed().as_secs_f64();
        scene.note_counts(&mut progress);
        progress.known.finished.push(Finished { step: step.name.to_owned(), seconds });
        progress.save()?;
    }
    let audit = scene.leave(&mut progress)?;
    Ok(summary::tell(&progress.known, &audit, started.elapsed()))
}

/// Keeps other tours out of `folder` for as long as the file that is returned is open, however this process ends.
fn lock(folder: &Path) -> Result<File, TourError> {
    let path = folder.join("tour.lock");
    let file = File::create(&path).map_err(|source| TourError::file(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(TourError::Busy { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(TourError::file(&path, source)),
    }
}
