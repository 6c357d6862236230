//! Cases of other tools that have a current state and a desired one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use migration_planner::{Dialect, ObjectKind, ObjectName, SchemaDiffer, ScriptPart, ServerKind};
use postgres::Client;
use postgres::error::{DbError, SqlState};
use postgres_for_tests::Database;
use serde::Deserialize;

use super::at_once::in_order;
use super::databases::Databases;
use super::reach::{Counts, Reached, connect, reach_somehow};
use super::tally::Tally;

/// A case of sqldef, as far as it is of use here.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    #[serde(default)]
    pub(crate) current: String,
    desired: Option<String>,
    error: Option<String>,
    flavor: Option<String>,
    min_version: Option<String>,
    user: Option<String>,
}

impl Case {
    /// The state that is wanted, or why the case is none of ours.
    pub(crate) fn wanted(&self, server: ServerKind) -> Result<&str, String> {
        let runs_on = |needed: &str| {
            let major = |text: &str| text.split('.').next().and_then(|major| major.parse::<u32>().ok());
            server == ServerKind::Sqlite || major(needed) <= Some(SERVER)
        };
        match (&self.desired, &self.error, &self.flavor, &self.min_version) {
            (_, _, Some(flavor), _) => Err(format!("they are for another server: {flavor}")),
            (_, _, _, Some(needed)) if !runs_on(needed) => Err(format!("they are for a later server: {needed}")),
            (_, Some(_), ..) => Err("they are about errors of the other tool".to_owned()),
            (None, ..) => Err("they are about options of the other tool, and have no wanted state".to_owned()),
            (Some(desired), ..) => Ok(desired),
        }
    }
}

/// The major version of PostgreSQL that the exams are held on.
const SERVER: u32 = 15;

/// Every `step`-th case of sqldef for PostgreSQL.
pub(crate) fn sqldef(tally: &mut Tally, folder: &Path, step: usize) {
    let cases = cases(folder, tally);
    let asked: Vec<&(String, Case)> = cases.iter().step_by(step).filter(|(name, _)| tally.asks_for(name)).collect();
    let work = |databases: &mut Databases, (_, case): &&(String, Case)| match case.wanted(ServerKind::Postgres) {
        // The other tool's tests give a user a schema of this name, and look there first.
        Ok(desired) if case.user.is_some() => {
            let within = |sql: &str| format!("CREATE SCHEMA foo; SET search_path TO foo;\n{sql}");
            run(databases, [&within(&case.current), &within(desired)])
        }
        Ok(desired) => run(databases, [&case.current, desired]),
        Err(reason) => Outcome::LeftOut(reason),
    };
    in_order(&asked, work, |(name, _), outcome| outcome.tell(tally, name));
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
            Err(error) => tally.count(&stem, Err(format!("cannot be read: {error}"))),
        }
    }
    cases
}

/// Every `step`-th case of migra.
pub(crate) fn migra(tally: &mut Tally, folder: &Path, step: usize) {
    let named = |case: &PathBuf| case.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let cases: Vec<PathBuf> =
        files(folder).into_iter().step_by(step).filter(|case| tally.asks_for(&named(case))).collect();
    let work = |databases: &mut Databases, case: &PathBuf| {
        let read = |name: &str| fs::read_to_string(case.join(name)).expect("a case has two states");
        run(databases, [&read("a.sql"), &read("b.sql")])
    };
    in_order(&cases, work, |case, outcome| outcome.tell(tally, &named(case)));
}

/// What came of a case.
enum Outcome {
    /// It was tried.
    Tried(Result<(Counts, Reached), String>),
    /// It is none of ours, for this reason.
    LeftOut(String),
}

impl Outcome {
    fn tell(self, tally: &mut Tally, case: &str) {
        match self {
            Self::Tried(result) => tally.count_somehow(case, result),
            Self::LeftOut(reason) => tally.leave_out(case, reason),
        }
    }
}

fn run(databases: &mut Databases, [current, desired]: [&str; 2]) -> Outcome {
    let made = made(databases, current).and_then(|from| Ok((from, made(databases, desired)?)));
    match made {
        Ok((from, to)) => {
            let tried = reach_somehow(&from, &to, &renames(ServerKind::Postgres, desired), |change| change);
            databases.give_back(from);
            databases.give_back(to);
            Outcome::Tried(tried)
        }
        Err(reason) => Outcome::LeftOut(reason),
    }
}

