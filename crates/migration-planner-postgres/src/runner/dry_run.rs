//! What a runner would do, found out without writing anything.

use migration_planner::{GateState, Phase, Plan, Step, Timestamp, Undo, UndoPiece, Work};
use postgres::Transaction;
use postgres::types::Type;
use serde::Serialize;

use super::{gates, load};
use crate::blockers::{self, Blocker};
use crate::journal::Position;
use crate::name::qualified;
use crate::pause::{self, Pause};
use crate::run_error::RunError;
use crate::store::{Given, query};
use crate::{probe, shape};

/// What a runner would do now.
///
/// ```no_run
/// let mut runner = migration_planner_postgres::Runner::open("postgresql://localhost/app")?;
/// for step in runner.dry_run()?.steps {
///     println!("{}: {}", step.title, step.locks);
///     step.statements.iter().for_each(|sql| println!("  {sql};"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryRun {
    /// The phase that would be worked on; `None` if there is none, or where all phases would be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The steps that are not done, or would be undone, in order.
    pub steps: Vec<DryStep>,
    /// The consumers whose gates would hold the phase back now, and why.
    pub gates: Vec<(String, GateState)>,
    /// Who paused the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// What has changed under the plan: `- ` before what there was, `+ ` before what there is.
    pub drift: Vec<String>,
    /// Privileges that are missing, in words.
    pub missing_privileges: Vec<String>,
}

/// What a runner would do in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryStep {
    /// The phase it is in.
    pub phase: String,
    /// Its id.
    pub step: String,
    /// What it does, or undoes.
    pub title: String,
    /// What would be run. Batches are told as one statement over all rows.
    pub statements: Vec<String>,
    /// The locks that are predicted, in words.
    pub locks: String,
    /// Whether the catalog says that it is done already, so that nothing would be.
    pub found_done: bool,
    /// Others that hold a lock on one of its tables at this moment.
    pub in_the_way: Vec<Blocker>,
}

pub(super) fn forward(client: &mut Transaction<'_>, now: Timestamp) -> Result<DryRun, RunError> {
    let (plan, position) = load(client)?.ok_or(RunError::NoPlan)?;
    if position.rolling_back {
        return Err(RunError::RollingBack);
    }
    let next = if position.is_over() { None } else { position.next_phase(&plan) };
    let Some(index) = next else { return answer(client, &plan, &position, None, Vec::new(), Vec::new()) };
    let phase = &plan.phases()[index];
    let mut steps = Vec::new();
    for step in phase.steps().iter().filter(|step| !position.has_step(phase, step.id())) {
        let found_done = probe::is_done(client, step)?;
        steps.push(dry_step(client, phase, step, statements(step), found_done)?);
    }
    let evidence = gates::evidence(client)?;
    let earlier = plan.gates_before(if phase.is_point_of_no_return() { index } else { 0 });
    let judged = earlier.chain(phase.gate()).map(|gate| (gate.consumer().to_owned(), gate.evaluate(&evidence, now)));
    let closed = judged.filter(|(_, state)| !state.is_open()).collect();
    answer(client, &plan, &position, Some(phase.id().to_owned()), steps, closed)
}

pub(super) fn back(client: &mut Transaction<'_>) -> Result<DryRun, RunError> {
    let (plan, position) = load(client)?.ok_or(RunError::NoPlan)?;
    let mut steps = Vec::new();
    for phase in plan.phases().iter().rev() {
        let is_done = |step: &Step| position.has_step(phase, step.id()) || position.is_open(phase, step.id());
        let pieces = phase.way_back(is_done).into_iter().map(|piece| match piece {
            UndoPiece::Together(steps) => steps,
            UndoPiece::Outside(step) => vec![step],
        });
        for step in pieces.flatten() {
            let statements = match step.undo() {
                Undo::Sql { statements, .. } | Undo::SqlOutside { statements, .. } => statements.clone(),
                Undo::Nothing => Vec::new(),
                _ => return Err(RunError::PastReturn { step: step.id().to_owned() }),
            };
            steps.push(dry_step(client, phase, step, statements, false)?);
        }
    }
    answer(client, &plan, &position, None, steps, Vec::new())
}

fn dry_step(
    client: &mut Transaction<'_>,
    phase: &Phase,
    step: &Step,
    statements: Vec<String>,
    found_done: bool,
) -> Result<DryStep, RunError> {
    let tables: Vec<String> = step.impact().locks().iter().map(|held| qualified(held.table())).collect();
    Ok(DryStep {
        phase: phase.id().to_owned(),
        step: step.id().to_owned(),
        title: step.title().to_owned(),
        statements,
        locks: step.impact().to_string(),
        found_done,
        in_the_way: blockers::holding(client, &tables)?,
    })
}

fn statements(step: &Step) -> Vec<String> {
    match step.work() {
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } => statements.clone(),
        Work::Backfill { table, set, needs, .. } => {
            vec![format!("UPDATE {} SET {set} WHERE {needs}", qualified(table))]
        }
        Work::Copy { table, into, columns, select, needs, .. } => {
            let (into, columns, select) = (qualified(into), columns.join(", "), select.join(", "));
            vec![format!("INSERT INTO {into} ({columns}) SELECT {select} FROM {} WHERE {needs}", qualified(table))]
        }
        Work::Delete { table, when, .. } => vec![format!("DELETE FROM {} WHERE {when}", qualified(table))],
        Work::Verify { table, never, .. } => vec![format!("SELECT count(*) FROM {} WHERE {never}", qualified(table))],
        _ => Vec::new(),
    }
}

fn answer(
    client: &mut Transaction<'_>,
    plan: &Plan,
    position: &Position,
    phase: Option<String>,
    steps: Vec<DryStep>,
    gates: Vec<(String, GateState)>,
) -> Result<DryRun, RunError> {
    let is_settled = position.is_over() || position.has_open_step(plan);
    let drift = if is_settled { Vec::new() } else { shape::differences(client, plan)? };
    let paused = pause::of(client, plan.hash())?;
    let missing_privileges = missing_privileges(client, plan)?;
    Ok(DryRun { phase, steps, gates, paused, drift, missing_privileges })
}

/// Changing a table takes being its owner, or a member of the role that is.
fn missing_privileges(client: &mut Transaction<'_>, plan: &Plan) -> Result<Vec<String>, RunError> {
    let tables: Vec<String> = plan.made_for().iter().map(|shape| qualified(shape.table())).collect();
    let sql = "SELECT format('must be owner of table %s, which is %s', t.name, c.relowner::regrole) FROM unnest($1::text[]) AS t (name) \
         JOIN pg_class AS c ON c.oid = to_regclass(t.name) WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1";
    let given: [Given<'_>; 1] = [(&tables, Type::TEXT_ARRAY)];
    Ok(query(client, "looking up privileges", sql, &given)?.iter().map(|row| row.get(0)).collect())
}
