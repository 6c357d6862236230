//! Somebody changes a table under a plan.

use migration_planner::{Change, Column, Derived, Policy};
use migration_planner_sqlite::{Advance, Event, OnDrift, Progress, RunError, Runner, RunnerOptions};

use crate::support::{Db, attest_all, catalog, to_the_end};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, city TEXT CHECK (city <> ''));
     CREATE INDEX users_by_city ON users (city);
     CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
     CREATE TRIGGER noted AFTER INSERT ON users BEGIN INSERT INTO notes (text) VALUES (NEW.city); END;
     CREATE VIEW cities AS SELECT city FROM users;
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
     INSERT INTO users SELECT i, 'n' || i, 'c' || i FROM n;";

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

/// A plan whose first phase makes `users` anew, and whose last one could not be undone.
fn split() -> Change {
    let last = Column::new("last", "TEXT").not_null().default_value("''");
    let first = Derived::new(Column::new("first", "TEXT"), "substr(name, 1, 1)");
    Change::split_column(
        "users",
        "name",
        [first, Derived::new(last, "coalesce(substr(name, 2), '')")],
        Some("first || last"),
    )
}

/// A database with a plan that was begun, and is in its second phase.
fn in_its_second_phase(change: &Change) -> (Db, Runner) {
    let db = Db::new(USERS);
    let mut runner = db.begun(change);
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    (db, runner)
}

fn with(db: &Db, on_drift: OnDrift) -> Runner {
    Runner::open_with(db.path(), RunnerOptions::default().on_drift(on_drift)).unwrap()
}

/// What differs after `sql` was run by hand in the middle of a plan, and the plan refuses to go on until `back` was.
fn refused_until(sql: &str, back: &str) -> Vec<String> {
    let (db, mut runner) = in_its_second_phase(&rename());
    db.connect().execute_batch(sql).unwrap();
    let before = catalog(&db.connect());
    let error = runner.advance().unwrap_err();
    let RunError::Drifted { differences, .. } = &error else { panic!("{sql}: {error:?}") };
    assert!(differences.iter().all(|line| error.to_string().contains(line)), "{error}");
    assert_eq!(catalog(&db.connect()), before, "{sql}: something was done");
    assert_eq!(runner.status().unwrap().drift, *differences);
    assert_eq!(runner.dry_run().unwrap().drift, *differences);
    db.connect().execute_batch(back).unwrap();
    assert!(runner.status().unwrap().drift.is_empty(), "{sql}");
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "{sql}: what is as it was is no drift");
    differences.clone()
}

#[test]
fn a_column_that_somebody_adds_is_explained_and_refused() {
    let differences = refused_until("ALTER TABLE users ADD COLUMN age INT", "ALTER TABLE users DROP COLUMN age");
    assert_eq!(differences, ["+ users.age: INT"]);
}

#[test]
fn an_index_that_somebody_drops_is_explained_and_refused() {
    let index = "CREATE INDEX users_by_city ON users (city)";
    let differences = refused_until("DROP INDEX users_by_city", index);
    assert_eq!(differences, [format!("- users index users_by_city: {index}")]);
}

#[test]
fn a_trigger_and_a_view_that_somebody_changes_are_explained_and_refused() {
    let trigger = |text: &str| {
        format!("CREATE TRIGGER noted AFTER INSERT ON users BEGIN INSERT INTO notes (text) VALUES ({text}); END")
    };
    let (old, new) = (trigger("NEW.city"), trigger("NEW.id"));
    let differences = refused_until(&format!("DROP TRIGGER noted; {new}"), &format!("DROP TRIGGER noted; {old}"));
    assert_eq!(differences, [format!("- users trigger noted: {old}"), format!("+ users trigger noted: {new}")]);
    let (old, new) = ("CREATE VIEW cities AS SELECT city FROM users", "CREATE VIEW cities AS SELECT id FROM users");
    let differences = refused_until(&format!("DROP VIEW cities; {new}"), &format!("DROP VIEW cities; {old}"));
    assert_eq!(differences, [format!("- view cities: {old}"), format!("+ view cities: {new}")]);
}

/// Without them, old and new code would write past each other.
#[test]
fn the_plans_own_triggers_are_missed_if_somebody_drops_them() {
    let (db, mut runner) = in_its_second_phase(&rename());
    let own = db.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'users' AND name LIKE '\\_cutover%' ESCAPE '\\'",
    );
    let name = own.first().unwrap().trim_start_matches("Text(\"").trim_end_matches("\")");
    db.connect().execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    let error = runner.advance().unwrap_err();
    assert!(matches!(&error, RunError::Drifted { differences, .. } if differences[0].contains(name)), "{error:?}");
}

