//! Reads locks, files and scans from the server.

use std::collections::BTreeMap;

use migration_planner::LockMode;
use postgres::types::Type;
use postgres::{Client, GenericClient};

use super::Observed;
use crate::error::DatabaseError;

/// The relations of a database at one moment of a session, with their files and how often the session has scanned them.
pub(super) struct Relations {
    pid: i32,
    known: BTreeMap<u32, Relation>,
}

struct Relation {
    name: String,
    file: Option<u32>,
    scans: i64,
}

impl Relations {
    pub(super) fn of(client: &mut impl GenericClient) -> Result<Self, DatabaseError> {
        let sql = "SELECT pg_backend_pid(), c.oid, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, \
             pg_relation_filenode(c.oid), coalesce(s.seq_scan, 0) + coalesce(t.seq_scan, 0) \
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             LEFT JOIN pg_stat_xact_user_tables AS s ON s.relid = c.oid \
             LEFT JOIN pg_stat_user_tables AS t ON t.relid = c.oid AND c.relkind <> 'i' \
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
        let rows = client.query_typed(sql, &[]).map_err(DatabaseError::refused("to be looked at"))?;
        let pid = rows.first().map_or(0, |row| row.get(0));
        let known =
            rows.iter().map(|row| (row.get(1), Relation { name: row.get(2), file: row.get(3), scans: row.get(4) }));
        Ok(Self { pid, known: known.collect() })
    }

    /// The session's number on the server; 0 in a database without relations, where nothing can be locked.
    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// What happened to these relations.
    pub(super) fn observed(&self, locks: &BTreeMap<u32, LockMode>, after: &Self, sampled: bool) -> Observed {
        let mut observed = Observed { sampled, ..Observed::default() };
        for (id, relation) in &self.known {
            if let Some(mode) = locks.get(id) {
                observed.locks.insert(relation.name.clone(), *mode);
            }
            let Some(now) = after.known.get(id) else { continue };
            if now.file != relation.file {
                observed.rewritten.insert(relation.name.clone());
            }
            if now.scans > relation.scans {
                observed.scanned.insert(relation.name.clone());
            }
        }
        observed
    }
}

/// The strongest lock that the session `pid` holds on each relation.
pub(super) fn locks_of(watcher: &mut Client, pid: i32) -> Result<BTreeMap<u32, LockMode>, DatabaseError> {
    let sql = "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let rows = watcher.query_typed(sql, &[(&pid, Type::INT4)]).map_err(DatabaseError::refused("to tell its locks"))?;
    let mut locks = BTreeMap::new();
    for row in &rows {
        let Some(mode) = mode(row.get(1)) else { continue };
        locks.entry(row.get(0)).and_modify(|held| *held = mode.max(*held)).or_insert(mode);
    }
    Ok(locks)
}

/// A mode as the server writes it.
fn mode(text: &str) -> Option<LockMode> {
    Some(match text {
        "AccessShareLock" => LockMode::AccessShare,
        "RowShareLock" => LockMode::RowShare,
        "RowExclusiveLock" => LockMode::RowExclusive,
        "ShareUpdateExclusiveLock" => LockMode::ShareUpdateExclusive,
        "ShareLock" => LockMode::Share,
        "ShareRowExclusiveLock" => LockMode::ShareRowExclusive,
        "ExclusiveLock" => LockMode::Exclusive,
        "AccessExclusiveLock" => LockMode::AccessExclusive,
        _ => return None,
    })
}
