//! A connection to a server.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use migration_planner::ServerVersion;
use postgres::{Client, Config, NoTls};
#[cfg(feature = "tls")]
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::encryption::Encryption;
use crate::error::DatabaseError;

/// The oldest server whose catalog this crate reads.
const OLDEST: ServerVersion = ServerVersion::new(15, 0, 0);

/// How the name begins that a runner's sessions give themselves.
pub(crate) const NAME: &str = "cutover-";

/// Limits of a transaction that only reads the catalog: somebody's lock on a table must not hold it up for ever.
pub(crate) const READING: &str =
    "SET LOCAL search_path = public; SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '5min'";

/// Where a database is, and as whom to connect.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    /// What encrypts connections; `None` where the address wants none.
    #[cfg(feature = "tls")]
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads a URL or a list of `key=value`.
    pub(crate) fn parse(text: &str) -> Result<Self, DatabaseError> {
        let (encryption, mut config) = Encryption::parse(text)?;
        encryption.refuse_unless(cfg!(feature = "tls"))?;
        // Whoever waits for a session is told by this name who it is.
        let name = format!("{NAME}{}-{:08x}", std::process::id(), RandomState::new().hash_one(0) & 0xffff_ffff);
        config.application_name(&name);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        Ok(Self {
            config,
            #[cfg(feature = "tls")]
            tls: crate::tls::connector(&encryption)?,
        })
    }

    /// Another database of the same server, as the same user.
    pub(crate) fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// A new session on a server that is supported.
    pub(crate) fn connect(&self) -> Result<Client, DatabaseError> {
        let mut client = self.connected().map_err(|e| DatabaseError::connecting(&e))?;
        let found = version_of(&mut client)?;
        if found < OLDEST {
            return Err(DatabaseError::UnsupportedVersion { found, oldest: OLDEST });
        }
        Ok(client)
    }

    fn connected(&self) -> Result<Client, postgres::Error> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return self.config.connect(tls.clone());
        }
        self.config.connect(NoTls)
    }
}

impl std::fmt::Debug for Address {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

pub(crate) fn version_of(client: &mut Client) -> Result<ServerVersion, DatabaseError> {
    let rows = client.query_typed("SELECT current_setting('server_version_num')::int4", &[]);
    let rows = rows.map_err(DatabaseError::refused("to tell its version"))?;
    let number = rows.first().map_or(0, |row| row.get::<_, i32>(0)).unsigned_abs();
    Ok(ServerVersion::new(number / 10_000, number % 10_000, 0))
}