/// As on PostgreSQL: a plan is about its own tables.
#[test]
fn what_others_do_to_other_tables_and_to_rows_is_no_drift() {
    let (db, mut runner) = in_its_second_phase(&rename());
    db.connect()
        .execute_batch(
            "CREATE TABLE theirs (id INTEGER PRIMARY KEY); CREATE INDEX theirs_too ON theirs (id); DROP TABLE theirs;
             CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY); ALTER TABLE notes ADD COLUMN at INT;
             INSERT INTO users (id, name) VALUES (99, 'new'); DELETE FROM users WHERE id = 3; ANALYZE;",
        )
        .unwrap();
    assert!(runner.status().unwrap().drift.is_empty());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
}

#[test]
fn what_a_plan_does_itself_is_no_drift_forward_or_back() {
    for change in [rename(), split(), Change::drop_column("notes", "text"), Change::rename_table("notes", "remarks")] {
        let db = Db::new(USERS);
        let change = if matches!(change, Change::DropColumn { .. }) {
            db.connect().execute_batch("DROP TRIGGER noted").unwrap();
            change
        } else {
            change
        };
        let mut runner = db.begun(&change);
        attest_all(&mut runner, &change.object());
        let phases =
            runner.plan().unwrap().unwrap().phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
        for _ in 0..2 {
            for _ in 0..phases {
                assert!(runner.status().unwrap().drift.is_empty(), "{change}");
                assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "{change}");
            }
            for _ in 0..phases {
                assert!(runner.status().unwrap().drift.is_empty(), "{change}");
                runner.roll_back_phase().unwrap();
            }
        }
        to_the_end(&mut runner);
    }
}

#[test]
fn a_change_by_somebody_else_can_be_accepted_and_is_in_the_journal() {
    let (db, mut runner) = in_its_second_phase(&rename());
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN age INT").unwrap();
    assert!(matches!(with(&db, OnDrift::Accept).advance().unwrap(), Advance::PhaseDone { .. }));
    let accepted = runner.journal().unwrap().into_iter().find_map(|entry| match entry.event {
        Event::Drifted { differences, .. } => Some(differences),
        _ => None,
    });
    assert_eq!(accepted.unwrap(), ["+ users.age: INT"]);
    attest_all(&mut runner, &rename().object());
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(full_name), count(age) FROM users"), ["Integer(20) Integer(0)"]);
}

#[test]
fn a_plan_is_made_anew_after_what_was_done_is_undone() {
    let (db, mut runner) = in_its_second_phase(&rename());
    let old = runner.plan().unwrap().unwrap();
    db.connect().execute_batch("CREATE INDEX by_name ON users (name)").unwrap();
    let options = RunnerOptions::default().on_drift(OnDrift::Replan).policy(Policy::default().batch_rows(3));
    let mut lenient = Runner::open_with(db.path(), options).unwrap();
    assert!(matches!(lenient.advance().unwrap(), Advance::PhaseDone { .. }));
    let new = runner.plan().unwrap().unwrap();
    assert_ne!(new.hash(), old.hash());
    assert!(new.to_json().contains("by_name"), "the new plan knows the index");
    attest_all(&mut runner, &rename().object());
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["Integer(20)"]);
    assert!(catalog(&db.connect()).iter().any(|line| line.contains("by_name") && line.contains("full_name")));
}

#[test]
fn a_change_that_cannot_be_planned_any_more_is_undone_and_said() {
    let (db, mut runner) = in_its_second_phase(&rename());
    let before = catalog(&Db::new(USERS).connect());
    db.connect().execute_batch("CREATE VIEW names AS SELECT name FROM users").unwrap();
    let error = with(&db, OnDrift::Replan).advance().unwrap_err();
    assert!(matches!(error, RunError::CannotReplan { .. }), "{error:?}");
    assert!(runner.status().unwrap().rolled_back);
    db.connect().execute_batch("DROP VIEW names").unwrap();
    assert_eq!(catalog(&db.connect()), before);
}

