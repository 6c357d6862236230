//! Real chains of migrations: after each file, what our own reading of the files says is held against the server.

use std::fs;
use std::path::{Path, PathBuf};

use migration_planner::PostgresCatalog;
use migration_planner_postgres::introspect;
use postgres::{Client, NoTls};

/// How many differences are shown of one file.
const SHOWN: usize = 6;

/// The files that lead forward, in the layout of diesel: a folder each.
pub(crate) fn diesel(folder: &Path) -> Vec<PathBuf> {
    sorted(folder).into_iter().map(|step| step.join("up.sql")).filter(|file| file.is_file()).collect()
}

/// The files that lead forward, in the layout of sqlx.
pub(crate) fn sqlx(folder: &Path) -> Vec<PathBuf> {
    sorted(folder).into_iter().filter(|file| file.to_string_lossy().ends_with(".up.sql")).collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the chain is there").filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort_by_cached_key(|path| version(path));
    paths
}

/// What stands before the first underscore, without the dashes that some have and others have not; then the rest.
fn version(path: &Path) -> (String, String) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (version, rest) = name.split_once('_').unwrap_or((&name, ""));
    (version.replace('-', ""), rest.to_owned())
}

/// After how many files the two agree, and how many files there are. A file that the server refuses counts as wrong.
pub(crate) fn read_as_written(files: &[PathBuf]) -> (usize, usize) {
    let database = postgres_for_tests::database().expect("there was a server a moment ago");
    let mut client = Client::connect(&database.url(), NoTls).expect("the database was made a moment ago");
    let mut read = PostgresCatalog::new();
    let mut right = 0;
    let mut known: Vec<String> = Vec::new();
    for file in files {
        let sql = fs::read_to_string(file).expect("the file was listed a moment ago");
        if let Err(error) = run(&mut client, &sql) {
            println!("refused: {}: {error:?}", file.display());
            continue;
        }
        read.apply(&sql);
        let found = introspect(&database.url()).expect("the database can be read").catalog();
        let differences = read.differences(&found);
        right += usize::from(differences.is_empty());
        let new: Vec<&String> = differences.iter().filter(|line| !known.contains(line)).collect();
        if !new.is_empty() {
            println!("differs after {}:", file.display());
            new.iter().take(SHOWN).for_each(|line| println!("  {line}"));
        }
        known = differences;
    }
    (right, files.len())
}

/// As one transaction where that may be, and else statement by statement.
fn run(client: &mut Client, sql: &str) -> Result<(), postgres::Error> {
    let whole = client.batch_execute(sql);
    if whole.is_ok() {
        return whole;
    }
    let _no_transaction = client.batch_execute("ROLLBACK");
    migration_planner::Dialect::Postgres.split(sql).iter().try_for_each(|part| client.batch_execute(part.text()))
}
