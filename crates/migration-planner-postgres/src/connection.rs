//! A connection that comes back, and transactions that set their own limits.

use postgres::{Client, IsolationLevel, Transaction};

use crate::error::DatabaseError;
use crate::options::{Limits, RunnerOptions};
use crate::run_error::{RunError, is_lost, refused};
use crate::session::{Address, READING};

/// A connection that comes back after it was lost. Nothing that matters is kept in its session: between two transactions a
/// pooler may put another one in its place.
pub(crate) struct Database {
    address: Address,
    client: Option<Client>,
    options: RunnerOptions,
}

impl Database {
    pub(crate) fn open(address: Address, options: RunnerOptions) -> Result<Self, DatabaseError> {
        let client = Some(address.connect()?);
        Ok(Self { address, client, options })
    }

    pub(crate) fn options(&self) -> &RunnerOptions {
        &self.options
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The session, or a new one where that was lost.
    pub(crate) fn client(&mut self) -> Result<&mut Client, DatabaseError> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.address.connect()?,
        };
        Ok(self.client.insert(client))
    }

    /// Reads from one snapshot, in a transaction that cannot write.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let done = self.client().map_err(RunError::from).and_then(|client| {
            let builder = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
            let mut transaction = builder.start().map_err(refused("a transaction"))?;
            transaction.batch_execute(READING).map_err(refused("setting time-outs"))?;
            let done = work(&mut transaction)?;
            transaction.rollback().map_err(refused("the end of a transaction"))?;
            Ok(done)
        });
        self.without_what_was_lost(done)
    }

    /// Does `work` in one transaction, all or nothing.
    pub(crate) fn write<T>(
        &mut self,
        limits: &Limits,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let done = self.client().map_err(RunError::from).and_then(|client| {
            let builder = client.build_transaction().read_only(false).isolation_level(IsolationLevel::ReadCommitted);
            let mut transaction = builder.start().map_err(refused("a transaction"))?;
            transaction.batch_execute(&limits.set_local()).map_err(refused("setting time-outs"))?;
            let done = work(&mut transaction)?;
            transaction.commit().map_err(refused("a commit"))?;
            Ok(done)
        });
        self.without_what_was_lost(done)
    }

    fn without_what_was_lost<T>(&mut self, done: Result<T, RunError>) -> Result<T, RunError> {
        if done.as_ref().is_err_and(is_lost) {
            self.client = None;
        }
        done
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("address", &self.address)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
