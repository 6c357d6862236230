//! A connection to look at one database again and again with.

use postgres::Client;

use crate::error::DatabaseError;
use crate::introspect::{self, Introspection};
use crate::session::Address;
use crate::snapshot::CatalogSnapshot;

/// A connection to look at one database again and again with: what [`introspect`](crate::introspect()) and [`CatalogSnapshot::of`] do, without
/// a new session for each look, to which the server would have to learn its catalog first. A second look takes it a fourth of the time.
///
/// ```
/// use migration_planner_postgres::Inspector;
///
/// # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
/// # let url = database.url();
/// let mut inspector = Inspector::open(&url)?;
/// let before = inspector.snapshot()?;
/// // .. something that should leave no trace ..
/// assert!(before.differences(&inspector.snapshot()?).is_empty());
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
pub struct Inspector {
    address: Address,
    client: Option<Client>,
}

impl Inspector {
    /// Connects to the database at `url` (`postgresql://user@host/database`, or `key=value` pairs).
    ///
    /// # Errors
    /// [`DatabaseError`] if there is no connection, or the server is too old.
    pub fn open(url: &str) -> Result<Self, DatabaseError> {
        let address = Address::parse(url)?;
        let client = Some(address.connect()?);
        Ok(Self { address, client })
    }

    /// Looks at the schema, the server and its estimates of rows, as [`introspect`](crate::introspect()) does.
    ///
    /// # Errors
    /// [`DatabaseError`] if the database cannot be read; the next call connects anew where the connection was lost.
    pub fn introspect(&mut self) -> Result<Introspection, DatabaseError> {
        introspect::read(self.client()?)
    }

    /// Reads the whole catalog, as [`CatalogSnapshot::of`] does.
    ///
    /// # Errors
    /// As [`introspect`](Self::introspect).
    pub fn snapshot(&mut self) -> Result<CatalogSnapshot, DatabaseError> {
        CatalogSnapshot::read(self.client()?)
    }

    fn client(&mut self) -> Result<&mut Client, DatabaseError> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.address.connect()?,
        };
        Ok(self.client.insert(client))
    }
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("address", &self.address).finish_non_exhaustive()
    }
}
