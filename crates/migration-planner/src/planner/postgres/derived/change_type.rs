//! Another type for a column: in place where the stored values stay as they are, else by a second column that takes over.

use super::in_step::InStep;
use super::reworded::{away_and_again, lost_settings, triggers};
use super::takeover::Takeover;
use super::{change_key_type, convertible, last};
use crate::name::{ColumnRef, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::add_constraint;
use crate::planner::postgres::dependents::refuse_dependents_for_type;
use crate::planner::postgres::impact::catalog;
use crate::planner::postgres::plain::One;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{LockMode, Probe, Step, Undo, Work};

/// What a column is to become.
pub(in crate::planner::postgres) struct Conversion<'a> {
    pub(in crate::planner::postgres) data_type: &'a str,
    /// The expression that makes a new value of an old one, where a cast does not do.
    pub(in crate::planner::postgres) up: Option<&'a str>,
    /// The expression that makes an old value of a new one.
    pub(in crate::planner::postgres) down: Option<&'a str>,
    /// Holds for the rows whose value can be converted.
    pub(in crate::planner::postgres) valid: Option<&'a str>,
}

pub(in crate::planner::postgres) fn change_type(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    to: &Conversion<'_>,
) -> Result<Vec<Phase>, Refusal> {
    let is_same = column.data_type().eq_ignore_ascii_case(to.data_type);
    if is_same && to.up.is_none() {
        return Err(task.nothing_to_do());
    }
    if to.up.is_none()
        && convertible::is_automatic(column.data_type(), to.data_type)
        && let Some(phases) = in_place(task, table, column, to.data_type)
    {
        return Ok(phases);
    }
    refuse_dependents_for_type(task, table, column.name())?;
    if column.generation().is_some() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: "the server computes its values: drop the expression first".to_owned(),
        });
    }
    let (up, down) = match to.up {
        Some(up) => (Some(up.to_owned()), to.down.map(str::to_owned)),
        None => convertible::expressions(column, to.data_type).unzip(),
    };
    let mut phases: Vec<Phase> = hold(task, table, column, to)?.into_iter().collect();
    // Without a way back from what was asked for by name, what is written in the new form never reaches the old one.
    let is_two_way = to.up.is_none() || to.down.is_some();
    if change_key_type::is_key(task, table, column) {
        phases.extend(change_key_type::phases(
            task,
            table,
            column,
            &Takeover::new(table, column, to.data_type, up, down),
        )?);
        return Ok(phases);
    }
    let takeover = Takeover::new(table, column, to.data_type, up, down);
    let step = takeover.in_step(is_two_way);
    phases.extend([step.expand(), step.backfill(task, takeover.prepare()?)?]);
    phases.extend(task.switches("works with the old and the new form of", ""));
    phases.extend(finish(task, &takeover, &step));
    Ok(phases)
}

/// Rows whose value cannot be converted are looked for, and refused from then on, before anything else is done.
fn hold(task: &Task<'_>, table: &Table, column: &Column, to: &Conversion<'_>) -> Result<Option<Phase>, Refusal> {
    let condition = match (to.valid, to.up) {
        (Some(valid), _) => Some(valid.to_owned()),
        (None, Some(_)) => None,
        (None, None) => convertible::condition(task, table, column, to.data_type)?,
    };
    let Some(condition) = condition else { return Ok(None) };
    let check = Constraint::check(condition).named(format!("{RESERVED_PREFIX}valid_{}", column.name()));
    Ok(Some(Phase::database(
        "hold",
        format!("only values that can be converted in `{}`", ColumnRef::new(table.name(), column.name())),
        PhaseKind::Expand,
        "Fails, and is rolled back, if a value cannot be converted; from its first step on, so does whoever writes one.".to_owned(),
        add_constraint::steps(task, table, &check)?,
    )))
}

