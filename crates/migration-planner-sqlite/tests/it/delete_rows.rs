//! Rows that go in batches, which nobody can bring back.

use migration_planner::{Change, Evidence, Finding, Window};
use migration_planner_sqlite::{Advance, Clock, Event, Progress, RunError, Runner, SystemClock};
use rusqlite::Connection;

use crate::support::{Db, to_the_end};

const ROWS: &str = "CREATE TABLE visits (id INTEGER PRIMARY KEY, old INTEGER NOT NULL);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO visits SELECT i, i > 3 FROM n;";

fn old() -> Change {
    Change::delete_rows("visits", "old = 1")
}

fn say(runner: &mut Runner, consumer: &str, finding: Finding) {
    let now = Window::instant(SystemClock.now());
    runner.record(&Evidence::new(consumer, old().object(), finding, now, "ada")).unwrap();
}

/// A runner at the phase in which the rows go.
fn before_the_deletes(db: &Db) -> Runner {
    let mut runner = db.begun(&old());
    for consumer in ["application", "etl", "reporting"] {
        say(&mut runner, consumer, Finding::attestation("searched all of it"));
    }
    for _ in 0..runner.plan().unwrap().unwrap().phases().len() - 1 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    runner
}

/// Does something once, after this many rows.
fn after(rows: u64, mut what: impl FnMut()) -> impl FnMut(&Progress) {
    move |progress| {
        if matches!(progress, Progress::Batch { rows: seen, .. } if *seen == rows) {
            what();
        }
    }
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM visits", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_half_deleted_is_not_said_to_be_rolled_back() {
    let db = Db::new(ROWS);
    let mut runner = before_the_deletes(&db);
    let other = db.connect();
    let refuse = "CREATE TRIGGER refuse BEFORE DELETE ON visits BEGIN SELECT RAISE(ABORT, 'not now'); END";
    let failed = runner.advance_with(after(14, || other.execute_batch(refuse).unwrap()));
    assert!(failed.is_err() && count(&other) == 29);
    assert!(matches!(runner.roll_back(), Err(RunError::PastReturn { .. })));
    assert!(!runner.status().unwrap().rolled_back);
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    to_the_end(&mut runner);
    assert_eq!(count(&other), 3);
    let begun = |event: &Event| matches!(event, Event::StepBegun { .. });
    assert_eq!(runner.journal().unwrap().iter().filter(|entry| begun(&entry.event)).count(), 1);
}

#[test]
fn a_gate_that_closes_between_two_batches_holds_back_the_next() {
    let db = Db::new(ROWS);
    let mut runner = before_the_deletes(&db);
    let mut other = db.runner();
    let advance = runner.advance_with(after(14, || say(&mut other, "etl", Finding::usage(1, 3, 0, 0))));
    let Advance::Held { gates, .. } = advance.unwrap() else { panic!("somebody reads them") };
    assert_eq!((gates.len(), gates[0].0.as_str(), count(&db.connect())), (1, "etl", 29));
}

#[test]
fn rows_that_come_behind_the_cursor_are_found_by_another_pass() {
    let db = Db::new(ROWS);
    let mut runner = before_the_deletes(&db);
    let other = db.connect();
    let mut is_first = true;
    let late = || {
        if std::mem::take(&mut is_first) {
            other.execute_batch("INSERT INTO visits VALUES (-1, 1)").unwrap();
        }
    };
    assert_eq!(runner.advance_with(after(14, late)).unwrap(), Advance::Finished);
    assert_eq!(count(&other), 3);
}
