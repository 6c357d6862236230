//! Verbs on a schema change: the plan and its journal are in the database it is about.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use migration_planner::{Change, Evidence, Finding, Plan, Planner, Window};
use migration_planner_sqlite::{Advance, Clock, PhaseState, Runner, Status, SystemClock, introspect};

use crate::output;
use crate::plan_files::Files;

/// Where the database is, and how to print.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The SQLite file.
    #[arg(long)]
    database: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What to plan.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The SQLite file.
    #[arg(long)]
    database: PathBuf,
    /// How to print the plan.
    #[arg(long, value_enum, default_value_t = Form::Markdown)]
    format: Form,
    /// Prints JSON; the same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Also begins the plan: from then on it is kept in the database, and `advance` works on it.
    #[arg(long)]
    begin: bool,
    #[command(flatten)]
    files: Files,
    #[command(subcommand)]
    change: Wanted,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Markdown,
    Text,
    Mermaid,
    Json,
}

/// The change.
#[derive(Debug, Subcommand)]
enum Wanted {
    /// Removes a column once nobody uses it.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Gives a column another name, under which both names work for a while.
    RenameColumn {
        /// The table.
        table: String,
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
}

/// Who answers for whom.
#[derive(Debug, Args)]
pub(crate) struct AttestArguments {
    /// The SQLite file.
    #[arg(long)]
    database: PathBuf,
    /// The consumer that moved off, such as `etl`.
    #[arg(long)]
    consumer: String,
    /// Who says so.
    #[arg(long)]
    author: String,
    /// Why they can say so.
    #[arg(long)]
    reason: String,
}

/// Prints the plan of a change.
pub(crate) fn plan(arguments: &PlanArguments) -> anyhow::Result<ExitCode> {
    let change = match &arguments.change {
        Wanted::DropColumn { table, column } => Change::drop_column(table.as_str(), column.as_str()),
        Wanted::RenameColumn { table, from, to } => Change::rename_column(table.as_str(), from.as_str(), to.as_str()),
    };
    let found = introspect(&arguments.database).with_context(|| named(&arguments.database))?;
    let plan = Planner::new(&found.schema, found.server).plan(&change)?;
    let written = arguments.files.write(&plan)?;
    if arguments.begin {
        open(&arguments.database)?.begin(&plan)?;
    }
    let form = if arguments.json { Form::Json } else { arguments.format };
    output::text(&printed(&plan, form))?;
    for path in &written {
        output::remark(&format!("written: {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn printed(plan: &Plan, form: Form) -> String {
    match form {
        Form::Markdown => plan.to_markdown(),
        Form::Text => plan.to_text(),
        Form::Mermaid => plan.to_mermaid(),
        Form::Json => plan.to_json(),
    }
}

/// Works on the next phase. Exit code 2 where a gate holds it, so that a script can tell waiting from failing.
pub(crate) fn advance(database: &Database) -> anyhow::Result<ExitCode> {
    let mut runner = open(&database.database)?;
    let advance = runner.advance()?;
    if database.json {
        output::json(&runner.status()?)?;
    } else {
        output::text(&told(&advance))?;
    }
    Ok(if matches!(advance, Advance::Held { .. }) { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn told(advance: &Advance) -> String {
    match advance {
        Advance::PhaseDone { phase, .. } => format!("phase {phase} is done"),
        Advance::Held { phase, gates, .. } => {
            let gates: Vec<String> = gates.iter().map(|(consumer, state)| format!("\n  {consumer}: {state}")).collect();
            format!("phase {phase} is held:{}", gates.concat())
        }
        Advance::Finished => "the plan has come to its end".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Prints where the plan stands.
pub(crate) fn status(database: &Database) -> anyhow::Result<ExitCode> {
    let status = open(&database.database)?.status()?;
    print_status(&status, database.json)?;
    Ok(ExitCode::SUCCESS)
}

fn print_status(status: &Status, json: bool) -> anyhow::Result<()> {
    if json { output::json(status) } else { output::text(&in_words(status)) }
}

fn in_words(status: &Status) -> String {
    let mut lines = vec![format!("{} (plan {})", status.change, status.plan)];
    for phase in &status.phases {
        let mark = match phase.state {
            PhaseState::Done => 'x',
            PhaseState::Current => '>',
            _ => ' ',
        };
        let end = if phase.point_of_no_return { " (point of no return)" } else { "" };
        lines.push(format!("[{mark}] {}{end}", phase.title));
        if let Some(gate) = phase.gate.as_ref().filter(|_| phase.state != PhaseState::Done) {
            lines.push(format!("      gate: {gate}"));
        }
    }
    if status.finished {
        lines.push("finished".to_owned());
    } else if status.rolled_back {
        lines.push("rolled back".to_owned());
    } else if status.rolling_back {
        lines.push("being rolled back: call `cutover rollback` again to go on".to_owned());
    }
    lines.join("\n")
}

/// Records an attestation, the evidence that people give.
pub(crate) fn attest(arguments: &AttestArguments) -> anyhow::Result<ExitCode> {
    let mut runner = open(&arguments.database)?;
    let plan = runner.plan()?.context("no plan is under way in this database: `cutover plan --begin` begins one")?;
    let known: Vec<&str> = plan.consumers().iter().map(migration_planner::Consumer::name).collect();
    if !known.contains(&arguments.consumer.as_str()) {
        bail!("no consumer of the plan is called {}; there are: {}", arguments.consumer, known.join(", "));
    }
    let (finding, now) = (Finding::attestation(&arguments.reason), Window::instant(SystemClock.now()));
    let object = plan.change().object();
    runner.record(&Evidence::new(&arguments.consumer, object, finding, now, &arguments.author))?;
    output::text(&format!("recorded: {} answers for {}", arguments.author, arguments.consumer))?;
    Ok(ExitCode::SUCCESS)
}

/// Undoes the plan.
pub(crate) fn roll_back(database: &Database) -> anyhow::Result<ExitCode> {
    let mut runner = open(&database.database)?;
    runner.roll_back()?;
    let status = runner.status()?;
    print_status(&status, database.json)?;
    Ok(ExitCode::SUCCESS)
}

fn open(database: &Path) -> anyhow::Result<Runner> {
    Runner::open(database).with_context(|| named(database))
}

/// The file, for the front of a message about it.
fn named(database: &Path) -> String {
    database.display().to_string()
}
