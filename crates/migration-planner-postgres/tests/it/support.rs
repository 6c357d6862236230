//! A database of a real server, and what tests ask of it.

use migration_planner_postgres::CatalogSnapshot;
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
