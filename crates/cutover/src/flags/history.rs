//! Verbs on stores alone.

use std::path::PathBuf;

use clap::Args;
use feature_flags::{FileSource, Revision, Source};
use feature_flags_sqlite::Absent;

use super::place::{Place, Signature};
use crate::output;

/// What was changed.
#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    place: Place,
    /// The flag or segment; all of them unless given.
    name: Option<String>,
    /// How many changes at most, the newest first.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A change to undo.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    #[command(flatten)]
    place: Place,
    /// The number of the change, as `history` shows it.
    change: u64,
    #[command(flatten)]
    signature: Signature,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A file of flags and a store.
#[derive(Debug, Args)]
pub(crate) struct Exchange {
    #[command(flatten)]
    place: Place,
    /// The `flags.toml`.
    other: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A file to take over.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    exchange: Exchange,
    /// Removes flags that the file does not have.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    signature: Signature,
}

pub(crate) fn history(arguments: &History) -> anyhow::Result<()> {
    let entries = arguments.place.reading()?.history(arguments.name.as_deref(), arguments.limit)?;
    if arguments.json {
        return output::json(&entries);
    }
    if entries.is_empty() {
        return output::text("nothing was changed yet");
    }
    let lines: Vec<String> = entries.iter().map(ToString::to_string).collect();
    output::text(&lines.join("\n"))
}

pub(crate) fn undo(arguments: &Undo) -> anyhow::Result<()> {
    let store = arguments.place.writing()?;
    let revision = store.undo(Revision::new(arguments.change), &arguments.signature.author())?;
    if arguments.json {
        return output::json(&serde_json::json!({ "revision": revision.number() }));
    }
    output::text(&format!("undone by change {revision}"))
}

pub(crate) fn import(arguments: &Import) -> anyhow::Result<()> {
    let Import { exchange: Exchange { place, other, json }, replace, signature } = arguments;
    let contents = FileSource::new(other)?.load()?;
    let absent = if *replace { Absent::Go } else { Absent::Stay };
    let imported = place.writing()?.import(&contents, absent, &signature.author())?;
    told("imported", imported.put(), imported.removed(), imported.left_out(), *json)
}

pub(crate) fn export(arguments: &Exchange) -> anyhow::Result<()> {
    let exported = arguments.place.reading()?.export(&arguments.other)?;
    told("exported", exported.put(), exported.removed(), exported.left_out(), arguments.json)
}

fn told(verb: &str, put: &[String], removed: &[String], left_out: &[String], json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(&serde_json::json!({ "put": put, "removed": removed, "left_out": left_out }));
    }
    for line in left_out {
        output::remark(&format!("left out: {line}"));
    }
    output::text(&format!("{verb}: {} put, {} removed, {} left out", put.len(), removed.len(), left_out.len()))
}
