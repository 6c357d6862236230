//! `cargo xtask`: what people type while developing Cutover.

mod bench;
mod ci;
mod exam;
mod postgres;
mod step;
mod test;
mod trees;

use std::process::ExitCode;

use clap::Parser;

/// What people type while developing Cutover.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Verb {
    /// Sets up what the tests need and runs all of them: unit, integration, documentation, the tour.
    Test,
    /// Runs what continuous integration checks besides the tests: formatting, manifests, trees, clippy, documentation, features, exams.
    Ci,
    /// Holds the crates against their exams; without a name, all of them. Fails below full marks.
    Exam {
        /// The exam: the file `benches/exams/NAME.rs`.
        name: Option<String>,
        /// Runs the long form of each simulation.
        #[arg(long)]
        full: bool,
        /// Runs one group of its parts only, where the exam has groups: `flags` has `buckets`, `fuzz`, `instructions`, `monotone`,
        /// `round-trip` and `swap`; of `migration` and `migration-postgres-runner` each part is one.
        #[arg(long, requires = "name")]
        part: Option<String>,
        /// Runs those cases only whose names have this text, where the parts of the exam are of cases: `migration-diff`.
        #[arg(long, requires = "name")]
        case: Option<String>,
    },
    /// Measures, beside the rivals where there are some; without a name, everything. Never fails for a missed target.
    Bench {
        /// The bench: the file `benches/NAME.rs`, and the rivals in `benches/peers/NAME`.
        name: Option<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Verb::parse() {
        Verb::Test => test::run(),
        Verb::Ci => ci::run(),
        Verb::Exam { name, full, part, case } => exam::run(name.as_deref(), full, part.as_deref(), case.as_deref()),
        Verb::Bench { name } => bench::run(name.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::say(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}
