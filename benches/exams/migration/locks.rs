//! Predicted locks, rewrites and scans beside those that were measured on PostgreSQL 15.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use migration_planner::{Effect, PostgresCatalog};
use serde_json::Value;

const KINDS: [&str; 3] = ["locks", "rewritten", "seq_scanned"];

/// How many measured statements are predicted in all their facts, and how many there are; `None` without the file.
///
/// # Panics
/// If the file is missing where `CI` is set.
pub(crate) fn predicted() -> Option<(usize, usize)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from);
    let Ok(text) = fs::read_to_string(folder.join("migrations/locks-pg15.json")) else {
        assert!(std::env::var_os("CI").is_none(), "the exams are missing: {}", folder.display());
        return None;
    };
    let file: Value = serde_json::from_str(&text).expect("the exam is JSON");
    let mut catalog = PostgresCatalog::new();
    catalog.apply(file["fixture"].as_str().expect("the exam has a fixture"));
    let cases = file["cases"].as_array().expect("the exam has cases");
    // The measurement left out some kinds of relations, so what it never names is not compared.
    let known: Vec<BTreeSet<String>> =
        KINDS.iter().map(|kind| cases.iter().flat_map(|case| measured(case, kind).into_keys()).collect()).collect();
    let is_right = |case: &&Value| {
        let effect = catalog.predict(case["sql"].as_str().expect("a case has a statement"));
        KINDS.iter().zip(&known).all(|(kind, known)| {
            let mut facts = facts(&effect, kind);
            facts.retain(|relation, _| known.contains(relation));
            facts == measured(case, kind)
        })
    };
    let wrong: Vec<&Value> = cases.iter().filter(|case| !is_right(case)).collect();
    for case in &wrong {
        println!("not predicted: {}", case["sql"]);
    }
    Some((cases.len() - wrong.len(), cases.len()))
}

/// Relations, each with its lock where there is one.
type Facts = BTreeMap<String, String>;

fn measured(case: &Value, kind: &str) -> Facts {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match &case[kind] {
        Value::Object(locks) => locks.iter().map(|(relation, mode)| (relation.clone(), text(mode))).collect(),
        Value::Array(relations) => relations.iter().map(|relation| (text(relation), String::new())).collect(),
        _ => Facts::new(),
    }
}

fn facts(effect: &Effect, kind: &str) -> Facts {
    let plain = |relations: &BTreeSet<String>| relations.iter().map(|name| (name.clone(), String::new())).collect();
    match kind {
        "locks" => effect.locks().iter().map(|(relation, mode)| (relation.clone(), format!("{mode:?}"))).collect(),
        "rewritten" => plain(effect.rewritten()),
        _ => plain(effect.scanned()),
    }
}
