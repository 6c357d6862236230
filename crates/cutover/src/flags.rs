//! Verbs on a file of flags.

mod golden;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use feature_flags::{Edit, Flags, MapContext, Percent};

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
    /// Lists what is wrong, or looks so, in a file of flags. Exit code 2 where there is anything.
    Lint {
        /// The file of flags.
        file: PathBuf,
        /// Groups that the application defines in code, separated by commas.
        #[arg(long, value_delimiter = ',')]
        groups: Vec<String>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
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
        /// The file of flags; its comments stay.
        file: PathBuf,
        /// The flag.
        flag: String,
    },
    /// Turns a flag off for all, whatever its rules say.
    Disable {
        /// The file of flags; its comments stay.
        file: PathBuf,
        /// The flag.
        flag: String,
    },
    /// Sets the share of a flag that has one rollout.
    Ramp {
        /// The file of flags; its comments stay.
        file: PathBuf,
        /// The flag.
        flag: String,
        /// The share, such as `12.5%`.
        share: Percent,
    },
}

/// Reads a context; the message of the error says at which line and column it went wrong.
fn context(text: &str) -> Result<MapContext, serde_json::Error> {
    serde_json::from_str(text)
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Lint { file, groups, json } => return lint(file, groups, *json),
        Verb::Test { file, json } => return golden::test(file, *json),
        Verb::Enable { file, flag } => save(Edit::open(file)?.set_enabled(flag, true)?)?,
        Verb::Disable { file, flag } => save(Edit::open(file)?.set_enabled(flag, false)?)?,
        Verb::Ramp { file, flag, share } => save(Edit::open(file)?.set_rollout(flag, *share)?)?,
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

fn lint(file: &Path, groups: &[String], json: bool) -> anyhow::Result<ExitCode> {
    // A group is known by its name alone; nobody is asked whether they are in it.
    let builder = groups.iter().fold(Flags::builder(), |builder, group| builder.group(group, |(): &()| false));
    let lints = builder.file(file)?.lint();
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

/// Replaces the file in one step, and says which content a service will have once it serves the edit.
fn save(edit: Edit) -> anyhow::Result<()> {
    let content = edit.save()?;
    output::text(&format!("saved; content {content}"))
}
