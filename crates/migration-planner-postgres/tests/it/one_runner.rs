//! One runner at a time, whatever becomes of sessions.

use std::time::Duration;

use migration_planner::{Change, Index};
use migration_planner_postgres::{Advance, Progress, RunError, Runner, RunnerOptions};

use crate::support::{Db, answered_for, begun, quick, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text);
     INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 40) AS i;";

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

fn hasty() -> RunnerOptions {
    RunnerOptions::default().lease(Duration::from_millis(300)).writing_share(100)
}

#[test]
fn a_second_runner_is_told_who_is_at_work() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &rename());
    let mut second = Runner::open_with(&db.url(), hasty()).unwrap();
    let mut said = None;
    let advance = runner.advance_with(|progress| {
        if matches!(progress, Progress::Phase { .. }) {
            said = Some(second.advance());
        }
    });
    assert!(matches!(advance.unwrap(), Advance::PhaseDone { .. }));
    let error = said.unwrap().unwrap_err();
    let RunError::AnotherRunner { owner, .. } = &error else { panic!("{error:?}") };
    let journal = runner.journal().unwrap();
    assert_eq!(&journal.last().unwrap().runner, owner);
    assert!(matches!(second.advance().unwrap(), Advance::PhaseDone { .. }), "the lease was given back");
}

#[test]
fn a_plan_whose_table_changes_while_it_waits_for_its_turn_is_not_begun() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut first, plan) = begun(&db, &rename());
    first.roll_back().unwrap();
    drop(first);
    let sessions = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover-%'";
    while !db.rows(&format!("SELECT pid {sessions}")).is_empty() {
        std::thread::yield_now();
    }
    db.run("UPDATE cutover.lease SET owner = 'somebody else', until = now() + interval '1 hour'");
    let url = db.url();
    let begins = std::thread::spawn(move || Runner::open(&url).unwrap().begin(&plan));
    // It has looked at the table by then, and waits.
    while db.rows(&format!("SELECT pid {sessions} AND query LIKE '%cutover.lease%'")).is_empty() {
        std::thread::yield_now();
    }
    db.run("ALTER TABLE users ADD age int; UPDATE cutover.lease SET until = '-infinity'");
    let said = begins.join().unwrap();
    assert!(matches!(said, Err(RunError::OtherDatabase { .. })), "{said:?}");
}

#[test]
fn a_runner_that_lost_its_lease_cannot_write() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &rename());
    let mut taken = false;
    let fenced = runner.advance_with(|progress| {
        // In the middle of the step's transaction, as one finds out who was stopped for a while.
        if matches!(progress, Progress::Statement { index: 0, .. }) && !taken {
            db.run(
                "UPDATE cutover.lease SET fence = fence + 1, owner = 'somebody else', until = now() - interval '1 s'",
            );
            taken = true;
        }
    });
    assert!(matches!(fenced, Err(RunError::Fenced)), "{fenced:?}");
    assert_eq!(db.rows("SELECT count(*) FROM pg_attribute WHERE attname = 'full_name'"), ["0"]);
    assert_eq!(runner.journal().unwrap().len(), 1, "nothing of it is in the journal");
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "with a new lease it may");
}

#[test]
fn a_takeover_between_batches_fences_the_next_one() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let fenced = runner.advance_with(|progress| {
        if matches!(progress, Progress::Batch { rows: 14, .. }) {
            db.run("UPDATE cutover.lease SET fence = fence + 1, owner = 'somebody else', until = '-infinity'");
        }
    });
    assert!(matches!(fenced, Err(RunError::Fenced)), "{fenced:?}");
    assert_eq!(db.rows("SELECT count(*) FROM users WHERE full_name IS NOT NULL"), ["14"]);
}

#[test]
fn the_heart_beat_keeps_the_lease_while_a_statement_takes_its_time() {
    let Some(db) = Db::new(USERS) else { return };
    let change = Change::sql(["SELECT pg_sleep(1.2)"], Some(&["SELECT 1"]));
    let plan = crate::support::planned(&db, &change);
    let mut runner = Runner::open_with(&db.url(), hasty()).unwrap();
    runner.begin(&plan).unwrap();
    let url = db.url();
    let mut second = None;
    let advance = runner.advance_with(|progress| {
        if matches!(progress, Progress::Phase { .. }) {
            let url = url.clone();
            second = Some(std::thread::spawn(move || Runner::open_with(&url, hasty()).unwrap().advance()));
        }
    });
    assert_eq!(advance.unwrap(), Advance::Finished);
    let said = second.unwrap().join().unwrap();
    // It gave up meanwhile, or came after the end; it never took over.
    assert!(matches!(said, Err(RunError::AnotherRunner { .. }) | Ok(Advance::Finished)), "{said:?}");
    assert_eq!(db.rows("SELECT count(*) FROM cutover.journal WHERE event ->> 'event' = 'step_done'"), ["1"]);
}

