//! One runner at a time: a lease with a fencing token.
//!
//! The lease keeps two runners from getting into each other's way; the token makes it safe. Every write transaction of a
//! runner first checks that the token is still its own, and SQLite has one writer at a time, so a runner that was held up
//! and lost its lease cannot write anything any more.

use std::hash::{BuildHasher, RandomState};

use migration_planner::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::store::{ensure, millis, timestamp};

/// The right to work on a database, as long as the token is the current one.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    owner: String,
    fence: i64,
}

impl Lease {
    /// Waits until nobody else holds the lease, at most as long as one that is not renewed lasts.
    pub(crate) fn acquire(database: &mut Database) -> Result<Self, RunError> {
        let clock = std::sync::Arc::clone(&database.options().clock);
        let span = database.options().lease;
        let owner = format!("{}-{:08x}", std::process::id(), RandomState::new().hash_one(0) & 0xffff_ffff);
        let start = clock.now();
        loop {
            let now = clock.now();
            let taken = database.write(|connection| {
                ensure(connection)?;
                try_take(connection, &owner, now, now.plus(span))
            })?;
            match taken {
                Taken::Mine { fence } => return Ok(Self { owner, fence }),
                Taken::Theirs { owner, until } => {
                    // A runner that lives renews; one that has died does not.
                    if now.since(start) > span + span / 4 {
                        return Err(RunError::another_runner(owner, until));
                    }
                    clock.sleep(until.since(now).min(span / 10).max(std::time::Duration::from_millis(1)));
                }
            }
        }
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Checks, within a write transaction, that the lease is still held, and renews it.
    pub(crate) fn renew(&self, connection: &Connection, until: Timestamp) -> Result<(), RunError> {
        let renewed = connection
            .execute(
                "UPDATE _cutover_lease SET until_ms = max(until_ms, ?) WHERE fence = ? AND owner = ?",
                params![millis(until), self.fence, self.owner],
            )
            .map_err(refused("renewing the lease"))?;
        if renewed == 1 { Ok(()) } else { Err(RunError::Fenced) }
    }

    /// Lets the next runner in at once. If it fails, the lease ends by itself.
    pub(crate) fn release(self, database: &mut Database) -> Result<(), RunError> {
        database.write(|connection| {
            connection
                .execute(
                    "UPDATE _cutover_lease SET until_ms = 0 WHERE fence = ? AND owner = ?",
                    params![self.fence, self.owner],
                )
                .map_err(refused("releasing the lease"))
        })?;
        Ok(())
    }
}

/// Who holds the lease; `None` if nobody does.
pub(crate) fn holder(connection: &Connection, now: Timestamp) -> Result<Option<String>, RunError> {
    let sql = "SELECT owner FROM _cutover_lease WHERE until_ms > ?";
    connection.query_row(sql, [millis(now)], |row| row.get(0)).optional().map_err(refused("reading the lease"))
}

enum Taken {
    Mine { fence: i64 },
    Theirs { owner: String, until: Timestamp },
}

fn try_take(connection: &Connection, owner: &str, now: Timestamp, until: Timestamp) -> Result<Taken, RunError> {
    let held: Option<(String, i64, i64)> = connection
        .query_row("SELECT owner, fence, until_ms FROM _cutover_lease", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .map_err(refused("reading the lease"))?;
    let fence = match held {
        Some((owner, _, held_until)) if timestamp(held_until) > now => {
            return Ok(Taken::Theirs { owner, until: timestamp(held_until) });
        }
        Some((_, fence, _)) => fence + 1,
        None => 1,
    };
    connection
        .execute(
            "INSERT INTO _cutover_lease (one, owner, fence, until_ms) VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE \
             SET owner = excluded.owner, fence = excluded.fence, until_ms = excluded.until_ms",
            params![owner, fence, millis(until)],
        )
        .map_err(refused("taking the lease"))?;
    Ok(Taken::Mine { fence })
}
