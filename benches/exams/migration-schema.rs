//! Is the schema that is read from the text of migrations the one that a database has after running them?

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

#[path = "migration-schema/chain.rs"]
mod chain;
#[path = "migration-schema/postgres.rs"]
mod postgres;
#[path = "migration-schema/sqlite.rs"]
mod sqlite;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::{Exam, asks_for, files_of_chain};

fn main() -> ExitCode {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from).join("migrations");
    let in_ci = std::env::var_os("CI").is_some();
    if !folder.is_dir() {
        println!("exam migration-schema: SKIPPED, the exams are missing; set CUTOVER_EXAMS");
        return if in_ci { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let mut exam = Exam::new("migration-schema");
    for (part, files) in [
        ("cratesio", files_of_chain(&folder.join("cratesio/migrations"), "up.sql")),
        ("svix", files_of_chain(&folder.join("svix/server/svix-server/migrations"), ".up.sql")),
        ("vaultwarden-postgres", files_of_chain(&folder.join("vaultwarden/migrations/postgresql"), "up.sql")),
    ] {
        // Says so, and fails where `CI` is set.
        if asks_for(part) && postgres_for_tests::database().is_some() {
            let (right, total) = chain::compare(&files, &mut postgres::Both::new());
            exam.part(&format!("{part}-text-equals-introspection"), right, total);
        }
    }
    if asks_for("vaultwarden-sqlite") {
        let files = files_of_chain(&folder.join("vaultwarden/migrations/sqlite"), "up.sql");
        let (right, total) = chain::compare(&files, &mut sqlite::Both::new());
        exam.part("vaultwarden-sqlite-text-equals-introspection", right, total);
    }
    exam.finish()
}
