//! Dropping a column, from the plan to the end.

use migration_planner::{Change, ColumnRef, Evidence, Finding, GateState, Timestamp, Window};
use migration_planner_sqlite::{
    Advance, Clock, Event, OnDrift, PhaseState, RunError, Runner, RunnerOptions, SystemClock, rehearse,
};

use crate::support::{Db, ManualClock, attest_all, attestation, catalog, to_the_end};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT);
    CREATE INDEX users_legacy ON users (legacy_name);
    INSERT INTO users VALUES (1, 'a', 'A'), (2, 'b', 'B');";

fn legacy() -> ColumnRef {
    ColumnRef::new("users", "legacy_name")
}

fn drop_legacy() -> Change {
    Change::drop_column("users", "legacy_name")
}

#[test]
fn the_column_goes_once_everybody_has_moved() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    attest_all(&mut runner, &legacy());
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT * FROM users"), ["Integer(1) Text(\"a\")", "Integer(2) Text(\"b\")"]);
    assert!(runner.status().unwrap().finished);
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
    assert_eq!(runner.journal().unwrap().last().unwrap().event, Event::Finished);
}

#[test]
fn a_phase_is_not_left_while_its_gate_is_closed() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    let Advance::Held { phase, gates, .. } = runner.advance().unwrap() else { panic!("nothing was shown") };
    assert_eq!(phase, "switch-application");
    assert!(matches!(gates.as_slice(), [(consumer, GateState::Closed { .. })] if consumer == "application"));
    runner.record(&attestation("application", &legacy(), SystemClock.now())).unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    assert!(matches!(runner.advance().unwrap(), Advance::Held { .. }));
}

#[test]
fn the_drop_is_refused_when_a_gate_that_was_open_has_closed_again() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    attest_all(&mut runner, &legacy());
    for _ in 0..3 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    let now = SystemClock.now();
    let used = Evidence::new("etl", legacy(), Finding::usage(1, 3, 0, 0), Window::instant(now), "etl-1");
    runner.record(&used).unwrap();
    let Advance::Held { phase, gates, .. } = runner.advance().unwrap() else { panic!("the column is still used") };
    assert_eq!((phase.as_str(), gates.len(), gates[0].0.as_str()), ("contract", 1, "etl"));
    assert_eq!(db.rows("SELECT legacy_name FROM users WHERE id = 1"), ["Text(\"A\")"]);
    assert_eq!(db.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'users_legacy'"), ["Integer(1)"]);
}

#[test]
fn evidence_that_has_gone_stale_closes_the_drop() {
    let db = Db::new(USERS);
    let plan = db.plan(&drop_legacy());
    let clock = ManualClock::at(1_000_000);
    let options = RunnerOptions::default().clock(std::sync::Arc::clone(&clock));
    let mut runner = Runner::open_with(db.path(), options).unwrap();
    runner.begin(&plan).unwrap();
    for consumer in ["application", "etl", "reporting"] {
        runner.record(&attestation(consumer, &legacy(), clock.now())).unwrap();
    }
    for _ in 0..3 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    clock.sleep(std::time::Duration::from_hours(1));
    let Advance::Held { gates, .. } = runner.advance().unwrap() else { panic!("an hour has passed") };
    assert_eq!(gates.len(), 3);
}

#[test]
fn rolling_back_before_the_drop_restores_the_catalog_exactly() {
    let db = Db::new(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, legacy_name TEXT NOT NULL, name TEXT);
         INSERT INTO users VALUES (1, 'A', 'a');",
    );
    let before = catalog(&db.connect());
    let mut runner = db.begun(&drop_legacy().filled_with("''"));
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    assert_ne!(catalog(&db.connect()), before);
    db.connect().execute_batch("INSERT INTO users (id, name) VALUES (2, 'b')").unwrap();
    runner.roll_back().unwrap();
    assert_eq!(catalog(&db.connect()), before);
    assert_eq!(db.rows("SELECT legacy_name FROM users"), ["Text(\"A\")", "Text(\"\")"]);
    assert!(runner.status().unwrap().rolled_back);
    runner.roll_back().unwrap();
    assert!(matches!(runner.advance(), Err(RunError::NoPlan)));
}

#[test]
fn the_text_of_a_definition_comes_back_with_its_comments_and_its_order() {
    for column in [
        "legacy_name TEXT NOT NULL -- until 2027\n",
        "legacy_name TEXT CONSTRAINT given NOT NULL COLLATE NOCASE CHECK (legacy_name <> 'x')",
        "legacy_name  text  not  null",
    ] {
        let db =
            Db::new(&format!("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, {column}, UNIQUE (id, name))"));
        let (before, watcher) = (catalog(&db.connect()), db.connect());
        watcher.prepare("SELECT legacy_name FROM users").unwrap();
        let mut runner = db.begun(&drop_legacy().filled_with("'f'"));
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        watcher.execute_batch("INSERT INTO users (name) VALUES ('x')").unwrap();
        runner.roll_back().unwrap();
        assert_eq!(catalog(&db.connect()), before, "{column}");
        assert!(watcher.execute_batch("INSERT INTO users (name) VALUES ('x')").is_err(), "NOT NULL is not enforced");
        assert_eq!(db.rows("PRAGMA integrity_check"), ["Text(\"ok\")"]);
        assert_eq!(db.rows("SELECT legacy_name FROM users"), ["Text(\"f\")"]);
    }
}

