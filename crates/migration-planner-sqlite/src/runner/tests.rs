//! What cannot be brought about from outside: a disk that is full for this connection alone.

use std::time::Duration;

use migration_planner::run::{Advance, Clock, Progress, SystemClock};
use migration_planner::{Change, ColumnRef, Evidence, Finding, Planner, Policy, Window};

use super::Runner;
use crate::error::{DatabaseError, RunError, refused};
use crate::introspect::introspect;

#[test]
fn a_disk_that_is_full_leaves_a_plan_that_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.db");
    let application = rusqlite::Connection::open(&path).unwrap();
    application
        .execute_batch(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO users SELECT i, hex(zeroblob(40)) FROM n;",
        )
        .unwrap();
    let found = introspect(&path).unwrap();
    let plan = Planner::new(&found.schema, found.server)
        .policy(Policy::default().batch_rows(100).observation(Duration::ZERO))
        .plan(&Change::rename_column("users", "name", "full_name"))
        .unwrap();
    let mut runner = Runner::open(&path).unwrap();
    runner.begin(&plan).unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));

    let limit = |runner: &mut Runner, pages: u32| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        runner.database.read(|connection| connection.execute_batch(&pragma).map_err(refused("a limit"))).unwrap();
    };
    let pages: u32 = application.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    limit(&mut runner, pages + 10);
    let mut copied = 0;
    let full = runner.advance_with(|progress| copied += usize::from(matches!(progress, Progress::Batch { .. })));
    assert!(matches!(full, Err(RunError::Database(DatabaseError::DiskFull { .. }))), "{full:?}");
    assert!(copied > 0, "it failed before the first batch, so this tests nothing");
    let left: i64 =
        application.query_row("SELECT count(*) FROM users WHERE full_name IS NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3000 - 100 * i64::try_from(copied).unwrap(), "a batch was half done");

    limit(&mut runner, 1_000_000);
    for consumer in ["application", "etl", "reporting"] {
        let said = Finding::attestation("searched all of it");
        let object = ColumnRef::new("users", "name");
        runner.record(&Evidence::new(consumer, object, said, Window::instant(SystemClock.now()), "ada")).unwrap();
    }
    while runner.advance().unwrap() != Advance::Finished {}
    let copied: i64 = application.query_row("SELECT count(full_name) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(copied, 3000);
}
