//! A database of the exam, and what is asked of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use migration_planner::{Change, Evidence, Finding, Plan, Planner, Policy, RESERVED_PREFIX, Refusal, Window};
use migration_planner_sqlite::{Clock, Runner, RunnerOptions, SystemClock, introspect};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) struct Database {
    dir: TempDir,
}

impl Database {
    pub(crate) fn new(sql: &str) -> Self {
        let database = Self { dir: folder() };
        Connection::open(database.path()).and_then(|c| c.execute_batch(sql)).expect("the exam's own SQL");
        database
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("app.db")
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.path()).expect("it was opened before")
    }

    pub(crate) fn runner(&self) -> Runner {
        runner(&self.path())
    }

    pub(crate) fn plan(&self, change: &Change) -> Result<Plan, Refusal> {
        let found = introspect(self.path()).expect("it is a database");
        Planner::new(&found.schema, found.server).policy(Policy::default().batch_rows(10)).plan(change)
    }

    /// Begins a plan whose gates are all open.
    pub(crate) fn begin(&self, change: &Change) -> Result<Plan, Refusal> {
        let plan = self.plan(change)?;
        let mut runner = self.runner();
        runner.begin(&plan).expect("what was planned can be begun");
        for consumer in plan.consumers() {
            let now = Window::instant(SystemClock.now());
            let said = Evidence::new(consumer.name(), change.object(), Finding::attestation("an exam"), now, "exam");
            runner.record(&said).expect("the database can be written");
        }
        Ok(plan)
    }

    /// The application's part of the catalog, to the letter.
    pub(crate) fn catalog(&self) -> Vec<String> {
        self.rows(&format!(
            "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema \
             WHERE tbl_name NOT LIKE '{RESERVED_PREFIX}%' ORDER BY 1"
        ))
    }

    /// The first column of a query's rows.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.connect();
        let mut statement = connection.prepare(sql).expect("the exam's own SQL");
        let rows = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect);
        rows.expect("the exam's own SQL")
    }
}

/// A folder in memory, where there is one: what was written there outlives a process that is killed just as a disk's cache does, and
/// waiting for the disk, which only a lost disk makes a difference to, is most of what a small database does.
fn folder() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).expect("a temporary directory")
}

pub(crate) fn runner(path: &Path) -> Runner {
    let options = RunnerOptions::default().lease(Duration::from_millis(20)).writing_share(100);
    Runner::open_with(path, options).expect("it is a database")
}
