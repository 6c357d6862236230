//! The catalogue in the guide is what the cases say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::case::{Case, Outcome};
use super::{columns, constraints, indexes, others, tables};

const ROWS: u8 = 103;

fn page() -> String {
    let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    let modules = [
        ("columns", columns::cases()),
        ("constraints", constraints::cases()),
        ("indexes", indexes::cases()),
        ("others", others::cases()),
        ("tables", tables::cases()),
    ];
    for (module, cases) in &modules {
        for case in cases {
            let line = line(module, case);
            for row in case.rows {
                found.entry(*row).or_default().push(line.clone());
            }
        }
    }
    let mut out = String::from(
        "# Catalogue of changes\n\nWritten by the tests of `migration-planner`: do not edit it. Every line was carried out, undone \
         phase by phase and carried out again on a PostgreSQL by the test module that it names, with the catalog compared to the \
         letter at every boundary before the point of no return; a refusal was checked for its reason. The locks are for tables of \
         5,000,000 rows. On SQLite, `drop column` and `rename column` are planned; every other change is refused there as not \
         planned.\n\n| row | change | PostgreSQL: phases | strongest lock | proved by |\n|---|---|---|---|---|\n",
    );
    for (row, lines) in &found {
        for line in lines {
            let _ = writeln!(out, "| {row} | {line} |");
        }
    }
    let planned = |lines: &&Vec<String>| lines.iter().any(|line| !line.contains("| refused: "));
    let proved = found.values().filter(planned).count();
    let refused: Vec<String> =
        found.iter().filter(|(_, lines)| !planned(lines)).map(|(row, _)| row.to_string()).collect();
    let missing: Vec<String> = (1..=ROWS).filter(|row| !found.contains_key(row)).map(|row| row.to_string()).collect();
    let _ = writeln!(
        out,
        "\n{proved} of {ROWS} rows are planned and proved; for some of them other cases are refused, as said above. {} are only \
         refused, with a reason that was checked: {}. Rows without a proof: {}.",
        refused.len(),
        refused.join(", "),
        missing.join(", ")
    );
    out
}

fn line(module: &str, case: &Case) -> String {
    let change = case.change.to_string().replace('|', "\\|");
    match (&case.outcome, case.plan()) {
        (Outcome::Like(_), Ok(plan)) => {
            let phases: Vec<String> = plan.phases().iter().map(|phase| phase.kind().to_string()).collect();
            let steps = plan.phases().iter().flat_map(migration_planner::Phase::steps);
            let lock = steps.filter_map(|step| step.impact().strongest()).max();
            let lock = lock.map_or("none".to_owned(), |lock| lock.to_string());
            format!("{change} | {} | {lock} | `catalogue::{module}`", phases.join(", "))
        }
        (_, Err(said)) => format!("{change} | refused: {said} | | `catalogue::{module}`"),
        (Outcome::Refused(reason), Ok(_)) => format!("{change} | planned although {reason} | | "),
    }
}

#[test]
fn the_catalogue_in_the_guide_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/catalogue.md");
    let page = page();
    if std::env::var_os("CUTOVER_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page, "run this test once with CUTOVER_BLESS set");
}
