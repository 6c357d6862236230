//! Do the changes between two schemas, planned and carried out, make one database what the other is, and back again?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration-diff/at_once.rs"]
mod at_once;
#[path = "migration-diff/chain.rs"]
mod chain;
#[path = "migration-diff/databases.rs"]
mod databases;
#[path = "migration-diff/exceptions.rs"]
mod exceptions;
#[path = "migration-diff/pgroll.rs"]
mod pgroll;
#[path = "migration-diff/reach.rs"]
mod reach;
#[path = "migration-diff/sqlite.rs"]
mod sqlite;
#[path = "migration-diff/states.rs"]
mod states;
#[path = "migration-diff/tally.rs"]
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, files_of_chain, full_form};

use self::tally::Tally;

fn main() -> ExitCode {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from).join("migrations");
    let in_ci = std::env::var_os("CI").is_some();
    if !folder.is_dir() {
        println!("exam migration-diff: SKIPPED, the exams are missing; set CUTOVER_EXAMS");
        return if in_ci { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    // Says so, and fails where `CI` is set.
    if postgres_for_tests::database().is_none() {
        println!("exam migration-diff: SKIPPED, there is no server");
        return ExitCode::SUCCESS;
    }
    let mut exam = Exam::new("migration-diff");
    // One of so many in the short form.
    let every = |short: usize| if full_form() { 1 } else { short };
    let most = |short: usize| if full_form() { usize::MAX } else { short };
    let cratesio = files_of_chain(&folder.join("cratesio/migrations"), "up.sql");
    let svix = files_of_chain(&folder.join("svix/server/svix-server/migrations"), ".up.sql");
    let parts: [(&'static str, usize, Part<'_>); 4] = [
        ("sqldef", 95, Box::new(|tally| states::sqldef(tally, &folder.join("sqldef/cmd/psqldef"), every(24)))),
        ("sqldef-sqlite", 95, Box::new(|tally| sqlite::sqldef(tally, &folder.join("sqldef/cmd/sqlite3def")))),
        ("migra", 95, Box::new(|tally| states::migra(tally, &folder.join("migra/tests/FIXTURES"), every(4)))),
        ("pgroll", 100, Box::new(|tally| pgroll::run(tally, &folder.join("pgroll-examples/examples")))),
    ];
    let chains = [("cratesio", &cratesio, 8), ("svix", &svix, 4)];
    for (part, percent, run) in parts.iter().filter(|(part, ..)| asks_for(part)) {
        let mut tally = Tally::of(part);
        run(&mut tally);
        tally.report(&mut exam, *percent);
    }
    for (part, files, short) in chains.into_iter().filter(|(part, ..)| asks_for(part)) {
        chain::run(&mut exam, part, files, most(short));
    }
    exam.finish()
}

type Part<'a> = Box<dyn Fn(&mut Tally) + 'a>;
