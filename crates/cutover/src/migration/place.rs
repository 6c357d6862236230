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
        let starts = |with: &str| text.starts_with(with);
        if starts("postgres://")
            || starts("postgresql://")
            || starts("host=")
            || text.contains(" dbname=")
            || starts("dbname=")
        {
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
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

/// An address without whatever may be secret in it: the user's part up to the `@`, parameters, and pairs that name a password.
fn without_password(url: &str) -> String {
    if let Some((scheme, rest)) = url.split_once("://") {
        let rest = rest.split('?').next().unwrap_or_default();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        return format!("{scheme}://{place}");
    }
    let shown = |pair: &&str| pair.starts_with("host=") || pair.starts_with("port=") || pair.starts_with("dbname=");
    url.split_whitespace().filter(shown).collect::<Vec<_>>().join(" ")
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
    }
}
