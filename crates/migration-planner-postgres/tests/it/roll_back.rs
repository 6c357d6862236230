//! What new versions write while a phase is taken back is not lost, wherever the runner that does so is killed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use migration_planner::Change;
use migration_planner_postgres::{Advance, Runner, RunnerOptions};
use postgres::error::SqlState;

use crate::support::{Db, begun};

const SCHEMA: &str = "CREATE TABLE users (id bigint PRIMARY KEY, bio text);
     CREATE TABLE profiles (user_id bigint PRIMARY KEY REFERENCES users, city text);
     INSERT INTO users SELECT i, 'bio ' || i FROM generate_series(1, 20) AS i;
     INSERT INTO profiles SELECT i FROM generate_series(1, 20) AS i";

/// A database in which `users.bio` is in `profiles` as well, and whether the two are kept equal.
fn expanded() -> Option<Db> {
    let db = Db::new(SCHEMA)?;
    let (mut runner, _) = begun(&db, &Change::move_columns("users", ["bio"], "profiles", [("id", "user_id")]));
    for _ in 0..2 {
        assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
    }
    Some(db)
}

fn runner(db: &Db) -> Runner {
    Runner::open_with(&db.url(), RunnerOptions::default().lease(Duration::from_millis(50))).unwrap()
}

/// Takes back what is done, the runner being killed at a boundary; `false` if it came to its end before.
fn killed_at(db: &Db, boundary: usize) -> bool {
    let mut seen = 0;
    let mut kill = |_: &_| {
        assert!(seen != boundary, "killed");
        seen += 1;
    };
    let mut runner = runner(db);
    catch_unwind(AssertUnwindSafe(|| runner.roll_back_with(&mut kill).unwrap())).is_err()
}

/// Writes the new place until there is no such place; tells of each value that was accepted.
fn write_new(db: &Db, accepted: &Sender<u32>) {
    let mut client = db.connect();
    for value in 0.. {
        match client.execute(&format!("UPDATE profiles SET bio = 'v{value}' WHERE user_id = 7"), &[]) {
            Ok(rows) => assert_eq!(rows, 1),
            Err(error) => {
                assert_eq!(error.code(), Some(&SqlState::UNDEFINED_COLUMN), "{error}");
                return;
            }
        }
        if accepted.send(value).is_err() {
            return;
        }
    }
}

#[test]
fn what_new_versions_write_while_a_phase_is_taken_back_is_not_lost() {
    let Some(begun) = expanded() else { return };
    for boundary in 0.. {
        let db = begun.copy();
        let (was_killed, last) = std::thread::scope(|scope| {
            let (sender, accepted) = channel();
            let written = &db;
            scope.spawn(move || write_new(written, &sender));
            let first = accepted.recv().unwrap();
            let was_killed = killed_at(&db, boundary);
            // Whatever the runner left behind, the writer is given the time to be answered.
            let meanwhile = accepted.try_iter().collect::<Vec<_>>().into_iter().chain(accepted.iter().take(2)).last();
            runner(&db).roll_back().unwrap();
            // The place is gone by now, so that the writer ends by itself.
            (was_killed, accepted.iter().last().or(meanwhile).unwrap_or(first))
        });
        let found = db.rows("SELECT bio FROM users WHERE id = 7");
        assert_eq!(
            found,
            [format!("v{last}")],
            "an accepted value was lost, the runner being killed at boundary {boundary}"
        );
        if !was_killed {
            assert!(boundary > 4, "a way back of {boundary} boundaries tests nothing");
            return;
        }
    }
}
