//! Connections are cut while the server works on a statement outside of transactions: what is left is mended, or undone.

use migration_planner::{Change, Index};
use migration_planner_postgres::{DatabaseError, Progress, RunError};

use crate::support::{Db, answered_for, begun, to_the_end};

/// What is changed, and what tells that half of it is there.
struct Case {
    change: Change,
    half: &'static str,
}

const SCHEMA: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text);
     CREATE INDEX by_name ON users (name); COMMENT ON INDEX by_name IS 'for the search';
     CREATE TABLE events (id bigint NOT NULL, kind text) PARTITION BY RANGE (id);
     CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (100);
     INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 20) AS i;
     INSERT INTO events SELECT i, 'k' FROM generate_series(1, 20) AS i;";

fn cases() -> [Case; 4] {
    let invalid = "SELECT count(*) > 0 FROM pg_index WHERE NOT indisvalid AND indrelid = 'users'::regclass";
    [
        Case { change: Change::create_index("users", Index::new("by_id_name", ["id", "name"])), half: invalid },
        Case { change: Change::drop_index("by_name"), half: invalid },
        Case { change: Change::reindex("by_name"), half: invalid },
        Case {
            change: Change::detach_partition("events", "events_1", "id >= 1 AND id < 100"),
            half: "SELECT count(*) > 0 FROM pg_inherits WHERE inhdetachpending",
        },
    ]
}

/// A plan that was cut off while the server worked on the statement.
fn cut_off(case: &Case) -> Option<(Db, migration_planner_postgres::Runner, migration_planner::Plan)> {
    let db = Db::new(SCHEMA)?;
    let (mut runner, plan) = begun(&db, &case.change);
    answered_for(&mut runner, &plan);
    let mut holder = db.connect();
    let cut = loop {
        let advance = runner.advance_with(|progress| match progress {
            // The statement outside of transactions comes next, and has to wait for this one.
            Progress::StepBegun { .. } => {
                holder.batch_execute("BEGIN; SELECT * FROM users; SELECT * FROM events").unwrap();
                holder.batch_execute("UPDATE users SET name = name WHERE id = 1").unwrap();
            }
            Progress::Waiting { rest, .. } if rest.is_zero() => {
                db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover-%'");
                holder.batch_execute("ROLLBACK").unwrap();
            }
            _ => {}
        });
        match advance {
            Ok(migration_planner_postgres::Advance::PhaseDone { .. }) => {}
            other => break other,
        }
    };
    assert!(matches!(cut, Err(RunError::Database(DatabaseError::ConnectionLost { .. }))), "{}: {cut:?}", case.change);
    assert_eq!(db.rows(case.half), ["t"], "{}: nothing was half done, so this tests nothing", case.change);
    Some((db, runner, plan))
}

#[test]
fn what_was_cut_off_half_way_is_finished_by_the_next_call() {
    for case in &cases() {
        let Some((db, mut runner, plan)) = cut_off(case) else { return };
        answered_for(&mut runner, &plan);
        to_the_end(&mut runner);
        assert_eq!(db.rows(case.half), ["f"], "{}", case.change);
    }
}

#[test]
fn what_was_cut_off_half_way_can_be_rolled_back_exactly() {
    for case in &cases() {
        let Some(untouched) = Db::new(SCHEMA) else { return };
        let (db, mut runner, _) = cut_off(case).unwrap();
        runner.roll_back().unwrap();
        let differences = untouched.catalog().differences(&db.catalog());
        assert!(differences.is_empty(), "{}:\n{}", case.change, differences.join("\n"));
    }
}
