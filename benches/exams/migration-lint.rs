//! Beside squawk 2.70.0 on the same files: what both find, what only one finds, and whether any lock hazard is missed.

#![allow(clippy::print_stdout, reason = "an exam prints its result")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cutover_benches::Exam;
use migration_planner::{Dialect, Hazard, Layout, Linter, LockMode, Migration, PostgresCatalog, ScriptPart};

/// What squawk finds about locks, with our hazards for the same statement.
const LOCKS: [(&str, &[Hazard]); 11] = [
    ("require-concurrent-index-creation", &[Hazard::ScansUnderLock]),
    ("require-concurrent-index-deletion", &[Hazard::NoLockTimeout]),
    ("constraint-missing-not-valid", &[Hazard::ScansUnderLock]),
    ("adding-foreign-key-constraint", &[Hazard::ScansUnderLock]),
    ("disallowed-unique-constraint", &[Hazard::ScansUnderLock]),
    ("changing-column-type", &[Hazard::RewritesTable, Hazard::ScansUnderLock, Hazard::ChangesType]),
    // A rewrite that the same statement asks for looks at each row anyway.
    ("adding-not-nullable-field", &[Hazard::ScansUnderLock, Hazard::ForbidsNull, Hazard::RewritesTable]),
    ("adding-serial-primary-key-field", &[Hazard::RewritesTable, Hazard::ScansUnderLock]),
    ("adding-field-with-default", &[Hazard::RewritesTable]),
    ("adding-required-field", &[Hazard::AddsRequiredColumn]),
    ("require-lock-timeout", &[Hazard::NoLockTimeout]),
];

/// What squawk finds that is neither about locks nor about versions that are running, and why it is not ours.
const OTHER: [(&str, &str); 8] = [
    ("prefer-robust-stmts", "IF NOT EXISTS, for files that are run twice; tools of migrations run each once"),
    ("require-statement-timeout", "a statement that keeps nobody waiting may take its time; lock_timeout is asked for"),
    ("prefer-bigint-over-int", "advice on types, with --advice for keys"),
    ("prefer-bigint-over-smallint", "advice on types, with --advice for keys"),
    ("prefer-identity", "advice on types"),
    ("prefer-timestamp-tz", "advice on types, with --advice"),
    ("prefer-text-field", "advice on types; a longer varchar costs nothing"),
    ("ban-char-field", "advice on types, with --advice"),
];

/// What squawk finds about versions that are running.
const COMPATIBILITY: [(&str, &[Hazard]); 11] = [
    ("ban-drop-column", &[Hazard::DropsColumn]),
    ("ban-drop-table", &[Hazard::DropsTable]),
    ("ban-drop-constraint", &[Hazard::DropsKey]),
    ("ban-drop-default", &[Hazard::DropsDefault]),
    ("ban-drop-not-null", &[Hazard::AllowsNull]),
    ("ban-drop-function", &[Hazard::DropsObject]),
    ("ban-drop-view", &[Hazard::DropsObject]),
    ("ban-drop-type", &[Hazard::DropsObject]),
    ("renaming-column", &[Hazard::RenamesColumn]),
    ("renaming-table", &[Hazard::RenamesTable]),
    ("renaming-object", &[Hazard::RenamesObject]),
];

const CORPORA: [(&str, &str, &str); 3] = [
    ("cratesio", "cratesio", "cratesio.up.tsv"),
    ("vaultwarden-pg", "vaultwarden/migrations/postgresql", "vaultwarden-pg.up.tsv"),
    ("svix", "svix", "svix.up.tsv"),
];

fn main() -> ExitCode {
    let mut exam = Exam::new("migration-lint");
    let Some(folder) = exams() else {
        println!("exam migration-lint: SKIPPED, the exams are missing; set CUTOVER_EXAMS");
        return ExitCode::SUCCESS;
    };
    for (name, directory, findings) in CORPORA {
        let corpus = Corpus::read(&folder, directory, findings);
        let theirs = corpus.squawk.len();
        println!("{name}: {} findings, squawk {theirs}", corpus.ours);
        exam.check(&format!("{name}/fewer findings"), corpus.ours < theirs);
        let (lost, locks) = corpus.compare("lock", &LOCKS, Corpus::why_no_lock);
        exam.part(&format!("{name}/lock hazards of squawk found, or shown to be none"), locks - lost, locks);
        let (lost, versions) = corpus.compare("compatibility", &COMPATIBILITY, Corpus::why_compatible);
        let what = "what breaks versions, found or shown to break none";
        exam.part(&format!("{name}/{what}"), versions - lost, versions);
        // No rule of squawk is passed over.
        exam.part(&format!("{name}/findings of squawk accounted for"), locks + versions + corpus.other(), theirs);
    }
    exam.finish()
}

