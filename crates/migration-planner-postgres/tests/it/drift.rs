//! Somebody changes a table under a plan.

use migration_planner::{Change, Constraint};
use migration_planner_postgres::{Advance, Event, OnDrift, Progress, RunError, Runner};

use crate::support::{Db, answered_for, begun, quick, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text, city text);
     INSERT INTO users SELECT i, 'n' || i, 'c' || i FROM generate_series(1, 20) AS i;";

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

#[test]
fn a_change_by_somebody_else_is_explained_and_refused() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    db.run("ALTER TABLE users ALTER city TYPE varchar(80); CREATE INDEX by_city ON users (city)");
    let before = db.catalog();
    let error = runner.advance().unwrap_err();
    let RunError::Drifted { differences, .. } = &error else { panic!("{error:?}") };
    assert_eq!(differences.len(), 3, "{differences:#?}");
    assert!(error.to_string().contains("+ \"public\".\"users\".city: character varying(80)"), "{error}");
    assert!(error.to_string().contains("index by_city"), "{error}");
    assert!(before.differences(&db.catalog()).is_empty());
    assert_eq!(runner.status().unwrap().drift, *differences);
    assert_eq!(runner.dry_run().unwrap().drift, *differences);
    db.run("DROP INDEX by_city; ALTER TABLE users ALTER city TYPE text");
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }), "what is as it was is no drift");
}

#[test]
fn a_change_by_somebody_else_can_be_accepted_and_is_in_the_journal() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    db.run("ALTER TABLE users ADD COLUMN age int");
    let mut lenient = Runner::open_with(&db.url(), quick().on_drift(OnDrift::Accept)).unwrap();
    assert!(matches!(lenient.advance().unwrap(), Advance::PhaseDone { .. }));
    let accepted = runner.journal().unwrap().into_iter().find_map(|entry| match entry.event {
        Event::Drifted { differences, .. } => Some(differences),
        _ => None,
    });
    assert_eq!(accepted.unwrap(), ["+ \"public\".\"users\".age: integer"]);
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
}

#[test]
fn a_plan_is_made_anew_after_what_was_done_is_undone() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, old) = begun(&db, &rename());
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    db.run("CREATE INDEX by_name ON users (name)");
    let mut lenient = Runner::open_with(&db.url(), quick().on_drift(OnDrift::Replan)).unwrap();
    assert!(matches!(lenient.advance().unwrap(), Advance::PhaseDone { .. }));
    let new = runner.plan().unwrap().unwrap();
    assert_ne!(new.hash(), old.hash());
    let steps: Vec<&str> = new.phases()[1].steps().iter().map(migration_planner::Step::id).collect();
    assert!(steps.iter().any(|step| step.contains("by_name")), "the new plan knows the index: {steps:?}");
    answered_for(&mut lenient, &new);
    // The new plan waits as long as its policy says: an attestation is enough for a gate.
    to_the_end(&mut lenient);
    assert_eq!(db.rows("SELECT count(full_name) FROM users"), ["20"]);
}

#[test]
fn a_change_that_cannot_be_planned_any_more_is_undone_and_said() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &rename());
    let before = db.catalog();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    db.run("ALTER TABLE users RENAME COLUMN city TO town; CREATE FUNCTION f(t users) RETURNS text LANGUAGE sql AS 'SELECT name FROM users'");
    let mut lenient = Runner::open_with(&db.url(), quick().on_drift(OnDrift::Replan)).unwrap();
    let error = lenient.advance().unwrap_err();
    assert!(matches!(error, RunError::CannotReplan { .. }), "{error:?}");
    assert!(runner.status().unwrap().rolled_back);
    db.run("DROP FUNCTION f; ALTER TABLE users RENAME COLUMN town TO city");
    assert!(before.differences(&db.catalog()).is_empty());
}

#[test]
fn a_view_that_somebody_makes_meanwhile_stops_the_last_step_and_loses_nothing() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, plan) = begun(&db, &Change::drop_column("users", "city"));
    answered_for(&mut runner, &plan);
    for _ in 0..plan.phases().len() - 1 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    db.run("CREATE VIEW report AS SELECT _cutover_gone_city FROM users");
    let error = runner.advance().unwrap_err();
    let RunError::StepFailed { step, source, .. } = &error else { panic!("{error:?}") };
    let cause = std::error::Error::source(source).unwrap().to_string();
    assert!(step == "drop-column" && cause.contains("view report"), "{cause}");
    assert_eq!(db.rows("SELECT count(_cutover_gone_city) FROM users"), ["20"]);
    db.run("DROP VIEW report");
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
}

#[test]
fn a_change_by_somebody_else_between_two_steps_of_a_phase_is_no_work_of_the_plan() {
    // Ahead of a step outside of transactions, and of one within.
    for after in ["verify-users_name_key", "build-users_name_key"] {
        let Some(db) = Db::new(USERS) else { return };
        let (mut runner, _) = begun(&db, &Change::add_constraint("users", Constraint::unique(["name"])));
        let error = runner.advance_with(|progress| {
            if matches!(progress, Progress::StepDone { step, .. } if step == after) {
                db.run("ALTER TABLE users ADD COLUMN age int");
            }
        });
        let Err(RunError::Drifted { differences, .. }) = error else { panic!("after {after}: {error:?}") };
        assert_eq!(differences, ["+ \"public\".\"users\".age: integer"]);
        db.run("ALTER TABLE users DROP COLUMN age");
        to_the_end(&mut runner);
    }
}
