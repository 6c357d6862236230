//! Do the changes between two schemas, planned and carried out, make one database what the other is, and back again?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration-diff/chain.rs"]
mod chain;
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

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, full_form};

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
    let every = |short: usize| if full_form() { 1 } else { short };
    let most = |short: usize| if full_form() { usize::MAX } else { short };
    let cratesio = chain::files(&folder.join("cratesio/migrations"), "up.sql");
    let svix = chain::files(&folder.join("svix/server/svix-server/migrations"), ".up.sql");
    let parts: [(&str, usize, Part<'_>); 4] = [
        ("sqldef", 95, Box::new(|| states::sqldef(&folder.join("sqldef/cmd/psqldef"), every(24)))),
        ("sqldef-sqlite", 95, Box::new(|| sqlite::sqldef(&folder.join("sqldef/cmd/sqlite3def")))),
        ("migra", 95, Box::new(|| states::migra(&folder.join("migra/tests/FIXTURES"), every(4)))),
        ("pgroll", 100, Box::new(|| pgroll::run(&folder.join("pgroll-examples/examples")))),
    ];
    let chains = [("cratesio", &cratesio, 8), ("svix", &svix, 4)];
    for (part, percent, run) in parts.iter().filter(|(part, ..)| asks_for(part)) {
        report(&mut exam, part, &run(), *percent);
    }
    for (part, files, short) in chains.into_iter().filter(|(part, ..)| asks_for(part)) {
        chain::run(&mut exam, part, files, most(short));
    }
    exam.finish()
}

type Part<'a> = Box<dyn Fn() -> Tally + 'a>;

/// Says how many cases came out right, and of the others why not.
///
/// Of all cases, `percent` have to come out right. Of some, only those may be wrong that are known to be: a few cases more or less
/// of them say nothing of the share.
fn report(exam: &mut Exam, part: &str, tally: &Tally, percent: usize) {
    let mut unknown = 0;
    for (case, said) in &tally.wrong {
        let known = exceptions::reason(part, case);
        unknown += usize::from(known.is_none());
        let known = known.map(|reason| format!(" (known: {reason})")).unwrap_or_default();
        println!("  {part}/{case}{known}: {}", said.replace('\n', "\n    "));
    }
    if tally.left_out > 0 {
        println!(
            "  {part}: {} left out: this server refuses their own statements, or they are about the other tool",
            tally.left_out
        );
    }
    let total = tally.right + tally.wrong.len();
    println!("  {part}: {} of {total} reached, {}", tally.right, tally.counts);
    if full_form() {
        exam.check(&format!("{part}-at-least-{percent}-percent"), total > 0 && tally.right * 100 >= total * percent);
    } else {
        exam.part(&format!("{part}-reached-or-known"), total - unknown, total);
    }
}
