//! A runner's turn: it holds the lease, renews it, and writes under it alone.

use std::sync::Arc;

use migration_planner::Step;
use migration_planner::run::{Blocker, Clock, Progress};
use postgres::Transaction;

use crate::blockers;
use crate::companion::Companion;
use crate::connection::Database;
use crate::lease::{LOCK, Lease};
use crate::name::qualified;
use crate::options::Limits;
use crate::run_error::{RunError, is_locked};

/// The time in which a runner holds the lease.
pub(crate) struct Turn<'a> {
    pub(crate) database: &'a mut Database,
    pub(crate) lease: Lease,
    pub(crate) companion: Companion,
    /// The tables that the steps at hand lock, as they stand in statements.
    tables: Vec<String>,
}

/// What a runner tells of its work.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(&Progress);

impl<'a> Turn<'a> {
    /// Waits for the lease, does `work`, and gives the lease back whatever comes of it.
    pub(crate) fn take<T>(
        database: &'a mut Database,
        work: impl FnOnce(&mut Turn<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let lease = Lease::acquire(database)?;
        let span = database.options().lease;
        let companion = Companion::start(database.address(), &lease, span);
        let done = work(&mut Turn { database: &mut *database, lease: lease.clone(), companion, tables: Vec::new() });
        // What was done is done, whether or not the lease can be given back early.
        let _ends_by_itself = lease.release(database);
        done
    }

    /// From here on the work is about these steps.
    pub(crate) fn at_steps(&mut self, steps: &[&Step]) {
        let locks = steps.iter().flat_map(|step| step.impact().locks());
        self.tables = locks.map(|held| qualified(held.table())).collect();
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.database.options().clock)
    }

    /// Does `work` in one transaction under the lease, and again where a lock could not be had in time.
    ///
    /// `work` changes nothing but the database, so that it can be done anew.
    pub(crate) fn write<T>(
        &mut self,
        step: &str,
        limits: &Limits,
        tell: Tell<'_>,
        mut work: impl FnMut(&mut Transaction<'_>, Tell<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let clock = self.clock();
        for attempt in 1.. {
            let (lease, companion) = (&self.lease, &self.companion);
            let done = self.database.write(limits, |transaction| {
                let pid = lease.enter(transaction)?;
                companion.watch(pid, limits.lock / 3);
                let done = work(transaction, &mut *tell)?;
                lease.leave(transaction)?;
                Ok(done)
            });
            self.companion.rest();
            match done {
                Err(error) if is_locked(&error) => {
                    let blockers = self.blockers();
                    if attempt >= limits.attempts {
                        return Err(RunError::blocked(step, attempt, blockers));
                    }
                    let rest = limits.rest(attempt);
                    crate::telemetry::waiting(step, attempt, &blockers);
                    tell(&Progress::waiting(step, attempt, rest, blockers));
                    clock.sleep(rest);
                }
                done => return done,
            }
        }
        unreachable!("attempts are counted without end")
    }

    /// Who held up the last attempt: those that the server named while it waited. Where that was too short for a look: another
    /// runner's transaction, or whoever holds a lock on the step's tables now.
    fn blockers(&mut self) -> Vec<Blocker> {
        let seen = self.companion.seen();
        if !seen.is_empty() {
            return seen;
        }
        let tables = &self.tables;
        let found = self.database.read(|transaction| {
            let runners = blockers::of_runner_lock(transaction, LOCK)?;
            if runners.is_empty() { Ok(blockers::holding(transaction, tables)?) } else { Ok(runners) }
        });
        found.unwrap_or_default()
    }
}
