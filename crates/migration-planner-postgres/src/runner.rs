//! Brings a plan about, phase by phase, in the database it is for.

mod advance;
mod begin;
mod drift;
mod dry_run;
mod gates;
mod roll_back;
mod step;

use migration_planner::run::{Advance, DryRun, Event, JournalEntry, Pause, Position, Progress, Status};
use migration_planner::{Evidence, Plan, Timestamp};
use postgres::Transaction;

use crate::connection::Database;
use crate::error::DatabaseError;
use crate::options::RunnerOptions;
use crate::pause;
use crate::run_error::{RunError, is_locked};
use crate::session::Address;
use crate::turn::Turn;
use crate::{lease, shape, store};

/// Brings a plan about, phase by phase, in the database it is for.
///
/// Everything the runner knows is in that database, in the schema `cutover`: the plan, an append-only journal, cursors, evidence
/// and a lease. A step and its journal entry are one transaction; a step that the server refuses in a transaction is in the
/// journal before as begun and after as done, and in between the catalog tells. So a process that is killed at any instant is
/// resumed by opening the database again and calling [`advance`](Self::advance).
///
/// ```no_run
/// use migration_planner::{Change, Planner};
/// use migration_planner_postgres::{Advance, Runner, introspect};
///
/// let url = "postgresql://deploy@localhost/app";
/// let found = introspect(url)?;
/// let plan = Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacy_name"))?;
/// let mut runner = Runner::open(url)?;
/// runner.begin(&plan)?;
/// match runner.advance()? {
///     Advance::PhaseDone { phase, .. } => println!("{phase} is done"),
///     Advance::Held { gates, .. } => gates.iter().for_each(|(consumer, state)| println!("{consumer}: {state}")),
///     Advance::Paused { pause, .. } => println!("{pause}"),
///     Advance::Finished => println!("that was all"),
///     _ => {}
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Others
/// A runner waits for a lock for 50 ms and then lets everybody go before it tries again, so nobody waits longer because of it. One
/// runner works at a time: the lease is a row with a heart-beat and a fencing token, and every transaction ends by checking the
/// token, so that one which lost its lease cannot commit anything. Nothing is kept in a session, so it works through poolers of
/// transactions; see [`RunnerOptions::direct`] for the one exception.
///
/// # Privileges
/// The role owns the tables of the plan, and may create a schema in the database, once, for `cutover`.
/// [`DatabaseError::MissingPrivilege`] says which is missing otherwise; nothing was changed then.
#[derive(Debug)]
pub struct Runner {
    database: Database,
}

impl Runner {
    /// Opens the database at `url` (`postgresql://user@host/database`, or `key=value` pairs). Changes nothing in it.
    ///
    /// # Errors
    /// [`DatabaseError`] if there is no connection, or the server is too old.
    pub fn open(url: &str) -> Result<Self, DatabaseError> {
        Self::open_with(url, RunnerOptions::default())
    }

