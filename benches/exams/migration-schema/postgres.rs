//! A real server beside what is read.

use ::postgres::{Client, NoTls};
use migration_planner::{Dialect, Schema, SchemaError, SchemaReader, ServerKind};
use migration_planner_postgres::introspect;

use super::chain::TwoViews;

pub(crate) struct Both {
    client: Client,
    reader: SchemaReader,
    database: postgres_for_tests::Database,
}

impl Both {
    pub(crate) fn new() -> Self {
        let database = postgres_for_tests::database().expect("there was a server a moment ago");
        let client = Client::connect(&database.url(), NoTls).expect("the database was made a moment ago");
        Self { client, reader: SchemaReader::new(Dialect::Postgres), database }
    }
}

impl TwoViews for Both {
    fn server(&self) -> ServerKind {
        ServerKind::Postgres
    }

    /// As one transaction where that may be, and else statement by statement.
    fn run(&mut self, script: &str) -> Result<(), String> {
        if self.client.batch_execute(script).is_ok() {
            return Ok(());
        }
        let _no_transaction = self.client.batch_execute("ROLLBACK");
        let parts = Dialect::Postgres.split(script);
        let each = parts.iter().try_for_each(|part| self.client.batch_execute(part.text()));
        each.map_err(|error| format!("{error:?}"))
    }

    fn read(&mut self, script: &str) -> Result<(), SchemaError> {
        self.reader.read(script)
    }

    fn found(&mut self) -> Schema {
        introspect(&self.database.url()).expect("the database can be read").schema
    }

    fn text(&self) -> Schema {
        self.reader.schema()
    }
}
