//! Verbs on a file of flags.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use feature_flags::{Flags, MapContext};

use crate::output;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Says why a flag is on or off for a context, and what would change that.
    Explain {
        /// The file of flags.
        file: PathBuf,
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
}

/// Reads a context; the message of the error says at which line and column it went wrong.
fn context(text: &str) -> Result<MapContext, serde_json::Error> {
    serde_json::from_str(text)
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Explain { file, flag, context, json, line } => {
            let flags = Flags::from_file(file)?;
            let explanation = flags.explain(flag, context);
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
