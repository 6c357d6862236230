//! A connection that waits for its turn and leaves nothing half done.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{DatabaseError, RunError, is_locked, refused};
use crate::options::RunnerOptions;

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A connection that waits for its turn.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    options: RunnerOptions,
}

impl Database {
    /// Opens an existing database; a file that is missing is not made.
    pub(crate) fn open(path: &Path, options: RunnerOptions) -> Result<Self, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| DatabaseError::opening(path, e))?;
        let mut database = Self { connection, options };
        // SQLite opens any file; only reading tells what it is.
        database
            .read(|connection| {
                // Waiting is ours, so that it is bounded, jittered, and by our clock.
                connection.busy_timeout(Duration::ZERO).map_err(refused("a time-out"))?;
                connection
                    .query_row("SELECT count(*) FROM main.sqlite_schema", [], |row| row.get::<_, i64>(0))
                    .map_err(refused("to be read"))
            })
            .map_err(|error| match error {
                RunError::Database(error) => error,
                other => DatabaseError::Refused { what: "to be read".to_owned(), source: Box::new(other) },
            })?;
        Ok(database)
    }

    pub(crate) fn options(&self) -> &RunnerOptions {
        &self.options
    }

    /// Reads from one snapshot; waits while the database is locked.
    pub(crate) fn read<T>(&mut self, work: impl Fn(&Connection) -> Result<T, RunError>) -> Result<T, RunError> {
        self.patiently(|connection| {
            let transaction = connection.transaction().map_err(refused("a transaction"))?;
            work(&transaction)
        })
    }

    /// As [`read`](Self::read), while whatever would write is refused.
    pub(crate) fn read_without_writing<T>(
        &mut self,
        work: impl Fn(&Connection) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let refuse = |connection: &Connection, on: bool| {
            connection.pragma_update(None, "query_only", on).map_err(refused("a setting"))
        };
        refuse(&self.connection, true)?;
        let done = self.read(work);
        refuse(&self.connection, false)?;
        done
    }

    /// Whether the file, or its directory, cannot be written.
    pub(crate) fn is_read_only(&self) -> Result<bool, RunError> {
        self.connection.is_readonly("main").map_err(refused("a setting"))
    }

    /// Does `work` in one write transaction, all or nothing; waits while the database is locked, then does it anew.
    pub(crate) fn write<T>(&mut self, mut work: impl FnMut(&Connection) -> Result<T, RunError>) -> Result<T, RunError> {
        self.patiently(|connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(refused("a write transaction"))?;
            let done = work(&transaction)?;
            transaction.commit().map_err(refused("a commit"))?;
            Ok(done)
        })
    }

    /// As [`write`](Self::write), without references being enforced, since a table is away for a moment. Fails, and changes
    /// nothing, if more rows than before refer to one that is not there; `step` is whose work it is.
    pub(crate) fn write_unenforced<T>(
        &mut self,
        step: &str,
        mut work: impl FnMut(&Connection) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let enforce = |connection: &Connection, on: bool| {
            connection.pragma_update(None, "foreign_keys", on).map_err(refused("a setting"))
        };
        self.patiently(|connection| {
            let before: bool =
                connection.pragma_query_value(None, "foreign_keys", |row| row.get(0)).map_err(refused("a setting"))?;
            enforce(connection, false)?;
            let mut attempt = || {
                let transaction = connection
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .map_err(refused("a write transaction"))?;
                let known = broken_references(&transaction)?;
                let done = work(&transaction)?;
                let rows = broken_references(&transaction)?;
                if rows > known {
                    return Err(RunError::check_failed(step, rows - known));
                }
                transaction.commit().map_err(refused("a commit"))?;
                Ok(done)
            };
            let done = attempt();
            enforce(connection, before)?;
            done
        })
    }

    fn patiently<T>(&mut self, mut attempt: impl FnMut(&mut Connection) -> Result<T, RunError>) -> Result<T, RunError> {
        let clock = std::sync::Arc::clone(&self.options.clock);
        let start = clock.now();
        let mut pause = FIRST_PAUSE;
        loop {
            match attempt(&mut self.connection) {
                Err(error) if is_locked(&error) => {
                    let waited = clock.now().since(start);
                    if waited >= self.options.lock_patience {
                        return Err(DatabaseError::Locked { waited }.into());
                    }
                    clock.sleep(jittered(pause).min(self.options.lock_patience.saturating_sub(waited)));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                done => return done,
            }
        }
    }
}

/// How many rows refer to one that is not there.
fn broken_references(connection: &Connection) -> Result<u64, RunError> {
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .map_err(refused("checking references"))?;
    Ok(rows.unsigned_abs())
}

/// Between half of `pause` and one and a half, so that those who wait do not come back together.
fn jittered(pause: Duration) -> Duration {
    let share = RandomState::new().hash_one(0) % 1000;
    (pause / 2 + pause * u32::try_from(share).expect("below 1000") / 1000).max(Duration::from_millis(1))
}
