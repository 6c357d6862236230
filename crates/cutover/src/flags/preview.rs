//! What an edit would do to contexts that were seen.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use feature_flags::{Flags, MapContext, Percent, Preview, PreviewReport};

use super::place::{Alteration, Place};
use crate::output;

/// An edit, and whom to look at.
#[derive(Debug, Args)]
pub(crate) struct PreviewArguments {
    #[command(flatten)]
    place: Place,
    /// The contexts that were seen, one JSON object per line, as `ContextSampler` writes them; `-` reads them from standard input.
    #[arg(long, value_name = "FILE")]
    contexts: PathBuf,
    /// The edit is this file, or this store.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["enable", "disable", "ramp"])]
    after: Option<PathBuf>,
    /// The edit enables this flag.
    #[arg(long, value_name = "FLAG")]
    enable: Vec<String>,
    /// The edit disables this flag.
    #[arg(long, value_name = "FLAG")]
    disable: Vec<String>,
    /// The edit sets the share of this flag: `new-search=25%`.
    #[arg(long, value_name = "FLAG=SHARE", value_parser = ramp)]
    ramp: Vec<(String, Percent)>,
    /// Looks at the last so many contexts of the file.
    #[arg(long, default_value_t = 10_000)]
    last: usize,
    /// Shows the keys of so many contexts for each change.
    #[arg(long, default_value_t = 0)]
    examples: usize,
    /// Exit code 2 where more than this share of the contexts is flipped, or nothing is known of any.
    #[arg(long, value_name = "SHARE")]
    at_most: Option<Percent>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn ramp(text: &str) -> Result<(String, Percent), anyhow::Error> {
    let (flag, share) =
        text.rsplit_once('=').ok_or_else(|| anyhow!("expected a flag and a share, such as new-search=25%"))?;
    Ok((flag.to_owned(), share.parse()?))
}

pub(super) fn preview(arguments: &PreviewArguments) -> anyhow::Result<ExitCode> {
    let PreviewArguments { place, contexts, after, last, examples, at_most, json, .. } = arguments;
    let before = place.flags(Flags::builder())?;
    let after = match after {
        Some(file) => Place::at(file).flags(Flags::builder())?,
        None => place.altered(Flags::builder(), &alterations(arguments)?)?,
    };
    let contexts = read(contexts, *last)?;
    let report = Preview::new(&before, &after).examples(*examples).run(&contexts);
    if *json {
        output::json(&report)?;
    } else {
        output::text(&report.to_string())?;
    }
    Ok(if at_most.is_none_or(|most| is_within(&report, most)) { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn alterations(arguments: &PreviewArguments) -> anyhow::Result<Vec<(&str, Alteration)>> {
    let PreviewArguments { enable, disable, ramp, .. } = arguments;
    let on = enable.iter().map(|flag| (flag.as_str(), Alteration::Enabled(true)));
    let off = disable.iter().map(|flag| (flag.as_str(), Alteration::Enabled(false)));
    let shares = ramp.iter().map(|(flag, share)| (flag.as_str(), Alteration::Share(*share)));
    let all: Vec<_> = on.chain(off).chain(shares).collect();
    if all.is_empty() {
        bail!("say what the edit is: --after, --enable, --disable or --ramp");
    }
    Ok(all)
}

/// The last contexts of a file; a line that is none is an error with its number, since leaving it out would leave somebody out.
fn read(path: &Path, last: usize) -> anyhow::Result<VecDeque<MapContext>> {
    let reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("{} could not be read", path.display()))?;
        Box::new(BufReader::new(file))
    };
    let mut contexts = VecDeque::new();
    for (number, line) in (1..).zip(reader.lines()) {
        let at = || format!("{}, line {number}", path.display());
        let line = line.with_context(at)?;
        if line.trim().is_empty() {
            continue;
        }
        contexts.push_back(serde_json::from_str(&line).with_context(at)?);
        if contexts.len() > last {
            contexts.pop_front();
        }
    }
    Ok(contexts)
}

/// In whole contexts, so that no rounding decides.
fn is_within(report: &PreviewReport, most: Percent) -> bool {
    report.contexts > 0
        && u128::from(report.flipped) * 100_000 <= u128::from(report.contexts) * u128::from(most.thousandths())
}
