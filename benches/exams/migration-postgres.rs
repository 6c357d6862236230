//! Does a PostgreSQL server do what is predicted, and is what is read of it what was written?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration-postgres/chains.rs"]
mod chains;
#[path = "migration-postgres/locks.rs"]
mod locks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::Exam;

fn main() -> ExitCode {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from).join("migrations");
    let in_ci = std::env::var_os("CI").is_some();
    if !folder.is_dir() {
        println!("exam migration-postgres: SKIPPED, the exams are missing; set CUTOVER_EXAMS");
        return if in_ci { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    // Says so, and fails where `CI` is set.
    if postgres_for_tests::database().is_none() {
        println!("exam migration-postgres: SKIPPED, there is no server");
        return ExitCode::SUCCESS;
    }
    let mut exam = Exam::new("migration-postgres");
    let (right, total) = locks::measured(&folder);
    exam.part("locks-measured", right, total);
    for (name, files) in [
        ("cratesio", chains::diesel(&folder.join("cratesio/migrations"))),
        ("svix", chains::sqlx(&folder.join("svix/server/svix-server/migrations"))),
    ] {
        let (right, total) = chains::read_as_written(&files);
        exam.part(&format!("{name}-read-as-written"), right, total);
    }
    exam.finish()
}
