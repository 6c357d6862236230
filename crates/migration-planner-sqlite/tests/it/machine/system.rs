//! The runner that is at work, and what it says.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use migration_planner_sqlite::{Advance, Event, Progress, RunError, Runner, RunnerOptions};
use stateful_testing::Failed;
use tempfile::TempDir;

use super::Countdown;
use crate::support::ManualClock;

/// When everything starts, in milliseconds.
pub(super) const START: u64 = 1_000_000;

pub(super) fn options(clock: &Arc<ManualClock>) -> RunnerOptions {
    RunnerOptions::default().clock(Arc::clone(clock)).lease(Duration::from_millis(20)).writing_share(100)
}

/// A database and the runner that is at work on it.
pub(super) struct System {
    folder: TempDir,
    pub(super) clock: Arc<ManualClock>,
    pub(super) runner: Runner,
}

impl System {
    /// Time goes on whoever is killed.
    pub(super) fn open(folder: TempDir, clock: Arc<ManualClock>) -> Result<Self, Failed> {
        let options = options(&clock);
        let runner = Runner::open_with(folder.path().join("app.db"), options)?;
        Ok(Self { folder, clock, runner })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    /// The files as they are at this moment, with what SQLite needs to make them whole: all that is left of a process that is killed.
    fn image(folder: &std::path::Path) -> TempDir {
        let image = tempfile::tempdir().unwrap();
        for file in ["app.db", "app.db-wal", "app.db-journal"] {
            if folder.join(file).exists() {
                fs::copy(folder.join(file), image.path().join(file)).unwrap();
            }
        }
        image
    }

    /// Lets the runner work until the countdown ends, and goes on with what is on the disk then.
    pub(super) fn killed(
        mut self,
        mut until: Countdown,
        work: impl FnOnce(&mut Runner, &mut dyn FnMut(&Progress)),
    ) -> Result<Self, Failed> {
        let folder = self.folder.path().to_owned();
        let mut left = None;
        let mut tell = |progress: &Progress| {
            let counts = matches!(
                progress,
                Progress::Statement { .. } | Progress::StepJournaled { .. } | Progress::StepDone { .. }
            );
            if counts && until.tick().is_err() {
                left = Some(Self::image(&folder));
                // Nothing of the runner comes to run any more but what ends its transaction, on files that nobody looks at.
                resume_unwind(Box::new(()));
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(|| work(&mut self.runner, &mut tell)));
        let image = left.unwrap_or_else(|| Self::image(&folder));
        if let Err(panic) = ended
            && !panic.is::<()>()
        {
            resume_unwind(panic);
        }
        Self::open(image, self.clock)
    }
}

pub(super) fn said(advance: Result<Advance, RunError>) -> Result<String, Failed> {
    Ok(match advance {
        Ok(Advance::PhaseDone { phase, .. }) => format!("left {phase}"),
        Ok(Advance::Held { phase, .. }) => format!("held {phase}"),
        Ok(Advance::Paused { .. }) => "paused".to_owned(),
        Ok(Advance::Finished) => "finished".to_owned(),
        Err(RunError::NoPlan) => "no plan".to_owned(),
        Err(RunError::RollingBack) => "rolling back".to_owned(),
        Err(other) => return Err(other.into()),
        Ok(other) => return Err(Failed::new(format!("{other:?}"))),
    })
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::Adopted => "adopted".to_owned(),
        Event::StepDone { step, found_done: false, .. } => format!("done {step}"),
        Event::PhaseDone { phase, .. } => format!("left {phase}"),
        Event::Finished => "finished".to_owned(),
        Event::RollbackStarted => "rolling back".to_owned(),
        Event::StepUndone { step, .. } => format!("undone {step}"),
        Event::RolledBack => "rolled back".to_owned(),
        Event::PhaseUndoBegun { phase, .. } => format!("undoing {phase}"),
        Event::PhaseUndone { phase, .. } => format!("undid {phase}"),
        Event::Paused { .. } => "paused".to_owned(),
        Event::Resumed { .. } => "resumed".to_owned(),
        other => format!("{other:?}"),
    }
}
