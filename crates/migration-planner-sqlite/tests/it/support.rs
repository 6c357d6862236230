//! A database in a temporary directory, and what tests ask of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use migration_planner::{
    Change, Evidence, Finding, Plan, Planner, Policy, RESERVED_PREFIX, Subject, Timestamp, Window,
};
use migration_planner_sqlite::{Advance, Clock, Runner, RunnerOptions, SystemClock, introspect};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) struct Db {
    dir: TempDir,
}

impl Db {
    pub(crate) fn new(sql: &str) -> Self {
        let db = Self { dir: tempfile::tempdir().unwrap() };
        db.connect().execute_batch(sql).unwrap();
        db
    }

    /// The directory, for whoever takes the database over.
    pub(crate) fn into_folder(self) -> TempDir {
        self.dir
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("app.db")
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn plan(&self, change: &Change) -> Plan {
        plan(&self.path(), change)
    }

    pub(crate) fn runner(&self) -> Runner {
        Runner::open(self.path()).unwrap()
    }

    pub(crate) fn begun(&self, change: &Change) -> Runner {
        let plan = self.plan(change);
        let mut runner = self.runner();
        runner.begin(&plan).unwrap();
        runner
    }

    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.connect(), sql)
    }
}

pub(crate) fn plan(path: &Path, change: &Change) -> Plan {
    let found = introspect(path).unwrap();
    Planner::new(&found.schema, found.server)
        .policy(Policy::default().batch_rows(7).observation(Duration::from_mins(1)))
        .plan(change)
        .unwrap()
}

/// Every row of a query as text.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    statement
        .query_map([], |row| {
            let values: Vec<String> =
                (0..columns).map(|i| format!("{:?}", row.get::<_, rusqlite::types::Value>(i).unwrap())).collect();
            Ok(values.join(" "))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// The application's part of the catalog, to the letter.
pub(crate) fn catalog(connection: &Connection) -> Vec<String> {
    let sql = format!(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE '{RESERVED_PREFIX}%' \
         AND name NOT LIKE '{RESERVED_PREFIX}%' ORDER BY 1, 2"
    );
    rows(connection, &sql)
}

/// Somebody answers for every consumer of `change`.
pub(crate) fn attest_all(runner: &mut Runner, object: &(impl Clone + Into<Subject>)) {
    for consumer in ["application", "etl", "reporting"] {
        runner.record(&attestation(consumer, object, SystemClock.now())).unwrap();
    }
}

pub(crate) fn attestation(consumer: &str, object: &(impl Clone + Into<Subject>), at: Timestamp) -> Evidence {
    Evidence::new(consumer, object.clone(), Finding::attestation("searched all of it"), Window::instant(at), "ada")
}

/// Advances until the end; panics where a gate holds it back.
pub(crate) fn to_the_end(runner: &mut Runner) {
    loop {
        match runner.advance().unwrap() {
            Advance::Finished => return,
            Advance::PhaseDone { .. } => {}
            held => panic!("{held:?}"),
        }
    }
}

/// A clock that only moves when somebody waits or says so.
pub(crate) struct ManualClock(AtomicU64);

impl ManualClock {
    pub(crate) fn at(millis: u64) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self(AtomicU64::new(millis)))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, span: Duration) {
        self.0.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

pub(crate) fn impatient() -> RunnerOptions {
    RunnerOptions::default().lock_patience(Duration::from_millis(50)).lease(Duration::from_millis(50))
}
