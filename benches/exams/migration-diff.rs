//! Do the changes between two schemas, planned and carried out, make one database what the other is, and back again?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration-diff/chain.rs"]
mod chain;
#[path = "migration-diff/pgroll.rs"]
mod pgroll;
#[path = "migration-diff/reach.rs"]
mod reach;
#[path = "migration-diff/sqlite.rs"]
mod sqlite;
#[path = "migration-diff/states.rs"]
mod states;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::{Exam, full_form};

use self::reach::Tally;

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
    let step = if full_form() { 1 } else { 12 };
    report(&mut exam, "sqldef", &states::sqldef(&folder.join("sqldef/cmd/psqldef"), step), 95);
    report(&mut exam, "sqldef-sqlite", &sqlite::sqldef(&folder.join("sqldef/cmd/sqlite3def")), 95);
    report(
        &mut exam,
        "migra",
        &states::migra(&folder.join("migra/tests/FIXTURES"), if full_form() { 1 } else { 4 }),
        95,
    );
    report(&mut exam, "pgroll", &pgroll::run(&folder.join("pgroll-examples/examples")), 100);
    let most = |short: usize| if full_form() { usize::MAX } else { short };
    let cratesio = chain::files(&folder.join("cratesio/migrations"), "up.sql");
    report(&mut exam, "cratesio", &chain::run(&cratesio, most(12)), 100);
    let svix = chain::files(&folder.join("svix/server/svix-server/migrations"), ".up.sql");
    report(&mut exam, "svix", &chain::run(&svix, most(6)), 100);
    exam.finish()
}

/// Says how many cases came out right, and of the others why not; `percent` of them have to.
fn report(exam: &mut Exam, part: &str, tally: &Tally, percent: usize) {
    for (case, reason) in &tally.wrong {
        println!("  {part}/{case}: {}", reason.replace('\n', "\n    "));
    }
    if tally.left_out > 0 {
        println!("  {part}: {} left out: this server refuses their own statements", tally.left_out);
    }
    let total = tally.right + tally.wrong.len();
    let enough = tally.right * 100 >= total * percent && total > 0;
    println!("  {part}: {} of {total} reached, {percent} % have to", tally.right);
    exam.part(part, if enough { total } else { tally.right }, total);
}
