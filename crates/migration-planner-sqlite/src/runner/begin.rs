//! Beginning a plan.

use std::sync::Arc;

use migration_planner::run::Event;
use migration_planner::{Plan, Server, ServerKind, Timestamp};
use rusqlite::Connection;

use super::load;
use crate::backfill::forget_cursors;
use crate::connection::Database;
use crate::error::{RunError, refused};
use crate::introspect::read_schema;
use crate::lease::Lease;
use crate::rehearsal::Rehearsal;
use crate::{pause, shape, store};

/// Whether there is nothing to do, since `plan` is under way already.
pub(super) fn is_begun(database: &mut Database, plan: &Plan) -> Result<bool, RunError> {
    if let Some((current, position)) = database.read(load)?
        && !position.is_over()
    {
        return if current.hash() == plan.hash() {
            Ok(true)
        } else {
            Err(RunError::plan_under_way(current.hash().clone()))
        };
    }
    if plan.server().kind() != ServerKind::Sqlite {
        return Err(RunError::other_server(plan.server().clone(), here()));
    }
    Ok(false)
}

pub(super) fn begin(database: &mut Database, lease: &Lease, plan: &Plan) -> Result<(), RunError> {
    let (clock, span) = (Arc::clone(&database.options().clock), database.options().lease);
    database.write(|connection| {
        lease.renew(connection, clock.now().plus(span))?;
        adopt(connection, plan, lease, clock.now())
    })
}

/// Writes the plan into the database, to be worked on from its first phase, once it is for this database and was rehearsed.
pub(super) fn adopt(connection: &Connection, plan: &Plan, lease: &Lease, now: Timestamp) -> Result<(), RunError> {
    refuse_other_database(connection, plan)?;
    Rehearsal::of(connection)?.whole_plan(plan)?;
    // A plan of the same content may have been rolled back, or finished, half way through other rows.
    forget_cursors(connection, plan.hash())?;
    pause::end(connection, plan.hash())?;
    store::save_plan(connection, plan, now)?;
    store::save_origins(connection, plan)?;
    store::append(connection, plan.hash(), lease.owner(), now, &Event::Adopted)?;
    shape::keep(connection, plan)
}

fn refuse_other_database(connection: &Connection, plan: &Plan) -> Result<(), RunError> {
    let schema = read_schema(connection).map_err(refused("to be looked at"))?;
    for shape in plan.made_for() {
        if schema.fingerprint(shape.table()).as_ref() != Some(shape.fingerprint()) {
            return Err(RunError::other_database(shape.table().clone()));
        }
    }
    Ok(())
}

/// The server that this crate is linked with.
fn here() -> Server {
    let number = rusqlite::version_number().unsigned_abs();
    Server::sqlite(number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}
