//! `cutover diff`: the changes that make one schema another.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use migration_planner::{Dialect, Layout, Migration, Schema, SchemaDiff, SchemaDiffer, ServerKind};
use migration_planner_postgres::Scratch;
use serde_json::json;

use super::place::Place;
use crate::{lint, output};

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The schema as it is: a database (a SQLite file, or the address of a PostgreSQL database), a file of statements that ends in
    /// `.sql`, or a directory of migrations.
    from: String,
    /// The schema as it shall be, given in the same ways.
    to: String,
    /// A PostgreSQL server where statements and migrations are run in a database of their own, dropped again afterwards. Without
    /// it, they are taken for SQLite's.
    #[arg(long, value_name = "ADDRESS")]
    scratch: Option<String>,
    /// A table that got another name, as `users=people`. Names are never guessed; may be given several times.
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    rename_table: Vec<(String, String)>,
    /// A column that got another name, as `people.name=full_name`, with the table's later name.
    #[arg(long, value_name = "TABLE.OLD=NEW", value_parser = column)]
    rename_column: Vec<(String, String, String)>,
    /// An index that got another name, as `old=new`.
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    rename_index: Vec<(String, String)>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (old, new) = text.split_once('=').ok_or("expected OLD=NEW")?;
    Ok((old.to_owned(), new.to_owned()))
}

fn column(text: &str) -> Result<(String, String, String), String> {
    let (old, new) = pair(text)?;
    let (table, old) = old.rsplit_once('.').ok_or("expected TABLE.OLD=NEW")?;
    Ok((table.to_owned(), old.to_owned(), new))
}

/// Compares two schemas.
pub(crate) fn diff(arguments: &DiffArguments) -> anyhow::Result<ExitCode> {
    let scratch = arguments.scratch.as_deref();
    let (from, of) = read(&arguments.from, scratch)?;
    let (to, other) = read(&arguments.to, scratch)?;
    if of != other {
        bail!("{} is {of} and {} is {other}: they cannot be compared", arguments.from, arguments.to);
    }
    let differ = SchemaDiffer::new(of);
    let differ =
        arguments.rename_table.iter().fold(differ, |differ, (old, new)| differ.rename_table(old.as_str(), new));
    let differ =
        arguments.rename_index.iter().fold(differ, |differ, (old, new)| differ.rename_index(old.as_str(), new));
    let renamed = arguments.rename_column.iter();
    let differ = renamed.fold(differ, |differ, (table, old, new)| differ.rename_column(table.as_str(), old, new));
    let diff = differ.between(&from, &to)?;
    if arguments.json {
        output::json(&as_json(&diff))?;
    } else {
        output::text(&in_words(&diff))?;
    }
    Ok(if diff.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn in_words(diff: &SchemaDiff) -> String {
    if diff.is_empty() {
        return "no difference".to_owned();
    }
    let lost: Vec<_> = diff.losses().collect();
    let change = |change: &&migration_planner::Change| {
        if lost.contains(change) { format!("{change} (what is in it is lost)") } else { change.to_string() }
    };
    let cannot = diff.inexpressible().iter().map(|what| format!("cannot be planned: {what}"));
    diff.changes().iter().map(change).chain(cannot).collect::<Vec<_>>().join("\n")
}

fn as_json(diff: &SchemaDiff) -> serde_json::Value {
    let lost: Vec<_> = diff.losses().collect();
    let changes: Vec<_> = diff
        .changes()
        .into_iter()
        .map(|change| json!({ "words": change.to_string(), "loses_data": lost.contains(&change), "change": change }))
        .collect();
    let cannot: Vec<_> =
        diff.inexpressible().iter().map(|what| json!({ "object": what.object(), "what": what.what() })).collect();
    json!({ "changes": changes, "inexpressible": cannot })
}

/// One side.
fn read(text: &str, scratch: Option<&str>) -> anyhow::Result<(Schema, ServerKind)> {
    let path = Path::new(text);
    if path.is_dir() || path.extension().is_some_and(|ending| ending == "sql") {
        let scripts = scripts(path)?;
        return match scratch {
            Some(url) => on_postgres(url, &scripts),
            None => on_sqlite(&scripts),
        };
    }
    let place = Place::parse(text);
    let (schema, server) = place.introspect()?;
    Ok((schema, server.kind()))
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

fn on_postgres(url: &str, scripts: &[Migration]) -> anyhow::Result<(Schema, ServerKind)> {
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
    Ok((scratch.introspect()?.schema, ServerKind::Postgres))
}

fn on_sqlite(scripts: &[Migration]) -> anyhow::Result<(Schema, ServerKind)> {
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
    Ok((migration_planner_sqlite::introspect(&file)?.schema, ServerKind::Sqlite))
}
