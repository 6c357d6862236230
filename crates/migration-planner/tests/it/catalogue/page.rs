//! The catalogue in the guide is what the cases say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::case::{Case, Outcome};
use super::{
    across, added, advice, columns, constraints, indexes, keyless, keys, others, partitions, readers, rebuilt, tables,
    types,
};

const ROWS: u8 = 103;

fn page() -> String {
    let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    let modules = [
        ("across", across::cases()),
        ("added", added::cases()),
        ("columns", columns::cases()),
        ("constraints", constraints::cases()),
        ("indexes", indexes::cases()),
        ("keyless", keyless::cases()),
        ("keys", keys::cases()),
        ("others", others::cases()),
        ("partitions", partitions::cases()),
        ("readers", readers::cases()),
        ("rebuilt", rebuilt::cases()),
        ("tables", tables::cases()),
        ("types", types::cases()),
    ];
    for (module, cases) in &modules {
        for case in cases {
            let line = line(module, case);
            for row in case.rows {
                found.entry(*row).or_default().push(line.clone());
            }
        }
    }
    for answer in advice::answers() {
        let line =
            format!("`{}` | the linter says {} | | `catalogue::advice`", answer.sql.replace('|', "\\|"), answer.hazard);
        for row in answer.rows {
            found.entry(*row).or_default().push(line.clone());
        }
    }
    let mut out = String::from(
        "# Catalogue of changes\n\nWritten by the tests of `migration-planner`: do not edit it. Every line was carried out, undone \
         phase by phase and carried out again on a PostgreSQL by the test module that it names, with the catalog compared to the \
         letter at every boundary before the point of no return; a refusal was checked for its reason. The locks are for tables of \
         5,000,000 rows. What is not a change of a schema but a way to write migrations is answered by the linter. SQLite has a \
         [catalogue](catalogue-sqlite.md) of its own.\n\n| row | change | PostgreSQL: phases | strongest lock | proved by |\n|---|---|---|---|---|\n",
    );
    for (row, lines) in &found {
        for line in lines {
            let _ = writeln!(out, "| {row} | {line} |");
        }
    }
    let is_planned = |lines: &&Vec<String>| {
        lines.iter().any(|line| !line.contains("| refused: ") && !line.contains("| the linter says "))
    };
    let is_linted = |lines: &&Vec<String>| lines.iter().any(|line| line.contains("| the linter says "));
    let planned = found.values().filter(is_planned).count();
    let list = |wanted: &dyn Fn(&Vec<String>) -> bool| {
        let rows: Vec<String> =
            found.iter().filter(|(_, lines)| wanted(lines)).map(|(row, _)| row.to_string()).collect();
        if rows.is_empty() { "none".to_owned() } else { rows.join(", ") }
    };
    let linted = list(&|lines| !is_planned(&lines) && is_linted(&lines));
    let refused = list(&|lines| !is_planned(&lines) && !is_linted(&lines));
    let missing: Vec<String> = (1..=ROWS).filter(|row| !found.contains_key(row)).map(|row| row.to_string()).collect();
    let missing = if missing.is_empty() { "none".to_owned() } else { missing.join(", ") };
    let _ = writeln!(
        out,
        "\n{planned} of {ROWS} rows are planned and proved; for some of them other cases are refused or answered by the linter, as said \
         above. Answered by the linter alone: {linted}. Only refused, with a reason that was checked: {refused}. Rows without a proof: {missing}."
    );
    out
}

fn line(module: &str, case: &Case) -> String {
    let change = case.change.to_string().replace('|', "\\|");
    match (&case.outcome, case.plan()) {
        (Outcome::Like(_) | Outcome::LikeAnew, Ok(plan)) => {
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
