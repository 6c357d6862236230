//! Where todos and users are kept: one SQLite file, one writer, as many readers as requests run at once.

mod error;
mod schema;
mod todos;
mod users;

use std::path::{Path, PathBuf};
use std::time::Duration;

use migration_planner::ColumnUse;

use parking_lot::Mutex;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags};

pub use error::StoreError;
pub use users::{LegacyName, Searches, UsersQuery, statements_on_users};

/// How long a statement waits for another process that holds the file before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a new todo gets its id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ids {
    /// An id that was never used before.
    #[default]
    Fresh,
    /// The planted bug of the talk: one more than there are todos, which is wrong as soon as one was deleted.
    LengthPlusOne,
}

/// The file, open. Cheap to share behind an [`Arc`](std::sync::Arc).
pub struct Store {
    path: PathBuf,
    ids: Ids,
    watched: Option<ColumnUse>,
    /// SQLite has one writer at a time anyway; queueing here is fair and wakes at once, its own waiting sleeps.
    writer: Mutex<Connection>,
    /// Readers that nobody uses now; as many as requests ever read at once.
    idle: Mutex<Readers>,
}

/// Readers between two requests.
#[derive(Default)]
struct Readers {
    /// Grows by one when the store connects anew; readers of an earlier generation are closed when they come back.
    generation: u64,
    connections: Vec<Connection>,
}

impl Store {
    /// Opens the file at `path`, and creates it and its tables where they are missing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be opened or written, or is no database.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Ids::default(), None)
    }

    /// Opens the file at `path` with `ids` for new todos; `watched` hears of every use of its column.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be opened or written, or is no database.
    pub fn open_with(path: &Path, ids: Ids, watched: Option<ColumnUse>) -> Result<Self, StoreError> {
        let writer = connect(path, OpenFlags::default(), watched.as_ref())?;
        // SQLite opens what it may not write for reading, and would say so at the first write only.
        if writer.is_readonly("main")? {
            return Err(StoreError::ReadOnly);
        }
        // Readers go on while somebody writes, and a killed process loses nothing that was answered with success.
        writer.pragma_update(None, "journal_mode", "wal")?;
        writer.pragma_update(None, "synchronous", "normal")?;
        schema::create(&writer)?;
        Ok(Self { path: path.to_owned(), ids, watched, writer: Mutex::new(writer), idle: Mutex::default() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        work(&mut self.writer.lock())
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (generation, idle) = {
            let mut readers = self.idle.lock();
            (readers.generation, readers.connections.pop())
        };
        let reader = match idle {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY, self.watched.as_ref())?,
        };
        let outcome = work(&reader);
        let mut readers = self.idle.lock();
        if readers.generation == generation {
            readers.connections.push(reader);
        }
        outcome
    }

    /// Closes every connection, once the request that has it is done, and opens new ones, as a deployment does.
    ///
    /// What a connection has prepared may run again without being told, so a use of a watched column ends only here.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be opened any more; the store then goes on with the connections it has.
    pub fn reconnect(&self) -> Result<(), StoreError> {
        let fresh = connect(&self.path, OpenFlags::default(), self.watched.as_ref())?;
        *self.writer.lock() = fresh;
        let mut readers = self.idle.lock();
        readers.generation += 1;
        readers.connections.clear();
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).field("ids", &self.ids).finish_non_exhaustive()
    }
}

fn connect(path: &Path, flags: OpenFlags, watched: Option<&ColumnUse>) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    if let Some(watched) = watched {
        watch(&mut connection, watched)?;
    }
    Ok(connection)
}

/// Tells `watched` of every use of its column by statements that `connection` prepares from now on.
pub(crate) fn watch(connection: &mut Connection, watched: &ColumnUse) -> rusqlite::Result<()> {
    let usage = watched.connection();
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        let within = context.accessor;
        match context.action {
            AuthAction::Read { table_name, column_name } => usage.read(table_name, column_name, within),
            AuthAction::Update { table_name, column_name } => usage.updated(table_name, column_name, within),
            AuthAction::Insert { table_name } => usage.inserted(table_name, within),
            _ => {}
        }
        Authorization::Allow
    }))
}
