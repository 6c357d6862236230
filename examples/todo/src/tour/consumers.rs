//! The two other readers of the column, each with a deployment of its own: the job that exports users to the warehouse,
//! and the report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use migration_planner::ColumnUse;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use super::TourError;
use crate::store::watch;

/// How long a job rests between two runs.
const PAUSE: Duration = Duration::from_millis(150);

/// What a job runs over and over, before and after it moves off the column.
///
/// The application stops writing the column first, so the last runs that still read it find rows without a value and
/// fall back to the name: a phase has to tolerate what the phase before it allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queries {
    pub(super) reading_the_column: &'static str,
    pub(super) moved_off: &'static str,
}

/// Users for the warehouse, a page of the whole in each run.
pub(super) const ETL: Queries = Queries {
    reading_the_column: "SELECT count(*) FROM (SELECT id, coalesce(legacy_name, upper(name)) FROM users
                         WHERE id > abs(random() % 100000) ORDER BY id LIMIT 2000)",
    moved_off: "SELECT count(*) FROM (SELECT id, upper(name) FROM users
                WHERE id > abs(random() % 100000) ORDER BY id LIMIT 2000)",
};

/// How many users there are for each first letter.
pub(super) const REPORT: Queries = Queries {
    reading_the_column: "SELECT count(*) FROM
                         (SELECT substr(coalesce(legacy_name, upper(name)), 1, 1), count(*) FROM users GROUP BY 1)",
    moved_off: "SELECT count(*) FROM (SELECT upper(substr(name, 1, 1)), count(*) FROM users GROUP BY 1)",
};

/// A job at work; dropping it stops it.
#[derive(Debug)]
pub(super) struct Consumer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    usage: ColumnUse,
    queries: Queries,
    moved_off: AtomicBool,
    stop: AtomicBool,
    first_failure: Mutex<Option<String>>,
}

impl Consumer {
    /// Starts the job on the database at `path`; `usage` hears of its uses of the column.
    pub(super) fn start(path: &Path, queries: Queries, usage: ColumnUse, moved_off: bool) -> Self {
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            usage,
            queries,
            moved_off: AtomicBool::new(moved_off),
            stop: AtomicBool::new(false),
            first_failure: Mutex::default(),
        });
        let of_thread = Arc::clone(&shared);
        Self { shared, thread: Some(std::thread::spawn(move || of_thread.work())) }
    }

    /// Deploys the version that does without the column: its next run opens a connection of its own.
    pub(super) fn deploy_without_the_column(&self) {
        self.shared.moved_off.store(true, Ordering::Relaxed);
    }

    /// What was counted of its uses.
    pub(super) fn usage(&self) -> &ColumnUse {
        &self.shared.usage
    }

    /// Fails once a run of the job has failed.
    pub(super) fn check(&self) -> Result<(), TourError> {
        match &*self.shared.first_failure.lock() {
            None => Ok(()),
            Some(found) => Err(TourError::Broken { promise: "every run of a job succeeds", found: found.clone() }),
        }
    }
}

impl Shared {
    fn query(&self) -> &'static str {
        let Queries { reading_the_column, moved_off } = self.queries;
        if self.moved_off.load(Ordering::Relaxed) { moved_off } else { reading_the_column }
    }

    fn work(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            if let Err(error) = self.run() {
                self.first_failure.lock().get_or_insert(error.to_string());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// One run, with a connection of its own, as jobs have.
    fn run(&self) -> rusqlite::Result<()> {
        let mut connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        watch(&mut connection, &self.usage)?;
        connection.query_row(self.query(), [], |_| Ok(()))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the job has been reported on standard error by its own thread.
            let _panicked = thread.join();
        }
    }
}
