//! Does a runner on PostgreSQL keep what it promises: whoever kills it, whoever cuts it off, whoever runs beside it?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

// The cases are also tests of the crate, and bring what those need.
#[allow(clippy::unwrap_used, dead_code, unused_imports, reason = "they are written for tests")]
#[path = "../../crates/migration-planner-postgres/tests/it/catalogue/mod.rs"]
mod catalogue;
#[path = "migration-postgres-runner/crash.rs"]
mod crash;
#[path = "migration-postgres-runner/interrupted.rs"]
mod interrupted;
#[path = "migration-postgres-runner/scenario.rs"]
mod scenario;
#[allow(clippy::unwrap_used, dead_code, reason = "it is written for tests")]
#[path = "../../crates/migration-planner-postgres/tests/it/support.rs"]
mod support;

use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, full_form};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == interrupted::CHILD) {
        return interrupted::child(&arguments[at + 1..]);
    }
    // Says so, and fails where `CI` is set.
    if postgres_for_tests::database().is_none() {
        println!("exam migration-postgres-runner: SKIPPED, there is no server");
        return ExitCode::SUCCESS;
    }
    let mut exam = Exam::new("migration-postgres-runner");
    let full = full_form();
    if asks_for("index-beside-a-second-runner") {
        let times = if full { 100 } else { 10 };
        exam.part("index-beside-a-second-runner", crash::index_beside_a_second_runner(times), times);
    }
    if asks_for("two-runners-at-once") {
        let pairs = if full { 50 } else { 6 };
        exam.part("two-runners-at-once", crash::together(pairs), pairs);
    }
    if asks_for("interrupted-at-boundaries") {
        let (right, total) = crash::at_boundaries(if full { 1 } else { 9 });
        exam.part("interrupted-at-boundaries", right, total);
    }
    if asks_for("interrupted-histories") {
        let (right, total) = crash::histories(if full { 500 } else { 24 });
        exam.part("interrupted-histories", right, total);
    }
    if full && asks_for("catalogue-forward-and-back") {
        // The short form of this is the crate's own test.
        let (right, total) = catalogue::proved();
        exam.part("catalogue-forward-and-back", right, total);
    }
    exam.finish()
}
