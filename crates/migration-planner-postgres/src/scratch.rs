//! A database for a moment, to see what statements make of it.

use std::hash::{BuildHasher, RandomState};

use migration_planner::RESERVED_PREFIX;
use postgres::Client;

use crate::error::DatabaseError;
use crate::introspect::{Introspection, read};
use crate::session::Address;

/// A new, empty database on a server, dropped again when this value is.
///
/// What SQL makes of a database is best told by the server: its own parser, its own spelling of expressions. Run the statements of a
/// wanted schema here, and compare what is found with another database by [`SchemaDiffer`](migration_planner::SchemaDiffer).
///
/// ```
/// use migration_planner_postgres::Scratch;
///
/// # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
/// # let url = database.url();
/// let mut scratch = Scratch::on(&url)?;
/// scratch.run("CREATE TABLE users (id bigint PRIMARY KEY)")?;
/// assert_eq!(scratch.introspect()?.schema.tables().len(), 1);
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
#[derive(Debug)]
pub struct Scratch {
    server: Address,
    name: String,
    /// `None` once it is being dropped: nobody may be connected then.
    session: Option<Session>,
}

/// A session, which says nothing of itself.
struct Session(Client);

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Scratch {
    /// Creates a database beside the one at `url`, from `template0`, so that it has nothing in it.
    ///
    /// # Errors
    /// [`DatabaseError`] if the server cannot be reached, or the user may not create databases.
    pub fn on(url: &str) -> Result<Self, DatabaseError> {
        let server = Address::parse(url)?;
        let name = format!("{RESERVED_PREFIX}scratch_{:016x}", RandomState::new().hash_one(std::process::id()));
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        server.connect()?.batch_execute(&create).map_err(DatabaseError::refused("to create a scratch database"))?;
        let mut scratch = Self { server, name, session: None };
        scratch.session = Some(Session(scratch.server.with_database(&scratch.name).connect()?));
        Ok(scratch)
    }

    /// Runs a script, as one query of several statements: all of it or nothing.
    ///
    /// # Errors
    /// [`DatabaseError`] if the server refuses a statement; its message says which and where.
    pub fn run(&mut self, script: &str) -> Result<(), DatabaseError> {
        self.client().batch_execute(script).map_err(DatabaseError::refused("to run the statements"))
    }

    /// Looks at what is there now.
    ///
    /// # Errors
    /// [`DatabaseError`] if it cannot be read.
    pub fn introspect(&mut self) -> Result<Introspection, DatabaseError> {
        read(self.client())
    }

    fn client(&mut self) -> &mut Client {
        &mut self.session.as_mut().expect("there is a session until it is dropped").0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.session.take());
        // Nobody can be told; what is left behind has a name that says what it was.
        if let Ok(mut client) = self.server.connect() {
            drop(client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
        }
    }
}
