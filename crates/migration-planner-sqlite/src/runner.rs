//! Brings a plan about, phase by phase, in the database it is for.

mod begin;
mod drift;
mod dry_run;
mod execute;
mod gates;
mod roll_back;
#[cfg(test)]
mod tests;

use std::path::Path;

use migration_planner::run::{Advance, DryRun, Event, JournalEntry, Pause, Position, Progress, Status};
use migration_planner::{Evidence, Plan, Timestamp};
use rusqlite::Connection;

use crate::connection::Database;
use crate::error::{DatabaseError, RunError};
use crate::lease::Lease;
use crate::options::RunnerOptions;
use crate::{lease, pause, shape, store};

/// Brings a plan about, phase by phase, in the database it is for.
///
/// Everything the runner knows is in that database, in tables that start with
/// [`RESERVED_PREFIX`](migration_planner::RESERVED_PREFIX): the plan, an append-only journal, cursors, evidence and a
/// lease. A step and its journal entry are one transaction, so a process that is killed at any instant is resumed by
/// opening the database again and calling [`advance`](Self::advance).
///
/// ```
/// use migration_planner::{Change, ColumnRef, Evidence, Finding, Planner, Window};
/// use migration_planner_sqlite::{Advance, Clock, Runner, SystemClock, introspect};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("app.db");
/// rusqlite::Connection::open(&path)?
///     .execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT)")?;
///
/// let found = introspect(&path)?;
/// let plan = Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacy_name"))?;
/// let mut runner = Runner::open(&path)?;
/// runner.begin(&plan)?;
/// assert!(matches!(runner.advance()?, Advance::Held { .. })); // nothing is known of the application yet
///
/// for consumer in ["application", "etl", "reporting"] {
///     let said = Finding::attestation("searched all of it");
///     let now = Window::instant(SystemClock.now());
///     runner.record(&Evidence::new(consumer, ColumnRef::new("users", "legacy_name"), said, now, "ada"))?;
/// }
/// while runner.advance()? != Advance::Finished {}
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Runner {
    database: Database,
}

