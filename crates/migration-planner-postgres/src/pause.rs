//! Whether somebody has paused a plan.

use migration_planner::Fingerprint;
use migration_planner::run::Pause;
use postgres::GenericClient;
use postgres::types::Type;

use crate::run_error::RunError;
use crate::store::{Given, millis, query, timestamp};

/// The pause that a plan is in, if any.
pub(crate) fn of(client: &mut impl GenericClient, plan: &Fingerprint) -> Result<Option<Pause>, RunError> {
    let sql = "SELECT at_ms, author, reason FROM cutover.pause WHERE plan = $1";
    let rows = query(client, "looking for a pause", sql, &[(&plan.as_str(), Type::TEXT)])?;
    Ok(rows.first().map(|row| Pause::new(timestamp(row.get(0)), row.get::<_, String>(1), row.get::<_, String>(2))))
}

pub(crate) fn begin(client: &mut impl GenericClient, plan: &Fingerprint, pause: &Pause) -> Result<(), RunError> {
    let sql = "INSERT INTO cutover.pause (plan, at_ms, author, reason) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (plan) DO UPDATE SET at_ms = excluded.at_ms, author = excluded.author, reason = excluded.reason";
    let given: [Given<'_>; 4] = [
        (&plan.as_str(), Type::TEXT),
        (&millis(pause.at), Type::INT8),
        (&pause.author, Type::TEXT),
        (&pause.reason, Type::TEXT),
    ];
    query(client, "pausing the plan", sql, &given).map(drop)
}

pub(crate) fn end(client: &mut impl GenericClient, plan: &Fingerprint) -> Result<(), RunError> {
    let given: [Given<'_>; 1] = [(&plan.as_str(), Type::TEXT)];
    query(client, "ending a pause", "DELETE FROM cutover.pause WHERE plan = $1", &given).map(drop)
}
