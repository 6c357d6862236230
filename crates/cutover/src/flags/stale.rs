//! Which flags should go.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use clap::Args;
use feature_flags::{CodeScan, Flags, StaleEvidence, UsageReport};

use super::place::Place;
use crate::output;

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct Stale {
    #[command(flatten)]
    place: Place,
    /// Usage that services handed over (`UsageFile`), as often as there are files; without one, nothing is known of reads.
    #[arg(long, value_name = "FILE")]
    usage: Vec<PathBuf>,
    /// A directory of Rust code to look for names of flags in; without one, nothing is known of where they are named.
    #[arg(long, value_name = "DIRECTORY")]
    code: Vec<PathBuf>,
    /// So many days without a change, a read or another answer are long.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Prints JSON, with all flags.
    #[arg(long)]
    json: bool,
}

/// Exit code 2 where a flag should go, or a name is asked for that no flag has.
pub(super) fn stale(arguments: &Stale) -> anyhow::Result<ExitCode> {
    let Stale { place, usage, code, days, json } = arguments;
    let flags = place.flags(Flags::builder())?;
    let mut evidence = place.last_changes(StaleEvidence::new().days(*days).now(SystemTime::now()))?;
    for file in usage {
        evidence = evidence.usage(UsageReport::read(file)?);
    }
    for directory in code {
        let scan = CodeScan::below(directory).with_context(|| format!("{} cannot be read", directory.display()))?;
        evidence = evidence.code(scan);
    }
    let report = evidence.report(&flags);
    if *json {
        output::json(&report)?;
    } else {
        output::text(&report.to_string())?;
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
