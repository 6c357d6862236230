//! The catalogue of SQLite in the guide is what the cases say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use migration_planner::{Dialect, Hazard, Linter, Migration, Plan, Work};

use super::case::{Case, SHOP};
use super::cases::cases;
use crate::support::Db;

const ROWS: u8 = 103;

/// The row of what is no change of a schema but a way to write migrations: the statement, what the linter calls it, and the same as it is
/// to be written.
const LINTED: (u8, &str, Hazard, &str) = (
    103,
    "UPDATE users SET name = lower((SELECT email FROM users WHERE id = 1))",
    Hazard::UnboundedWrite,
    "UPDATE users SET name = 'x' WHERE id BETWEEN 1 AND 1000",
);

fn page() -> String {
    let db = Db::new(SHOP);
    let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for case in cases() {
        let line = line(&case, &db);
        for row in case.rows {
            found.entry(*row).or_default().push(line.clone());
        }
    }
    let (row, statement, hazard, _) = LINTED;
    found.entry(row).or_default().push(format!("`{statement}` | the linter says {hazard} | "));
    let mut out = String::from(
        "# Catalogue of changes on SQLite\n\nWritten by the tests of `migration-planner-sqlite`: do not edit it. Every line was carried out by \
         the runner as far as each boundary of phases and taken back, with the catalog and every row compared, and then carried out to its \
         end; a refusal was checked for its reason. The rows are those of the [catalogue](catalogue.md). *Native* are SQLite's own \
         statements, *rebuilt* is the table made anew by the procedure that SQLite documents, in one transaction that other writers wait \
         for and readers do not.\n\n| row | change | phases | how |\n|---|---|---|---|\n",
    );
    for (row, lines) in &found {
        for line in lines {
            let _ = writeln!(out, "| {row} | {line} |");
        }
    }
    let is_linted = |lines: &&Vec<String>| lines.iter().any(|line| line.contains("| the linter says "));
    let is_planned = |lines: &&Vec<String>| !is_linted(lines) && lines.iter().any(|line| !line.contains("| refused: "));
    let is_open = |lines: &&Vec<String>| lines.iter().all(|line| line.contains("cannot be planned for SQLite"));
    let list = |rows: Vec<u8>| rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let planned = found.values().filter(is_planned).count();
    let open: Vec<u8> = found.iter().filter(|(_, lines)| is_open(lines)).map(|(row, _)| *row).collect();
    let linted: Vec<u8> = found.iter().filter(|(_, lines)| is_linted(lines)).map(|(row, _)| *row).collect();
    let refused =
        found.iter().filter(|(row, lines)| !is_planned(lines) && !open.contains(row) && !linted.contains(row));
    let refused: Vec<u8> = refused.map(|(row, _)| *row).collect();
    let missing: Vec<u8> = (1..=ROWS).filter(|row| !found.contains_key(row)).collect();
    let missing = if missing.is_empty() { "none".to_owned() } else { list(missing) };
    let open = if open.is_empty() {
        String::new()
    } else {
        format!(" Not planned for SQLite yet, and refused as such: {}.", list(open))
    };
    let _ = writeln!(
        out,
        "\n{planned} of {ROWS} rows are planned and proved. Answered by the linter: {}. Refused, with the reason and what does instead: {}.{open} \
         Rows without a proof: {missing}.",
        list(linted),
        list(refused)
    );
    out
}

fn line(case: &Case, db: &Db) -> String {
    let change = case.change.to_string().replace('|', "\\|");
    match case.plan(db) {
        Ok(plan) => {
            let phases: Vec<String> = plan.phases().iter().map(|phase| phase.kind().to_string()).collect();
            format!("{change} | {} | {}", phases.join(", "), how(&plan))
        }
        Err(said) => format!("{change} | refused: {} | ", said.to_string().replace('|', "\\|")),
    }
}

fn how(plan: &Plan) -> &'static str {
    let works = || plan.phases().iter().flat_map(migration_planner::Phase::steps).map(migration_planner::Step::work);
    let batches = works().any(|work| matches!(work, Work::Backfill { .. } | Work::Delete { .. }));
    match (works().any(|work| matches!(work, Work::Rebuild { .. })), batches) {
        (true, true) => "batches, rebuilt",
        (true, false) => "rebuilt",
        (false, true) => "batches, native",
        (false, false) => "native",
    }
}

#[test]
fn the_linter_answers_what_is_no_change_of_a_schema() {
    let (_, statement, hazard, instead) = LINTED;
    let said = |sql: &str| {
        let files = [Migration::new("1", "1.sql", SHOP), Migration::new("2", "2.sql", sql)];
        let report = Linter::new(Dialect::Sqlite).since("2").check(&files);
        report.lints().iter().map(migration_planner::Lint::hazard).collect::<Vec<_>>()
    };
    assert_eq!(said(statement), [hazard]);
    assert_eq!(said(instead), []);
    assert_eq!(said("CREATE TABLE new (a); UPDATE new SET a = 1"), [], "nobody uses it yet");
    assert_eq!(said("UPDATE OR IGNORE main.users SET name = ''"), [hazard]);
}

#[test]
fn the_catalogue_in_the_guide_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/catalogue-sqlite.md");
    let page = page();
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page, "run this test once with CUTOVER_BLESS set");
}
