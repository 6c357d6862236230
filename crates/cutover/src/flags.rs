//! Verbs on flags, in a file or in a SQLite store.

mod convert;
mod golden;
mod history;
mod place;
mod preview;
mod stale;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use feature_flags::{Flags, MapContext, Percent};

use self::place::{Alteration, Place, Saved, Signature};
use crate::output;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Says why a flag is on or off for a context, and what would change that.
    Explain {
        #[command(flatten)]
        place: Place,
        /// The flag.
        flag: String,
        /// The context as a JSON object: `{"id": 42, "country": "DE"}`.
        #[arg(long, default_value = "{}", value_parser = context)]
        context: MapContext,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
        /// Prints one line instead of the whole trace.
        #[arg(long, conflicts_with = "json")]
        line: bool,
    },
    /// Lists what is wrong, or looks so, in a file of flags. Exit code 2 where there is anything.
    Lint {
        #[command(flatten)]
        place: Place,
        /// Groups that the application defines in code, separated by commas.
        #[arg(long, value_delimiter = ',')]
        groups: Vec<String>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists flags that should go, with what is known of each. Exit code 2 where there is one, or where code asks for a name
    /// that no flag has.
    Stale(stale::Stale),
    /// Says whom an edit would flip, before it is made.
    Preview(preview::PreviewArguments),
    /// Prints the JSON Schema of files of flags in JSON.
    Schema,
    /// Runs what is expected of flags, written beside them. Exit code 2 where something is not as expected.
    Test {
        /// The file of expectations, such as `flags.tests.toml`.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lets the rules of a flag decide, and turns on a flag that has none.
    Enable {
        #[command(flatten)]
        place: Place,
        /// The flag.
        flag: String,
        #[command(flatten)]
        signature: Signature,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Turns a flag off for all, whatever its rules say.
    Disable {
        #[command(flatten)]
        place: Place,
        /// The flag.
        flag: String,
        #[command(flatten)]
        signature: Signature,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sets the share of a flag that has one rollout.
    Ramp {
        #[command(flatten)]
        place: Place,
        /// The flag.
        flag: String,
        /// The share, such as `12.5%`.
        share: Percent,
        #[command(flatten)]
        signature: Signature,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists who changed what in a store, when and why.
    History(history::History),
    /// Undoes a change in a store, also one that is not the last.
    Undo(history::Undo),
    /// Takes the flags of a file over into a store.
    Import(history::Import),
    /// Writes the flags of a store into a file, whose comments stay.
    Export(history::Exchange),
    /// Writes a file of flags in the other format: TOML as JSON, or JSON as TOML.
    Convert(convert::Convert),
}

/// Reads a context; the message of the error says at which line and column it went wrong.
fn context(text: &str) -> Result<MapContext, serde_json::Error> {
    serde_json::from_str(text)
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Lint { place, groups, json } => return lint(place, groups, *json),
        Verb::Stale(arguments) => return stale::stale(arguments),
        Verb::Preview(arguments) => return preview::preview(arguments),
        Verb::Schema => output::text(feature_flags::JSON_SCHEMA)?,
        Verb::Test { file, json } => return golden::test(file, *json),
        Verb::Enable { place, flag, signature, json } => {
            saved(&place.alter(flag, Alteration::Enabled(true), signature)?, *json)?;
        }
        Verb::Disable { place, flag, signature, json } => {
            saved(&place.alter(flag, Alteration::Enabled(false), signature)?, *json)?;
        }
        Verb::Ramp { place, flag, share, signature, json } => {
            saved(&place.alter(flag, Alteration::Share(*share), signature)?, *json)?;
        }
        Verb::History(arguments) => history::history(arguments)?,
        Verb::Undo(arguments) => history::undo(arguments)?,
        Verb::Import(arguments) => history::import(arguments)?,
        Verb::Export(arguments) => history::export(arguments)?,
        Verb::Convert(arguments) => convert::convert(arguments)?,
        Verb::Explain { place, flag, context, json, line } => {
            let explanation = place.flags(Flags::builder())?.explain(flag, context);
            if *json {
                output::json(&explanation)?;
            } else if *line {
                output::text(&explanation.to_string())?;
            } else {
                output::text(&format!("{explanation:#}"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn lint(place: &Place, groups: &[String], json: bool) -> anyhow::Result<ExitCode> {
    // A group is known by its name alone; nobody is asked whether they are in it.
    let builder = groups.iter().fold(Flags::builder(), |builder, group| builder.group(group, |(): &()| false));
    let lints = place.flags(builder)?.lint();
    if json {
        output::json(&lints)?;
    } else if lints.is_empty() {
        output::text("nothing looks wrong")?;
    } else {
        let lines: Vec<String> = lints.iter().map(ToString::to_string).collect();
        output::text(&lines.join("\n"))?;
    }
    Ok(if lints.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Says what a service will have once it serves the change.
fn saved(saved: &Saved, json: bool) -> anyhow::Result<()> {
    match saved {
        Saved::Content(content) if json => output::json(&serde_json::json!({ "content": content.to_string() })),
        Saved::Content(content) => output::text(&format!("saved; content {content}")),
        Saved::Revision(revision) if json => output::json(&serde_json::json!({ "revision": revision.number() })),
        Saved::Revision(revision) => output::text(&format!("saved; change {revision}")),
    }
}
