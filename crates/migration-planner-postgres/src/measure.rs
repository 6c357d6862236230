//! What statements really do on a live server: the locks they take, what they rewrite, what they read.

mod facts;
mod plan;

pub use plan::{PlanMeasurement, StepMeasurement};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use migration_planner::{Dialect, Effect, LockMode, PostgresCatalog};
use postgres::Client;

use crate::error::DatabaseError;
use crate::session::Address;
use facts::{Relations, locks_of};

/// How often locks are looked at while a statement runs that the server refuses to run in a transaction.
const SAMPLING: Duration = Duration::from_millis(1);

/// Runs statements on a live server and says what they did.
///
/// Each statement, or script of statements, runs in a transaction that is rolled back. From a second connection, the locks
/// that it really holds are read; a relation with a new file afterwards was rewritten; a table that was scanned was read.
///
/// The locks are real: measure on a copy of the database, not on one that people use. Nothing waits longer than half a second
/// for a lock, though, and nothing is left behind.
///
/// ```
/// use migration_planner::{LockMode, PostgresCatalog};
/// use migration_planner_postgres::Measure;
///
/// # let Some(database) = postgres_for_tests::database() else { return Ok(()) };
/// # let url = database.url();
/// let tables = "CREATE TABLE users (id bigint PRIMARY KEY, name text)";
/// let mut catalog = PostgresCatalog::new();
/// catalog.apply(tables);
/// # Measure::on(&url)?.keeping_changes().statement(&PostgresCatalog::new(), tables)?;
///
/// let found = Measure::on(&url)?.statement(&catalog, "ALTER TABLE users ALTER name SET NOT NULL")?;
/// assert_eq!(found.observed().locks()["users"], LockMode::AccessExclusive);
/// assert!(found.agrees(), "{found}");
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
#[derive(Debug)]
pub struct Measure {
    address: Address,
    keeps: bool,
}

impl Measure {
    /// Will measure on the database at `url`.
    ///
    /// # Errors
    /// [`DatabaseError::BadAddress`] if that is no address.
    pub fn on(url: &str) -> Result<Self, DatabaseError> {
        Ok(Self { address: Address::parse(url)?, keeps: false })
    }

    /// Commits what was measured, so that the next measurement finds it, and so that statements which the server refuses to run
    /// in a transaction can be measured too. For a database that was made for this.
    #[must_use]
    pub fn keeping_changes(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// Measures `sql`, one statement or several in one transaction, beside what `catalog` predicts of it.
    ///
    /// # Errors
    /// [`DatabaseError`] if the server refuses it, also where it can only run outside of a transaction and
    /// [`keeping_changes`](Self::keeping_changes) was not said.
    pub fn statement(&self, catalog: &PostgresCatalog, sql: &str) -> Result<Measurement, DatabaseError> {
        let predicted = catalog.predict(sql);
        let mut watcher = self.address.connect()?;
        let mut client = self.address.connect()?;
        let outside = self.keeps && Dialect::Postgres.split(sql).len() == 1 && is_refused_in_transactions(sql);
        let observed = if outside {
            observe_outside(client, &mut watcher, sql)?
        } else {
            self.observe_within(&mut client, &mut watcher, sql)?
        };
        Ok(Measurement { sql: sql.to_owned(), predicted, observed })
    }

    fn observe_within(&self, client: &mut Client, watcher: &mut Client, sql: &str) -> Result<Observed, DatabaseError> {
        let refused = || DatabaseError::refused("to be measured");
        let mut transaction = client.transaction().map_err(refused())?;
        let limits = "SET LOCAL lock_timeout = '500ms'; SET LOCAL search_path = public";
        transaction.batch_execute(limits).map_err(refused())?;
        let before = Relations::of(&mut transaction)?;
        transaction.batch_execute(sql).map_err(refused())?;
        let pid = before.pid();
        let locks = locks_of(watcher, pid)?;
        let after = Relations::of(&mut transaction)?;
        let observed = before.observed(&locks, &after, false);
        if self.keeps { transaction.commit() } else { transaction.rollback() }.map_err(refused())?;
        Ok(observed)
    }
}

/// Runs a statement by itself and looks again and again which locks it holds.
fn observe_outside(mut client: Client, watcher: &mut Client, sql: &str) -> Result<Observed, DatabaseError> {
    let refused = || DatabaseError::refused("to be measured");
    // What was counted is told at once, and not when it is convenient.
    let flush = "SELECT pg_stat_force_next_flush()";
    client.batch_execute(flush).map_err(refused())?;
    let before = Relations::of(&mut client)?;
    let pid = before.pid();
    let mut locks: BTreeMap<u32, LockMode> = BTreeMap::new();
    let (tell, done) = channel();
    let after = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let result = client.batch_execute(sql);
            let _nobody_listens_any_more = tell.send(());
            (client, result)
        });
        while done.recv_timeout(SAMPLING) == Err(RecvTimeoutError::Timeout) {
            for (relation, mode) in locks_of(watcher, pid)? {
                locks.entry(relation).and_modify(|held| *held = (*held).max(mode)).or_insert(mode);
            }
        }
        let (mut client, result) = worker.join().expect("the driver does not panic");
        result.and_then(|()| client.batch_execute(flush)).map_err(refused())?;
        Relations::of(&mut client)
    })?;
    Ok(before.observed(&locks, &after, true))
}