/// A database in a state. Roles and schemas are made where they are missing, as the other tools do in their tests: a wanted state of
/// theirs need not name the schemas that are there. Else the reason why the server does not take the statements.
fn made(databases: &mut Databases, sql: &str) -> Result<Database, String> {
    let mut before: Vec<String> = Vec::new();
    loop {
        let database = databases.take();
        let all = before.iter().map(String::as_str).chain([sql]).collect::<Vec<_>>().join(";\n");
        if connect(&database).batch_execute(&all).is_ok() {
            return Ok(database);
        }
        databases.give_back(database);
        let database = databases.take();
        let Err(error) = one_by_one(&mut connect(&database), &all) else { return Ok(database) };
        databases.give_back(database);
        let said = error.as_db_error().map(DbError::message).unwrap_or_default().to_owned();
        let named = |start: &str| said.strip_prefix(start)?.split('"').next().map(str::to_owned);
        let missing = |start: &str| named(start).filter(|_| said.ends_with("does not exist"));
        let role = missing("role \"").map(|role| format!("CREATE ROLE \"{role}\""));
        let schema = missing("schema \"").map(|schema| format!("CREATE SCHEMA \"{schema}\""));
        match role.or(schema).filter(|make| !before.contains(make)) {
            Some(make) => before.push(make),
            None => return Err(refused(&error, named("extension \""))),
        }
        // All databases of a server have the same roles.
        if before.last().is_some_and(|last| last.starts_with("CREATE ROLE")) {
            let database = databases.take();
            let made = before.pop().map(|make| connect(&database).batch_execute(&make));
            databases.give_back(database);
            // Another case may have made the same one meanwhile.
            let there = [SqlState::DUPLICATE_OBJECT, SqlState::UNIQUE_VIOLATION];
            let is_there = |error: &postgres::Error| error.code().is_some_and(|code| there.contains(code));
            if let Some(Err(error)) = made
                && !is_there(&error)
            {
                return Err(format!("the server makes no role: {error}"));
            }
        }
    }
}

/// Runs statements by themselves, and those that fail again after the others: the other tools sort them by what they need, and some
/// cannot be run together.
fn one_by_one(client: &mut Client, sql: &str) -> Result<(), postgres::Error> {
    let statements = Dialect::Postgres.split(sql);
    let mut left: Vec<&str> = statements.iter().map(ScriptPart::text).collect();
    loop {
        let count = left.len();
        let mut first = None;
        left.retain(|statement| match client.batch_execute(statement) {
            Ok(()) => false,
            Err(error) => {
                first.get_or_insert(error);
                true
            }
        });
        match first {
            None => return Ok(()),
            Some(error) if left.len() == count => return Err(error),
            Some(_) => {}
        }
    }
}

/// Why the server did not take the statements of a state.
fn refused(error: &postgres::Error, extension: Option<String>) -> String {
    match (error.code(), extension) {
        (Some(code), Some(extension)) if *code == SqlState::FEATURE_NOT_SUPPORTED => {
            format!("they need an extension that is not installed: {extension}")
        }
        (Some(code), _) => format!("the server refuses their own statements, SQLSTATE {}", code.code()),
        (None, _) => format!("the server refuses their own statements: {error}"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the cases are there").filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The renames that sqldef's cases name in comments: `new_name text, -- @renamed from=old_name`.
pub(crate) fn renames(server: ServerKind, desired: &str) -> SchemaDiffer {
    let mut differ = SchemaDiffer::new(server);
    let mut table = String::new();
    let mut object = ObjectName::from("");
    for line in desired.lines() {
        let plain = without_comments(line);
        let words: Vec<&str> = plain.split_whitespace().filter(|word| !word.eq_ignore_ascii_case("unique")).collect();
        let is = |at: usize, word: &str| words.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word));
        let named = |at: usize| words.get(at).map(|word| bare(word)).unwrap_or_default();
        if is(0, "create") && is(1, "table") {
            table = if is(2, "if") { named(5) } else { named(2) };
        } else if is(0, "create") && is(1, "type") {
            let whole = words.get(2).copied().unwrap_or_default();
            object = match whole.split_once('.') {
                Some((schema, _)) => ObjectName::in_schema(bare(schema), named(2)),
                None => named(2).into(),
            };
        }
        let Some((_, from)) = line.split_once("@renamed from=") else { continue };
        let from = bare(from.split("*/").next().unwrap_or(from));
        let value = plain.trim().split('\'').nth(1).filter(|_| plain.trim().starts_with('\''));
        differ = if let Some(value) = value {
            differ.rename_enum_value(&object, from, value)
        } else if is(0, "create") && is(1, "table") {
            differ.rename_table(from.as_str(), table.as_str())
        } else if is(0, "create") && is(1, "index") {
            differ.rename_index(from.as_str(), named(2))
        } else if is(0, "constraint") {
            differ.rename_constraint(table.as_str(), from, named(1))
        } else if words.is_empty() || is(1, "type") {
            {
                let old = object
                    .schema()
                    .map_or_else(|| from.as_str().into(), |schema| ObjectName::in_schema(schema, from.as_str()));
                differ.rename_object(ObjectKind::Type, old, object.name())
            }
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