impl Runner {
    /// Opens the database at `path`, which must exist.
    ///
    /// # Errors
    /// [`DatabaseError`] if it cannot be opened or is no database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DatabaseError> {
        Self::open_with(path, RunnerOptions::default())
    }

    /// Opens the database at `path` with other than the default options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: RunnerOptions) -> Result<Self, DatabaseError> {
        Ok(Self { database: Database::open(path.as_ref(), options)? })
    }

    /// Begins `plan` in this database. Beginning the plan that is under way changes nothing, so this may be repeated.
    ///
    /// Before, the whole plan is rehearsed on an empty copy of the schema, in memory: forward, then back from before the
    /// point of no return, which must restore the catalog to the letter, then to the end.
    ///
    /// # Errors
    /// [`RunError::OtherServer`] and [`RunError::OtherDatabase`] if the plan was made for something else than what is here,
    /// [`RunError::PlanUnderWay`] if another one was begun, [`RunError::WouldFail`] and [`RunError::NotRestorable`] if the
    /// rehearsal fails.
    pub fn begin(&mut self, plan: &Plan) -> Result<(), RunError> {
        if begin::is_begun(&mut self.database, plan)? {
            return Ok(());
        }
        self.with_lease(|database, lease| begin::begin(database, lease, plan))
    }

    /// The plan that is under way, or was last.
    ///
    /// # Errors
    /// [`RunError::StoredPlan`] if it was changed by hand or is of another version.
    pub fn plan(&mut self) -> Result<Option<Plan>, RunError> {
        self.database.read(store::current_plan)
    }

    /// Keeps evidence for the gates. Needs no lease: consumers record while a runner is at work.
    ///
    /// # Errors
    /// [`RunError::Database`] if it cannot be written.
    pub fn record(&mut self, evidence: &Evidence) -> Result<(), RunError> {
        let clock = std::sync::Arc::clone(&self.database.options().clock);
        self.database.write(|connection| {
            store::ensure(connection)?;
            store::record(connection, evidence, clock.now())
        })
    }

    /// Works on the phase that comes next, and leaves it if its gate is open. Also resumes what was interrupted.
    ///
    /// # Errors
    /// [`RunError`]; after any of them the call can be repeated.
    pub fn advance(&mut self) -> Result<Advance, RunError> {
        self.advance_with(|_| {})
    }

    /// As [`advance`](Self::advance), telling what it is doing.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub fn advance_with(&mut self, mut tell: impl FnMut(&Progress)) -> Result<Advance, RunError> {
        let (_, position) = self.current()?.ok_or(RunError::NoPlan)?;
        if position.is_finished() {
            return Ok(Advance::Finished);
        }
        self.with_lease(|database, lease| execute::advance(database, lease, &mut tell))
    }

    /// Undoes every phase, the last one first, and restores the catalog. Also resumes what was interrupted.
    ///
    /// Each phase is undone in one transaction. A rename's two names therefore stay equal until the new one goes: whoever still writes
    /// it meanwhile gets an error from then on, and nothing that was accepted is lost.
    ///
    /// The journal stays, so that one can see what happened.
    ///
    /// # Errors
    /// [`RunError::PastReturn`] if something cannot be undone; then nothing is.
    pub fn roll_back(&mut self) -> Result<(), RunError> {
        self.roll_back_with(|_| {})
    }

    /// As [`roll_back`](Self::roll_back), telling what it is doing.
    ///
    /// # Errors
    /// As [`roll_back`](Self::roll_back).
    pub fn roll_back_with(&mut self, mut tell: impl FnMut(&Progress)) -> Result<(), RunError> {
        let (_, position) = self.current()?.ok_or(RunError::NoPlan)?;
        if position.is_rolled_back() {
            return Ok(());
        }
        self.with_lease(|database, lease| roll_back::all(database, lease, &mut tell))
    }

    /// Undoes the last phase of which anything was done, in one transaction, and gives its id; `None` if nothing was. The plan goes
    /// on from there with [`advance`](Self::advance).
    ///
    /// # Errors
    /// [`RunError::PastReturn`] if it cannot be undone, [`RunError::RollingBack`] if all of it is being rolled back.
    pub fn roll_back_phase(&mut self) -> Result<Option<String>, RunError> {
        self.roll_back_phase_with(|_| {})
    }

    /// As [`roll_back_phase`](Self::roll_back_phase), telling what it is doing.
    ///
    /// # Errors
    /// As [`roll_back_phase`](Self::roll_back_phase).
    pub fn roll_back_phase_with(&mut self, mut tell: impl FnMut(&Progress)) -> Result<Option<String>, RunError> {
        let (_, position) = self.current()?.ok_or(RunError::NoPlan)?;
        if position.is_rolled_back() {
            return Ok(None);
        }
        self.with_lease(|database, lease| roll_back::last_phase(database, lease, &mut tell))
    }

    /// Pauses the plan: whoever works on it stops after the batch or the step it is at, and nobody goes on until
    /// [`resume`](Self::resume). Rolling back goes on. Needs no lease.
    ///
    /// From the first pause on the runner's tables have format 2, which earlier versions, that know no pauses, refuse.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn pause(&mut self, author: &str, reason: &str) -> Result<(), RunError> {
        let (plan, now) = (self.plan()?.ok_or(RunError::NoPlan)?, self.database.options().clock.now());
        let (pause, event) = (Pause::new(now, author, reason), Event::paused(author, reason));
        self.database.write(|connection| {
            pause::begin(connection, plan.hash(), &pause)?;
            store::append(connection, plan.hash(), author, now, &event)
        })
    }

    /// Lets a plan go on that was paused. One that was not is left alone.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn resume(&mut self, author: &str) -> Result<(), RunError> {
        let (plan, now) = (self.plan()?.ok_or(RunError::NoPlan)?, self.database.options().clock.now());
        let event = Event::resumed(author);
        self.database.write(|connection| {
            if pause::of(connection, plan.hash())?.is_none() {
                return Ok(());
            }
            pause::end(connection, plan.hash())?;
            store::append(connection, plan.hash(), author, now, &event)
        })
    }

    /// Where the plan stands, and what its gates say now.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn status(&mut self) -> Result<Status, RunError> {
        let now = self.database.options().clock.now();
        self.database.read(|connection| status(connection, now))
    }

    /// What [`advance`](Self::advance) would do now, found out without writing anything: the steps with their statements, which of
    /// them would fail on an empty copy of the schema, which gates hold it back, and whether the file can be written.
    ///
    /// # Errors
    /// [`RunError`] where the plan cannot be read; what would go wrong is in the answer.
    pub fn dry_run(&mut self) -> Result<DryRun, RunError> {
        dry_run::forward(&mut self.database)
    }

    /// What [`roll_back`](Self::roll_back) would do now, found out without writing anything.
    ///
    /// # Errors
    /// As [`roll_back`](Self::roll_back), and nothing else.
    pub fn dry_run_back(&mut self) -> Result<DryRun, RunError> {
        dry_run::back(&mut self.database)
    }

    /// Everything that happened to the plan, in order.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn journal(&mut self) -> Result<Vec<JournalEntry>, RunError> {
        self.database.read(|connection| {
            let plan = store::current_plan(connection)?.ok_or(RunError::NoPlan)?;
            store::journal(connection, plan.hash())
        })
    }

    /// All evidence, in the order in which it was recorded.
    ///
    /// # Errors
    /// [`RunError::Journal`] if it cannot be read.
    pub fn evidence(&mut self) -> Result<Vec<Evidence>, RunError> {
        self.database.read(
            |connection| {
                if store::exists(connection)? { store::evidence(connection) } else { Ok(Vec::new()) }
            },
        )
    }

    fn current(&mut self) -> Result<Option<(Plan, Position)>, RunError> {
        self.database.read(load)
    }

    /// Holds the lease while `work` is done, and gives it back whatever comes of it.
    fn with_lease<T>(
        &mut self,
        work: impl FnOnce(&mut Database, &Lease) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let lease = Lease::acquire(&mut self.database)?;
        let done = work(&mut self.database, &lease);
        // What was done is done, whether or not the lease can be given back early.
        let _ends_by_itself = lease.release(&mut self.database);
        done
    }
}

/// The current plan and where it stands.
fn load(connection: &Connection) -> Result<Option<(Plan, Position)>, RunError> {
    let Some(plan) = store::current_plan(connection)? else { return Ok(None) };
    let position = Position::of_entries(&store::journal(connection, plan.hash())?);
    Ok(Some((plan, position)))
}

fn status(connection: &Connection, now: Timestamp) -> Result<Status, RunError> {
    let (plan, position) = load(connection)?.ok_or(RunError::NoPlan)?;
    let mut status = Status::of(&plan, &position, &gates::evidence(connection, &plan)?, now);
    status.paused = pause::of(connection, plan.hash())?;
    status.runner = lease::holder(connection, now)?;
    if !position.is_over() {
        status.drift = shape::differences(connection, &plan)?.unwrap_or_default();
    }
    Ok(status)
}
