//! Verbs on a schema change: the plan and its journal are in the database it is about.

mod bar;
mod change;
pub(crate) mod diff;
mod dry_run;
mod place;
mod runner;
mod schema_text;
mod standing;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use migration_planner::run::{Advance, Clock, SystemClock};
use migration_planner::{Evidence, Finding, Plan, Planner, Window};
use migration_planner_postgres::Measure;

use change::Wanted;
use place::{Location, Place};
use runner::{OnDrift, Runner};

use crate::output;
use crate::plan_files::Files;

/// Where the database is, and how to print.
#[derive(Debug, Args)]
pub(crate) struct Database {
    #[command(flatten)]
    location: Location,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What to plan.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    location: Location,
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

/// A plan that somebody has read.
#[derive(Debug, Args)]
pub(crate) struct BeginArguments {
    #[command(flatten)]
    location: Location,
    /// The plan, as `cutover plan --json` printed it.
    plan: PathBuf,
}

/// What to work on.
#[derive(Debug, Args)]
pub(crate) struct AdvanceArguments {
    #[command(flatten)]
    database: Database,
    /// Says what would be done, from a transaction that cannot write.
    #[arg(long)]
    dry_run: bool,
    /// What to do where somebody else has changed a table of the plan.
    #[arg(long, value_enum, default_value_t)]
    on_drift: OnDrift,
}

/// What to undo.
#[derive(Debug, Args)]
pub(crate) struct RollbackArguments {
    #[command(flatten)]
    database: Database,
    /// Undoes the last phase alone; the plan goes on from there.
    #[arg(long)]
    phase: bool,
    /// Says what would be undone, from a transaction that cannot write.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Markdown,
    Text,
    Mermaid,
    Json,
}

/// Who answers for whom.
#[derive(Debug, Args)]
pub(crate) struct AttestArguments {
    #[command(flatten)]
    location: Location,
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

/// Who pauses a plan, and why.
#[derive(Debug, Args)]
pub(crate) struct PauseArguments {
    #[command(flatten)]
    location: Location,
    /// Who.
    #[arg(long)]
    author: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Who lets a plan go on.
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    #[command(flatten)]
    location: Location,
    /// Who.
    #[arg(long)]
    author: String,
}

/// Prints the plan of a change.
pub(crate) fn plan(arguments: &PlanArguments) -> anyhow::Result<ExitCode> {
    let (change, place) = (arguments.change.change()?, arguments.location.place()?);
    let (schema, server) = place.introspect()?;
    let plan = Planner::new(&schema, server).plan(&change)?;
    let written = arguments.files.write(&plan)?;
    if arguments.begin {
        Runner::open(&place)?.begin(&plan)?;
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

/// Begins a plan that somebody has read and agreed to.
pub(crate) fn begin(arguments: &BeginArguments) -> anyhow::Result<ExitCode> {
    let plan = read(&arguments.plan)?;
    Runner::open(&arguments.location.place()?)?.begin(&plan)?;
    output::text(&format!("begun: {} (plan {})", plan.change(), plan.hash()))?;
    Ok(ExitCode::SUCCESS)
}

/// A plan has some hundred kilobytes; one larger than this is something else.
const LARGEST_PLAN: u64 = 64 * 1024 * 1024;

fn read(file: &PathBuf) -> anyhow::Result<Plan> {
    let length = std::fs::metadata(file).with_context(|| file.display().to_string())?.len();
    if length > LARGEST_PLAN {
        bail!("{}: larger than {LARGEST_PLAN} bytes, which no plan is", file.display());
    }
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Plan::from_json(&text).with_context(|| file.display().to_string())
}

/// Works on the next phase. Exit code 2 where a gate or a pause holds it, so that a script can tell waiting from failing.
pub(crate) fn advance(arguments: &AdvanceArguments) -> anyhow::Result<ExitCode> {
    let mut runner = Runner::open_with(&arguments.database.location.place()?, arguments.on_drift)?;
    if arguments.dry_run {
        dry_run::print(&runner.dry_run(false)?, arguments.database.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let advance = runner.advance()?;
    if arguments.database.json {
        standing::print(&runner.status()?, true)?;
    } else {
        output::text(&told(&advance)?)?;
    }
    if let Advance::Held { gates, .. } = &advance {
        let names = gates.iter().map(|(consumer, _)| consumer.as_str()).collect::<Vec<_>>().join(" or ");
        output::remark(&format!(
            "once {names} has moved, say so: cutover attest --consumer NAME --author YOU --reason HOW-YOU-KNOW"
        ));
    }
    let waits = matches!(advance, Advance::Held { .. } | Advance::Paused { .. });
    Ok(if waits { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn told(advance: &Advance) -> anyhow::Result<String> {
    Ok(match advance {
        Advance::PhaseDone { phase, .. } => format!("phase {phase} is done"),
        Advance::Held { phase, gates, .. } => {
            let gates: Vec<String> = gates.iter().map(|(consumer, state)| format!("\n  {consumer}: {state}")).collect();
            format!("phase {phase} is held:{}", gates.concat())
        }
        Advance::Paused { pause, .. } => pause.to_string(),
        Advance::Finished => "the plan has come to its end".to_owned(),
        other => bail!("an answer that this version does not know: {other:?}"),
    })
}

/// Prints where the plan stands.
pub(crate) fn status(database: &Database) -> anyhow::Result<ExitCode> {
    standing::print(&Runner::open(&database.location.place()?)?.status()?, database.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Records an attestation, the evidence that people give.
pub(crate) fn attest(arguments: &AttestArguments) -> anyhow::Result<ExitCode> {
    let mut runner = Runner::open(&arguments.location.place()?)?;
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

/// Pauses the plan.
pub(crate) fn pause(arguments: &PauseArguments) -> anyhow::Result<ExitCode> {
    Runner::open(&arguments.location.place()?)?.pause(&arguments.author, &arguments.reason)?;
    output::text("paused: whoever works on it stops after the batch or the statement it is at")?;
    Ok(ExitCode::SUCCESS)
}

/// Lets the plan go on.
pub(crate) fn resume(arguments: &ResumeArguments) -> anyhow::Result<ExitCode> {
    Runner::open(&arguments.location.place()?)?.resume(&arguments.author)?;
    output::text("resumed: `cutover advance` goes on from where it was")?;
    Ok(ExitCode::SUCCESS)
}

/// Undoes the plan, or its last phase.
pub(crate) fn roll_back(arguments: &RollbackArguments) -> anyhow::Result<ExitCode> {
    let mut runner = Runner::open(&arguments.database.location.place()?)?;
    if arguments.dry_run {
        dry_run::print(&runner.dry_run(true)?, arguments.database.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.phase {
        runner.roll_back_phase()?;
    } else {
        runner.roll_back()?;
    }
    standing::print(&runner.status()?, arguments.database.json)?;
    Ok(ExitCode::SUCCESS)
}

/// What to measure, and where.
#[derive(Debug, Args)]
pub(crate) struct MeasureArguments {
    #[command(flatten)]
    location: Location,
    /// A plan, as `cutover plan --json` printed it.
    plan: PathBuf,
}

/// Does every step of a plan on a copy of its database, and shows the locks it took beside those that were predicted. Exit code 2
/// where they differ.
pub(crate) fn measure(arguments: &MeasureArguments) -> anyhow::Result<ExitCode> {
    let plan = read(&arguments.plan)?;
    let place = arguments.location.said()?;
    let Place::Postgres(url) = &place else { bail!("{place}: only plans for PostgreSQL are measured") };
    let found = Measure::on(url)?.plan(&plan).with_context(|| place.to_string())?;
    output::text(&found.to_string())?;
    Ok(if found.agrees() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