/// Whether the server runs a statement only outside of a transaction.
pub(crate) fn is_refused_in_transactions(sql: &str) -> bool {
    let words: Vec<String> = sql.split_whitespace().take(8).map(str::to_lowercase).collect();
    let starts = |with: &[&str]| words.iter().map(String::as_str).take(with.len()).eq(with.iter().copied());
    let concurrently = words.iter().any(|word| word == "concurrently");
    concurrently && !starts(&["refresh"])
        || starts(&["vacuum"])
        || starts(&["create", "database"])
        || starts(&["drop", "database"])
}

/// What a statement did, beside what was predicted.
///
/// ```no_run
/// use migration_planner::PostgresCatalog;
/// use migration_planner_postgres::Measure;
///
/// let found = Measure::on("postgresql://localhost/copy")?.statement(&PostgresCatalog::new(), "SELECT 1")?;
/// println!("{found}");
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    sql: String,
    predicted: Effect,
    observed: Observed,
}

impl Measurement {
    /// What was run.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What was predicted.
    pub fn predicted(&self) -> &Effect {
        &self.predicted
    }

    /// What it did.
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Whether it did what was predicted, and nothing else.
    pub fn agrees(&self) -> bool {
        !self.predicted.is_unknown()
            && *self.predicted.locks() == self.observed.locks
            && *self.predicted.rewritten() == self.observed.rewritten
            && *self.predicted.scanned() == self.observed.scanned
    }
}

impl fmt::Display for Measurement {
    /// A table with one line per relation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sql)?;
        if self.predicted.is_unknown() {
            writeln!(f, "  nothing was predicted: the statement is of a kind that is not known")?;
        }
        let (predicted, observed) = (&self.predicted, &self.observed);
        let relations: BTreeSet<&String> = predicted.locks().keys().chain(observed.locks.keys()).collect();
        let scans = predicted.scanned().iter().chain(&observed.scanned);
        let relations: BTreeSet<&String> =
            relations.into_iter().chain(predicted.rewritten()).chain(&observed.rewritten).chain(scans).collect();
        if relations.is_empty() {
            writeln!(f, "  no lock, as predicted")?;
        }
        for relation in relations {
            let said = facts(predicted.locks(), predicted.rewritten(), predicted.scanned(), relation);
            let seen = facts(&observed.locks, &observed.rewritten, &observed.scanned, relation);
            let mark = if said == seen { ' ' } else { '!' };
            writeln!(f, "{mark} {relation}: {seen} (predicted: {})", if said == seen { "the same" } else { &said })?;
        }
        Ok(())
    }
}

fn facts(
    locks: &BTreeMap<String, LockMode>,
    rewritten: &BTreeSet<String>,
    scanned: &BTreeSet<String>,
    relation: &str,
) -> String {
    let lock = locks.get(relation).map_or("no lock".to_owned(), ToString::to_string);
    let rewrites = if rewritten.contains(relation) { ", rewritten" } else { "" };
    let scans = if scanned.contains(relation) { ", read whole" } else { "" };
    format!("{lock}{rewrites}{scans}")
}

/// What a statement was seen to do to the relations that were there before it, by their names as PostgreSQL folds them,
/// without the schema `public`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    locks: BTreeMap<String, LockMode>,
    rewritten: BTreeSet<String>,
    scanned: BTreeSet<String>,
    sampled: bool,
}

impl Observed {
    /// The strongest lock on each relation.
    pub fn locks(&self) -> &BTreeMap<String, LockMode> {
        &self.locks
    }

    /// Relations that have a new file.
    pub fn rewritten(&self) -> &BTreeSet<String> {
        &self.rewritten
    }

    /// Tables that were read from start to end.
    pub fn scanned(&self) -> &BTreeSet<String> {
        &self.scanned
    }

    /// Whether the statement ran outside of a transaction, so that its locks were looked at every millisecond: one that was held
    /// for less may be missing.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }
}
