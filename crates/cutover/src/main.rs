//! `cutover`: the command line of the family.
//!
//! Verbs on a schema change take the database itself, where the plan and its journal are kept; `flags` takes a file of flags or a store,
//! `experiment` files of reports. Verbs that tell something print text for people, and JSON where asked.

mod experiment;
mod flags;
mod lint;
mod migration;
mod output;
mod plan_files;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Eases a change into production.
#[derive(Debug, Parser)]
#[command(name = "cutover", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Plans a schema change as phases that are deployed one by one; with `--begin`, also begins it.
    Plan(migration::PlanArguments),
    /// Begins a plan that was printed as JSON, and read by somebody.
    Begin(migration::BeginArguments),
    /// Works on the phase that comes next, and leaves it if its gate is open.
    Advance(migration::AdvanceArguments),
    /// Says where the plan under way stands and what holds it up.
    Status(migration::Database),
    /// Records that somebody answers for a consumer that moved off.
    Attest(migration::AttestArguments),
    /// Undoes every phase of the plan under way, the last one first.
    Rollback(migration::RollbackArguments),
    /// Pauses the plan under way, until it is resumed (PostgreSQL).
    Pause(migration::PauseArguments),
    /// Lets a plan go on that was paused.
    Resume(migration::ResumeArguments),
    /// Does every step of a plan on a copy of its database, and shows predicted locks beside measured ones (PostgreSQL).
    Measure(migration::MeasureArguments),
    /// Lists the changes that make one schema another. Exit code 2 where there are any.
    Diff(migration::diff::DiffArguments),
    /// Looks at directories of migrations.
    #[command(subcommand)]
    Migrations(lint::Verb),
    /// Lists what is dangerous in a directory of migrations; the same as `migrations lint`.
    Lint(lint::LintArguments),
    /// Looks at what experiments found out.
    #[command(subcommand)]
    Experiment(experiment::Verb),
    /// Looks at flags, and edits them.
    #[command(subcommand)]
    Flags(flags::Verb),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Plan(arguments) => migration::plan(&arguments),
        Verb::Begin(arguments) => migration::begin(&arguments),
        Verb::Advance(arguments) => migration::advance(&arguments),
        Verb::Status(database) => migration::status(&database),
        Verb::Attest(arguments) => migration::attest(&arguments),
        Verb::Rollback(arguments) => migration::roll_back(&arguments),
        Verb::Pause(arguments) => migration::pause(&arguments),
        Verb::Resume(arguments) => migration::resume(&arguments),
        Verb::Measure(arguments) => migration::measure(&arguments),
        Verb::Diff(arguments) => migration::diff::diff(&arguments),
        Verb::Migrations(verb) => lint::run(&verb),
        Verb::Lint(arguments) => lint::lint(&arguments),
        Verb::Experiment(verb) => experiment::run(&verb),
        Verb::Flags(verb) => flags::run(&verb),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
