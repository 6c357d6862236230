//! The changes that runners are interrupted in, and what must hold of the database whenever one is.

use std::time::Duration;

use migration_planner::{Change, Evidence, Finding, Plan, Planner, Policy, Window};
use migration_planner_postgres::{
    Advance, CatalogSnapshot, Clock, Event, Progress, RunError, Runner, RunnerOptions, SystemClock, introspect,
};
use postgres::{Client, NoTls};
use postgres_for_tests::Database;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// A column gets another name: batches, and an index that is built outside of transactions.
    Rename,
    /// A column gets another type: batches, an index and a unique constraint, NOT NULL, and names that are swapped.
    Retype,
}

impl Scenario {
    fn schema(self) -> &'static str {
        match self {
            Self::Rename => {
                "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);
                 CREATE INDEX by_name ON users (lower(name), age); COMMENT ON INDEX by_name IS 'for the search';
                 INSERT INTO users SELECT i, 'n' || i, i % 7 FROM generate_series(1, 60) AS i"
            }
            Self::Retype => {
                "CREATE TABLE orders (id bigint PRIMARY KEY, code int NOT NULL DEFAULT 7, note text);
                 ALTER TABLE orders ADD CONSTRAINT one_code UNIQUE (code); CREATE INDEX by_code ON orders (code, note);
                 COMMENT ON COLUMN orders.code IS 'as printed'; COMMENT ON CONSTRAINT one_code ON orders IS 'one each';
                 INSERT INTO orders SELECT i, i * 3, 'o' || i FROM generate_series(1, 60) AS i"
            }
        }
    }

    fn change(self) -> Change {
        match self {
            Self::Rename => Change::rename_column("users", "name", "full_name"),
            Self::Retype => Change::change_type("orders", "code", "bigint"),
        }
    }
}

/// A scenario with what an undisturbed run of it comes to.
pub(crate) struct Stage {
    scenario: Scenario,
    plan: Plan,
    /// A database in which the plan was begun and everybody was answered for.
    begun: Database,
    /// The catalog after each number of steps.
    catalogs: Vec<CatalogSnapshot>,
}

