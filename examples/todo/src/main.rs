//! `cargo run -p todo` runs the tour; `cargo run -p todo -- serve` keeps the service up.

mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The service of the talk, and one change eased into production on it.
#[derive(Debug, Parser)]
#[command(name = "todo")]
struct Arguments {
    /// Without a verb: the tour, in a temporary folder.
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Keeps the service up, with a page for people at its root.
    Serve {
        /// Where the database and flags.toml are kept; a temporary folder unless said.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// What to listen on.
        #[arg(long, default_value = "127.0.0.1:8080")]
        address: SocketAddr,
    },
    /// Eases one real change into production while four clients keep the service busy.
    Tour {
        /// Where everything is kept, so that a tour that was killed goes on where it was; a temporary folder unless said.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// How long each step watches the traffic, as a multiple of the usual time.
        #[arg(long, default_value_t = 1.0, value_parser = pace)]
        pace: f64,
    },
}

fn pace(text: &str) -> Result<f64, String> {
    let pace: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.1..=100.0).contains(&pace) { Ok(pace) } else { Err("the pace is from 0.1 to 100".to_owned()) }
}

#[expect(clippy::print_stderr, reason = "this is a command line")]
fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb.unwrap_or(Verb::Tour { dir: None, pace: 1.0 }) {
        Verb::Serve { dir, address } => serve::run(dir.as_deref(), address),
        Verb::Tour { dir, pace } => todo::tour::run(dir.as_deref(), pace).map_err(anyhow::Error::from),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // One line, with what caused it.
            eprintln!("todo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