/// # Panics
/// If the exams are missing where `CI` is set.
fn exams() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/exams");
    let folder = std::env::var_os("CUTOVER_EXAMS").map_or(beside, PathBuf::from).join("migrations");
    assert!(folder.is_dir() || std::env::var_os("CI").is_none(), "the exams are missing: {}", folder.display());
    folder.is_dir().then_some(folder)
}

struct Corpus {
    migrations: Vec<Migration>,
    /// Our hazards by file and line of the statement.
    hazards: BTreeMap<(String, usize), BTreeSet<Hazard>>,
    ours: usize,
    /// File, line from 1, rule.
    squawk: Vec<(String, usize, String)>,
}

impl Corpus {
    fn read(folder: &Path, directory: &str, findings: &str) -> Self {
        let mut files = Vec::new();
        collect(folder, &folder.join(directory), &mut files);
        let layout = Layout::detect(files.iter().map(|(path, _)| path)).expect("the corpus holds SQL");
        let migrations = layout.read(files).expect("the corpus is in order");
        let report = Linter::new(Dialect::Postgres).check(&migrations);
        let mut hazards: BTreeMap<_, BTreeSet<Hazard>> = BTreeMap::new();
        for lint in report.lints() {
            hazards.entry((lint.path().to_owned(), lint.line())).or_default().insert(lint.hazard());
        }
        let text =
            fs::read_to_string(folder.join("squawk-2.70.0").join(findings)).expect("squawk's findings are there");
        let squawk = text.lines().map(|line| {
            let mut parts = line.split('\t');
            let mut next = || parts.next().expect("file, line and rule").to_owned();
            let (file, line, rule) = (next(), next(), next());
            (file, line.parse::<usize>().expect("a line is a number") + 1, rule)
        });
        Self { migrations, hazards, ours: report.lints().len(), squawk: squawk.collect() }
    }

    /// Prints a line per rule of the last kind; how many findings they are.
    fn other(&self) -> usize {
        let count = |rule: &str| self.squawk.iter().filter(|(_, _, own)| own == rule).count();
        let found = OTHER.iter().map(|(rule, why)| (rule, why, count(rule))).filter(|(_, _, count)| *count > 0);
        found
            .map(|(rule, why, count)| {
                println!("  other {rule}: only squawk {count}: {why}");
                count
            })
            .sum()
    }

    /// Prints a line per rule; how many of squawk's findings are neither ours nor shown to be none, and how many there are.
    fn compare(&self, what: &str, rules: &[(&str, &[Hazard])], why_none: WhyNone) -> (usize, usize) {
        let (mut lost, mut total) = (0, 0);
        let mut matched = BTreeSet::new();
        for (rule, hazards) in rules {
            let (mut both, mut none, mut missing) = (0, BTreeMap::<&str, usize>::new(), 0);
            for (file, line, _) in self.squawk.iter().filter(|(_, _, own)| own == rule) {
                if let Some(place) = self.find(file, *line, hazards) {
                    both += 1;
                    matched.extend(hazards.iter().map(|hazard| (place.clone(), *hazard)));
                } else if let Some(why) = why_none(self, file, *line) {
                    *none.entry(why).or_default() += 1;
                } else {
                    missing += 1;
                    println!("  only squawk: {rule} {file}:{line}");
                }
            }
            let shown: Vec<String> = none.iter().map(|(why, n)| format!("{n} {why}")).collect();
            println!("  {what} {rule}: both {both}, only squawk {missing}, shown to be none: [{}]", shown.join("; "));
            lost += missing;
            total += both + none.values().sum::<usize>() + missing;
        }
        let concerned: BTreeSet<Hazard> = rules.iter().flat_map(|(_, hazards)| hazards.iter().copied()).collect();
        let mut only_ours: BTreeMap<Hazard, usize> = BTreeMap::new();
        for (place, hazards) in &self.hazards {
            for hazard in hazards.intersection(&concerned).filter(|of| !matched.contains(&(place.clone(), **of))) {
                *only_ours.entry(*hazard).or_default() += 1;
            }
        }
        println!("  {what}, only ours: {only_ours:?}");
        (lost, total)
    }

