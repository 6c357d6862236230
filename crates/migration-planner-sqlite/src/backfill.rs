//! Brings the rows of a table up to date, some at a time, in key order, resumable after any of them.

use std::sync::Arc;
use std::time::Duration;

use migration_planner::run::{Pace, Progress};
use migration_planner::{Fingerprint, Key, ObjectName, Step, Work};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::introspect::{quoted, quoted_table};
use crate::lease::Lease;
use crate::store;

/// A backfill as a step asks for it.
pub(crate) struct Backfill<'a> {
    pub(crate) plan: &'a str,
    pub(crate) step: &'a str,
    pub(crate) table: &'a ObjectName,
    pub(crate) key: &'a Key,
    pub(crate) change: RowChange<'a>,
    pub(crate) needs: &'a str,
    pub(crate) batch_rows: u32,
}

/// What is done to the rows that need it.
pub(crate) enum RowChange<'a> {
    /// Columns are set, as it stands after `SET`.
    Set(&'a str),
    /// They go.
    Delete,
}

impl<'a> Backfill<'a> {
    /// The work of a step that is done in batches; `None` if it is not.
    pub(crate) fn of(plan: &'a str, step: &'a Step) -> Option<Self> {
        let (table, key, change, needs, batch_rows) = match step.work() {
            Work::Backfill { table, key, set, needs, batch_rows, .. } => {
                (table, key, RowChange::Set(set), needs, *batch_rows)
            }
            Work::Delete { table, key, when, batch_rows, .. } => (table, key, RowChange::Delete, when, *batch_rows),
            _ => return None,
        };
        Some(Self { plan, step: step.id(), table, key, change, needs, batch_rows })
    }
}

