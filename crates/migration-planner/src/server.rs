//! Facts about the server that a plan is made for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;

/// The kind of a database server.
///
/// ```
/// use migration_planner::ServerKind;
///
/// assert_eq!(ServerKind::Postgres.to_string(), "PostgreSQL");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerKind {
    /// SQLite, within the application's process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A server's version.
///
/// ```
/// use migration_planner::ServerVersion;
///
/// assert!(ServerVersion::new(3, 53, 0) < ServerVersion::new(3, 54, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServerVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl ServerVersion {
    /// Version `major.minor.patch`; PostgreSQL has no patch, say 0.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first number.
    pub const fn major(self) -> u32 {
        self.major
    }

    /// The second number.
    pub const fn minor(self) -> u32 {
        self.minor
    }

    /// The third number.
    pub const fn patch(self) -> u32 {
        self.patch
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

/// The server a plan is made for, and how much is in it.
///
/// ```
/// use migration_planner::Server;
///
/// let server = Server::sqlite(3, 54, 1).with_rows("users", 100_000);
/// assert_eq!(server.rows(&"users".into()), Some(100_000));
/// assert_eq!(server.to_string(), "SQLite 3.54.1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Server {
    kind: ServerKind,
    version: ServerVersion,
    #[serde(default)]
    rows: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, String>,
}

impl Server {
    /// A server of `kind` at `version`, nothing known of its tables.
    pub fn new(kind: ServerKind, version: ServerVersion) -> Self {
        Self { kind, version, rows: BTreeMap::new(), settings: BTreeMap::new() }
    }

    /// SQLite at the given version.
    pub fn sqlite(major: u32, minor: u32, patch: u32) -> Self {
        Self::new(ServerKind::Sqlite, ServerVersion::new(major, minor, patch))
    }

    /// PostgreSQL at the given version.
    pub fn postgres(major: u32, minor: u32) -> Self {
        Self::new(ServerKind::Postgres, ServerVersion::new(major, minor, 0))
    }

    /// Says how many rows a table has, about.
    #[must_use]
    pub fn with_rows(mut self, table: impl Into<ObjectName>, rows: u64) -> Self {
        self.rows.insert(key(&table.into()), rows);
        self
    }

    /// Says what a setting of the server is. Those that plans look at, and adapters read:
    ///
    /// - PostgreSQL: `max_locks_per_transaction`, `max_connections` and `max_prepared_transactions`, which make the room for locks. A
    ///   step that would lock more relations than that is refused
    ///   ([`Refusal::TooManyLocks`](crate::Refusal::TooManyLocks)); where one is not known, nothing is.
    /// - SQLite: `journal_mode`. Unless it is `wal`, readers wait too while a table is written anew, and the instructions of the phase say so.
    ///
    /// What a session can set for itself, such as the time zone and time-outs, is no fact about the server: plans set it themselves.
    ///
    /// ```
    /// use migration_planner::Server;
    ///
    /// let server = Server::postgres(15, 18).with_setting("max_connections", "100");
    /// assert_eq!(server.setting("max_connections"), Some("100"));
    /// ```
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// What a setting is, `None` if nobody said.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// How many locks on relations there can be at once, `None` where that is not known.
    pub(crate) fn room_for_locks(&self) -> Option<u64> {
        let number = |name: &str| self.setting(name)?.parse::<u64>().ok();
        let sessions = number("max_connections")?.checked_add(number("max_prepared_transactions").unwrap_or(0))?;
        number("max_locks_per_transaction")?.checked_mul(sessions)
    }

    /// The kind.
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// The version.
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// How many rows a table has, `None` if nobody said.
    pub fn rows(&self, table: &ObjectName) -> Option<u64> {
        self.rows.get(&key(table)).copied()
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.version)
    }
}

fn key(table: &ObjectName) -> String {
    table.to_string().to_ascii_lowercase()
}