    /// The place of our finding of the same statement; a missing time-out is told once per file.
    fn find(&self, file: &str, line: usize, hazards: &[Hazard]) -> Option<(String, usize)> {
        let is_ours = |of: &BTreeSet<Hazard>| hazards.iter().any(|hazard| of.contains(hazard));
        if hazards == [Hazard::NoLockTimeout] {
            let mut all = self.hazards.iter().filter(|((path, _), of)| path == file && is_ours(of));
            return all.next().map(|(place, _)| place.clone());
        }
        let migration = self.migrations.iter().find(|migration| migration.path() == file)?;
        let part = statement_at(migration.text(), line)?;
        let place = (file.to_owned(), part.line());
        self.hazards.get(&place).is_some_and(is_ours).then_some(place)
    }

    /// Why a statement keeps nobody waiting: by the predicted locks on what was there before its migration.
    fn why_no_lock(&self, file: &str, line: usize) -> Option<&'static str> {
        let stated = self.stated(file, line)?;
        let effect = stated.catalog.predict(stated.statement);
        if effect.is_unknown() {
            return None;
        }
        let locks = effect.locks().iter().filter(|(_, mode)| **mode >= LockMode::Share);
        let slow = effect.rewritten().iter().chain(effect.scanned()).any(|relation| stated.was_there(relation));
        if !locks.into_iter().any(|(relation, _)| stated.was_there(relation)) {
            Some("lock nothing that was there before")
        } else if !slow {
            Some("neither write nor read rows under their lock")
        } else {
            None
        }
    }

    /// Why no version that is running can tell the difference.
    fn why_compatible(&self, file: &str, line: usize) -> Option<&'static str> {
        let stated = self.stated(file, line)?;
        let effect = stated.catalog.predict(stated.statement);
        if effect.is_unknown() {
            return None;
        }
        if !effect.locks().keys().any(|relation| stated.was_there(relation)) {
            return Some("about nothing that was there before");
        }
        // A key goes with its index, which is locked for that; a reference and a check have none.
        let lower = stated.statement.to_lowercase();
        let gone = lower
            .split("drop constraint")
            .skip(1)
            .filter_map(|rest| rest.split_whitespace().find(|word| !["if", "exists"].contains(word)));
        let gone: Vec<&str> = gone.map(|name| name.trim_matches([',', ';', '"'])).collect();
        let is_key = gone.iter().any(|name| effect.locks().contains_key(*name));
        let drops_more =
            ["drop column", "drop table", "drop not null", "drop default"].iter().any(|of| lower.contains(of));
        (!gone.is_empty() && !is_key && !drops_more)
            .then_some("take away a reference or a check: what was accepted is accepted still")
    }

    /// A statement with the database as it is before it.
    fn stated(&self, file: &str, line: usize) -> Option<Stated<'_>> {
        let mut catalog = PostgresCatalog::new();
        let at = self.migrations.iter().position(|migration| migration.path() == file)?;
        for earlier in &self.migrations[..at] {
            catalog.apply(earlier.text());
        }
        let text = self.migrations[at].text();
        // The database before the migration, and after each of its statements so far: what was gone in between is new.
        let mut states = vec![catalog.clone()];
        let asked = statement_at(text, line)?.range();
        for part in Dialect::Postgres.split(text) {
            if part.range() == asked {
                return Some(Stated { statement: part.text(), catalog, states });
            }
            catalog.apply(part.text());
            states.push(catalog.clone());
        }
        None
    }
}

type WhyNone = fn(&Corpus, &str, usize) -> Option<&'static str>;

/// A statement with the database as it is before it.
struct Stated<'a> {
    statement: &'a str,
    catalog: PostgresCatalog,
    /// The database before the migration, and after each of its statements so far.
    states: Vec<PostgresCatalog>,
}

impl Stated<'_> {
    fn was_there(&self, relation: &str) -> bool {
        self.states.iter().all(|state| knows(state, relation))
    }
}

/// Whether a relation is there: only then can it be locked.
fn knows(catalog: &PostgresCatalog, relation: &str) -> bool {
    let quoted: Vec<String> = relation.split('.').map(|part| format!("\"{part}\"")).collect();
    catalog.predict(&format!("LOCK TABLE {}", quoted.join("."))).locks().contains_key(relation)
}

/// The statement that a line is in, or the next one.
fn statement_at(text: &str, line: usize) -> Option<ScriptPart<'_>> {
    let parts = Dialect::Postgres.split(text);
    parts.into_iter().find(|part| part.line() + part.text().matches('\n').count() >= line)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the corpus can be read") {
        let path = entry.expect("the corpus can be read").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|ending| ending == "sql" || ending == "toml") {
            let name = path.strip_prefix(root).expect("it is below the root").to_string_lossy().into_owned();
            files.push((name, fs::read_to_string(&path).expect("the corpus is text")));
        }
    }
}
