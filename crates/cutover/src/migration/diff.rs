//! `cutover diff`: the changes that make one schema another.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use migration_planner::{Schema, SchemaDiff, SchemaDiffer, ServerKind};
use serde_json::json;

use super::place::Place;
use super::schema_text::{Reading, is_text};
use crate::output;

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The schema as it is: a database (a SQLite file, or the address of a PostgreSQL database), a file of statements that ends in
    /// `.sql`, or a directory of migrations.
    from: String,
    /// The schema as it shall be, given in the same ways.
    to: String,
    /// Which server statements and migrations are for. Without it, that of the other side if that is a database, PostgreSQL with
    /// `--scratch`, else SQLite.
    #[arg(long, value_enum)]
    dialect: Option<ServerDialect>,
    /// A PostgreSQL server for statements whose text alone does not tell what they make: they are run in a database of their own,
    /// dropped again afterwards.
    #[arg(long, value_name = "ADDRESS")]
    scratch: Option<String>,
    /// Runs statements and migrations in a database of their own in any case, instead of reading their text. PostgreSQL's need
    /// `--scratch`.
    #[arg(long)]
    by_database: bool,
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

/// A dialect of SQL that schemas are read from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ServerDialect {
    /// PostgreSQL.
    #[value(name = "postgresql", alias = "postgres")]
    Postgres,
    /// SQLite.
    Sqlite,
}

impl ServerDialect {
    fn server(self) -> ServerKind {
        match self {
            Self::Postgres => ServerKind::Postgres,
            Self::Sqlite => ServerKind::Sqlite,
        }
    }
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
    let (server, from, to) = both(arguments)?;
    let differ = SchemaDiffer::new(server);
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

/// What kind of server both sides are of, and their schemas.
fn both(arguments: &DiffArguments) -> anyhow::Result<(ServerKind, Schema, Schema)> {
    let sides = [&arguments.from, &arguments.to];
    let mut found = Vec::new();
    for side in sides {
        found.push(if is_text(side) { None } else { Some(Place::parse(side).introspect()?) });
    }
    let kinds: Vec<ServerKind> = found.iter().flatten().map(|(_, server)| server.kind()).collect();
    // Files are for the kind of server that is said, else for that of the other side.
    let server = match (arguments.dialect, kinds.as_slice()) {
        (Some(dialect), _) => dialect.server(),
        (None, [kind, ..]) => *kind,
        (None, []) if arguments.scratch.is_some() => ServerKind::Postgres,
        (None, []) => ServerKind::Sqlite,
    };
    if let Some(other) = kinds.iter().find(|kind| **kind != server) {
        bail!(
            "{} and {}: one is of {server}, the other of {other}: they cannot be compared",
            arguments.from,
            arguments.to
        );
    }
    let reading = Reading { server, scratch: arguments.scratch.as_deref(), by_database: arguments.by_database };
    let mut schemas = Vec::new();
    for (side, found) in sides.into_iter().zip(found) {
        schemas.push(match found {
            Some((schema, _)) => schema,
            None => reading.schema(side)?,
        });
    }
    let to = schemas.pop().expect("there are two sides");
    let from = schemas.pop().expect("there are two sides");
    Ok((server, from, to))
}
