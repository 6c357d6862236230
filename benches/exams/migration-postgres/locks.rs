//! Locks, rewrites and scans measured anew, beside those that were measured before.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use migration_planner::PostgresCatalog;
use migration_planner_postgres::{Measure, Observed};
use serde_json::{Map, Value};

const KINDS: [&str; 3] = ["locks", "rewritten", "seq_scanned"];

/// How many statements do again what they did, and how many there are.
pub(crate) fn measured(folder: &Path) -> (usize, usize) {
    let text = fs::read_to_string(folder.join("locks-pg15.json")).expect("the exam is there");
    let file: Value = serde_json::from_str(&text).expect("the exam is JSON");
    // Roles belong to the server, which has other databases.
    let fixture = file["fixture"].as_str().expect("the exam has a fixture").replace("CREATE ROLE app;", "");
    let database = postgres_for_tests::database().expect("there was a server a moment ago");
    let measure = Measure::on(&database.url()).expect("the address is one");
    let setting_up = Measure::on(&database.url()).expect("the address is one").keeping_changes();
    setting_up.statement(&PostgresCatalog::new(), &fixture).expect("the fixture can be made");
    let mut catalog = PostgresCatalog::new();
    catalog.apply(&fixture);
    let cases = file["cases"].as_array().expect("the exam has cases");
    // The first measurement left out some kinds of relations, so what it never names is not compared.
    let named = KINDS.map(|kind| cases.iter().flat_map(|case| names(&case[kind])).collect::<BTreeSet<String>>());
    let mut right = 0;
    for case in cases {
        let sql = case["sql"].as_str().expect("a case has a statement").replace("TO app", "TO pg_monitor");
        let found = measure.statement(&catalog, &sql);
        let agrees = found.as_ref().is_ok_and(|found| agrees(found.observed(), case, &named));
        right += usize::from(agrees);
        if !agrees {
            println!("differs: {found:?}\n  expected {case}");
        }
    }
    (right, cases.len())
}

fn agrees(observed: &Observed, case: &Value, named: &[BTreeSet<String>; 3]) -> bool {
    let only =
        |set: &BTreeSet<String>, named: &BTreeSet<String>| set.intersection(named).cloned().collect::<BTreeSet<_>>();
    let locks = observed.locks().iter().filter(|(relation, _)| named[0].contains(*relation));
    let locks: Map<String, Value> =
        locks.map(|(relation, mode)| (relation.clone(), format!("{mode:?}").into())).collect();
    Value::Object(locks) == case["locks"]
        && only(observed.rewritten(), &named[1]) == names(&case["rewritten"])
        && only(observed.scanned(), &named[2]) == names(&case["seq_scanned"])
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}
