//! What a statement does to those who are using the database while it runs.

use std::collections::BTreeMap;

use super::compatibility::Said;
use super::hazard::Hazard;
use super::release::Release;
use super::session::Session;
use crate::postgres::cursor::Cursor;
use crate::postgres::relation::Relation;
use crate::postgres::{Effect, PostgresCatalog};
use crate::step::LockMode;

/// The effect of a statement on what others use, for the rules below.
pub(super) struct Impacted<'a> {
    pub(super) statement: &'a str,
    pub(super) line: usize,
    pub(super) effect: &'a Effect,
    /// As it was before the statement.
    pub(super) catalog: &'a PostgresCatalog,
    pub(super) release: &'a Release,
    /// Tables known to be so small that reading or writing all of them takes no time.
    pub(super) is_small: &'a dyn Fn(&str) -> bool,
}

impl Impacted<'_> {
    /// All hazards of the statement. Takes note, in the session, of the locks that stay.
    pub(super) fn hazards(&self, session: &mut Session) -> Vec<Said> {
        let mut found = Vec::new();
        found.extend(self.in_transaction(session));
        found.extend(self.unknown());
        // TRUNCATE replaces the file of a table without touching its rows; what it does to them is said elsewhere.
        let truncates = Cursor::new(self.statement).sees("truncate");
        let slow = if truncates { None } else { self.rewrite().or_else(|| self.scan()) };
        let write = self.unbounded_write();
        if slow.is_some() || write.is_some() {
            found.extend(self.held(session));
        }
        found.extend(slow);
        found.extend(write);
        found.extend(self.waits(session));
        found.extend(self.new_value(session));
        for (relation, mode) in self.strong() {
            let held = session.held.entry(relation.to_owned()).or_insert((mode, self.line));
            if held.0 < mode {
                *held = (mode, self.line);
            }
        }
        if !session.in_transaction() {
            session.end();
        }
        found
    }

    /// Locks on relations that others use and that keep writers, or everybody, waiting.
    fn strong(&self) -> impl Iterator<Item = (&str, LockMode)> {
        self.locks().filter(|(_, mode)| *mode >= LockMode::Share)
    }

    /// Locks on relations that others use.
    pub(super) fn locks(&self) -> impl Iterator<Item = (&str, LockMode)> {
        let all = self.effect.locks().iter();
        // A statement on something that was not there has nobody to keep waiting.
        all.filter(|(relation, _)| self.catalog.relations.contains_key(relation) && self.release.is_used(relation))
            .map(|(relation, mode)| (relation.as_str(), *mode))
    }

    fn in_transaction(&self, session: &Session) -> Option<Said> {
        let refused = session.in_transaction()
            && (super::act::refuses_transaction(self.statement)
                || !self.catalog.is_at_least(12) && super::act::adds_enum_value(self.statement));
        refused.then(|| Said {
            hazard: Hazard::ConcurrentlyInTransaction,
            message: "the server refuses this in a transaction".to_owned(),
            instead: vec!["a migration of its own that is not run in a transaction".to_owned()],
        })
    }

    fn unknown(&self) -> Option<Said> {
        self.effect.is_unknown().then(|| Said {
            hazard: Hazard::UnknownEffect,
            message: "which locks this takes, and for how long, cannot be told from these files".to_owned(),
            instead: vec!["run it on a copy of the database and look at `pg_locks` meanwhile".to_owned()],
        })
    }

    fn rewrite(&self) -> Option<Said> {
        let tables = self.large(self.effect.rewritten().iter().map(String::as_str));
        let first = tables.first()?;
        Some(Said {
            hazard: Hazard::RewritesTable,
            message: format!("writes every row of {} anew; {}", quoted(&tables), self.waiting()),
            instead: vec![
                format!("add a column beside it, kept equal by a trigger; fill it in batches of `{first}`"),
                "build its indexes CONCURRENTLY; add its constraints NOT VALID and validate them".to_owned(),
                "application: use it; drop the old column in a later release".to_owned(),
            ],
        })
    }

    fn scan(&self) -> Option<Said> {
        self.strong().next()?; // weaker locks keep nobody waiting
        let tables = self.large(self.effect.scanned().iter().map(String::as_str));
        if tables.is_empty() {
            return None;
        }
        Some(Said {
            hazard: Hazard::ScansUnderLock,
            message: format!("reads every row of {}; {}", quoted(&tables), self.waiting()),
            instead: instead_of_scanning(self.statement),
        })
    }

    fn unbounded_write(&self) -> Option<Said> {
        let mut cursor = Cursor::new(self.statement);
        let verb = if cursor.eat("update") {
            "updates"
        } else if cursor.eat("delete from") {
            "deletes"
        } else {
            return None;
        };
        cursor.eat("only");
        let table = cursor.name()?;
        let whole = self.effect.scanned().contains(&table) || !self.catalog.relations.contains_key(&table);
        (whole && !self.large([table.as_str()].into_iter()).is_empty()).then(|| Said {
            hazard: Hazard::UnboundedWrite,
            message: format!(
                "{verb} `{table}` in one go: each of its rows stays locked to the end of the transaction, which may be long"
            ),
            instead: vec![format!("go through `{table}` in key order, some thousand rows in a transaction of their own")],
        })
    }

    /// An earlier lock of the same transaction that others wait for meanwhile.
    fn held(&self, session: &Session) -> Option<Said> {
        let own: BTreeMap<&str, LockMode> = self.strong().collect();
        let earlier = session.held.iter().filter(|(relation, _)| !own.contains_key(relation.as_str()));
        let (relation, (mode, line)) = earlier.max_by_key(|(_, (mode, _))| *mode)?;
        Some(Said {
            hazard: Hazard::LockHeldDuringWork,
            message: format!("{mode} on `{relation}`, taken in line {line}, is held while this runs"),
            instead: vec!["put the two into migrations of their own, the quick one last".to_owned()],
        })
    }

    fn waits(&self, session: &Session) -> Option<Said> {
        if session.limits_locks() {
            return None;
        }
        // A table tells people more than its indexes.
        let (relation, mode) = self.strong().max_by_key(|(relation, mode)| (*mode, self.is_table(relation)))?;
        // One is enough for a transaction: what it got it has.
        if session.held.iter().any(|(_, (held, _))| *held >= mode) {
            return None;
        }
        Some(Said {
            hazard: Hazard::NoLockTimeout,
            message: format!(
                "while this waits for {mode} on `{relation}`, behind somebody's long transaction, everybody else queues behind it"
            ),
            instead: vec!["SET lock_timeout = '50ms', and try again where it runs out".to_owned()],
        })
    }

    fn new_value(&self, session: &Session) -> Option<Said> {
        let adds = super::act::acts(self.statement, crate::sql::Dialect::Postgres);
        if adds.iter().any(|act| matches!(act, super::act::Act::AddEnumValue { .. })) {
            return None;
        }
        let text = |value: &&String| self.statement.contains(&format!("'{value}'"));
        let value = session.new_values.iter().find(text)?;
        Some(Said {
            hazard: Hazard::UsesNewEnumValue,
            message: format!("'{value}' was added in this transaction, and can be used only after it"),
            instead: vec!["add the value in a migration before this one".to_owned()],
        })
    }

    /// Those of `tables` that are tables in use and not small.
    fn large<'t>(&self, tables: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
        let tables = tables.filter(|name| self.is_table(name));
        tables.filter(|name| self.release.is_used(name) && !(self.is_small)(name)).collect()
    }

    fn is_table(&self, name: &str) -> bool {
        !matches!(self.catalog.relations.get(name), Some(Relation::Index(_) | Relation::Sequence { .. }))
    }

    /// Who waits meanwhile, by the strongest locks.
    fn waiting(&self) -> String {
        let Some(strongest) = self.strong().map(|(_, mode)| mode).max() else { return "nobody waits".to_owned() };
        let relations: Vec<&str> = self.strong().filter(|(_, mode)| *mode == strongest).map(|(name, _)| name).collect();
        let who = if strongest == LockMode::AccessExclusive { "everybody waits" } else { "writers wait" };
        format!("{who} meanwhile ({strongest} on {})", quoted(&relations))
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The phases that do the same without keeping anybody waiting.
fn instead_of_scanning(statement: &str) -> Vec<String> {
    let mut cursor = Cursor::new(statement);
    let lower = statement.to_lowercase();
    let phases: &[&str] = if cursor.eat("create") {
        cursor.eat("unique");
        if cursor.sees("index") {
            &[
                "CREATE INDEX CONCURRENTLY, in a migration of its own that is not run in a transaction",
                "if it fails it leaves an INVALID index: drop that CONCURRENTLY and try again",
            ]
        } else {
            &["make it from a query that is run in batches"]
        }
    } else if lower.contains("foreign key") || lower.contains("references") {
        &[
            "add the constraint NOT VALID, which reads nothing",
            "VALIDATE CONSTRAINT in a migration of its own: readers and writers go on meanwhile",
        ]
    } else if lower.contains("not null") {
        &[
            "ADD CONSTRAINT .. CHECK (.. IS NOT NULL) NOT VALID",
            "VALIDATE CONSTRAINT in a migration of its own: readers and writers go on meanwhile",
            "SET NOT NULL, which now reads nothing, and drop the check",
        ]
    } else if lower.contains("unique") || lower.contains("primary key") {
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY, in a migration of its own that is not run in a transaction",
            "ADD CONSTRAINT .. USING INDEX, which reads nothing",
        ]
    } else if lower.contains("check") {
        &[
            "ADD CONSTRAINT .. NOT VALID, which reads nothing",
            "VALIDATE CONSTRAINT in a migration of its own: readers and writers go on meanwhile",
        ]
    } else if lower.contains("partition") {
        &[
            "add to the table a CHECK of the partition's bounds, NOT VALID, and validate it",
            "attach it, which then reads nothing; drop the check",
        ]
    } else if lower.contains("reindex") || lower.contains("refresh") {
        &["the same CONCURRENTLY, in a migration of its own that is not run in a transaction"]
    } else {
        &["the same on a column, index or table beside it, and switch over when it is ready"]
    };
    phases.iter().map(|&phase| phase.to_owned()).collect()
}
