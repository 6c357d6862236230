//! A real database beside what is read.

use migration_planner::{Dialect, Schema, SchemaError, SchemaReader, ServerKind};
use migration_planner_sqlite::introspect;
use rusqlite::Connection;

use super::chain::TwoViews;

pub(crate) struct Both {
    connection: Connection,
    reader: SchemaReader,
    folder: tempfile::TempDir,
}

impl Both {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a database");
        let connection = Connection::open(folder.path().join("app.db")).expect("the folder was made a moment ago");
        Self { connection, reader: SchemaReader::new(Dialect::Sqlite), folder }
    }
}

impl TwoViews for Both {
    fn server(&self) -> ServerKind {
        ServerKind::Sqlite
    }

    fn run(&mut self, script: &str) -> Result<(), String> {
        self.connection.execute_batch(script).map_err(|error| error.to_string())
    }

    fn read(&mut self, script: &str) -> Result<(), SchemaError> {
        self.reader.read(script)
    }

    fn found(&mut self) -> Schema {
        introspect(self.folder.path().join("app.db")).expect("the database can be read").schema
    }

    fn text(&self) -> Schema {
        self.reader.schema()
    }
}
