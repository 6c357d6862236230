//! The catalogue of SQLite in the guide is what the cases say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use migration_planner::{Plan, Work};

use super::case::{Case, SHOP};
use super::cases::cases;
use crate::support::Db;

const ROWS: u8 = 103;

fn page() -> String {
    let db = Db::new(SHOP);
    let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for case in cases() {
        let line = line(&case, &db);
        for row in case.rows {
            found.entry(*row).or_default().push(line.clone());
        }
    }
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
    let is_planned = |lines: &&Vec<String>| lines.iter().any(|line| !line.contains("| refused: "));
    let is_open = |lines: &&Vec<String>| lines.iter().all(|line| line.contains("cannot be planned for SQLite"));
    let list = |rows: Vec<u8>| rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let planned = found.values().filter(is_planned).count();
    let open: Vec<u8> = found.iter().filter(|(_, lines)| is_open(lines)).map(|(row, _)| *row).collect();
    let refused: Vec<u8> =
        found.iter().filter(|(row, lines)| !is_planned(lines) && !open.contains(row)).map(|(row, _)| *row).collect();
    let missing: Vec<u8> = (1..=ROWS).filter(|row| !found.contains_key(row)).collect();
    let open = if open.is_empty() {
        String::new()
    } else {
        format!(" Not planned for SQLite yet, and refused as such: {}.", list(open))
    };
    let _ = writeln!(
        out,
        "\n{planned} of {ROWS} rows are planned and proved. Refused, with the reason and what does instead: {}.{open} Rows without a proof: {}.",
        list(refused),
        list(missing)
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
fn the_catalogue_in_the_guide_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/catalogue-sqlite.md");
    let page = page();
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page, "run this test once with CUTOVER_BLESS set");
}
