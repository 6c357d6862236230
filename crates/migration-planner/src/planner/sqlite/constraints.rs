//! Constraints, which SQLite only takes when a table is made.

use super::one::{COMPATIBLE, phase, sql, verify};
use super::quote::{quoted, quoted_table};
use super::rebuild::{Rebuild, create_index};
use super::{refused, row_key};
use crate::name::{ObjectName, same_name};
use crate::phase::{Phase, PhaseKind};
use crate::planner::Task;
use crate::planner::task::find_column;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Constraint, Index, Table};
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

/// Constraints that are to be added, and what goes with them.
pub(super) struct Addition<'a> {
    pub(super) all: Vec<&'a Constraint>,
    /// Which rows go first.
    pub(super) surplus: Option<&'a str>,
    /// An index that goes with them.
    pub(super) index: Option<&'a Index>,
}

pub(super) fn add(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let mut phases = Vec::new();
    if let Some(when) = add.surplus {
        let work = Work::Delete {
            table: table.name().clone(),
            key: row_key(table)?,
            when: when.to_owned(),
            batch_rows: task.policy.batch_rows,
        };
        phases.extend(super::columns::rows(task, table, "delete-surplus", work));
    }
    let mut steps = Vec::new();
    for constraint in &add.all {
        if let Some(name) = constraint.detail().name()
            && table
                .definition()
                .is_some_and(|_| super::definition::Definition::of(table).clone().drop_constraint(name))
        {
            return Err(Refusal::ObjectExists { kind: "constraint".to_owned(), name: name.to_owned() });
        }
        steps.extend(look(task, table, constraint)?);
    }
    let rebuild = Rebuild::of(task, table, |definition| {
        for constraint in &add.all {
            definition.add_constraint(constraint);
        }
    });
    steps.push(rebuild.step("add-constraint", task.words.clone()));
    steps.extend(add.index.map(|by| index(task, table, by)));
    let instructions =
        "Fails, and changes nothing, if a row breaks it; from here on, so does whoever writes such a row.";
    phases.push(phase(task, PhaseKind::Expand, instructions, steps));
    Ok(phases)
}

/// Looks for rows that would break a constraint.
fn look(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<Option<Step>, Refusal> {
    let list = |columns: &[String]| columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
    let own = quoted_table(table.name());
    let never = match constraint {
        Constraint::Check { expression, .. } => format!("NOT ({expression})"),
        Constraint::Unique { columns, .. } | Constraint::PrimaryKey { columns, .. } => {
            for column in columns {
                find_column(table, column)?;
            }
            if matches!(constraint, Constraint::PrimaryKey { .. }) && !table.primary_key().is_empty() {
                return Err(refused::not_possible(task, "it has a primary key: replace that"));
            }
            let all = list(columns);
            format!("({all}) IN (SELECT {all} FROM {own} GROUP BY {all} HAVING count(*) > 1)")
        }
        Constraint::ForeignKey { columns, references, referenced, .. } => {
            let other = if references.matches(table.name()) { table } else { task.table(references)? };
            let theirs: Vec<String> = if referenced.is_empty() {
                other.primary_key().into_iter().map(str::to_owned).collect()
            } else {
                referenced.clone()
            };
            let mut given = Vec::new();
            let mut same = Vec::new();
            for (column, key) in columns.iter().zip(&theirs) {
                find_column(table, column)?;
                find_column(other, key)?;
                given.push(format!("{own}.{} IS NOT NULL", quoted(column)));
                same.push(format!("other.{} = {own}.{}", quoted(key), quoted(column)));
            }
            format!(
                "{} AND NOT EXISTS (SELECT 1 FROM {} AS other WHERE {})",
                given.join(" AND "),
                quoted_table(other.name()),
                same.join(" AND ")
            )
        }
        Constraint::Exclusion { .. } => {
            return Err(refused::not_possible(
                task,
                "SQLite has no exclusion constraints: a trigger that raises an error does as much",
            ));
        }
    };
    Ok(Some(verify(table.name(), &format!("verify-{}", constraint.name_on(table.name().name())), never)))
}

pub(super) fn drop(task: &Task<'_>, table: &Table, name: &str) -> Result<Vec<Phase>, Refusal> {
    let key = find(table, name).filter(|own| is_key(own));
    if let Some(key) = key {
        refuse_if_referred_to(task, table, key)?;
    }
    let mut found = false;
    let rebuild = Rebuild::of(task, table, |definition| {
        found = definition.drop_constraint(name);
        if !found && key.is_some_and(|key| matches!(key, Constraint::PrimaryKey { .. })) {
            definition.drop_primary_key();
            found = true;
        }
    });
    if !found {
        return Err(unknown(name));
    }
    let mut phases = if key.is_some() {
        task.switches("no longer counts on the key of", " (`ON CONFLICT` needs it)")
    } else {
        Vec::new()
    };
    let instructions = "Can be rolled back for as long as no row was written that breaks it.";
    phases.push(phase(
        task,
        PhaseKind::Contract,
        instructions,
        vec![rebuild.step("drop-constraint", task.words.clone())],
    ));
    Ok(phases)
}

pub(super) fn rename(task: &Task<'_>, table: &Table, name: &str, to: &str) -> Result<Vec<Phase>, Refusal> {
    let mut found = false;
    let rebuild = Rebuild::of(task, table, |definition| found = definition.rename_constraint(name, to));
    if !found {
        return Err(unknown(name));
    }
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![rebuild.step("rename-constraint", task.words.clone())])])
}

