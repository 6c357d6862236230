//! Looks at a database: its schema, its server, its row counts.

mod catalog;
mod columns;
mod objects;
mod tables;

use migration_planner::{Schema, Server, ServerKind};
use postgres::{Client, GenericClient};

use crate::error::DatabaseError;
use crate::session::{Address, READING, version_of};

/// What was found in a database.
///
/// ```
/// use migration_planner_postgres::introspect;
///
/// # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
/// # let url = database.url();
/// let found = introspect(&url)?;
/// assert!(found.schema.tables().is_empty());
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspection {
    /// Everything that is the application's: without what belongs to extensions, to the server and to a runner. The schema
    /// `public` is left out of names, and texts are as the server writes them.
    pub schema: Schema,
    /// The server's version, how many rows each table has, as it estimates them, and the settings that plans look at
    /// ([`Server::with_setting`]).
    pub server: Server,
}

/// Looks at the database at `url` (`postgresql://user@host/database`, or `key=value` pairs), without changing it.
///
/// Costs some ten queries of the catalog; rows are not counted but taken from the server's own estimate, and a table that was
/// never analysed has none.
///
/// # Errors
/// [`DatabaseError`] if there is no connection, the server is too old, or may not be looked at.
pub fn introspect(url: &str) -> Result<Introspection, DatabaseError> {
    read(&mut Address::parse(url)?.connect()?)
}

pub(crate) fn read(client: &mut Client) -> Result<Introspection, DatabaseError> {
    let refused = || DatabaseError::refused("to be looked at");
    let mut server = Server::new(ServerKind::Postgres, version_of(client)?);
    let builder = client.build_transaction().read_only(true);
    let mut transaction =
        builder.isolation_level(postgres::IsolationLevel::RepeatableRead).start().map_err(refused())?;
    transaction.batch_execute(READING).map_err(refused())?;
    let sql = "SELECT CASE n.nspname WHEN 'public' THEN NULL ELSE n.nspname::text END, c.relname::text, c.reltuples::int8 \
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'm') AND c.reltuples >= 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
    for row in transaction.query_typed(sql, &[]).map_err(refused())? {
        server = server.with_rows(tables::name(&row, 0), row.get::<_, i64>(2).unsigned_abs());
    }
    let sql = "SELECT name, setting FROM pg_settings \
         WHERE name IN ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions')";
    for row in transaction.query_typed(sql, &[]).map_err(refused())? {
        server = server.with_setting(row.get::<_, String>(0), row.get::<_, String>(1));
    }
    let schema = read_schema(&mut transaction)?;
    transaction.rollback().map_err(refused())?;
    Ok(Introspection { schema, server })
}

/// The schema as a transaction sees it.
pub(crate) fn read_schema(client: &mut impl GenericClient) -> Result<Schema, DatabaseError> {
    let refused = || DatabaseError::refused("to be looked at");
    // Names of `public` are written without it, all others with.
    client.batch_execute("SET LOCAL search_path = public").map_err(refused())?;
    let schema = tables::read(client).map_err(refused())?;
    objects::read(client, schema).map_err(refused())
}