impl Backfill<'_> {
    /// Works until the last row, from where the last run came to. Every batch and its cursor are one short transaction, which
    /// begins with `before`; where that gives something, no more is done, and that is given.
    pub(crate) fn run<T>(
        &self,
        database: &mut Database,
        lease: &Lease,
        tell: &mut dyn FnMut(&Progress),
        before: impl Fn(&Connection) -> Result<Option<T>, RunError>,
    ) -> Result<Option<T>, RunError> {
        let clock = Arc::clone(&database.options().clock);
        let (span, share) = (database.options().lease, u32::from(database.options().writing_share));
        let of = Some(database.read(|connection| self.count(connection))?);
        let (began, mut in_this_run) = (clock.now(), 0);
        loop {
            let start = clock.now();
            let batch = database.write(|connection| {
                lease.renew(connection, clock.now().plus(span))?;
                match before(connection)? {
                    Some(held) => Ok(Err(held)),
                    None => self.batch(connection).map(Ok),
                }
            })?;
            let batch = match batch {
                Ok(batch) => batch,
                Err(held) => return Ok(Some(held)),
            };
            let took = clock.now().since(start);
            crate::telemetry::batch(self.plan, self.step, batch.looked_at);
            in_this_run += batch.looked_at;
            let pace = Pace::new(batch.rows, of, in_this_run, clock.now().since(began));
            tell(&Progress::batch(self.step, &pace, took));
            if batch.is_last {
                return Ok(None);
            }
            // Leaves the write lock to the others for as long as the share says.
            clock.sleep((took * (100 - share) / share).max(Duration::from_millis(u64::from(share < 100))));
        }
    }

    fn batch(&self, connection: &Connection) -> Result<Batch, RunError> {
        let (from, before) = self.cursor(connection)?;
        let keys = self.next_keys(connection, &from)?;
        let is_last = keys.len() < self.batch_rows as usize;
        if let Some(to) = keys.last() {
            self.update(connection, &from, to)?;
            self.keep_cursor(connection, to, before + keys.len() as u64)?;
        }
        Ok(Batch { rows: before + keys.len() as u64, looked_at: keys.len() as u64, is_last })
    }

    /// The keys of the next batch, in order.
    fn next_keys(&self, connection: &Connection, from: &[Value]) -> Result<Vec<Vec<Value>>, RunError> {
        let columns = self.columns();
        let list = columns.join(", ");
        let after = if from.is_empty() { String::new() } else { format!("WHERE ({list}) > ({})", marks(from.len())) };
        let sql = format!(
            "SELECT {list} FROM {} {after} ORDER BY {list} LIMIT {}",
            quoted_table(self.table),
            self.batch_rows
        );
        let read = || -> rusqlite::Result<Vec<Vec<Value>>> {
            connection
                .prepare(&sql)?
                .query_map(params_from_iter(from), |row| (0..columns.len()).map(|i| row.get(i)).collect())?
                .collect()
        };
        read().map_err(refused("reading the next rows"))
    }

    fn update(&self, connection: &Connection, from: &[Value], to: &[Value]) -> Result<(), RunError> {
        let list = self.columns().join(", ");
        let after = if from.is_empty() { String::new() } else { format!(" AND ({list}) > ({})", marks(from.len())) };
        let table = quoted_table(self.table);
        let start = match self.change {
            RowChange::Set(set) => format!("UPDATE {table} SET {set}"),
            RowChange::Delete => format!("DELETE FROM {table}"),
        };
        let sql = format!("{start} WHERE ({list}) <= ({}){after} AND ({})", marks(to.len()), self.needs);
        connection
            .prepare(&sql)
            .and_then(|mut statement| statement.execute(params_from_iter(to.iter().chain(from))))
            .map_err(refused(format!("step `{}`", self.step)))?;
        Ok(())
    }

    fn columns(&self) -> Vec<String> {
        match self.key {
            Key::RowId { name, .. } => vec![name.clone()],
            Key::Columns { columns, .. } => columns.iter().map(|column| quoted(column)).collect(),
            // A key this version does not know was refused when the plan was rehearsed.
            _ => Vec::new(),
        }
    }

    /// The key that the last batch came to, and the rows until there; empty before the first.
    fn cursor(&self, connection: &Connection) -> Result<(Vec<Value>, u64), RunError> {
        let read = || -> rusqlite::Result<Vec<(Value, i64)>> {
            connection
                .prepare("SELECT value, rows FROM _cutover_cursor WHERE plan = ? AND step = ? ORDER BY part")?
                .query_map([self.plan, self.step], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        let parts = read().map_err(refused("reading the cursor"))?;
        let rows = parts.first().map_or(0, |(_, rows)| rows.unsigned_abs());
        Ok((parts.into_iter().map(|(value, _)| value).collect(), rows))
    }

    fn keep_cursor(&self, connection: &Connection, to: &[Value], rows: u64) -> Result<(), RunError> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        for (part, value) in (0_i64..).zip(to) {
            connection
                .prepare(
                    "INSERT OR REPLACE INTO _cutover_cursor (plan, step, part, value, rows) VALUES (?, ?, ?, ?, ?)",
                )
                .and_then(|mut statement| statement.execute(params![self.plan, self.step, part, value, rows]))
                .map_err(refused("keeping the cursor"))?;
        }
        Ok(())
    }

    fn count(&self, connection: &Connection) -> Result<u64, RunError> {
        let sql = format!("SELECT count(*) FROM {}", quoted_table(self.table));
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(refused("counting rows"))?;
        Ok(rows.unsigned_abs())
    }
}

/// Lets every backfill of a plan begin at the first row.
pub(crate) fn forget_cursors(connection: &Connection, plan: &Fingerprint) -> Result<(), RunError> {
    store::ensure(connection)?;
    connection
        .execute("DELETE FROM _cutover_cursor WHERE plan = ?", [plan.to_string()])
        .map_err(refused("forgetting the cursors"))?;
    Ok(())
}

/// Forgets where a backfill came to, so that it starts anew.
pub(crate) fn forget_cursor(connection: &Connection, plan: &str, step: &str) -> Result<(), RunError> {
    connection
        .execute("DELETE FROM _cutover_cursor WHERE plan = ? AND step = ?", [plan, step])
        .map_err(refused("forgetting the cursor"))?;
    Ok(())
}

/// How many rows of `table` satisfy `condition`.
pub(crate) fn count_where(connection: &Connection, table: &ObjectName, condition: &str) -> Result<u64, RunError> {
    let sql = format!("SELECT count(*) FROM {} WHERE {condition}", quoted_table(table));
    let rows: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(refused("a check"))?;
    Ok(rows.unsigned_abs())
}

struct Batch {
    rows: u64,
    looked_at: u64,
    is_last: bool,
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
