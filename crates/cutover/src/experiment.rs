//! Verbs on what experiments found out.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use experiment::{Report, ReportLog, html_page};

use crate::output;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Adds up the reports of several processes and prints them. Exit code 1 where a file could not be read, 2 where a line of
    /// one could not be used; the others are used all the same.
    Report {
        /// Files of lines of JSON, as `JsonLines` and `ReportWriter` write them; those that were moved aside from there
        /// (`FILE.1`, `FILE.2`, …) are read with them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to print the reports.
        #[arg(long, value_enum, default_value_t = Form::Text)]
        format: Form,
        /// Where to write the reports instead of printing them.
        #[arg(long)]
        output: Option<PathBuf>,
    },
}

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    Text,
    Markdown,
    Json,
    /// A page for browsers that loads nothing.
    Html,
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    let Verb::Report { files, format, output } = verb;
    let mut log = ReportLog::new();
    let unread: Vec<_> = files.iter().filter_map(|path| log.read_file(path).err()).map(anyhow::Error::from).collect();
    let reports = log.reports();
    let text = match format {
        Form::Text => joined(&reports, Report::to_string),
        Form::Markdown => joined(&reports, Report::to_markdown),
        Form::Json => serde_json::to_string_pretty(&reports)?,
        Form::Html => html_page(&reports),
    };
    match output {
        Some(path) => fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?,
        None => output::text(&text)?,
    }
    if reports.is_empty() && log.other_lines() > 0 {
        let lines = match log.other_lines() {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        output::remark(&format!("{lines} about runs and none of reports: `write_reports` writes those"));
    }
    for error in &unread {
        output::remark(&format!("{error:#}"));
    }
    for bad in log.bad_lines() {
        let cause = std::error::Error::source(&bad.fault).map(|cause| format!(": {cause}")).unwrap_or_default();
        output::remark(&format!("{bad}{cause}"));
    }
    if log.more_bad_lines() > 0 {
        output::remark(&format!("{} more lines could not be used", log.more_bad_lines()));
    }
    Ok(match (unread.is_empty(), log.bad_lines().is_empty()) {
        (false, _) => ExitCode::FAILURE,
        (true, false) => ExitCode::from(2),
        (true, true) => ExitCode::SUCCESS,
    })
}

fn joined(reports: &[Report], form: impl Fn(&Report) -> String) -> String {
    if reports.is_empty() {
        return "no reports".to_owned();
    }
    reports.iter().map(form).collect::<Vec<_>>().join("\n")
}
