//! Schemas out of files: read by their text, or run in a database of their own where that is asked for or the text is not enough.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use migration_planner::{Dialect, Layout, Migration, Schema, SchemaError, SchemaReader, ServerKind};
use migration_planner_postgres::Scratch;

use crate::{lint, output};

/// How files become schemas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// What kind of server the files are for.
    pub(crate) server: ServerKind,
    /// A PostgreSQL server where statements may be run in a database of their own.
    pub(crate) scratch: Option<&'a str>,
    /// Whether the text is not to be relied on at all.
    pub(crate) by_database: bool,
}

/// Whether a side of a comparison is given as files.
pub(crate) fn is_text(place: &str) -> bool {
    let path = Path::new(place);
    path.is_dir() || path.extension().is_some_and(|ending| ending == "sql")
}

impl Reading<'_> {
    /// The schema that a file of statements or a directory of migrations makes.
    pub(crate) fn schema(self, place: &str) -> anyhow::Result<Schema> {
        let scripts = scripts(Path::new(place))?;
        if self.by_database {
            return self.in_a_database(&scripts);
        }
        let dialect = match self.server {
            ServerKind::Sqlite => Dialect::Sqlite,
            _ => Dialect::Postgres,
        };
        let mut reader = SchemaReader::new(dialect);
        for migration in &scripts {
            let Err(error) = reader.read(migration.text()) else { continue };
            let place = format!("{}:{}:{}", migration.path(), error.line(), error.column());
            // Where the parser refuses a statement of SQLite's, SQLite itself has the last word.
            let is_unsure = self.server == ServerKind::Sqlite && matches!(error, SchemaError::Syntax(_));
            if !error.needs_database() && !is_unsure {
                return Err(error).context(place);
            }
            if self.server != ServerKind::Sqlite && self.scratch.is_none() {
                return Err(error).context(format!("{place}: give a server to run the statements on with --scratch"));
            }
            output::remark(&format!("{place}: {error}; all of it is run in a database of its own instead"));
            return self.in_a_database(&scripts);
        }
        let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
        for omitted in reader.omitted() {
            *left_out.entry(omitted.what()).or_default() += 1;
        }
        if !left_out.is_empty() {
            let all: Vec<String> = left_out.iter().map(|(what, times)| format!("{what} ({times})")).collect();
            output::remark(&format!("{place}: not compared, by number of statements: {}", all.join(", ")));
        }
        Ok(reader.schema())
    }

    fn in_a_database(self, scripts: &[Migration]) -> anyhow::Result<Schema> {
        match (self.server, self.scratch) {
            (ServerKind::Sqlite, _) => on_sqlite(scripts),
            (_, Some(url)) => on_postgres(url, scripts),
            (_, None) => bail!("give a PostgreSQL server to run the statements on with --scratch"),
        }
    }
}

/// The statements of a file, or of migrations in the order in which their tool runs them.
fn scripts(path: &Path) -> anyhow::Result<Vec<Migration>> {
    let shown = || path.display().to_string();
    if path.is_file() {
        let text = std::fs::read_to_string(path).with_context(shown)?;
        return Ok(vec![Migration::new("", shown(), text)]);
    }
    let mut files = Vec::new();
    lint::collect(path, 0, &mut files)?;
    let Some(layout) = Layout::detect(files.iter().map(|(path, _)| path.as_str())) else {
        bail!("{}: there is no .sql file in it", path.display());
    };
    Ok(layout.read(files)?)
}

fn on_postgres(url: &str, scripts: &[Migration]) -> anyhow::Result<Schema> {
    let mut scratch = Scratch::on(url)?;
    for migration in scripts {
        // What cannot be in a transaction cannot be sent with others either.
        if migration.is_in_transaction() {
            scratch.run(migration.text()).with_context(|| migration.path().to_owned())?;
        } else {
            for part in Dialect::Postgres.split(migration.text()) {
                scratch.run(part.text()).with_context(|| format!("{}:{}", migration.path(), part.line()))?;
            }
        }
    }
    Ok(scratch.introspect()?.schema)
}

fn on_sqlite(scripts: &[Migration]) -> anyhow::Result<Schema> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("scratch.db");
    let connection = rusqlite::Connection::open(&file)?;
    for migration in scripts {
        for part in Dialect::Sqlite.split(migration.text()) {
            let place = || format!("{}:{}", migration.path(), part.line());
            connection.execute_batch(part.text()).with_context(place)?;
        }
    }
    drop(connection);
    Ok(migration_planner_sqlite::introspect(&file)?.schema)
}
