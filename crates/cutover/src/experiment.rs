//! Verbs on what experiments found out.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use experiment::{Report, ReportLog};

use crate::output;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Adds up the reports of several processes and prints them. Exit code 2 where a line could not be read.
    Report {
        /// Files of lines of JSON, as `ReportWriter` writes them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to print the reports.
        #[arg(long, value_enum, default_value_t = Form::Text)]
        format: Form,
    },
}

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    Text,
    Markdown,
    Json,
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    let Verb::Report { files, format } = verb;
    let mut log = ReportLog::new();
    for path in files {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| name.clone())?;
        log.read(&name, BufReader::new(file)).with_context(|| name.clone())?;
    }
    let reports = log.reports();
    match format {
        Form::Text => output::text(&joined(&reports, Report::to_string))?,
        Form::Markdown => output::text(&joined(&reports, Report::to_markdown))?,
        Form::Json => output::json(&reports)?,
    }
    for bad in log.bad_lines() {
        output::remark(&bad.to_string());
    }
    Ok(if log.bad_lines().is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn joined(reports: &[Report], form: impl Fn(&Report) -> String) -> String {
    if reports.is_empty() {
        return "no reports".to_owned();
    }
    reports.iter().map(form).collect::<Vec<_>>().join("\n")
}
