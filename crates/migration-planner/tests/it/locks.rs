//! What statements do to a PostgreSQL database, against what a server was seen to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use migration_planner::{Effect, LockMode, PostgresCatalog};
use proptest::prelude::*;
use serde_json::Value;

use crate::corpora::exams;

fn catalog(script: &str) -> PostgresCatalog {
    let mut catalog = PostgresCatalog::new();
    catalog.apply(script);
    catalog
}

fn locks(effect: &Effect) -> Vec<String> {
    effect.locks().iter().map(|(relation, mode)| format!("{relation} {mode:?}")).collect()
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Compares the prediction for each case of a file with what was measured; the relations that are compared are those for
/// which `is_compared` holds, given the kind of the fact.
fn wrong_cases(file: &Value, is_compared: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let catalog = catalog(file["fixture"].as_str().unwrap());
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let effect = catalog.predict(case["sql"].as_str().unwrap());
        let measured: BTreeMap<String, String> = case["locks"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()))
            .collect();
        let locks: BTreeMap<String, String> = effect
            .locks()
            .iter()
            .filter(|(relation, _)| is_compared("locks", relation))
            .map(|(relation, mode)| (relation.clone(), format!("{mode:?}")))
            .collect();
        let of = |kind: &str, set: &BTreeSet<String>| -> BTreeSet<String> {
            set.iter().filter(|relation| is_compared(kind, relation)).cloned().collect()
        };
        let (rewritten, scanned) = (of("rewritten", effect.rewritten()), of("seq_scanned", effect.scanned()));
        let is_right =
            (locks, rewritten, scanned) == (measured, texts(&case["rewritten"]), texts(&case["seq_scanned"]));
        if !is_right || effect.is_unknown() {
            wrong.push(format!("{}\n  predicted {effect}\n  measured  {case}", case["sql"]));
        }
    }
    wrong
}

/// The file leaves out primary keys' indexes, sequences and views among the locks; so a relation that it never names is not
/// compared.
#[test]
fn every_statement_of_the_exam_is_predicted() {
    let Some(folder) = exams() else { return };
    let file: Value = serde_json::from_str(&fs::read_to_string(folder.join("locks-pg15.json")).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let named = |kind: &str| -> BTreeSet<String> {
        let of = |case: &Value| match &case[kind] {
            Value::Object(members) => members.keys().cloned().collect(),
            list => texts(list),
        };
        cases.iter().flat_map(of).collect()
    };
    let named: BTreeMap<&str, _> = ["locks", "rewritten", "seq_scanned"].map(|kind| (kind, named(kind))).into();
    let wrong = wrong_cases(&file, |kind, relation| named[kind].contains(relation));
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 83);
}

/// Every relation is compared. Measured as the exam's were: one transaction each; the strongest granted mode in `pg_locks`,
/// changes of `pg_relation_filenode`, and `seq_scan` of `pg_stat_xact_user_tables`.
#[test]
fn every_statement_measured_for_this_test_is_predicted() {
    let file: Value = serde_json::from_str(include_str!("locks_pg15.json")).unwrap();
    let wrong = wrong_cases(&file, |_, _| true);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(file["cases"].as_array().unwrap().len() > 150);
}

#[test]
fn what_the_transaction_made_itself_is_locked_by_nobody() {
    let effect = catalog("CREATE TABLE a (id int PRIMARY KEY)")
        .predict("CREATE TABLE b (id int); CREATE INDEX ON b (id); DROP TABLE b;");
    assert_eq!(locks(&effect), Vec::<String>::new());
    assert!(effect.scanned().is_empty());
}

#[test]
fn a_validated_check_saves_the_scan_of_set_not_null() {
    let catalog = catalog("CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;");
    assert!(catalog.predict("ALTER TABLE t ALTER a SET NOT NULL").scanned().contains("t"));
    let steps = "ALTER TABLE t VALIDATE CONSTRAINT c";
    assert_eq!(locks(&catalog.predict(steps)), ["t ShareUpdateExclusive"]);
    let mut later = catalog.clone();
    later.apply(steps);
    assert!(later.predict("ALTER TABLE t ALTER a SET NOT NULL").scanned().is_empty());
}

