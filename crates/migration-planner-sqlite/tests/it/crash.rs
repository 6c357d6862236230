//! A runner that is killed, really, at every boundary, and resumed or rolled back from the database alone.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use migration_planner::{Change, ColumnRef, Plan};
use migration_planner_sqlite::{Advance, Event, Progress, RunError, Runner, RunnerOptions};

use crate::support::{Db, attest_all, catalog, rows, to_the_end};

const DATABASE: &str = "CUTOVER_TEST_DATABASE";
const STOP_AT: &str = "CUTOVER_TEST_STOP_AT";
const ROLL_BACK: &str = "CUTOVER_TEST_ROLL_BACK";

/// This test binary, to run one test in a process of its own.
pub(crate) fn child_command(test: &str, database: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(DATABASE, database);
    command
}

/// The database the parent process meant; `None` where the test was not started by one.
pub(crate) fn child_database() -> Option<PathBuf> {
    std::env::var_os(DATABASE).map(PathBuf::from)
}

fn users(mode: &str) -> Db {
    Db::new(&format!(
        "PRAGMA journal_mode = {mode}; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
         CREATE INDEX users_by_name ON users (name);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16)
         INSERT INTO users SELECT i, 'user ' || i FROM n;"
    ))
}

fn options() -> RunnerOptions {
    RunnerOptions::default().lease(Duration::from_millis(20)).writing_share(100)
}

/// The runner that is killed: goes on until the boundary it was told, says so, and waits for its end.
#[test]
fn child() {
    let Some(path) = child_database() else { return };
    let stop_at: usize = std::env::var(STOP_AT).unwrap().parse().unwrap();
    let mut boundary = 0;
    let mut tell = |_: &_| {
        if boundary == stop_at {
            println!("stopped");
            loop {
                std::thread::park();
            }
        }
        boundary += 1;
    };
    let mut runner = Runner::open_with(path, options()).unwrap();
    if std::env::var_os(ROLL_BACK).is_some() {
        runner.roll_back_with(&mut tell).unwrap();
    } else {
        while !matches!(runner.advance_with(&mut tell).unwrap(), Advance::Finished) {}
    }
}

/// Runs the child to a boundary and kills it; `false` if it came to its end before.
fn kill_at(db: &Db, boundary: usize, roll_back: bool) -> bool {
    let mut command = child_command("crash::child", &db.path());
    command.env(STOP_AT, boundary.to_string()).stdout(Stdio::piped());
    if roll_back {
        command.env(ROLL_BACK, "1");
    }
    let mut child = command.spawn().unwrap();
    let stopped = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.unwrap().ends_with("stopped"));
    if stopped {
        child.kill().unwrap(); // SIGKILL
    }
    assert_eq!(child.wait().unwrap().success(), !stopped);
    stopped
}

fn prepared(mode: &str) -> (Db, Plan) {
    let db = users(mode);
    let change = Change::rename_column("users", "name", "full_name");
    let plan = db.plan(&change);
    let mut runner = Runner::open_with(db.path(), options()).unwrap();
    runner.begin(&plan).unwrap();
    attest_all(&mut runner, &ColumnRef::new("users", "name"));
    (db, plan)
}

/// The catalog after each number of steps, by a runner that nobody kills.
fn catalogs(plan: &Plan) -> Vec<Vec<String>> {
    let (db, _) = prepared("WAL");
    let watcher = db.connect();
    let mut seen = vec![catalog(&watcher)];
    let mut runner = Runner::open_with(db.path(), options()).unwrap();
    let mut watch = |progress: &Progress| {
        if matches!(progress, Progress::StepDone { .. }) {
            seen.push(catalog(&watcher));
        }
    };
    while !matches!(runner.advance_with(&mut watch).unwrap(), Advance::Finished) {}
    assert_eq!(seen.len(), 1 + plan.phases().iter().map(|phase| phase.steps().len()).sum::<usize>());
    seen
}