/// The second column takes the name, with all that has one, in one transaction; then the first one goes.
fn finish(task: &Task<'_>, takeover: &Takeover<'_>, step: &InStep<'_>) -> Vec<Phase> {
    let object = ColumnRef::new(takeover.table.name(), takeover.column.name());
    let title = format!("the new form takes the name `{object}`");
    let (mut forward, mut back) = takeover.swap(task);
    let is_swapped = takeover.is_swapped().probe();
    if !step.is_two_way {
        let end = takeover.end(step);
        let (stop, drop) = end.split_at(end.len() - 1);
        let statements = stop.iter().chain(&forward).chain(drop).cloned().collect();
        let swap = Step::new("swap", title.clone(), Work::Sql { statements }, is_swapped, Undo::Impossible);
        return vec![last(title, "What was in the column is gone for good.", swap)];
    }
    let (after, before) = takeover.functions(step);
    forward.push(after);
    back.push(before);
    let swap =
        Step::new("swap", title.clone(), Work::Sql { statements: forward }, is_swapped, Undo::Sql { statements: back });
    let statements = takeover.end(step);
    swapped(&object.to_string(), title, vec![swap], statements)
}

/// The phase of the swap, which can be rolled back, and the one in which the old form goes.
pub(super) fn swapped(object: &str, title: String, steps: Vec<Step>, end: Vec<String>) -> Vec<Phase> {
    let swap = Phase::database(
        "swap",
        title,
        PhaseKind::Contract,
        "Whoever fails with the new form is helped at once by rolling this phase back: the old one follows until it goes. Until \
         then a value that it cannot have is refused."
            .to_owned(),
        steps,
    );
    let title = format!("drop the old form of `{object}`");
    let drop = Step::new("drop-old", title.clone(), Work::Sql { statements: end }, Probe::Untold, Undo::Impossible);
    vec![swap, last(title, "What was in the old form, and cannot be made of the new one, is gone for good.", drop)]
}

/// One step, if neither rows nor indexes are touched under its lock.
fn in_place(task: &Task<'_>, table: &Table, column: &Column, data_type: &str) -> Option<Vec<Phase>> {
    let alter = |to: &str| {
        let name = postgres_name(table.name());
        format!("ALTER TABLE {name} ALTER COLUMN {} TYPE {to}", ident(column.name()))
    };
    let mut before = catalog(task);
    // Free at UTC: the plan says so itself and does not count on the session.
    let mut forward = vec![alter(data_type)];
    let is_time = |text: &str| text.trim_start().to_lowercase().starts_with("timestamp");
    if is_time(column.data_type()) && is_time(data_type) {
        forward.insert(0, "SET LOCAL timezone TO 'UTC'".to_owned());
    }
    let there = before.apply(&forward.join(";\n"));
    let small = task.rows(table).is_some_and(|rows| rows <= task.policy.small_table);
    if !(there.rewritten().is_empty() && there.scanned().is_empty() || small)
        || there.locks().values().max() != Some(&LockMode::AccessExclusive)
    {
        return None;
    }
    // On the way back the server has to look at every value, as it would for any narrower type.
    let back = before.predict(&alter(column.data_type()));
    let is_reversible = small || back.rewritten().is_empty();
    // What goes one way by itself may have to be said on the way back: from text to an enum.
    let cast = format!("{} USING {}::{}", alter(column.data_type()), ident(column.name()), column.data_type());
    let (away, again) = away_and_again(table, column);
    let (untriggered, triggered) = triggers(task, table, column);
    let session = forward[..forward.len() - 1].to_vec();
    let back = [&session[..], &untriggered, &away, &[cast], &again].concat();
    let back = [back, lost_settings(table, column, column.data_type()), triggered.clone()].concat();
    let alter = forward[forward.len() - 1..].to_vec();
    let forward = [session, untriggered, alter, lost_settings(table, column, data_type), triggered].concat();
    let one = One {
        back: Some(back),
        forward,
        instructions: if is_reversible {
            "Every version of every consumer works before and after."
        } else {
            "Every version of every consumer works before and after. Rolling back writes every row anew while others wait."
        },
        ..One::new("change-type", String::new(), String::new())
    };
    Some(vec![one.phase(task)])
}
