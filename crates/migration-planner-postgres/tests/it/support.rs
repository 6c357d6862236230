//! A database of a real server, and what tests ask of it.

use std::time::Duration;

use migration_planner::{Change, Evidence, Finding, Plan, Planner, Policy, Window};
use migration_planner_postgres::{Advance, CatalogSnapshot, Clock, Runner, RunnerOptions, SystemClock, introspect};
use postgres::{Client, NoTls};
use postgres_for_tests::Database;

/// A database of its own for a test.
pub(crate) struct Db {
    database: Database,
}

impl Db {
    /// `None` where there is no server: then it was said that the test is skipped.
    pub(crate) fn new(sql: &str) -> Option<Self> {
        let db = Self { database: postgres_for_tests::database()? };
        db.run(sql);
        Some(db)
    }

    pub(crate) fn copy(&self) -> Self {
        Self { database: self.database.copy().unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    pub(crate) fn name(&self) -> &str {
        self.database.name()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }

    pub(crate) fn run(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }

    /// Every row of a query as text.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        rows(&mut self.connect(), sql)
    }

    pub(crate) fn catalog(&self) -> CatalogSnapshot {
        CatalogSnapshot::of(&self.url()).unwrap()
    }
}

pub(crate) fn rows(client: &mut Client, sql: &str) -> Vec<String> {
    let answers = client.simple_query(sql).unwrap();
    let row = |message| match message {
        postgres::SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|i| row.get(i).unwrap_or("NULL").to_owned()).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    answers.into_iter().filter_map(row).collect()
}

/// A runner that does not wait long for anything.
pub(crate) fn quick() -> RunnerOptions {
    RunnerOptions::default().lease(Duration::from_secs(2)).writing_share(100)
}

/// The plan of a change for what is in the database, with small batches and gates that need no waiting.
pub(crate) fn planned(db: &Db, change: &Change) -> Plan {
    planned_at(&db.url(), change)
}

pub(crate) fn planned_at(url: &str, change: &Change) -> Plan {
    let found = introspect(url).unwrap();
    let policy = Policy::default().batch_rows(7).observation(Duration::ZERO);
    Planner::new(&found.schema, found.server).policy(policy).plan(change).unwrap()
}

/// A runner that has begun the plan of a change.
pub(crate) fn begun(db: &Db, change: &Change) -> (Runner, Plan) {
    let plan = planned(db, change);
    let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
    runner.begin(&plan).unwrap();
    (runner, plan)
}

/// Somebody answers for every consumer of the plan.
pub(crate) fn answered_for(runner: &mut Runner, plan: &Plan) {
    let now = Window::instant(SystemClock.now());
    for consumer in plan.consumers() {
        let finding = Finding::attestation("searched all of it");
        runner.record(&Evidence::new(consumer.name(), plan.change().object(), finding, now, "ada")).unwrap();
    }
}

/// Advances until the end; panics where a gate holds it back.
pub(crate) fn to_the_end(runner: &mut Runner) {
    loop {
        match runner.advance().unwrap() {
            Advance::Finished => return,
            Advance::PhaseDone { .. } => {}
            held => panic!("{held:?}"),
        }
    }
}