/// The statements that make a table anew are of the time of the plan: whatever was added since would go without a word.
#[test]
fn a_change_by_somebody_else_is_not_accepted_where_a_table_is_made_anew_later() {
    let (db, mut runner) = in_its_second_phase(&split());
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN age INT; UPDATE users SET age = id").unwrap();
    would_lose_the_age(&with(&db, OnDrift::Accept).advance().map(drop));
    assert!(matches!(with(&db, OnDrift::Replan).advance().unwrap(), Advance::PhaseDone { .. }));
    attest_all(&mut runner, &split().object());
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT count(age) FROM users"), ["Integer(20)"], "the new plan knows the column");
}

#[test]
fn a_table_that_was_made_anew_and_then_changed_is_not_made_anew_on_the_way_back() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&Change::set_default("users", "city", Some("'here'")));
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN age INT; UPDATE users SET age = id").unwrap();
    would_lose_the_age(&runner.roll_back());
    would_lose_the_age(&runner.roll_back_phase().map(drop));
    assert!(!runner.status().unwrap().rolling_back, "nothing was begun");
    assert_eq!(db.rows("SELECT count(age) FROM users"), ["Integer(20)"]);
    db.connect().execute_batch("ALTER TABLE users DROP COLUMN age").unwrap();
    runner.roll_back().unwrap();
    assert_eq!(catalog(&db.connect()), catalog(&Db::new(USERS).connect()));
}

#[test]
fn what_somebody_did_stays_on_the_way_back_and_is_in_the_journal() {
    let (db, mut runner) = in_its_second_phase(&rename());
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN age INT; UPDATE users SET age = id").unwrap();
    runner.roll_back().unwrap();
    let told = runner.journal().unwrap().into_iter().filter(|entry| matches!(entry.event, Event::Drifted { .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(db.rows("SELECT count(age), count(name) FROM users"), ["Integer(20) Integer(20)"]);
}

/// Between the comparison and the steps, others may write: each step looks again.
#[test]
fn a_table_that_is_changed_in_the_middle_of_a_phase_is_not_worked_on() {
    let changed_after = |wanted: &str| {
        let db = Db::new(USERS);
        let change = Change::set_not_null("users", "city").filled_with("'somewhere'");
        let mut runner = db.begun(&change);
        attest_all(&mut runner, &change.object());
        let last = runner.plan().unwrap().unwrap().phases().len() - 1;
        for _ in 0..last {
            assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        }
        let said = runner.advance_with(|progress| {
            if matches!(progress, Progress::StepDone { step, .. } if step == wanted) {
                db.connect().execute_batch("ALTER TABLE users ADD COLUMN age INT; UPDATE users SET age = id").unwrap();
            }
        });
        assert_eq!(db.rows("SELECT count(age) FROM users"), ["Integer(20)"]);
        said.map(drop)
    };
    // The next one looks at rows; the one after it makes the table anew.
    assert!(matches!(changed_after("stop-filling"), Err(RunError::Drifted { .. })));
    would_lose_the_age(&changed_after("verify"));
}

fn would_lose_the_age(said: &Result<(), RunError>) {
    let Err(RunError::WouldLose { step, differences, .. }) = said else { panic!("{said:?}") };
    assert!(!step.is_empty() && *differences == ["+ users.age: INT"], "{said:?}");
}

/// As an earlier version leaves it that keeps no shapes: what is there is taken as it is, and kept from then on.
#[test]
fn a_plan_that_an_earlier_version_worked_on_goes_on() {
    for earlier in ["DROP TABLE _cutover_shape", "UPDATE _cutover_shape SET seq = 0", "DELETE FROM _cutover_shape"] {
        let (db, mut runner) = in_its_second_phase(&rename());
        db.connect().execute_batch(&format!("{earlier}; ALTER TABLE users ADD COLUMN age INT")).unwrap();
        assert!(runner.status().unwrap().drift.is_empty(), "{earlier}");
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "{earlier}");
        db.connect().execute_batch("ALTER TABLE users ADD COLUMN more INT").unwrap();
        let error = runner.advance().unwrap_err();
        let RunError::Drifted { differences, .. } = &error else { panic!("{earlier}: {error:?}") };
        assert_eq!(*differences, ["+ users.more: INT"], "{earlier}");
    }
}

#[test]
fn a_shape_that_cannot_be_read_is_said() {
    let (db, mut runner) = in_its_second_phase(&rename());
    db.connect().execute_batch("UPDATE _cutover_shape SET lines = 'x'").unwrap();
    let error = runner.advance().unwrap_err();
    assert!(matches!(&error, RunError::Journal { .. }), "{error:?}");
}
