//! What each step of a plan does to others, asked of the locks' oracle, and how patient it is therefore.

use std::time::Duration;

use super::statements::script;
use crate::phase::Phase;
use crate::planner::task::Task;
use crate::policy::Policy;
use crate::postgres::{Effect, PostgresCatalog};
use crate::refusal::Refusal;
use crate::sql::postgres_name;
use crate::step::{Impact, LockMode, Retry, Step, Timeouts, TransactionMode, Work};

/// What holds a lock that others wait behind has this long to finish: it changes the catalog and nothing else.
const CATALOG_ONLY: Duration = Duration::from_secs(5);

/// The catalog as the oracle sees it before the plan.
pub(super) fn catalog(task: &Task<'_>) -> PostgresCatalog {
    let mut catalog = PostgresCatalog::new().of_version(task.server.version());
    catalog.apply(&script(task.schema).join(";\n"));
    catalog
}

/// The phases with the impact, the time-outs and the patience of each step; refused where one would make others wait for long.
pub(super) fn weighed(task: &Task<'_>, phases: Vec<Phase>) -> Result<Vec<Phase>, Refusal> {
    let mut catalog = catalog(task);
    phases.into_iter().map(|phase| phase.try_map_steps(|step| weigh(task, &mut catalog, step))).collect()
}

fn weigh(task: &Task<'_>, catalog: &mut PostgresCatalog, step: Step) -> Result<Step, Refusal> {
    let effect = match step.work() {
        Work::Sql { statements } if step.transaction() == TransactionMode::Outside => {
            statements.iter().fold(Effect::default(), |mut all, sql| {
                all.then(catalog.apply(sql));
                all
            })
        }
        Work::Sql { statements } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
            catalog.apply(&statements.join(";\n"))
        }
        Work::Backfill { table, set, needs, .. } => {
            catalog.predict(&format!("UPDATE {} SET {set} WHERE {needs}", postgres_name(table)))
        }
        Work::Copy { table, into, columns, select, .. } => catalog.predict(&format!(
            "INSERT INTO {} ({}) SELECT {} FROM {}",
            postgres_name(into),
            columns.join(", "),
            select.join(", "),
            postgres_name(table)
        )),
        Work::Delete { table, when, .. } => {
            catalog.predict(&format!("DELETE FROM {} WHERE {when}", postgres_name(table)))
        }
        Work::Verify { table, never } => {
            catalog.predict(&format!("SELECT count(*) FROM {} WHERE {never}", postgres_name(table)))
        }
    };
    let locks = effect.locks().len() as u64;
    if let Some(room) = task.server.room_for_locks().filter(|room| locks > *room) {
        return Err(Refusal::TooManyLocks { step: step.id().to_owned(), locks, room });
    }
    let in_batches = step.transaction() == TransactionMode::PerBatch;
    if !in_batches && !task.policy.allow_blocking {
        refuse_if_blocking(task, &step, &effect)?;
    }
    let is_long = in_batches || !effect.rewritten().is_empty() || !effect.scanned().is_empty() || effect.is_unknown();
    let strongest = effect.locks().values().copied().max();
    let step = match patience(task.policy, strongest, is_long, step.transaction()) {
        Some((timeouts, retry)) => step.patient(timeouts, retry),
        None => step,
    };
    Ok(step.with_impact(Impact::of(&effect, task.server)))
}

/// Reading or writing every row while others can write is slow and hurts nobody; while they cannot, it is an outage.
fn refuse_if_blocking(task: &Task<'_>, step: &Step, effect: &Effect) -> Result<(), Refusal> {
    let whole = effect.rewritten().iter().map(|name| (name, "written"));
    let whole = whole.chain(effect.scanned().iter().map(|name| (name, "read")));
    for (relation, what) in whole {
        let Some(mode) = effect.locks().get(relation).filter(|mode| **mode >= LockMode::Share) else { continue };
        // What is not a table of the schema is the plan's own, or a sequence, which is one row.
        let Some(table) = task.schema.tables().iter().find(|table| table.name().to_string() == *relation) else {
            continue;
        };
        if task.rows(table).is_none_or(|rows| rows > task.policy.small_table) {
            return Err(Refusal::WouldBlock {
                step: step.id().to_owned(),
                relation: relation.clone(),
                lock: mode.to_string(),
                what,
            });
        }
    }
    Ok(())
}

/// How long to wait and how often to try: what others wait behind gives up soon and comes back.
fn patience(
    policy: &Policy,
    strongest: Option<LockMode>,
    is_long: bool,
    mode: TransactionMode,
) -> Option<(Timeouts, Retry)> {
    let retry = Retry::new(100, Duration::from_millis(100), Duration::from_secs(10));
    if mode == TransactionMode::Outside {
        // Waits for transactions without others waiting behind it; to give up early would leave half of it behind.
        return Some((Timeouts::new(Duration::from_hours(1), None), retry));
    }
    strongest.filter(|mode| *mode >= LockMode::RowExclusive)?;
    let statement = if is_long { None } else { Some(CATALOG_ONLY) };
    Some((Timeouts::new(policy.lock_timeout, statement), retry))
}
