//! The changes that runners are killed in, and what has to be in the database at the end.

use std::collections::BTreeSet;

use migration_planner::{Change, Column, Derived};
use migration_planner_sqlite::{Advance, Event, JournalEntry, RunError};

use crate::crash::copy;
use crate::database::Database;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// A column gets another name: triggers, batches, an index, and what cannot be undone.
    Rename,
    /// A column is split into two: triggers, batches, and a table that is made anew while others refer to it.
    Split,
}

impl Scenario {
    pub(crate) const ALL: [Self; 2] = [Self::Rename, Self::Split];

    fn change(self) -> Change {
        match self {
            Self::Rename => Change::rename_column("users", "name", "full_name"),
            Self::Split => {
                let town = Derived::new(Column::new("town", "TEXT"), "substr(place, 1, instr(place, '/') - 1)");
                let land = Column::new("land", "TEXT").not_null().default_value("''");
                let land = Derived::new(land, "coalesce(substr(place, instr(place, '/') + 1), '')");
                Change::split_column("users", "place", [town, land], Some("town || '/' || land"))
            }
        }
    }
}

const SCHEMA: &str = "PRAGMA journal_mode = WAL;
     CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, age INT, place TEXT);
     CREATE INDEX users_by_name ON users (name, age);
     CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INT REFERENCES users (id) ON DELETE CASCADE, text TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
     INSERT INTO users SELECT i, 'user ' || i, i % 7, 'town ' || i || '/land ' || i FROM n;
     INSERT INTO notes SELECT id, id, 'of ' || name FROM users;";

/// How far a killed runner had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// No step was done.
    Nothing,
    /// Some steps were done.
    Some,
    /// The plan was finished.
    End,
}

impl Reached {
    /// How far the runner had come that was killed.
    pub(crate) fn of(database: &Database) -> Self {
        let journal = database.runner().journal().unwrap_or_default();
        match (steps_done(&journal).len(), journal.last()) {
            (_, Some(JournalEntry { event: Event::Finished, .. })) => Self::End,
            (0, _) => Self::Nothing,
            _ => Self::Some,
        }
    }
}

/// A database in which a plan was begun, and what an undisturbed run makes of it.
pub(crate) struct Stage {
    scenario: Scenario,
    begun: Database,
    before: Content,
    after: Content,
    steps: usize,
}

/// The application's catalog and all rows.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    catalog: Vec<String>,
    rows: Vec<String>,
}

impl Content {
    fn of(database: &Database) -> Self {
        let catalog = database.catalog();
        let mut rows = Vec::new();
        for table in ["users", "notes"] {
            let columns = database.rows(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"));
            let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            rows.extend(database.rows(&format!("SELECT {} FROM {table} ORDER BY id", quoted.join(" || ' ' || "))));
        }
        Self { catalog, rows }
    }

    /// What there is and should not be, or the other way round.
    fn differences(&self, found: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (expected, found) in [(&self.catalog, &found.catalog), (&self.rows, &found.rows)] {
            lines.extend(expected.iter().filter(|line| !found.contains(line)).map(|line| format!("- {line}")));
            lines.extend(found.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}")));
        }
        if lines.is_empty() && self != found {
            lines.push("there is something twice".to_owned());
        }
        lines
    }
}

impl Stage {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let begun = Database::new(SCHEMA);
        let before = Content::of(&begun);
        begun.begin(&scenario.change()).expect("it can be planned");
        begun.connect().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("nobody else is there");
        let undisturbed = copy(&begun);
        let mut runner = undisturbed.runner();
        while runner.advance().expect("nobody disturbs it") != Advance::Finished {}
        let steps = steps_done(&runner.journal().expect("there is a plan")).len();
        let after = Content::of(&undisturbed);
        assert!(before != after && steps > 1, "the plan does something");
        Self { scenario, begun, before, after, steps }
    }

    pub(crate) fn scenario(&self) -> Scenario {
        self.scenario
    }

    pub(crate) fn copy(&self) -> Database {
        copy(&self.begun)
    }

    /// Goes on to the end; what is not as it should be then: a row without its value, a step that was done twice.
    pub(crate) fn resumed(&self, database: &Database) -> Vec<String> {
        let mut runner = database.runner();
        loop {
            match runner.advance() {
                Ok(Advance::Finished) => break,
                Ok(Advance::PhaseDone { .. }) => {}
                other => return vec![format!("it does not go on: {other:?}")],
            }
        }
        let mut wrong = sound(database);
        wrong.extend(self.after.differences(&Content::of(database)));
        let journal = runner.journal().unwrap_or_default();
        let done = steps_done(&journal);
        let once: BTreeSet<_> = done.iter().collect();
        if once.len() != done.len() || done.len() != self.steps {
            wrong.push(format!("the journal tells of {} steps, {} of them different", done.len(), once.len()));
        }
        if journal.last().is_none_or(|entry| entry.event != Event::Finished) {
            wrong.push("the journal does not say that it is finished".to_owned());
        }
        wrong
    }

    /// Goes back; what is not as it was then. Where the point of no return had been passed, the plan comes to its end instead.
    pub(crate) fn rolled_back(&self, database: &Database) -> Vec<String> {
        match database.runner().roll_back() {
            Ok(()) => {
                let mut wrong = sound(database);
                wrong.extend(self.before.differences(&Content::of(database)));
                wrong
            }
            Err(RunError::PastReturn { .. }) => self.resumed(database),
            Err(error) => vec![format!("it does not go back: {error:?}")],
        }
    }
}

fn steps_done(journal: &[JournalEntry]) -> Vec<(String, String)> {
    let done = journal.iter().filter_map(|entry| match &entry.event {
        Event::StepDone { phase, step, .. } => Some((phase.clone(), step.clone())),
        _ => None,
    });
    done.collect()
}

fn sound(database: &Database) -> Vec<String> {
    let mut wrong: Vec<String> =
        database.rows("PRAGMA integrity_check").into_iter().filter(|line| line != "ok").collect();
    wrong.extend(database.rows("SELECT \"table\" FROM pragma_foreign_key_check"));
    wrong
}