#[test]
fn a_plan_that_was_rolled_back_can_be_begun_again() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    runner.roll_back().unwrap();
    runner.begin(&db.plan(&drop_legacy())).unwrap();
    attest_all(&mut runner, &legacy());
    to_the_end(&mut runner);
}

#[test]
fn nothing_is_rolled_back_beyond_the_point_of_no_return() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    attest_all(&mut runner, &legacy());
    to_the_end(&mut runner);
    let before = catalog(&db.connect());
    assert!(matches!(runner.roll_back(), Err(RunError::PastReturn { step, .. }) if step == "drop-column"));
    assert_eq!(catalog(&db.connect()), before);
}

/// A runner that takes tables as others left them.
fn accepting(db: &Db) -> Runner {
    Runner::open_with(db.path(), RunnerOptions::default().on_drift(OnDrift::Accept)).unwrap()
}

#[test]
fn a_step_somebody_did_by_hand_is_found_done() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    attest_all(&mut runner, &legacy());
    for _ in 0..3 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    db.connect().execute_batch("DROP INDEX users_legacy").unwrap();
    assert!(matches!(runner.advance(), Err(RunError::Drifted { .. })), "nobody said that this was meant");
    let mut runner = accepting(&db);
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
    let found =
        runner.journal().unwrap().into_iter().filter(|e| matches!(e.event, Event::StepDone { found_done: true, .. }));
    assert_eq!(found.count(), 1);
}

#[test]
fn a_database_that_changed_under_the_plan_is_noticed_before_anything_is_done() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    attest_all(&mut runner, &legacy());
    for _ in 0..3 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    db.connect().execute_batch("CREATE VIEW v AS SELECT legacy_name FROM users").unwrap();
    let before = catalog(&db.connect());
    assert!(matches!(runner.advance(), Err(RunError::Drifted { .. })));
    let would_fail = accepting(&db).advance();
    assert!(matches!(would_fail, Err(RunError::WouldFail { step, .. }) if step == "drop-column"));
    assert_eq!(catalog(&db.connect()), before);
    db.connect().execute_batch("DROP VIEW v").unwrap();
    let mut runner = accepting(&db);
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
}

#[test]
fn status_says_where_the_plan_stands() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    runner.record(&attestation("application", &legacy(), SystemClock.now())).unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    let status = runner.status().unwrap();
    let states: Vec<PhaseState> = status.phases.iter().map(|phase| phase.state).collect();
    assert_eq!(states, [PhaseState::Done, PhaseState::Current, PhaseState::Pending, PhaseState::Pending]);
    assert_eq!(status.current().unwrap().phase, "switch-etl");
    assert!(status.phases[0].gate.as_ref().unwrap().is_open());
}

#[test]
fn an_insert_that_still_gives_the_column_a_value_closes_every_gate() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    assert!(matches!(runner.advance().unwrap(), Advance::Held { .. })); // from here on writes are counted
    attest_all(&mut runner, &legacy());
    let open = |runner: &mut Runner| {
        let status = runner.status().unwrap();
        status.phases.iter().filter_map(|phase| phase.gate.as_ref()).filter(|gate| gate.is_open()).count()
    };
    db.connect().execute_batch("INSERT INTO users (name) VALUES ('c')").unwrap();
    assert_eq!(open(&mut runner), 3);
    for sql in ["INSERT INTO users (name, legacy_name) VALUES ('d', 'D')", "UPDATE users SET legacy_name = NULL"] {
        next_millisecond();
        attest_all(&mut runner, &legacy());
        next_millisecond();
        db.connect().execute_batch(sql).unwrap();
        assert_eq!(open(&mut runner), 0, "{sql}");
        assert!(matches!(runner.advance().unwrap(), Advance::Held { .. }));
    }
    next_millisecond();
    attest_all(&mut runner, &legacy());
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT name FROM sqlite_schema WHERE name LIKE '%legacy_name%'"), Vec::<String>::new());
}

/// What happens afterwards has a later instant.
fn next_millisecond() {
    let now = SystemClock.now();
    while SystemClock.now() == now {
        std::thread::yield_now();
    }
}

#[test]
fn statements_are_rehearsed_against_the_schema_to_come() {
    let db = Db::new(USERS);
    let plan = db.plan(&drop_legacy());
    let now = Timestamp::from_unix_millis(0);
    let rehearse = |sql: &str| rehearse(db.path(), &plan, "application", [sql], "web", now).unwrap().is_contrary();
    assert!(!rehearse("INSERT INTO users (name) VALUES (?1)"));
    assert!(!rehearse("SELECT * FROM users"));
    assert!(rehearse("INSERT INTO users (name, legacy_name) VALUES (?1, ?2)"));
    assert!(rehearse("INSERT INTO users VALUES (1, 'a', 'b')"));
    assert!(rehearse("SELECT u.legacy_name FROM users AS u"));
}

#[test]
fn the_journal_only_grows() {
    let db = Db::new(USERS);
    db.begun(&drop_legacy());
    let connection = db.connect();
    assert!(connection.execute_batch("DELETE FROM _cutover_journal").is_err());
    assert!(connection.execute_batch("UPDATE _cutover_journal SET at_ms = 0").is_err());
}
