//! Two runners at once.

use std::sync::Arc;
use std::time::Duration;

use migration_planner::{Change, ColumnRef};
use migration_planner_sqlite::{Advance, Clock, Progress, RunError, Runner, RunnerOptions};

use crate::support::{Db, ManualClock, attest_all, impatient, to_the_end};

fn users() -> Db {
    Db::new(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
         INSERT INTO users SELECT i, 'user ' || i FROM n;",
    )
}

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

#[test]
fn a_second_runner_is_kept_out_while_the_first_is_at_work() {
    let db = users();
    let mut first = db.begun(&rename());
    let _expanded = first.advance().unwrap();
    let path = db.path();
    let mut refused = 0;
    let _backfilled = first
        .advance_with(|progress| {
            if matches!(progress, Progress::Batch { rows: 7, .. }) {
                let clock = ManualClock::at(0);
                let options = impatient().clock(Arc::clone(&clock));
                let second = Runner::open_with(&path, options).unwrap().advance();
                assert!(matches!(second, Err(RunError::AnotherRunner { .. })), "{second:?}");
                refused += 1;
            }
        })
        .unwrap();
    assert_eq!(refused, 1);
}

#[test]
fn a_runner_that_was_held_up_too_long_is_fenced_off() {
    let db = users();
    let clock = ManualClock::at(1_000);
    let options = RunnerOptions::default().clock(Arc::clone(&clock)).lease(Duration::from_secs(1)).writing_share(100);
    let mut first = Runner::open_with(db.path(), options.clone()).unwrap();
    first.begin(&db.plan(&rename())).unwrap();
    let _expanded = first.advance().unwrap();
    let mut taken_over = false;
    let held_up = first.advance_with(|progress| {
        if matches!(progress, Progress::Batch { .. }) && !taken_over {
            taken_over = true;
            clock.sleep(Duration::from_secs(5));
            let mut second = Runner::open_with(db.path(), options.clone()).unwrap();
            assert!(matches!(second.advance().unwrap(), Advance::PhaseDone { .. }));
        }
    });
    assert!(matches!(held_up, Err(RunError::Fenced)), "{held_up:?}");
    attest_all(&mut db.runner(), &ColumnRef::new("users", "name"));
    to_the_end(&mut db.runner());
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["Integer(100)"]);
}
