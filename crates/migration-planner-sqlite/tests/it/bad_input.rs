//! What is not as it should be gives a typed error and leaves the database as it was.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use migration_planner::{Change, Plan, PlanFileError};
use migration_planner_sqlite::{DatabaseError, RunError, Runner, introspect};

use crate::support::{Db, catalog, impatient};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT);";

fn drop_legacy() -> Change {
    Change::drop_column("users", "legacy_name")
}

#[test]
fn a_missing_file_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    assert!(matches!(Runner::open(&path), Err(DatabaseError::CannotOpen { .. })));
    assert!(matches!(introspect(&path), Err(DatabaseError::CannotOpen { .. })));
    assert!(!path.exists());
}

#[test]
fn an_error_and_its_causes_say_everything_once() {
    let error = Runner::open("no/such/file.db").unwrap_err();
    let mut chain = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        chain.push(cause.to_string());
        source = cause.source();
    }
    let whole = chain.join(": ");
    assert_eq!(whole.matches("file.db").count(), 1, "{whole}");
    assert_eq!(whole.matches("nable to open").count(), 1, "{whole}");
}

#[test]
fn a_file_of_another_kind_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letter.txt");
    fs::write(&path, "Dear database, ".repeat(100)).unwrap();
    assert!(matches!(Runner::open(&path), Err(DatabaseError::NotADatabase { .. })));
    assert!(matches!(introspect(&path), Err(DatabaseError::NotADatabase { .. })));
}

#[test]
fn a_locked_database_is_waited_for_and_then_given_up() {
    let db = Db::new(USERS);
    let plan = db.plan(&drop_legacy());
    let mut runner = Runner::open_with(db.path(), impatient()).unwrap();
    let before = catalog(&db.connect());
    let other = db.connect();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(runner.begin(&plan), Err(RunError::Database(DatabaseError::Locked { .. }))));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(catalog(&db.connect()), before);
    runner.begin(&plan).unwrap();
}

#[test]
fn a_plan_for_another_database_is_refused() {
    let db = Db::new(USERS);
    let plan = db.plan(&drop_legacy());
    let other = Db::new("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, legacy_name TEXT);");
    assert!(matches!(other.runner().begin(&plan), Err(RunError::OtherDatabase { .. })));
    assert!(matches!(other.runner().status(), Err(RunError::NoPlan)));
}

#[test]
fn a_second_plan_waits_for_the_first_to_end() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    let second = db.plan(&Change::drop_column("users", "name"));
    assert!(matches!(runner.begin(&second), Err(RunError::PlanUnderWay { .. })));
    runner.begin(&db.plan(&drop_legacy())).unwrap();
    runner.roll_back().unwrap();
    runner.begin(&second).unwrap();
}

#[test]
fn a_plan_changed_by_hand_is_refused_in_a_file_and_in_the_database() {
    let db = Db::new(USERS);
    let json = db.plan(&drop_legacy()).to_json();
    let edited = json.replace("DROP COLUMN legacy_name", "DROP COLUMN name");
    assert!(json != edited);
    assert!(matches!(Plan::from_json(&edited), Err(PlanFileError::HashMismatch { .. })));

    let mut runner = db.begun(&drop_legacy());
    db.connect().execute("UPDATE _cutover_plan SET json = ?", [edited]).unwrap();
    assert!(matches!(runner.advance(), Err(RunError::StoredPlan { .. })));
    assert!(matches!(runner.roll_back(), Err(RunError::StoredPlan { .. })));
}

#[test]
fn a_journal_of_a_later_version_is_not_touched() {
    let db = Db::new(USERS);
    let mut runner = db.begun(&drop_legacy());
    db.connect().execute_batch("UPDATE _cutover_format SET version = 3").unwrap();
    assert!(matches!(runner.advance(), Err(RunError::Journal { .. })));
    assert!(matches!(runner.begin(&db.plan(&drop_legacy())), Err(RunError::Journal { .. })));
}

#[test]
fn a_file_that_cannot_be_written_is_read_only_and_can_still_be_looked_at() {
    let db = Db::new(USERS);
    let plan = db.plan(&drop_legacy());
    let path = db.path();
    let dir = path.parent().unwrap();
    fs::write(dir.join("plan.json"), plan.to_json()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind the superuser, so somebody without any power tries.
    let child = crate::crash::child_command("bad_input::child", &path);
    let output = as_nobody(child).output().unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn as_nobody(mut command: Command) -> Command {
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        command.uid(65_534).gid(65_534);
    }
    command
}

/// Run by the test above in a process of its own.
#[test]
fn child() {
    let Some(path) = crate::crash::child_database() else { return };
    let plan = Plan::from_json(&fs::read_to_string(path.with_file_name("plan.json")).unwrap()).unwrap();
    assert!(introspect(&path).is_ok());
    let begun = Runner::open(&path).unwrap().begin(&plan);
    assert!(matches!(begun, Err(RunError::Database(DatabaseError::ReadOnly { .. }))), "{begun:?}");
}
