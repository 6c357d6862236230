//! Runners that are killed at random instants, and runners that start together.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migration_planner::Change;
use migration_planner_sqlite::{Advance, Event, RunError};

use crate::database::{Database, runner};

/// Tells this program that it is the runner that is killed.
pub(crate) const CHILD: &str = "--child";

const ROWS: &str = "SELECT id || ' ' || name FROM users ORDER BY id";
const RENAMED: &str = "SELECT id || ' ' || full_name FROM users ORDER BY id";

/// Runs the plan to its end.
pub(crate) fn child(database: &Path) {
    let mut runner = runner(database);
    while matches!(
        runner.advance(),
        Ok(Advance::PhaseDone { .. }) | Err(RunError::AnotherRunner { .. } | RunError::Fenced)
    ) {}
}

/// Kills a runner at a random instant, then resumes or rolls back; how many of `histories` end as they should.
pub(crate) fn killed(histories: usize) -> usize {
    let start = start();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let whole_run = time_of_a_whole_run(&start);
    let mut right = 0;
    for history in 0..histories {
        let database = copy(&start);
        let mut child = spawn(&database);
        thread::sleep(whole_run.mul_f64(random.share() * 1.1));
        child.kill().expect("it is our child"); // SIGKILL; too late is an instant, too
        child.wait().expect("it is our child");
        let ended = if random.share() < 0.5 { resumed(&database) } else { rolled_back(&database, &start) };
        if ended {
            right += 1;
        } else {
            println!("history {history} did not end as it should");
        }
    }
    right
}

/// Starts two runners at once; how many of `pairs` end as they should.
pub(crate) fn together(pairs: usize) -> usize {
    let start = start();
    (0..pairs)
        .filter(|_| {
            let database = copy(&start);
            for mut child in [spawn(&database), spawn(&database)] {
                child.wait().expect("it is our child");
            }
            resumed(&database)
        })
        .count()
}

fn start() -> Database {
    let database = Database::new(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, age INT);
         CREATE INDEX users_by_name ON users (name, age);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
         INSERT INTO users SELECT i, 'user ' || i, i % 7 FROM n;",
    );
    database.begin(&Change::rename_column("users", "name", "full_name")).expect("it can be planned");
    database.connect().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("nobody else is there");
    database
}

fn copy(from: &Database) -> Database {
    let to = Database::new("");
    fs::copy(from.path(), to.path()).expect("there is room for a small file");
    to
}

fn spawn(database: &Database) -> std::process::Child {
    let program = std::env::current_exe().expect("this program runs");
    let mut command = Command::new(program);
    command.arg(CHILD).arg(database.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("this program can be started")
}

fn time_of_a_whole_run(start: &Database) -> Duration {
    let began = Instant::now();
    spawn(&copy(start)).wait().expect("it is our child");
    began.elapsed()
}

/// The plan comes to its end, every row has its value, and each step was done once.
fn resumed(database: &Database) -> bool {
    let mut runner = database.runner();
    while let Ok(advance) = runner.advance() {
        if advance == Advance::Finished {
            break;
        }
    }
    let journal = runner.journal().unwrap_or_default();
    let mut steps: Vec<_> = journal
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::StepDone { phase, step, .. } => Some((phase, step)),
            _ => None,
        })
        .collect();
    let done = steps.len();
    steps.sort_unstable();
    steps.dedup();
    let expected: Vec<String> = (1..=60).map(|i| format!("{i} user {i}")).collect();
    steps.len() == done
        && journal.last().is_some_and(|entry| entry.event == Event::Finished)
        && database.rows(RENAMED) == expected
        && database.rows("PRAGMA integrity_check") == ["ok"]
}

/// Everything is as it was; or the point of no return had been passed, and the plan comes to its end.
fn rolled_back(database: &Database, start: &Database) -> bool {
    match database.runner().roll_back() {
        Ok(()) => {
            database.catalog() == start.catalog()
                && database.rows(ROWS) == start.rows(ROWS)
                && database.rows("PRAGMA integrity_check") == ["ok"]
        }
        Err(RunError::PastReturn { .. }) => resumed(database),
        Err(_) => false,
    }
}

/// xorshift64*: the same instants in every run.
struct Random(u64);

impl Random {
    /// A number from 0 up to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = u32::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32).expect("the upper half of 64 bits");
        f64::from(high) / 2_f64.powi(32)
    }
}
