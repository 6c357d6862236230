//! Another type for a column: in place where the stored values stay as they are, else by a second column that takes over.

use super::in_step::InStep;
use super::reworded::{away_and_again, lost_settings};
use super::takeover::{Takeover, uncast};
use super::{change_key_type, convertible, last};
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::add_constraint;
use crate::planner::postgres::dependents::refuse_dependents_for_type;
use crate::planner::postgres::impact::catalog;
use crate::planner::postgres::names::own_name;
use crate::planner::postgres::plain::One;
use crate::planner::postgres::readers::{Readers, refuse_others};
use crate::planner::postgres::statements::collation_name;
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
    let readers = Readers::of(task, table, column.name())?;
    if to.up.is_none()
        && (convertible::is_automatic(column.data_type(), to.data_type) || convertible::is_enum(task, to.data_type))
        && let Some(phases) = in_place(task, table, column, to.data_type, &readers)
    {
        return Ok(phases);
    }
    let is_key = change_key_type::is_key(task, table, column);
    if is_key {
        refuse_dependents_for_type(task, table, column.name())?;
    } else {
        refuse_others(task, table, column.name())?;
    }
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
    if is_key {
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
    phases.extend([step.expand(), step.backfill(task, takeover.prepare()?)]);
    phases.extend(task.switches("works with the old and the new form of", ""));
    phases.extend(finish(task, &takeover, &step, &readers));
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
    let check = Constraint::check(condition).named(own_name("valid", column.name()));
    Ok(Some(Phase::database(
        "hold",
        format!("only values that can be converted in `{}`", ColumnRef::new(table.name(), column.name())),
        PhaseKind::Expand,
        "Fails, and is rolled back, if a value cannot be converted; from its first step on, so does whoever writes one.".to_owned(),
        add_constraint::steps(task, table, &check)?,
    )))
}

/// The second column takes the name, with all that has one, in one transaction; then the first one goes.
fn finish(task: &Task<'_>, takeover: &Takeover<'_>, step: &InStep<'_>, readers: &Readers<'_>) -> Vec<Phase> {
    let object = ColumnRef::new(takeover.table.name(), takeover.column.name());
    let title = format!("the new form takes the name `{object}`");
    let (mut forward, mut back) = takeover.swap(task);
    let is_swapped = takeover.is_swapped().probe();
    if !step.is_two_way {
        let end = takeover.end(step);
        let (stop, drop) = end.split_at(end.len() - 1);
        let statements = readers.around(stop.iter().chain(&forward).chain(drop).cloned().collect());
        let swap = Step::new("swap", title.clone(), Work::Sql { statements }, is_swapped, Undo::Impossible);
        return vec![last(title, "What was in the column is gone for good.", swap)];
    }
    let (after, before) = takeover.functions(step);
    forward.push(after);
    back.push(before);
    let (forward, back) = (readers.around(forward), readers.around(back));
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
fn in_place(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    data_type: &str,
    readers: &Readers<'_>,
) -> Option<Vec<Phase>> {
    let after = Column::new(column.name(), data_type);
    let (forward, back) = (
        altered(task, table, column, &collated(column, data_type)),
        altered(task, table, &after, &collated(column, column.data_type())),
    );
    let default = |to: &str| {
        format!("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {to}", postgres_name(table.name()), ident(column.name()))
    };
    let is_cast = convertible::cast(task, column, data_type).is_some();
    let new_default = column.default().filter(|_| is_cast).map(|own| default(&uncast(own)));
    let (away, again) = away_and_again(table, column);
    let forward = forward.into_iter().chain(new_default).chain(lost_settings(table, column, data_type));
    let back = away.into_iter().chain(back).chain(column.default().map(default)).chain(again);
    let back = back.chain(lost_settings(table, column, column.data_type()));
    let (forward, back) = (readers.around(forward.collect()), readers.around(back.collect()));
    let mut before = catalog(task);
    let there = before.apply(&forward.join(";\n"));
    let small = task.rows(table).is_some_and(|rows| rows <= task.policy.small_table);
    if !(there.rewritten().is_empty() && there.scanned().is_empty() || small)
        || there.locks().values().max() != Some(&LockMode::AccessExclusive)
    {
        return None;
    }
    // On the way back the server has to look at every value, as it would for any narrower type.
    let is_reversible = small || before.predict(&back.join(";\n")).rewritten().is_empty();
    let one = One {
        forward,
        back: Some(back),
        instructions: match (is_reversible, readers.is_empty()) {
            (true, true) => "Every version of every consumer works before and after.",
            (true, false) => {
                "Every version of every consumer works before and after that can read the new type. What reads the column is made \
                 anew with it."
            }
            (false, _) => {
                "Every version of every consumer works before and after. Rolling back writes every row anew while others wait."
            }
        },
        ..One::new("change-type", String::new(), String::new())
    };
    Some(vec![one.phase(task)])
}

/// The statements that give a column another type. Its default is gone where the values are cast.
fn altered(task: &Task<'_>, table: &Table, from: &Column, to: &str) -> Vec<String> {
    let alter = format!("ALTER TABLE {} ALTER COLUMN {}", postgres_name(table.name()), ident(from.name()));
    let cast = convertible::cast(task, from, to);
    let using = cast.as_ref().map(|cast| format!(" USING {cast}")).unwrap_or_default();
    let mut statements = Vec::new();
    // Free at UTC: the plan says so itself and does not count on the session.
    let is_time = |text: &str| text.trim_start().to_lowercase().starts_with("timestamp");
    if is_time(from.data_type()) && is_time(to) {
        statements.push("SET LOCAL timezone TO 'UTC'".to_owned());
    }
    // The server would not make a value of the new type of it either.
    if cast.is_some() && table.column(from.name()).is_some_and(|own| own.default().is_some()) {
        statements.push(format!("{alter} DROP DEFAULT"));
    }
    statements.push(format!("{alter} TYPE {to}{using}"));
    statements
}

/// A type with the collation of the column, where it can have one and says none itself: the server would take that of the type.
fn collated(column: &Column, data_type: &str) -> String {
    let lower = data_type.to_lowercase();
    let is_text = ["text", "varchar", "char", "citext"].iter().any(|text| lower.contains(text));
    match column.collation_name().filter(|_| is_text && !lower.contains(" collate ")) {
        Some(collation) => format!("{data_type} COLLATE {}", collation_name(collation)),
        None => data_type.to_owned(),
    }
}
