//! Cases of other tools that have a current state and a desired one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use migration_planner::{ObjectKind, SchemaDiffer, ServerKind};
use serde::Deserialize;

use super::reach::{Tally, connect, database, reach};

/// A case of sqldef, as far as it is of use here.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    #[serde(default)]
    pub(crate) current: String,
    pub(crate) desired: Option<String>,
    pub(crate) error: Option<String>,
    flavor: Option<String>,
}

/// Every `step`-th case of sqldef for PostgreSQL.
pub(crate) fn sqldef(folder: &Path, step: usize) -> Tally {
    let mut tally = Tally::default();
    let cases = cases(folder, &mut tally);
    for (name, case) in cases.iter().step_by(step) {
        // Cases of other databases that speak the protocol, and of sqldef's own errors.
        let (Some(desired), None, None) = (&case.desired, &case.error, &case.flavor) else {
            tally.left_out += 1;
            continue;
        };
        run(&mut tally, name, &case.current, desired);
    }
    tally
}

/// All cases below a folder, by file and name. A file that cannot be read counts as wrong.
pub(crate) fn cases(folder: &Path, tally: &mut Tally) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for file in files(folder) {
        let text = fs::read_to_string(&file).expect("the file was listed a moment ago");
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        // What is no list of cases sets options of the other tool.
        if !stem.starts_with("tests") {
            continue;
        }
        match serde_saphyr::from_str::<BTreeMap<String, Case>>(&text) {
            Ok(read) => cases.extend(read.into_iter().map(|(name, case)| (format!("{stem}/{name}"), case))),
            Err(error) => tally.wrong.push((stem, format!("cannot be read: {error}"))),
        }
    }
    cases
}

/// Every `step`-th case of migra.
pub(crate) fn migra(folder: &Path, step: usize) -> Tally {
    let mut tally = Tally::default();
    for case in files(folder).iter().step_by(step) {
        let read = |name: &str| fs::read_to_string(case.join(name)).expect("a case has two states");
        let name = case.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        run(&mut tally, &name, &read("a.sql"), &read("b.sql"));
    }
    tally
}

fn run(tally: &mut Tally, name: &str, current: &str, desired: &str) {
    let (from, to) = (database(), database());
    if connect(&from).batch_execute(current).is_err() || connect(&to).batch_execute(desired).is_err() {
        tally.left_out += 1;
        return;
    }
    tally.count(name, reach(&from, &to, &renames(desired)));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the cases are there").filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The renames that sqldef's cases name in comments: `new_name text, -- @renamed from=old_name`.
fn renames(desired: &str) -> SchemaDiffer {
    let mut differ = SchemaDiffer::new(ServerKind::Postgres);
    let mut table = String::new();
    let mut object = String::new();
    for line in desired.lines() {
        let plain = without_comments(line);
        let words: Vec<&str> = plain.split_whitespace().filter(|word| !word.eq_ignore_ascii_case("unique")).collect();
        let is = |at: usize, word: &str| words.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word));
        let named = |at: usize| words.get(at).map(|word| bare(word)).unwrap_or_default();
        if is(0, "create") && is(1, "table") {
            table = if is(2, "if") { named(5) } else { named(2) };
        } else if is(0, "create") && is(1, "type") {
            object = named(2);
        }
        let Some((_, from)) = line.split_once("@renamed from=") else { continue };
        let from = bare(from.split("*/").next().unwrap_or(from));
        let value = plain.trim().split('\'').nth(1).filter(|_| plain.trim().starts_with('\''));
        differ = if let Some(value) = value {
            differ.rename_enum_value(object.as_str(), from, value)
        } else if is(0, "create") && is(1, "table") {
            differ.rename_table(from.as_str(), table.as_str())
        } else if is(0, "create") && is(1, "index") {
            differ.rename_index(from.as_str(), named(2))
        } else if is(0, "constraint") {
            differ.rename_constraint(table.as_str(), from, named(1))
        } else if words.is_empty() || is(1, "type") {
            differ.rename_object(ObjectKind::Type, from.as_str(), object.as_str())
        } else {
            differ.rename_column(table.as_str(), from, named(0))
        };
    }
    differ
}

fn without_comments(line: &str) -> String {
    let mut plain = line.split("--").next().unwrap_or(line).to_owned();
    while let (Some(start), Some(end)) = (plain.find("/*"), plain.find("*/")) {
        if end < start {
            break;
        }
        plain.replace_range(start..end + 2, " ");
    }
    plain
}

/// A name without its quotes, its schema and what stands behind it.
fn bare(word: &str) -> String {
    let word = word.trim().trim_end_matches([',', ';', '(']);
    match word.split('"').nth(1) {
        Some(quoted) => quoted.to_owned(),
        None => word.rsplit('.').next().unwrap_or(word).split_whitespace().next().unwrap_or(word).to_lowercase(),
    }
}