    /// Opens the database at `url` with other than the default options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(url: &str, options: RunnerOptions) -> Result<Self, DatabaseError> {
        Ok(Self { database: Database::open(Address::parse(url)?, options)? })
    }

    /// Begins `plan` in this database. Beginning the plan that is under way changes nothing, so this may be repeated.
    ///
    /// # Errors
    /// [`RunError::OtherServer`] and [`RunError::OtherDatabase`] if the plan was made for something else than what is here,
    /// [`RunError::PlanUnderWay`] if another one was begun, [`RunError::EndsTransaction`] and [`RunError::UnknownWork`] for what a
    /// runner cannot do.
    pub fn begin(&mut self, plan: &Plan) -> Result<(), RunError> {
        begin::begin(&mut self.database, plan)
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
        let now = self.database.options().clock.now();
        self.patiently(|transaction| {
            store::ensure(transaction)?;
            store::record(transaction, evidence, now)
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
        Turn::take(&mut self.database, |turn| advance::advance(turn, &mut tell))
    }

    /// Undoes every phase, the last one first, and restores the catalog. Also resumes what was interrupted.
    ///
    /// Everything of a phase that the server lets be in one transaction is undone in one. So two columns that are kept equal stay
    /// so until the new one goes: whoever still writes it meanwhile gets an error from then on, and nothing that was accepted is
    /// lost. [`way_back`](migration_planner::Phase::way_back) tells the pieces.
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
        Turn::take(&mut self.database, |turn| roll_back::all(turn, &mut tell))
    }

    /// Undoes the last phase of which anything was done, and gives its id; `None` if nothing was. The plan goes on from there with
    /// [`advance`](Self::advance).
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
        Turn::take(&mut self.database, |turn| roll_back::last_phase(turn, &mut tell))
    }

    /// Pauses the plan: whoever works on it stops after the batch or the statement it is at, and nobody goes on until
    /// [`resume`](Self::resume). Rolling back goes on. Needs no lease.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn pause(&mut self, author: &str, reason: &str) -> Result<(), RunError> {
        let (plan, now) = (self.plan()?.ok_or(RunError::NoPlan)?, self.database.options().clock.now());
        let (pause, event) = (Pause::new(now, author, reason), Event::paused(author, reason));
        self.patiently(|transaction| {
            pause::begin(transaction, plan.hash(), &pause)?;
            store::append(transaction, plan.hash(), author, None, now, &event)
        })
    }

    /// Lets a plan go on that was paused. One that was not is left alone.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn resume(&mut self, author: &str) -> Result<(), RunError> {
        let (plan, now) = (self.plan()?.ok_or(RunError::NoPlan)?, self.database.options().clock.now());
        let event = Event::resumed(author);
        self.patiently(|transaction| {
            if pause::of(transaction, plan.hash())?.is_none() {
                return Ok(());
            }
            pause::end(transaction, plan.hash())?;
            store::append(transaction, plan.hash(), author, None, now, &event)
        })
    }

    /// Where the plan stands, and what its gates say now.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn status(&mut self) -> Result<Status, RunError> {
        let now = self.database.options().clock.now();
        self.database.read(|transaction| status(transaction, now))
    }

    /// What [`advance`](Self::advance) would do now, found out in a transaction that cannot write: the steps with their statements
    /// and locks, who holds those locks at this moment, which gates hold it back, what has changed under the plan, and which
    /// privileges are missing.
    ///
    /// # Errors
    /// [`RunError`] where the plan cannot be read; what would go wrong is in the answer.
    pub fn dry_run(&mut self) -> Result<DryRun, RunError> {
        let now = self.database.options().clock.now();
        self.database.read(|transaction| dry_run::forward(transaction, now))
    }

    /// What [`roll_back`](Self::roll_back) would do now, found out in a transaction that cannot write.
    ///
    /// # Errors
    /// As [`roll_back`](Self::roll_back), and nothing else.
    pub fn dry_run_back(&mut self) -> Result<DryRun, RunError> {
        self.database.read(dry_run::back)
    }

    /// Everything that happened to the plan, in order.
    ///
    /// # Errors
    /// [`RunError::NoPlan`] if none was begun.
    pub fn journal(&mut self) -> Result<Vec<JournalEntry>, RunError> {
        self.database.read(|transaction| {
            let plan = store::current_plan(transaction)?.ok_or(RunError::NoPlan)?;
            store::journal(transaction, plan.hash())
        })
    }

    /// All evidence, in the order in which it was recorded.
    ///
    /// # Errors
    /// [`RunError::Journal`] if it cannot be read.
    pub fn evidence(&mut self) -> Result<Vec<Evidence>, RunError> {
        self.database.read(
            |transaction| {
                if store::exists(transaction)? { store::evidence(transaction) } else { Ok(Vec::new()) }
            },
        )
    }

    fn current(&mut self) -> Result<Option<(Plan, Position)>, RunError> {
        self.database.read(load)
    }

    /// A short transaction without the lease, tried again while somebody else makes the same tables.
    fn patiently<T>(
        &mut self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let limits = self.database.options().own_limits();
        let clock = std::sync::Arc::clone(&self.database.options().clock);
        let mut attempt = 1;
        loop {
            match self.database.write(&limits, &mut work) {
                Err(error) if is_locked(&error) && attempt < limits.attempts => {
                    clock.sleep(limits.rest(attempt));
                    attempt += 1;
                }
                done => return done,
            }
        }
    }
}

/// The current plan and where it stands.
fn load(transaction: &mut Transaction<'_>) -> Result<Option<(Plan, Position)>, RunError> {
    let Some(plan) = store::current_plan(transaction)? else { return Ok(None) };
    let position = Position::of_entries(&store::journal(transaction, plan.hash())?);
    Ok(Some((plan, position)))
}

fn status(transaction: &mut Transaction<'_>, now: Timestamp) -> Result<Status, RunError> {
    let (plan, position) = load(transaction)?.ok_or(RunError::NoPlan)?;
    let mut status = Status::of(&plan, &position, &gates::evidence(transaction)?, now);
    status.paused = pause::of(transaction, plan.hash())?;
    status.runner = lease::holder(transaction)?.map(|(owner, _)| owner);
    if !position.is_over() && !position.has_open_step(&plan) {
        status.drift = shape::differences(transaction, &plan)?;
    }
    Ok(status)
}
