//! Others hold what a step has to lock.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use migration_planner::{Change, Index, Timestamp};
use migration_planner_postgres::{Advance, Clock, DatabaseError, Progress, RunError, Runner, SystemClock};

use crate::support::{Db, answered_for, begun, planned, quick, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
     INSERT INTO users SELECT i, 'n' || i, i FROM generate_series(1, 40) AS i;";

fn expand() -> Change {
    Change::rename_column("users", "name", "full_name")
}

/// A clock that writes down how long it was asked to wait, and waits for a moment only.
#[derive(Clone)]
struct Impatient(Arc<std::sync::Mutex<Vec<Duration>>>);

impl Clock for Impatient {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, span: Duration) {
        self.0.lock().unwrap().push(span);
        SystemClock.sleep(span.min(Duration::from_millis(5)));
    }
}

#[test]
fn a_step_that_gets_no_lock_gives_up_says_who_holds_it_and_changes_nothing() {
    let Some(db) = Db::new(USERS) else { return };
    let plan = planned(&db, &expand());
    let clock = Impatient(Arc::default());
    let options = quick().attempts(6).clock(clock.clone());
    let mut runner = Runner::open_with(&db.url(), options).unwrap();
    runner.begin(&plan).unwrap();
    clock.0.lock().unwrap().clear();
    let before = db.catalog();
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SET LOCAL application_name = 'slow report'").unwrap();
    open.batch_execute("SELECT * FROM users WHERE name = 'secret' AND age > 4711").unwrap();
    let mut waited = 0;
    let error = runner
        .advance_with(|progress| waited += usize::from(matches!(progress, Progress::Waiting { .. })))
        .unwrap_err();
    let RunError::Blocked { step, attempts: 6, blockers, .. } = &error else { panic!("{error:?}") };
    assert_eq!((step.as_str(), blockers.len(), waited), ("add-columns", 1, 5));
    let blocker = &blockers[0];
    assert_eq!((blocker.application.as_str(), blocker.state.as_str()), ("slow report", "idle in transaction"));
    assert_eq!(blocker.query, "SELECT * FROM users WHERE name = ? AND age > ?");
    assert!(error.to_string().contains("slow report") && !error.to_string().contains("secret"), "{error}");
    let rests = clock.0.lock().unwrap().clone();
    assert!(rests.len() == 5 && rests[4] > rests[0] && rests[0] != Duration::from_millis(100), "{rests:?}");
    assert!(before.differences(&db.catalog()).is_empty());
    open.rollback().unwrap();
    assert!(matches!(runner.advance().unwrap(), Advance::PhaseDone { .. }));
}

#[test]
fn nobody_waits_long_behind_a_step_that_waits() {
    let Some(db) = Db::new(USERS) else { return };
    let plan = planned(&db, &expand());
    let mut runner = Runner::open_with(&db.url(), quick().attempts(4)).unwrap();
    runner.begin(&plan).unwrap();
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SELECT * FROM users").unwrap();
    // Others come while the step waits, and while it rests. None of them may fail at a time-out that is longer than the step's.
    let mut reader = db.connect();
    reader.batch_execute("SET statement_timeout = '10s'").unwrap();
    let mut read = 0;
    let said = runner.advance_with(|progress| {
        if matches!(progress, Progress::Waiting { .. }) {
            reader.batch_execute("SELECT * FROM users").unwrap();
            read += 1;
        }
    });
    assert!(matches!(said, Err(RunError::Blocked { .. })), "{said:?}");
    assert_eq!(read, 3, "while it rests, nothing is locked");
}

#[test]
fn time_outs_are_set_at_every_attempt_and_do_not_outlive_it() {
    let Some(db) = Db::new(USERS) else { return };
    // Settings that would let an attempt wait for ever.
    db.run(&format!("ALTER DATABASE {} SET lock_timeout = 0", db.name()));
    let plan = planned(&db, &expand());
    let mut runner = Runner::open_with(&db.url(), quick().attempts(3)).unwrap();
    runner.begin(&plan).unwrap();
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SELECT * FROM users").unwrap();
    let began = SystemClock.now();
    assert!(
        matches!(runner.advance(), Err(RunError::Blocked { attempts: 3, .. })),
        "the third attempt gave up as well"
    );
    // Without a time-out the second attempt would never have come back; the third's is the first one's.
    assert!(SystemClock.now().since(began) < Duration::from_mins(2));
}

#[test]
fn an_index_build_tells_whom_it_waits_for() {
    let Some(db) = Db::new(USERS) else { return };
    let (mut runner, _) = begun(&db, &Change::create_index("users", Index::new("by_name", ["name"])));
    let (release, wait) = channel::<()>();
    let (ready, is_ready) = channel();
    let mut holder = db.connect();
    let thread = std::thread::spawn(move || {
        let mut open = holder.transaction().unwrap();
        open.batch_execute("SET LOCAL application_name = 'long job'; UPDATE users SET age = 1 WHERE id = 1").unwrap();
        ready.send(()).unwrap();
        wait.recv().unwrap();
        open.rollback().unwrap();
    });
    is_ready.recv().unwrap();
    let mut told = Vec::new();
    let advance = runner.advance_with(|progress| {
        if let Progress::Waiting { blockers, .. } = progress {
            told.extend(blockers.iter().map(|blocker| blocker.application.clone()));
            release.send(()).unwrap_or_default();
        }
    });
    thread.join().unwrap();
    assert_eq!((advance.unwrap(), told), (Advance::Finished, vec!["long job".to_owned()]));
}

#[test]
fn an_index_that_comes_back_waits_for_others_however_quickly_it_went() {
    let Some(db) = Db::new(USERS) else { return };
    db.run("ALTER TABLE users ADD CONSTRAINT one_name UNIQUE (name)");
    let before = db.catalog();
    let (mut runner, plan) = begun(&db, &Change::drop_constraint("users", "one_name"));
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert!(!before.differences(&db.catalog()).is_empty());
    let mut holder = db.connect();
    let mut open = Some(holder.transaction().unwrap());
    open.as_mut().unwrap().batch_execute("UPDATE users SET age = 1 WHERE id = 1").unwrap();
    let mut waited = 0;
    runner
        .roll_back_with(|progress| {
            if matches!(progress, Progress::Waiting { .. }) {
                waited += 1;
                open.take().into_iter().for_each(|open| open.rollback().unwrap());
            }
        })
        .unwrap();
    assert!(before.differences(&db.catalog()).is_empty());
    assert_eq!(waited, 1, "it did not give up and begin anew");
}

#[test]
fn a_statement_that_takes_longer_than_its_step_lets_it_is_rolled_back_and_said() {
    let Some(db) = Db::new(USERS) else { return };
    let plan =
        planned(&db, &Change::sql(["CREATE TABLE made (id int)", "SELECT pg_sleep(60)"], Some(&["DROP TABLE made"])));
    let step = &plan.phases()[0].steps()[0];
    let patience = step.timeouts().statement();
    let options = if patience.is_none() { quick().statement_timeout(Duration::from_millis(80)) } else { quick() };
    let mut runner = Runner::open_with(&db.url(), options).unwrap();
    runner.begin(&plan).unwrap();
    let before = db.catalog();
    let error = runner.advance().unwrap_err();
    assert!(matches!(error, RunError::Database(DatabaseError::TimedOut { .. })), "{error:?}");
    assert!(error.to_string().contains(step.id()), "{error}");
    assert!(before.differences(&db.catalog()).is_empty(), "what came before it is rolled back too");
    assert_eq!(runner.status().unwrap().phases[0].steps_done, 0);
}
