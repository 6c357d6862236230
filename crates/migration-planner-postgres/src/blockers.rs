//! Who others wait for.

use std::time::Duration;

use migration_planner::run::Blocker;
use postgres::types::Type;
use postgres::{GenericClient, Row};

use crate::error::DatabaseError;
use crate::redact::redacted;

const FROM_ACTIVITY: &str = "SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''), coalesce(a.state, ''), \
     greatest(0, extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.state_change, clock_timestamp())) * 1000)::int8, \
     coalesce(a.query, '') FROM pg_stat_activity AS a";

/// Those that the session `pid` waits for at this moment.
pub(crate) fn of(client: &mut impl GenericClient, pid: i32) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!("{FROM_ACTIVITY} WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.xact_start, a.pid");
    let rows = client.query_typed(&sql, &[(&pid, Type::INT4)]);
    Ok(rows.map_err(DatabaseError::refused("telling who blocks"))?.iter().map(blocker).collect())
}

/// The session with this number, if it is there.
pub(crate) fn session(client: &mut impl GenericClient, pid: i32) -> Result<Vec<Blocker>, DatabaseError> {
    let rows = client.query_typed(&format!("{FROM_ACTIVITY} WHERE a.pid = $1"), &[(&pid, Type::INT4)]);
    Ok(rows.map_err(DatabaseError::refused("telling who blocks"))?.iter().map(blocker).collect())
}

/// Those that hold a runner's advisory lock.
pub(crate) fn of_runner_lock(client: &mut impl GenericClient, key: i64) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!(
        "{FROM_ACTIVITY} JOIN pg_locks AS l ON l.pid = a.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND (l.classid::int8 << 32) | l.objid::int8 = $1"
    );
    let rows = client.query_typed(&sql, &[(&key, Type::INT8)]);
    Ok(rows.map_err(DatabaseError::refused("telling who blocks"))?.iter().map(blocker).collect())
}

/// Others than this session that hold a lock on one of these relations now.
pub(crate) fn holding(client: &mut impl GenericClient, relations: &[String]) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!(
        "{FROM_ACTIVITY} WHERE a.pid <> pg_backend_pid() AND a.pid IN (SELECT l.pid FROM pg_locks AS l \
         WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND l.relation IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)) ORDER BY a.xact_start, a.pid"
    );
    let rows = client.query_typed(&sql, &[(&relations, Type::TEXT_ARRAY)]);
    Ok(rows.map_err(DatabaseError::refused("telling who blocks"))?.iter().map(blocker).collect())
}

fn blocker(row: &Row) -> Blocker {
    let mut blocker = Blocker::new(row.get(0));
    blocker.application = row.get(1);
    blocker.user = row.get(2);
    blocker.state = row.get(3);
    blocker.transaction = Duration::from_millis(row.get::<_, i64>(4).unsigned_abs());
    blocker.query = redacted(row.get(5));
    blocker
}
