//! What a statement does to the relations of a database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::step::LockMode;

/// What a statement does to the relations that were there before it: tables, indexes, views, sequences.
///
/// Names are as PostgreSQL folds them, without the schema `public`.
///
/// ```
/// use migration_planner::PostgresCatalog;
///
/// let mut catalog = PostgresCatalog::new();
/// catalog.apply("CREATE TABLE users (id int)");
/// let effect = catalog.predict("ALTER TABLE users ALTER id SET NOT NULL");
/// assert_eq!(effect.to_string(), "ACCESS EXCLUSIVE on `users`; reads all of `users`");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    locks: BTreeMap<String, LockMode>,
    rewritten: BTreeSet<String>,
    scanned: BTreeSet<String>,
    unknown: bool,
}

impl Effect {
    /// The strongest lock on each relation, held to the end of the transaction.
    pub fn locks(&self) -> &BTreeMap<String, LockMode> {
        &self.locks
    }

    /// Relations that get a new file: every row is written under the lock.
    pub fn rewritten(&self) -> &BTreeSet<String> {
        &self.rewritten
    }

    /// Tables of which every row is read under the lock.
    pub fn scanned(&self) -> &BTreeSet<String> {
        &self.scanned
    }

    /// Whether the statement is of a kind that is not known: then nothing is said, which does not mean that nothing happens.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    pub(super) fn lock(&mut self, relation: &str, mode: LockMode) {
        let held = self.locks.entry(relation.to_owned()).or_insert(mode);
        *held = (*held).max(mode);
    }

    pub(super) fn lock_all<R: AsRef<str>>(&mut self, relations: impl IntoIterator<Item = R>, mode: LockMode) {
        for relation in relations {
            self.lock(relation.as_ref(), mode);
        }
    }

    pub(super) fn rewrite(&mut self, relation: &str) {
        self.rewritten.insert(relation.to_owned());
    }

    pub(super) fn scan(&mut self, relation: &str) {
        self.scanned.insert(relation.to_owned());
    }

    pub(super) fn give_up(&mut self) {
        self.unknown = true;
    }

    /// Adds what a later statement of the same transaction does.
    pub(crate) fn then(&mut self, later: Self) {
        for (relation, mode) in later.locks {
            self.lock(&relation, mode);
        }
        self.rewritten.extend(later.rewritten);
        self.scanned.extend(later.scanned);
        self.unknown |= later.unknown;
    }

    /// Forgets relations that the transaction itself has made: nobody else can wait for them.
    pub(super) fn keep_only(&mut self, known: impl Fn(&str) -> bool) {
        self.locks.retain(|relation, _| known(relation));
        self.rewritten.retain(|relation| known(relation));
        self.scanned.retain(|relation| known(relation));
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unknown {
            return f.write_str("unknown");
        }
        let list = |set: &BTreeSet<String>| set.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut parts: Vec<String> = self.locks.iter().map(|(name, mode)| format!("{mode} on `{name}`")).collect();
        if !self.rewritten.is_empty() {
            parts.push(format!("rewrites {}", list(&self.rewritten)));
        }
        if !self.scanned.is_empty() {
            parts.push(format!("reads all of {}", list(&self.scanned)));
        }
        f.write_str(&if parts.is_empty() { "no lock".to_owned() } else { parts.join("; ") })
    }
}
