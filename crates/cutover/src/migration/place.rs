//! Where the database is: a SQLite file, or a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use migration_planner::{Schema, Server};

/// The environment variable that is asked where nothing is said.
const VARIABLE: &str = "DATABASE_URL";

/// Which database a verb is about.
#[derive(Debug, Args)]
pub(crate) struct Location {
    /// A SQLite file, or the address of a PostgreSQL database (`postgresql://user@host/name`, or `host=.. dbname=..`). The environment
    /// variable `DATABASE_URL` where it is not given.
    #[arg(long)]
    database: Option<String>,
}

impl Location {
    pub(super) fn place(&self) -> anyhow::Result<Place> {
        match self.database.clone().or_else(|| std::env::var(VARIABLE).ok()) {
            Some(text) => Ok(Place::parse(&text)),
            None => bail!("which database? Say --database, or set {VARIABLE}"),
        }
    }

    /// What was said on the command line, and nothing else.
    pub(super) fn said(&self) -> anyhow::Result<Place> {
        self.database
            .as_deref()
            .map(Place::parse)
            .context("say --database: this is not done to what DATABASE_URL happens to be")
    }
}

/// A database.
pub(super) enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Place {
    pub(super) fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") || is_list_of_pairs(text) {
            return Self::Postgres(text.to_owned());
        }
        // As some tools write it.
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        Self::Sqlite(path.into())
    }

    /// What is there, for a planner.
    pub(super) fn introspect(&self) -> anyhow::Result<(Schema, Server)> {
        match self {
            Self::Sqlite(path) => {
                let found = migration_planner_sqlite::introspect(path).with_context(|| self.to_string())?;
                Ok((found.schema, found.server))
            }
            Self::Postgres(url) => {
                let found = migration_planner_postgres::introspect(url).with_context(|| self.to_string())?;
                Ok((found.schema, found.server))
            }
        }
    }
}

impl fmt::Display for Place {
    /// For the front of a message; never with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The address of a server that is not known here was taken for a file.
            Self::Sqlite(path) if path.to_string_lossy().contains("://") => {
                f.write_str(&without_password(&path.to_string_lossy()))
            }
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

/// Whether this is a list of `key=value`, as PostgreSQL's own programs take it: a password may be the first of them.
fn is_list_of_pairs(text: &str) -> bool {
    let is_key = |key: &str| {
        ["host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "options", "application_name"]
            .contains(&key.trim())
            || ["connect_timeout", "target_session_attrs", "sslrootcert", "sslcert", "sslkey"].contains(&key.trim())
    };
    let first = text.split_once('=').is_some_and(|(key, _)| is_key(key));
    first || text.contains(" dbname=") || text.contains(" host=")
}

/// An address without whatever may be secret in it: the user's part up to the `@`, parameters, and pairs that name a password.
fn without_password(url: &str) -> String {
    if let Some((scheme, rest)) = url.split_once("://") {
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        if parameters.contains('@') {
            // Either may be part of a password that was not escaped.
            return format!("{scheme}://…");
        }
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        return format!("{scheme}://{place}");
    }
    // What stands in quotes is every other part; a quote that is escaped ends none.
    let bare = url.replace("\\\\", "").replace("\\'", "");
    let bare: String = bare.split('\'').step_by(2).collect();
    let shown = |pair: &&str| pair.starts_with("host=") || pair.starts_with("port=") || pair.starts_with("dbname=");
    bare.split_whitespace().filter(shown).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let addresses = [
            ("postgresql://ada:s3cret@db/app?sslpassword=s3cret", "postgresql://db/app"),
            ("postgres://ada:s3c@ret@db:5433/app", "postgres://db:5433/app"),
            ("host=db dbname=app user=ada password=s3cret", "host=db dbname=app"),
            ("host=db password='s3 cret' dbname=app", "host=db dbname=app"),
            ("password=s3cret host=db", "host=db"),
            (r"host=db password='s3 host=cr\'et host=x' port=5433", "host=db port=5433"),
            ("postgresql://ada:s3?cret@db/app", "postgresql://…"),
            ("postgresql://db/app?user=ada@home&password=s3cret", "postgresql://…"),
            ("mysql://ada:s3cret@db/app", "mysql://db/app"),
        ];
        for (address, shown) in addresses {
            assert_eq!(Place::parse(address).to_string(), shown);
        }
    }

    #[test]
    fn a_file_is_told_from_an_address() {
        assert!(matches!(Place::parse("app.db"), Place::Sqlite(_)));
        assert!(matches!(Place::parse("sqlite:app.db"), Place::Sqlite(path) if path == *"app.db"));
        assert!(matches!(Place::parse("user=x dbname=app"), Place::Postgres(_)));
        assert!(matches!(Place::parse("port=5433 host=db"), Place::Postgres(_)));
        assert!(matches!(Place::parse("data/year=2026/app.db"), Place::Sqlite(_)));
    }
}