#[test]
fn the_catalog_gives_names_and_types_as_the_server_does() {
    let catalog = catalog(
        "CREATE TABLE t (id serial, name text UNIQUE, PRIMARY KEY (id), UNIQUE (id)); CREATE INDEX ON t (lower(name), id);",
    );
    assert!(catalog.predict("ALTER TABLE t ALTER id TYPE integer").rewritten().is_empty());
    assert_eq!(
        locks(&catalog.predict("DROP INDEX t_lower_id_idx")),
        ["t AccessExclusive", "t_lower_id_idx AccessExclusive"]
    );
    assert_eq!(locks(&catalog.predict("COMMENT ON INDEX t_name_key IS ''")), ["t_name_key ShareUpdateExclusive"]);
    let dropped = catalog.predict("ALTER TABLE t DROP COLUMN id");
    let expected = ["t", "t_id_seq", "t_lower_id_idx", "t_pkey"].map(|relation| format!("{relation} AccessExclusive"));
    assert_eq!(locks(&dropped), expected); // one index for both keys
}

#[test]
fn partitions_share_the_fate_of_their_parent() {
    let catalog = catalog(
        "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
         CREATE TABLE pd PARTITION OF p DEFAULT;",
    );
    assert_eq!(locks(&catalog.predict("CREATE INDEX ON p (k)")), ["p Share", "p1 Share", "pd Share"]);
    let added = catalog.predict("ALTER TABLE p ADD COLUMN u uuid DEFAULT gen_random_uuid()");
    assert_eq!(added.rewritten().iter().collect::<Vec<_>>(), ["p1", "pd"]);
    let created = catalog.predict("CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)");
    assert_eq!(locks(&created), ["p AccessExclusive", "pd AccessExclusive"]);
    assert!(created.scanned().contains("pd"));
}

#[test]
fn a_statement_that_can_do_anything_is_unknown() {
    assert!(PostgresCatalog::new().predict("DO $$ BEGIN DROP TABLE t; END $$").is_unknown());
    assert!(!PostgresCatalog::new().predict("COMMIT").is_unknown());
    assert_eq!(LockMode::ShareUpdateExclusive.to_string(), "SHARE UPDATE EXCLUSIVE");
}

#[test]
fn what_would_contain_itself_is_refused() {
    let mut catalog = catalog(
        "CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX ON p (a); CREATE TABLE q (a int); CREATE VIEW v AS SELECT 1;",
    );
    catalog.apply(
        "CREATE TABLE x PARTITION OF x DEFAULT; CREATE INDEX ON x (a); ALTER TABLE p ATTACH PARTITION p DEFAULT; ALTER TABLE q INHERIT q; CREATE VIEW w AS SELECT * FROM v;
         CREATE OR REPLACE VIEW v AS SELECT * FROM w, v;",
    );
    assert_eq!(catalog.predict("DROP VIEW v CASCADE").locks().len(), 2);
    assert_eq!(locks(&catalog.predict("DROP TABLE q")), ["q AccessExclusive"]);
    assert!(catalog.predict("SELECT * FROM v; DROP TABLE p").locks().contains_key("p"));
}

/// Words that statements are made of, in any order.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        "create alter drop table index view materialized sequence domain type schema trigger policy publication statistics \
         concurrently unique primary key foreign references check not null valid default using add column constraint rename to \
         set data validate attach detach partition of by range inherits only cascade if exists on from as select where insert \
         into update delete truncate reindex refresh comment lock in mode vacuum copy is generated always identity stored \
         timestamp with time zone array t u p a b v i 1 'x' \"Q\" ( ( ( ) ) ) , , ; ; . * = [ ] $$ ::"
            .split_whitespace()
            .collect::<Vec<_>>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_script_makes_the_catalog_panic(words in prop::collection::vec(word(), 0..40), start in 0..6_usize) {
        let start = ["", "create table t (", "alter table t ", "create index ", "drop table ", "create table p (a int) partition "][start];
        let mut catalog = catalog(
            "CREATE TABLE t (a int PRIMARY KEY, b serial UNIQUE); CREATE TABLE u (a int REFERENCES t (a)) ; CREATE VIEW v AS SELECT * FROM t;
             CREATE TABLE p (a int, b int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p DEFAULT; CREATE INDEX i ON p (b);",
        );
        let script = format!("{start}{}", words.join(" "));
        let known: BTreeSet<String> = ["i", "p", "p1", "p1_b_idx", "t", "t_b_key", "t_b_seq", "t_pkey", "u", "v"].map(str::to_owned).into();
        let predicted = catalog.predict(&script);
        prop_assert_eq!(&predicted, &catalog.apply(&script));
        prop_assert!(predicted.locks().keys().chain(predicted.scanned()).all(|relation| known.contains(relation)));
    }
}