impl Stage {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let begun = postgres_for_tests::database().expect("there was a server a moment ago");
        connect(&begun).batch_execute(scenario.schema()).expect("the schema is one");
        let found = introspect(&begun.url()).expect("the database can be read");
        let policy = Policy::default().batch_rows(9).observation(Duration::ZERO);
        let plan = Planner::new(&found.schema, found.server).policy(policy).plan(&scenario.change());
        let plan = plan.expect("the change can be planned");
        let mut runner = runner(&begun.url());
        runner.begin(&plan).expect("the plan is for this database");
        let now = Window::instant(SystemClock.now());
        for consumer in plan.consumers() {
            let said = Finding::attestation("searched all of it");
            let evidence = Evidence::new(consumer.name(), plan.change().object(), said, now, "ada");
            runner.record(&evidence).expect("evidence can be recorded");
        }
        drop(runner);
        let catalogs = undisturbed(&begun);
        let steps = plan.phases().iter().map(|phase| phase.steps().len()).sum::<usize>();
        assert_eq!(catalogs.len(), steps + 1, "every step is told of");
        Self { scenario, plan, begun, catalogs }
    }

    pub(crate) fn copy(&self) -> Database {
        self.begun.copy().expect("nobody is connected to it")
    }

    /// What does not hold of a database in which runners were interrupted: a row that was lost, a journal that says something
    /// else than the catalog.
    pub(crate) fn violations(&self, database: &Database) -> Vec<String> {
        let mut found = self.lost_rows(database);
        let journal = runner(&database.url()).journal().expect("the journal can be read");
        let mut done: Vec<(String, String)> = Vec::new();
        let (mut open, mut going_back) = (false, false);
        for entry in &journal {
            match &entry.event {
                Event::StepBegun { .. } => open = true,
                Event::StepDone { phase, step, .. } => {
                    open = false;
                    done.push((phase.clone(), step.clone()));
                }
                Event::UndoBegun { phase, step, .. } | Event::StepUndone { phase, step, .. } => {
                    open = matches!(entry.event, Event::UndoBegun { .. });
                    done.retain(|(of, done)| (of, done) != (phase, step));
                }
                // Within a phase the way back need not be the way there, step by step; at its end it is.
                Event::RollbackStarted | Event::PhaseUndoBegun { .. } => going_back = true,
                Event::RolledBack | Event::PhaseUndone { .. } => going_back = false,
                _ => {}
            }
        }
        let steps = self.plan.phases().iter().flat_map(|phase| phase.steps().iter().map(move |step| (phase, step)));
        let in_order: Vec<_> = steps.map(|(phase, step)| (phase.id().to_owned(), step.id().to_owned())).collect();
        let mut whole = done.as_slice();
        if going_back && let Some((half, _)) = done.last() {
            whole = &done[..done.iter().position(|(phase, _)| phase == half).unwrap_or(done.len())];
        }
        if in_order.get(..whole.len()) != Some(whole) {
            found.push(format!("the journal's steps are not the plan's, in order: {done:?}"));
        } else if !open && !going_back {
            // A step that was begun outside of transactions and is not known to be done may be half way.
            let catalog = CatalogSnapshot::of(&database.url()).expect("the catalog can be read");
            found.extend(self.catalogs[done.len()].differences(&catalog));
        }
        found
    }

    fn lost_rows(&self, database: &Database) -> Vec<String> {
        let mut client = connect(database);
        let has = |client: &mut Client, column: &str| {
            let sql =
                "SELECT FROM pg_attribute WHERE attrelid = to_regclass('users') AND attname = $1 AND NOT attisdropped";
            !client.query(sql, &[&column]).expect("the catalog can be read").is_empty()
        };
        let sql = match self.scenario {
            Scenario::Rename if has(&mut client, "name") => "SELECT id || name || age FROM users ORDER BY id",
            Scenario::Rename => "SELECT id || full_name || age FROM users ORDER BY id",
            Scenario::Retype => "SELECT id || '-' || code || note FROM orders ORDER BY id",
        };
        let rows: Vec<String> =
            client.query(sql, &[]).expect("the table is there").iter().map(|row| row.get(0)).collect();
        let expected = |i: i32| match self.scenario {
            Scenario::Rename => format!("{i}n{i}{}", i % 7),
            Scenario::Retype => format!("{i}-{}o{i}", i * 3),
        };
        if rows == (1..=60).map(expected).collect::<Vec<_>>() { Vec::new() } else { vec![format!("rows: {rows:?}")] }
    }

    /// Resumes to the end; what is not as it should be then.
    pub(crate) fn resumed(&self, database: &Database) -> Vec<String> {
        let mut runner = runner(&database.url());
        loop {
            match runner.advance() {
                Ok(Advance::Finished) => break,
                Ok(Advance::PhaseDone { .. }) => {}
                // Somebody had begun to roll it back: that goes on.
                Err(RunError::RollingBack | RunError::NoPlan) => return self.rolled_back(database),
                other => return vec![format!("it does not resume: {other:?}")],
            }
        }
        let mut found = self.violations(database);
        let last = runner.journal().expect("the journal can be read").pop().map(|entry| entry.event);
        if last != Some(Event::Finished) {
            found.push(format!("the journal ends with {last:?}"));
        }
        let catalog = CatalogSnapshot::of(&database.url()).expect("the catalog can be read");
        found.extend(self.catalogs.last().expect("there is an end").differences(&catalog));
        found
    }

    /// Rolls back to the start, or goes on to the end where something cannot be undone any more; what is not as it should be then.
    pub(crate) fn rolled_back(&self, database: &Database) -> Vec<String> {
        match runner(&database.url()).roll_back() {
            Ok(()) => {}
            Err(RunError::PastReturn { .. }) => return self.resumed(database),
            Err(error) => return vec![format!("it does not roll back: {error:?}")],
        }
        let mut found = self.lost_rows(database);
        let catalog = CatalogSnapshot::of(&database.url()).expect("the catalog can be read");
        found.extend(self.catalogs[0].differences(&catalog));
        found
    }
}

fn undisturbed(begun: &Database) -> Vec<CatalogSnapshot> {
    let database = begun.copy().expect("nobody is connected to it");
    let url = database.url();
    let look = || CatalogSnapshot::of(&url).expect("the catalog can be read");
    let mut seen = vec![look()];
    let mut runner = runner(&url);
    let mut watch = |progress: &Progress| {
        if matches!(progress, Progress::StepDone { .. }) {
            seen.push(look());
        }
    };
    while runner.advance_with(&mut watch).expect("nobody disturbs it") != Advance::Finished {}
    drop(runner);
    seen
}

pub(crate) fn connect(database: &Database) -> Client {
    Client::connect(&database.url(), NoTls).expect("the database was made a moment ago")
}

/// A runner that keeps its lease on a machine that is busy with other things: nobody dies here, so nobody has to wait for it.
pub(crate) fn unhurried(url: &str) -> Runner {
    Runner::open_with(url, RunnerOptions::default().writing_share(100)).expect("the server is up")
}

/// A runner that does not keep the next one waiting for long.
pub(crate) fn runner(url: &str) -> Runner {
    let options = RunnerOptions::default().lease(Duration::from_millis(400)).writing_share(100);
    Runner::open_with(url, options).expect("the server is up")
}