/// What must hold whatever happened: the file is sound, every row is there, and the catalog is the one that the steps in
/// the journal lead to.
fn check(db: &Db, catalogs: &[Vec<String>]) {
    let connection = db.connect();
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), ["Text(\"ok\")"]);
    assert_eq!(rows(&connection, "SELECT count(*) FROM users"), ["Integer(16)"]);
    let journal = Runner::open(db.path()).unwrap().journal().unwrap();
    let steps = journal.iter().filter(|entry| matches!(entry.event, Event::StepDone { .. })).count();
    assert_eq!(catalog(&connection), catalogs[steps], "after {steps} steps");
}

#[test]
fn killed_at_any_boundary_it_resumes_to_the_same_end() {
    let native = users("DELETE");
    native.connect().execute_batch("ALTER TABLE users RENAME COLUMN name TO full_name").unwrap();
    let catalogs = catalogs(&prepared("WAL").1);
    // The same code in front of another journal of SQLite's needs fewer.
    for (mode, stride) in [("WAL", 1), ("DELETE", 5)] {
        for boundary in (0..).step_by(stride) {
            let (db, _) = prepared(mode);
            let stopped = kill_at(&db, boundary, false);
            check(&db, &catalogs);
            let mut runner = Runner::open_with(db.path(), options()).unwrap();
            to_the_end(&mut runner);
            assert_eq!(catalog(&db.connect()), catalog(&native.connect()), "{mode}, boundary {boundary}");
            assert_eq!(db.rows("SELECT id, full_name FROM users"), native.rows("SELECT id, full_name FROM users"));
            if !stopped {
                assert!(boundary > 20, "only {boundary} boundaries");
                break;
            }
        }
    }
}

#[test]
fn killed_before_the_point_of_no_return_it_can_be_rolled_back_exactly() {
    let untouched = users("DELETE");
    let catalogs = catalogs(&prepared("WAL").1);
    for boundary in 0.. {
        let (db, _) = prepared("WAL");
        kill_at(&db, boundary, false);
        check(&db, &catalogs);
        let mut runner = Runner::open_with(db.path(), options()).unwrap();
        if runner.roll_back().is_err() {
            assert!(boundary > 10, "irreversible at boundary {boundary}");
            break;
        }
        assert_eq!(catalog(&db.connect()), catalog(&untouched.connect()), "boundary {boundary}");
        assert_eq!(db.rows("SELECT id, name FROM users"), untouched.rows("SELECT id, name FROM users"));
    }
}

#[test]
fn killed_while_rolling_back_it_goes_on_rolling_back() {
    let untouched = users("DELETE");
    for boundary in 0.. {
        let (db, _) = prepared("WAL");
        let mut runner = Runner::open_with(db.path(), options()).unwrap();
        for _ in 0..3 {
            assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        }
        let stopped = kill_at(&db, boundary, true);
        if stopped && runner.status().unwrap().rolling_back {
            assert!(matches!(runner.advance(), Err(RunError::RollingBack)));
        }
        runner.roll_back().unwrap();
        assert_eq!(catalog(&db.connect()), catalog(&untouched.connect()), "boundary {boundary}");
        assert_eq!(db.rows("SELECT id, name FROM users"), untouched.rows("SELECT id, name FROM users"));
        if !stopped {
            assert!(boundary > 5, "only {boundary} boundaries");
            break;
        }
    }
}

/// New code may still be there when going back is interrupted: as long as it can write by the new name, nothing of it is lost.
#[test]
fn what_is_written_by_the_new_name_while_going_back_stays() {
    let mut kept = 0;
    for boundary in 0.. {
        let (db, _) = prepared("WAL");
        let mut runner = Runner::open_with(db.path(), options()).unwrap();
        for _ in 0..3 {
            assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
        }
        let stopped = kill_at(&db, boundary, true);
        let written = db.connect().execute("UPDATE users SET full_name = 'grace' WHERE id = 1", []).is_ok();
        runner.roll_back().unwrap();
        let expected = if written { "Text(\"grace\")" } else { "Text(\"user 1\")" };
        assert_eq!(db.rows("SELECT name FROM users WHERE id = 1"), [expected], "boundary {boundary}");
        kept += usize::from(written);
        if !stopped {
            break;
        }
    }
    assert!(kept > 5, "only {kept} boundaries");
}
