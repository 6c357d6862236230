//! One runner at a time: a lease with a fencing token, in a row that is judged by the server's clock.
//!
//! Locks of sessions do not survive a pooler of transactions, and waiting for one in a statement dead-locks with an index that
//! is built concurrently, which waits for that statement. So nothing here waits in the server: the row is looked at again
//! and again, and each transaction of a runner takes the advisory lock of transactions if it is free and gives up if not.
//!
//! The row keeps two runners out of each other's way; the token makes it safe. Every transaction of a runner begins by looking
//! whether the token is still its own and ends by renewing the lease, which fails if it is not, so a runner that was held up
//! and lost its lease cannot commit anything.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use migration_planner::Timestamp;
use postgres::GenericClient;
use postgres::types::Type;

use crate::connection::Database;
use crate::error::DatabaseError;
use crate::run_error::{RunError, is_locked, refused};
use crate::store::{ensure, timestamp};

/// The advisory lock that a runner's transactions take: "cutover" in a row of numbers.
pub(crate) const LOCK: i64 = 0x0063_7574_6f76_6572;

/// The right to work on a database, as long as the token is the current one.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    owner: String,
    fence: i64,
    span: Duration,
}

impl Lease {
    /// Waits until nobody else holds the lease, at most as long as one that is not renewed lasts.
    pub(crate) fn acquire(database: &mut Database) -> Result<Self, RunError> {
        let clock = std::sync::Arc::clone(&database.options().clock);
        let (span, limits) = (database.options().lease, database.options().own_limits());
        let owner = format!("{}-{:08x}", std::process::id(), RandomState::new().hash_one(0) & 0xffff_ffff);
        let start = clock.now();
        loop {
            let taken = database.write(&limits, |transaction| {
                ensure(transaction)?;
                try_take(transaction, &owner, span)
            });
            let waited = clock.now().since(start) > span + span / 4;
            match taken {
                Ok(Taken::Mine { fence }) => return Ok(Self { owner, fence, span }),
                // A runner that lives renews; one that has died does not.
                Ok(Taken::Theirs { owner, until }) if waited => return Err(RunError::another_runner(owner, until)),
                Err(error) if waited || !is_locked(&error) => return Err(error),
                _ => clock.sleep((span / 20).clamp(Duration::from_millis(1), Duration::from_millis(250))),
            }
        }
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    pub(crate) fn fence(&self) -> i64 {
        self.fence
    }

    /// Begins a transaction's work: takes the advisory lock, and checks that the lease is still held. Gives the number of the
    /// session that the transaction has.
    pub(crate) fn enter(&self, client: &mut impl GenericClient) -> Result<i32, RunError> {
        let sql = "SELECT pg_backend_pid(), pg_try_advisory_xact_lock($1), \
             EXISTS (SELECT FROM cutover.lease WHERE fence = $2 AND owner = $3)";
        let given: [(&(dyn postgres::types::ToSql + Sync), Type); 3] =
            [(&LOCK, Type::INT8), (&self.fence, Type::INT8), (&self.owner, Type::TEXT)];
        let rows = client.query_typed(sql, &given).map_err(refused("checking the lease"))?;
        let row = rows.first().ok_or_else(|| RunError::journal("the lease cannot be read"))?;
        match (row.get(1), row.get(2)) {
            (_, false) => Err(RunError::Fenced),
            (false, _) => Err(DatabaseError::busy().into()),
            _ => Ok(row.get(0)),
        }
    }

    /// Ends a transaction's work: renews the lease, and fails if it was lost meanwhile. Whoever takes it over waits for the
    /// commit, and finds in the journal what this transaction has done.
    pub(crate) fn leave(&self, client: &mut impl GenericClient) -> Result<(), RunError> {
        // After hours of work, a moment's wait for the row must not throw them away.
        client.batch_execute("SET LOCAL lock_timeout = '5s'").map_err(refused("setting time-outs"))?;
        let span = i64::try_from(self.span.as_millis()).unwrap_or(i64::MAX);
        let sql = "UPDATE cutover.lease SET until = greatest(until, clock_timestamp() + $1 * interval '1 ms') \
             WHERE fence = $2 AND owner = $3";
        let given: [(&(dyn postgres::types::ToSql + Sync), Type); 3] =
            [(&span, Type::INT8), (&self.fence, Type::INT8), (&self.owner, Type::TEXT)];
        let renewed = client.query_typed(&format!("{sql} RETURNING true"), &given);
        let renewed = renewed.map_err(refused("renewing the lease"))?;
        if renewed.len() == 1 { Ok(()) } else { Err(RunError::Fenced) }
    }

    /// Renews the lease while other work is going on elsewhere; `false` if it was lost. A row that is locked is being renewed
    /// already, or taken over.
    pub(crate) fn beat(&self, client: &mut postgres::Client) -> Result<bool, DatabaseError> {
        let span = self.span.as_millis();
        let refused = || DatabaseError::refused("renewing the lease");
        let mut transaction = client.transaction().map_err(refused())?;
        // Nothing is lost with it, so it need not wait for the disk.
        transaction.batch_execute("SET LOCAL synchronous_commit = off").map_err(refused())?;
        let sql = format!(
            "UPDATE cutover.lease SET until = greatest(until, clock_timestamp() + {span} * interval '1 ms') \
             WHERE one = (SELECT one FROM cutover.lease WHERE fence = $1 AND owner = $2 FOR UPDATE SKIP LOCKED)"
        );
        let given: [(&(dyn postgres::types::ToSql + Sync), Type); 2] =
            [(&self.fence, Type::INT8), (&self.owner, Type::TEXT)];
        transaction.query_typed(&sql, &given).map_err(refused())?;
        let held = "SELECT EXISTS (SELECT FROM cutover.lease WHERE fence = $1 AND owner = $2)";
        let rows = transaction.query_typed(held, &given).map_err(refused())?;
        let held = rows.first().is_some_and(|row| row.get(0));
        transaction.commit().map_err(refused())?;
        Ok(held)
    }

    /// Lets the next runner in at once. If it fails, the lease ends by itself.
    pub(crate) fn release(&self, database: &mut Database) -> Result<(), RunError> {
        let limits = database.options().own_limits();
        database.write(&limits, |transaction| {
            let sql = "UPDATE cutover.lease SET until = '-infinity' WHERE fence = $1 AND owner = $2";
            let given: [(&(dyn postgres::types::ToSql + Sync), Type); 2] =
                [(&self.fence, Type::INT8), (&self.owner, Type::TEXT)];
            transaction.query_typed(sql, &given).map_err(refused("releasing the lease")).map(drop)
        })
    }
}

enum Taken {
    Mine { fence: i64 },
    Theirs { owner: String, until: Timestamp },
}

fn try_take(client: &mut impl GenericClient, owner: &str, span: Duration) -> Result<Taken, RunError> {
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let sql = "UPDATE cutover.lease SET owner = $1, fence = fence + 1, until = clock_timestamp() + $2 * interval '1 ms' \
         WHERE until <= clock_timestamp() RETURNING fence";
    let given: [(&(dyn postgres::types::ToSql + Sync), Type); 2] = [(&owner, Type::TEXT), (&span, Type::INT8)];
    let taken = client.query_typed(sql, &given).map_err(refused("taking the lease"))?;
    if let Some(row) = taken.first() {
        return Ok(Taken::Mine { fence: row.get(0) });
    }
    match holder(client)? {
        Some((owner, until)) => Ok(Taken::Theirs { owner, until }),
        // It ended between the two looks.
        None => Err(DatabaseError::busy().into()),
    }
}

/// Who holds the lease, and until when; `None` if nobody does.
pub(crate) fn holder(client: &mut impl GenericClient) -> Result<Option<(String, Timestamp)>, RunError> {
    let sql =
        "SELECT owner, (extract(epoch FROM until) * 1000)::int8 FROM cutover.lease WHERE until > clock_timestamp()";
    let rows = client.query_typed(sql, &[]).map_err(refused("reading the lease"))?;
    Ok(rows.first().map(|row| (row.get(0), timestamp(row.get(1)))))
}