/// One goes and the other comes with the same new table.
pub(super) fn replace(task: &Task<'_>, table: &Table, name: &str, by: &Constraint) -> Result<Vec<Phase>, Refusal> {
    let old = find(table, name);
    let is_primary = matches!(by, Constraint::PrimaryKey { .. }) && !table.primary_key().is_empty();
    let old_key: Vec<String> = table.primary_key().into_iter().map(str::to_owned).collect();
    // Rows of other tables go on referring to the old key.
    let is_referred_to = is_primary && referring(task, table).next().is_some();
    let mut found = false;
    let rebuild = Rebuild::of(task, table, |definition| {
        found = definition.drop_constraint(name);
        if is_primary {
            definition.drop_primary_key();
            found = true;
        }
        if is_referred_to {
            definition.add_constraint(&Constraint::unique(old_key.clone()));
        }
        let by = by.clone();
        definition.add_constraint(&if is_primary && old.is_none() { by } else { by.named(name) });
    });
    if !found {
        return Err(unknown(name));
    }
    let without = if is_primary { table.clone().without_primary_key() } else { table.clone() };
    let mut steps: Vec<Step> = look(task, &without, by)?.into_iter().collect();
    steps.push(rebuild.step("replace-constraint", task.words.clone()));
    let mut phases = if is_primary {
        task.switches("no longer counts on the old key of", " (`ON CONFLICT` needs it)")
    } else {
        Vec::new()
    };
    phases.push(phase(
        task,
        PhaseKind::Contract,
        "Can be rolled back for as long as no row was written that breaks the old one.",
        steps,
    ));
    Ok(phases)
}

fn find<'t>(table: &'t Table, name: &str) -> Option<&'t Constraint> {
    table.constraints().iter().find(|own| same_name(&own.name_on(table.name().name()), name))
}

fn is_key(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::PrimaryKey { .. } | Constraint::Unique { .. })
}

fn unknown(name: &str) -> Refusal {
    Refusal::UnknownObject { kind: "constraint".to_owned(), name: name.to_owned(), nearest: Vec::new() }
}

/// Other tables whose foreign keys refer to a table.
fn referring<'a>(task: &'a Task<'_>, table: &'a Table) -> impl Iterator<Item = &'a ObjectName> {
    let refers = |other: &&Table| {
        other
            .constraints()
            .iter()
            .any(|own| matches!(own, Constraint::ForeignKey { references, .. } if references.matches(table.name())))
    };
    task.schema.tables().iter().filter(refers).map(Table::name)
}

fn refuse_if_referred_to(task: &Task<'_>, table: &Table, key: &Constraint) -> Result<(), Refusal> {
    let dependents: Vec<Dependent> =
        referring(task, table).map(|other| Dependent::ForeignKey { table: other.clone() }).collect();
    if dependents.is_empty() {
        return Ok(());
    }
    Err(Refusal::InUse { name: key.name_on(table.name().name()), dependents })
}

/// What is built is a table's index, which writers wait for.
pub(super) fn index(task: &Task<'_>, table: &Table, index: &Index) -> Step {
    let name = index.name().name().to_owned();
    Step::new(
        &format!("build-{name}"),
        format!("build the index `{name}` on `{}`", table.name()),
        Work::Sql { statements: vec![create_index(table, index)] },
        Probe::IndexExists { name: name.clone() },
        Undo::Sql { statements: vec![format!("DROP INDEX {}", quoted(&name))] },
    )
    .with_impact(Impact::locking(table.name(), LockMode::DatabaseWrite).scanning(task.rows(table)))
}

/// Statements that need no more than the write lock for a moment.
pub(super) fn light(task: &Task<'_>, id: &str, forward: String, back: String) -> Step {
    sql(task, id, task.words.clone(), vec![forward], vec![back])
}
