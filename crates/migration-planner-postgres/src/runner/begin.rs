//! Beginning a plan.

use migration_planner::run::Event;
use migration_planner::{Plan, Server, ServerKind, Step, Undo, Work};
use postgres::Transaction;

use super::load;
use crate::batches::{Batches, forget_cursors};
use crate::connection::Database;
use crate::introspect::read_schema;
use crate::lease::Lease;
use crate::run_error::RunError;
use crate::session::version_of;
use crate::turn::Turn;
use crate::{pause, shape, store};

pub(super) fn begin(database: &mut Database, plan: &Plan) -> Result<(), RunError> {
    if let Some((current, position)) = database.read(load)?
        && !position.is_over()
    {
        let same = current.hash() == plan.hash();
        return if same { Ok(()) } else { Err(RunError::plan_under_way(current.hash().clone())) };
    }
    let found = Server::new(ServerKind::Postgres, version_of(database.client()?)?);
    let is_later = plan.server().version() > found.version();
    if plan.server().kind() != ServerKind::Postgres || is_later && major(plan.server()) != major(&found) {
        return Err(RunError::other_server(plan.server().clone(), found));
    }
    refuse_what_cannot_be_run(plan)?;
    // Looked at before anything is made, so that a plan for another database leaves no trace in this one.
    database.read(|transaction| refuse_other_database(transaction, plan))?;
    Turn::take(database, |turn| {
        let (limits, lease) = (turn.database.options().own_limits(), turn.lease.clone());
        let clock = turn.clock();
        turn.write("begin", &limits, &mut |_| {}, |transaction, _| {
            // Another runner may have begun one while this one waited.
            if let Some((current, position)) = load(transaction)?
                && !position.is_over()
            {
                let same = current.hash() == plan.hash();
                return if same { Ok(()) } else { Err(RunError::plan_under_way(current.hash().clone())) };
            }
            refuse_other_database(transaction, plan)?;
            adopt(transaction, plan, &lease, clock.now())
        })
    })
}

fn major(server: &Server) -> String {
    server.version().to_string().split('.').next().unwrap_or_default().to_owned()
}

/// Writes the plan into the database, to be worked on from its first phase.
pub(super) fn adopt(
    transaction: &mut Transaction<'_>,
    plan: &Plan,
    lease: &Lease,
    now: migration_planner::Timestamp,
) -> Result<(), RunError> {
    // A plan of the same content may have been rolled back, or finished, half way through other rows.
    forget_cursors(transaction, plan.hash(), None)?;
    pause::end(transaction, plan.hash())?;
    store::save_plan(transaction, plan, now)?;
    shape::keep(transaction, plan)?;
    store::append(transaction, plan.hash(), lease.owner(), Some(lease.fence()), now, &Event::Adopted)
}

fn refuse_other_database(transaction: &mut Transaction<'_>, plan: &Plan) -> Result<(), RunError> {
    let schema = read_schema(transaction)?;
    for shape in plan.made_for() {
        if schema.fingerprint(shape.table()).as_ref() != Some(shape.fingerprint()) {
            return Err(RunError::other_database(shape.table().clone()));
        }
    }
    Ok(())
}

/// What a runner cannot do is found out before the first step, not at the last.
fn refuse_what_cannot_be_run(plan: &Plan) -> Result<(), RunError> {
    for step in plan.phases().iter().flat_map(migration_planner::Phase::steps) {
        let mut statements = match step.work() {
            Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } => statements.clone(),
            Work::Verify { .. } => Vec::new(),
            _ if Batches::of(step).is_some() => Vec::new(),
            _ => return Err(RunError::unknown_work(step.id())),
        };
        if let Undo::Sql { statements: back, .. } | Undo::SqlOutside { statements: back, .. } = step.undo() {
            statements.extend(back.clone());
        }
        refuse_ends_of_transactions(step, &statements)?;
    }
    Ok(())
}

/// Such a statement would commit half a step without its journal entry.
fn refuse_ends_of_transactions(step: &Step, statements: &[String]) -> Result<(), RunError> {
    let ends = |sql: &str| {
        let first = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let words = ["begin", "start", "commit", "end", "rollback", "abort", "prepare", "savepoint", "release"];
        words.contains(&first.to_ascii_lowercase().as_str())
    };
    let split = |sql: &String| migration_planner::Dialect::Postgres.split(sql).iter().any(|part| ends(part.text()));
    if statements.iter().any(split) {
        return Err(RunError::ends_transaction(step.id()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use migration_planner::{Change, Planner, Schema, Server};

    use super::*;

    #[test]
    fn a_statement_that_ends_the_transaction_is_refused_also_behind_others() {
        let refused = |sql: &str| {
            let change = Change::sql([sql.to_owned()], None);
            let plan = Planner::new(&Schema::new(), Server::postgres(15, 0)).plan(&change).unwrap();
            refuse_what_cannot_be_run(&plan).is_err()
        };
        assert!(refused("COMMIT") && refused("SELECT 1; rollback;") && refused("/* now */ END"));
        assert!(!refused("SELECT 'commit'") && !refused("CREATE TABLE commits (id int)"));
    }
}
