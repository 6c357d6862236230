//! `cutover migrations lint`: what is dangerous in a directory of migrations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::FromUtf8Error;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use migration_planner::{Dialect, Layout, Linter, Plan, ServerVersion, Severity};

use crate::output;

/// A file of migrations is text that people wrote; one larger than this is something else.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// Directories within directories, where a link leads back to itself.
const DEEPEST: usize = 16;

/// What to do with migrations.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists what is dangerous in a directory of migrations. Exit code 2 where there is anything of that severity.
    Lint(LintArguments),
    /// Prints the JSON Schema of plans in JSON.
    Schema,
}

/// What to look at, and how to print.
#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// The directory, with all below it.
    directory: PathBuf,
    /// The tool that runs them: plain, sqlx, diesel, refinery, flyway or golang-migrate. Told from the names where not given.
    #[arg(long)]
    layout: Option<Layout>,
    /// The database they are for.
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    dialect: Database,
    /// The first version of the release that is about to be deployed: earlier ones are taken for released and not reported.
    #[arg(long)]
    since: Option<String>,
    /// The version of PostgreSQL that they are run on, as `11` or `15.4`; 15 where not given.
    #[arg(long, value_parser = server_version)]
    server_version: Option<ServerVersion>,
    /// Takes it that whoever runs the migrations sets `lock_timeout`.
    #[arg(long)]
    assume_lock_timeout: bool,
    /// How many rows a table has in production, as `users=250`; may be given several times. Small tables are no hazard.
    #[arg(long = "rows", value_parser = rows)]
    rows: Vec<(String, u64)>,
    /// Also gives advice on types of new columns.
    #[arg(long)]
    advice: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Prints JSON; the same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// From which severity on the exit code is 2.
    #[arg(long, value_enum, default_value_t = FailOn::Warning)]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Database {
    Postgres,
    Sqlite,
    Mysql,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Json,
    Sarif,
    Github,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Advice,
    Warning,
    Error,
    Never,
}

fn rows(text: &str) -> Result<(String, u64), String> {
    let (table, rows) = text.split_once('=').ok_or("expected TABLE=ROWS")?;
    let rows = rows.parse().map_err(|error| format!("{rows}: {error}"))?;
    Ok((table.to_owned(), rows))
}

fn server_version(text: &str) -> Result<ServerVersion, String> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let number = |part: &str| part.parse::<u32>().map_err(|_| "expected a version, such as 15 or 15.4".to_owned());
    Ok(ServerVersion::new(number(major)?, number(minor)?, 0))
}

/// Does what `verb` says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Lint(arguments) => lint(arguments),
        Verb::Schema => {
            output::text(Plan::JSON_SCHEMA)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Lints a directory.
pub(crate) fn lint(arguments: &LintArguments) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    collect(&arguments.directory, 0, &mut files)?;
    let paths = files.iter().map(|(path, _)| path.as_str());
    let Some(layout) = arguments.layout.or_else(|| Layout::detect(paths)) else {
        bail!("{}: there is no .sql file in it", arguments.directory.display());
    };
    let migrations = layout.read(files)?;
    if let Some(since) = &arguments.since
        && !migrations.iter().any(|migration| migration.version() == since)
    {
        bail!("no migration has version {since}, which --since names");
    }
    let linter = Linter::new(match arguments.dialect {
        Database::Postgres => Dialect::Postgres,
        Database::Sqlite => Dialect::Sqlite,
        Database::Mysql => Dialect::Mysql,
    });
    let linter = arguments.since.iter().fold(linter, Linter::since);
    let linter = arguments.server_version.iter().fold(linter, |linter, version| linter.for_version(*version));
    let linter = if arguments.assume_lock_timeout { linter.assume_lock_timeout() } else { linter };
    let linter = if arguments.advice { linter.with_advice() } else { linter };
    let linter = arguments.rows.iter().fold(linter, |linter, (table, rows)| linter.with_rows(table, *rows));
    let report = linter.check(&migrations);
    output::text(&match if arguments.json { Form::Json } else { arguments.format } {
        Form::Text => report.to_text(),
        Form::Json => report.to_json(),
        Form::Sarif => report.to_sarif(),
        Form::Github => report.to_github(),
    })?;
    let least = match arguments.fail_on {
        FailOn::Advice => Some(Severity::Advice),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Error => Some(Severity::Error),
        FailOn::Never => None,
    };
    let fails = least.is_some_and(|least| report.worst() >= Some(least));
    Ok(if fails { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// All files below a directory that a layout may want to see, with their texts.
pub(crate) fn collect(directory: &Path, depth: usize, files: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    if depth > DEEPEST {
        bail!("{}: more than {DEEPEST} directories within each other", directory.display());
    }
    let shown = || directory.display().to_string();
    let entries = fs::read_dir(directory).with_context(shown)?.collect::<Result<Vec<_>, _>>().with_context(shown)?;
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let facts = fs::metadata(&path).with_context(|| path.display().to_string())?;
        if facts.is_dir() {
            collect(&path, depth + 1, files)?;
            continue;
        }
        let name = name.to_string_lossy();
        if !facts.is_file() || ![".sql", ".sql.conf", "metadata.toml"].iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        if facts.len() > LARGEST_FILE {
            bail!("{}: larger than {LARGEST_FILE} bytes", path.display());
        }
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&path, &error))?;
        files.push((path.display().to_string().replace('\\', "/"), text));
    }
    Ok(())
}

/// Where a file is in another encoding.
fn not_utf8(path: &Path, error: &FromUtf8Error) -> anyhow::Error {
    let end = error.utf8_error().valid_up_to();
    let (before, rest) = error.as_bytes().split_at(end);
    let line = before.split(|byte| *byte == b'\n').count();
    let byte = rest.first().copied().unwrap_or_default();
    anyhow!("{}:{line}: the byte {byte:#04x} is not UTF-8: save the file as UTF-8", path.display())
}
