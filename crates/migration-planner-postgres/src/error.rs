//! What can go wrong with a database.

use std::error::Error;

use migration_planner::ServerVersion;
use postgres::error::SqlState;

/// What can go wrong with a database. Nothing is half done: what failed was rolled back, but for statements that the server
/// only runs outside of transactions, which [`Measure`](crate::Measure) runs where it may keep changes.
///
/// ```
/// use migration_planner_postgres::{DatabaseError, introspect};
///
/// assert!(matches!(introspect("no address"), Err(DatabaseError::BadAddress { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The address is not one. It is not repeated here, since it may hold a password.
    #[error("the address of the database cannot be read")]
    #[non_exhaustive]
    BadAddress {
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The address asks for an encrypted connection, and this was built without the feature `tls`. Nothing was sent.
    #[error("the address asks for encryption (`sslmode={mode}`), which needs the Cargo feature `tls`")]
    #[non_exhaustive]
    CannotEncrypt {
        /// What the address asks for.
        mode: String,
    },
    /// A file of certificates or keys cannot be used. Nothing was sent.
    #[error("`{parameter}` of the address cannot be used")]
    #[non_exhaustive]
    BadCertificate {
        /// The parameter that names it: `sslrootcert`, `sslcert` or `sslkey`.
        parameter: &'static str,
        /// Which file, and what is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no connection: nobody listens there, the password is wrong, the database does not exist, all connections are
    /// taken, it is not encrypted as the address asks, or the server's certificate is not trusted.
    #[error("cannot connect to the database")]
    #[non_exhaustive]
    CannotConnect {
        /// What the server or the network said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server is too old for what this crate reads in its catalog. Nothing was done.
    #[error("PostgreSQL {found} is not supported, only {oldest} and later are")]
    #[non_exhaustive]
    UnsupportedVersion {
        /// What the server is.
        found: ServerVersion,
        /// The oldest version that would do.
        oldest: ServerVersion,
    },
    /// The user may not do that. Nothing was changed; once the privilege is granted, the call can be repeated.
    #[error("a privilege is missing: {privilege}")]
    #[non_exhaustive]
    MissingPrivilege {
        /// Which, in the server's words: `must be owner of table users`.
        privilege: String,
    },
    /// Others held what was to be locked for longer than is waited for. Nothing was changed; try again later.
    #[error("a lock for {what} could not be had in time")]
    #[non_exhaustive]
    Locked {
        /// What was being done.
        what: String,
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A statement ran longer than the server lets it. It was rolled back.
    #[error("{what} took longer than it may")]
    #[non_exhaustive]
    TimedOut {
        /// What was being done.
        what: String,
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Somebody cancelled the statement. It was rolled back; the call can be repeated.
    #[error("somebody cancelled {what}")]
    #[non_exhaustive]
    Cancelled {
        /// What was being done.
        what: String,
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The connection is gone: the server was stopped, somebody ended the session, or the network failed. Whatever was not
    /// committed was rolled back; the call can be repeated, and connects anew.
    #[error("the connection was lost during {what}")]
    #[non_exhaustive]
    ConnectionLost {
        /// What was being done.
        what: String,
        /// What the server or the network said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server cannot be written: a standby, or a session that is read-only.
    #[error("the database is read-only")]
    #[non_exhaustive]
    ReadOnly {
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server's disk is full. What was being done was rolled back; make room and repeat the call.
    #[error("the server's disk is full")]
    #[non_exhaustive]
    DiskFull {
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else.
    #[error("the database refused {what}")]
    #[non_exhaustive]
    Refused {
        /// What was to be done.
        what: String,
        /// What the server said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DatabaseError {
    pub(crate) fn of(what: impl Into<String>, error: &postgres::Error) -> Self {
        let (what, source) = (what.into(), Box::new(Said::of(error)));
        let Some(said) = error.as_db_error() else {
            return if error.is_closed() || is_network(error) {
                Self::ConnectionLost { what, source }
            } else {
                Self::Refused { what, source }
            };
        };
        let code = said.code();
        if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::T_R_DEADLOCK_DETECTED {
            Self::Locked { what, source }
        } else if *code == SqlState::QUERY_CANCELED {
            // One code for both: only the words tell them apart, and without them it counts as somebody's wish.
            let timed_out = said.message().contains("statement timeout");
            if timed_out { Self::TimedOut { what, source } } else { Self::Cancelled { what, source } }
        } else if *code == SqlState::DISK_FULL {
            Self::DiskFull { source }
        } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
            Self::ReadOnly { source }
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            Self::MissingPrivilege { privilege: said.message().to_owned() }
        } else if is_end_of_session(code) {
            Self::ConnectionLost { what, source }
        } else {
            Self::Refused { what, source }
        }
    }

    pub(crate) fn connecting(error: &postgres::Error) -> Self {
        match Self::of("connecting", error) {
            Self::DiskFull { source } => Self::DiskFull { source },
            _ => Self::CannotConnect { source: Box::new(Said::of(error)) },
        }
    }

    /// Says what was being done, to be called on what a driver gave back.
    pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(postgres::Error) -> Self {
        let what = what.into();
        move |error| Self::of(what, &error)
    }
}

/// The server ends the session: an administrator's command, a crash, a shutdown.
fn is_end_of_session(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(code)
        || code.code().starts_with("08")
}

fn is_network(error: &postgres::Error) -> bool {
    error.source().is_some_and(<dyn Error>::is::<std::io::Error>)
}

/// What the server said, once: the driver's own error says the same again as its source.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(String);

impl Said {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn of(error: &postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            return Self(error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}")));
        };
        let mut text = said.message().to_owned();
        for more in [said.detail(), said.hint()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(more.trim_end());
        }
        Self(text)
    }
}
