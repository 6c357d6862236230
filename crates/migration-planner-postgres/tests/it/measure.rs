//! Locks, rewrites and scans, as a server really does them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use migration_planner::{LockMode, PostgresCatalog};
use migration_planner_postgres::{DatabaseError, Measure, Observed};
use serde_json::Value;

use crate::support::Db;

const TABLES: &str = "CREATE TABLE teams (id int PRIMARY KEY); INSERT INTO teams SELECT generate_series(1, 100);
    CREATE TABLE users (id int PRIMARY KEY, name text, team int); CREATE INDEX users_by_name ON users (name);
    INSERT INTO users SELECT i, 'user ' || i, i FROM generate_series(1, 100) AS i;";

fn catalog(sql: &str) -> PostgresCatalog {
    let mut catalog = PostgresCatalog::new();
    catalog.apply(sql);
    catalog
}

#[test]
fn what_was_measured_leaves_no_trace_unless_asked_to() {
    let Some(db) = Db::new(TABLES) else { return };
    let before = db.catalog();
    let measure = Measure::on(&db.url()).unwrap();
    let found = measure.statement(&catalog(TABLES), "ALTER TABLE users ALTER id TYPE bigint").unwrap();
    assert!(found.agrees(), "{found}");
    let rewritten: Vec<&String> = found.observed().rewritten().iter().collect();
    assert_eq!(rewritten, ["users", "users_by_name"], "the key's index is another one");
    assert_eq!(db.catalog(), before);
    measure.keeping_changes().statement(&catalog(TABLES), "ALTER TABLE users ALTER id TYPE bigint").unwrap();
    assert_ne!(db.catalog(), before);
}

#[test]
fn what_the_server_does_outside_of_a_transaction_is_measured_where_changes_are_kept() {
    let Some(db) = Db::new(TABLES) else { return };
    // Long enough for a hundred looks at its locks.
    db.run("INSERT INTO users SELECT i, 'user ' || i, i FROM generate_series(101, 200000) AS i");
    let sql = "CREATE INDEX CONCURRENTLY users_by_team ON users (team)";
    let measure = Measure::on(&db.url()).unwrap();
    assert!(matches!(measure.statement(&catalog(TABLES), sql), Err(DatabaseError::Refused { .. })));
    let found = measure.keeping_changes().statement(&catalog(TABLES), sql).unwrap();
    assert!(found.observed().is_sampled());
    assert_eq!(found.observed().locks()["users"], LockMode::ShareUpdateExclusive, "{found}");
    assert!(found.observed().scanned().contains("users"));
    assert_eq!(db.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_by_team'::regclass"), ["t"]);
}

#[test]
fn a_difference_between_what_was_predicted_and_what_happened_is_shown() {
    let Some(db) = Db::new(TABLES) else { return };
    let found = Measure::on(&db.url()).unwrap().statement(&PostgresCatalog::new(), "DROP TABLE teams").unwrap();
    assert!(!found.agrees());
    assert!(found.to_string().contains("! teams: ACCESS EXCLUSIVE (predicted: no lock)"), "{found}");
}

#[test]
fn a_statement_that_fails_is_an_error_and_a_held_lock_is_not_waited_for() {
    let Some(db) = Db::new(TABLES) else { return };
    let measure = Measure::on(&db.url()).unwrap();
    assert!(matches!(measure.statement(&catalog(TABLES), "DROP TABLE nobody"), Err(DatabaseError::Refused { .. })));
    let mut holder = db.connect();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE users IN ACCESS SHARE MODE").unwrap();
    assert!(matches!(measure.statement(&catalog(TABLES), "DROP TABLE users"), Err(DatabaseError::Locked { .. })));
}

fn exam() -> Option<Value> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join("migrations/locks-pg15.json")) else {
        assert!(std::env::var_os("CI").is_none(), "the exams are missing: {}", folder.display());
        println!("SKIPPED: the exams are missing; set CUTOVER_EXAMS");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members.keys().cloned().collect(),
        list => list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
    }
}

/// What the file says of a case; what it never names was left out when it was made.
fn agrees(observed: &Observed, case: &Value, named: [&BTreeSet<String>; 3]) -> bool {
    let only =
        |set: &BTreeSet<String>, named: &BTreeSet<String>| set.intersection(named).cloned().collect::<BTreeSet<_>>();
    let locks = observed.locks().iter().filter(|(relation, _)| named[0].contains(*relation));
    let locks: serde_json::Map<String, Value> =
        locks.map(|(relation, mode)| (relation.clone(), format!("{mode:?}").into())).collect();
    Value::Object(locks) == case["locks"]
        && only(observed.rewritten(), named[1]) == names(&case["rewritten"])
        && only(observed.scanned(), named[2]) == names(&case["seq_scanned"])
}

#[test]
fn the_statements_of_the_exam_do_again_what_they_did() {
    let Some(exam) = exam() else { return };
    // Roles belong to the server, which has other databases.
    let fixture = exam["fixture"].as_str().unwrap().replace("CREATE ROLE app;", "");
    let Some(db) = Db::new(&fixture) else { return };
    let cases = exam["cases"].as_array().unwrap();
    let named = ["locks", "rewritten", "seq_scanned"]
        .map(|kind| cases.iter().flat_map(|case| names(&case[kind])).collect::<BTreeSet<String>>());
    let measure = Measure::on(&db.url()).unwrap();
    let catalog = catalog(&fixture);
    let mut wrong = Vec::new();
    for case in cases {
        let sql = case["sql"].as_str().unwrap().replace("TO app", "TO pg_monitor");
        let found = measure.statement(&catalog, &sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        if !agrees(found.observed(), case, named.each_ref()) {
            wrong.push(format!("{found}\nexpected {case}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 83);
}