/// As behind a pooler of transactions, where the next one may get any session: here every one gets another.
#[test]
fn nothing_depends_on_the_session_of_the_transaction_before() {
    let Some(db) = Db::new(USERS) else { return };
    let before = db.catalog();
    let (mut runner, plan) = begun(&db, &rename());
    answered_for(&mut runner, &plan);
    let (mut ended, mut told) = (0, Vec::new());
    for _ in 0..100 {
        let advance = runner.advance_with(|progress| {
            let happened = match progress {
                Progress::Batch { rows, .. } => format!("{rows} rows"),
                Progress::StepDone { step, .. } | Progress::StepBegun { step, .. } => format!("{step} {}", told.len()),
                _ => return,
            };
            // After each batch once, so that it comes to an end.
            if !told.contains(&happened) {
                told.push(happened);
                ended += end_sessions(&db);
            }
        });
        match advance {
            Ok(Advance::Finished) => break,
            Ok(_) | Err(RunError::Database(migration_planner_postgres::DatabaseError::ConnectionLost { .. })) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(ended > 8, "only {ended} sessions were ended");
    assert!(runner.status().unwrap().finished);
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["40"]);
    assert!(!before.differences(&db.catalog()).is_empty());
}

fn end_sessions(db: &Db) -> usize {
    db.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover-%'",
    )
    .len()
}

/// What runners do that wait for their lock in a statement: the build waits for that statement to end, and that for the build. So
/// the test below this one can fail.
#[test]
fn a_lock_that_is_waited_for_in_the_server_dead_locks_with_an_index_build() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut builder, mut waiter) = (db.connect(), db.connect());
    builder.batch_execute("SET deadlock_timeout = '50ms'; SELECT pg_advisory_lock(7)").unwrap();
    let waiting =
        std::thread::spawn(move || waiter.batch_execute("SET deadlock_timeout = '1h'; SELECT pg_advisory_lock(7)"));
    while db.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").is_empty() {
        std::thread::yield_now();
    }
    let built = builder.batch_execute("CREATE INDEX CONCURRENTLY by_name ON users (name)");
    let code = built.unwrap_err().code().map(|code| code.code().to_owned());
    assert_eq!(code.as_deref(), Some("40P01"), "deadlock_detected");
    assert_eq!(db.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass"), ["f"]);
    builder.batch_execute("SELECT pg_advisory_unlock_all()").unwrap();
    waiting.join().unwrap().unwrap();
}

/// As above, with runners that look again and again instead of waiting.
#[test]
fn an_index_is_built_beside_a_second_runner_without_a_dead_lock() {
    let Some(db) = Db::new(USERS) else { return };
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let (mut runner, plan) = begun(&db, &Change::create_index("users", Index::new("by_name", ["name"])));
    let url = db.url();
    let second = std::thread::spawn(move || Runner::open_with(&url, quick()).unwrap().advance());
    let first = runner.advance();
    let second = second.join().unwrap();
    for said in [first, second] {
        assert!(matches!(said, Ok(Advance::Finished) | Err(RunError::AnotherRunner { .. })), "{said:?}");
    }
    assert_eq!(db.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass"), ["t"]);
    assert_eq!(db.rows(deadlocks), ["0"]);
    assert_eq!(plan.phases().len(), 1);
}

/// A runner is killed while the server builds an index for it: the server goes on, and the next runner waits for that instead of
/// throwing it away.
#[test]
fn a_build_that_goes_on_without_its_runner_is_waited_for() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::create_index("users", Index::new("by_name", ["name"])));
    let sql = match plan.phases()[0].steps()[0].work() {
        migration_planner::Work::Sql { statements, .. } => statements[0].clone(),
        other => panic!("{other:?}"),
    };
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("UPDATE users SET name = name WHERE id = 1").unwrap();
    let mut left = db.connect();
    let build = std::thread::spawn(move || left.batch_execute(&sql));
    while db.rows("SELECT FROM pg_stat_progress_create_index").is_empty() {
        std::thread::yield_now();
    }
    let mut open = Some(open);
    let mut repaired = 0;
    let advance = runner.advance_with(|progress| match progress {
        Progress::Waiting { .. } => {
            let _ = open.take().map(|open| open.rollback().unwrap());
        }
        Progress::Repairing { .. } => repaired += 1,
        _ => {}
    });
    assert_eq!((advance.unwrap(), repaired), (Advance::Finished, 0));
    build.join().unwrap().unwrap();
    to_the_end(&mut runner);
}
