//! Adding a constraint without reading all rows under a lock that others wait behind.

use super::facts::Fact;
use super::indexes::{build, partitions, refuse_taken};
use super::key_definition::KeyDefinition;
use super::not_null;
use super::row_key::row_key;
use super::statements::{
    add_constraint_as, beside, comment_on_constraint, constraint_definition, drop_constraint, is_foreign,
};
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::{Task, in_default_schema};
use crate::postgres::same_type;
use crate::refusal::Refusal;
use crate::schema::{Constraint, Table};
use crate::server::ServerVersion;
use crate::sql::{ident, idents, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    constraint: &Constraint,
    surplus: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let name = constraint.name_on(table.name().name());
    refuse_taken(task, table, &name)?;
    let mut phases: Vec<Phase> = surplus.map(|rows| dedupe(task, table, rows)).transpose()?.into_iter().collect();
    phases.push(Phase::database(
        "expand",
        format!("add `{name}` to `{}`", table.name()),
        PhaseKind::Expand,
        "Fails, and is rolled back, if a row breaks it; from its first step on, so does whoever writes such a row."
            .to_owned(),
        steps(task, table, constraint)?,
    ));
    Ok(phases)
}

/// Rows that break the constraint go first.
fn dedupe(task: &Task<'_>, table: &Table, surplus: &str) -> Result<Phase, Refusal> {
    let step = Step::new(
        "delete-surplus",
        format!("delete the rows of `{}` that stand in the way", table.name()),
        Work::Delete {
            table: table.name().clone(),
            key: row_key(table)?,
            when: surplus.to_owned(),
            batch_rows: task.policy.batch_rows,
        },
        Probe::Untold,
        Undo::Impossible,
    );
    let phase = Phase::database(
        "dedupe",
        format!("delete the rows of `{}` where {surplus}", table.name()),
        PhaseKind::Backfill,
        "What is in these rows is gone for good. Take a copy first if anybody may ask for it.".to_owned(),
        vec![step],
    );
    Ok(phase.beyond_return())
}

/// The steps that add a constraint, without its name being looked up.
pub(super) fn steps(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<Vec<Step>, Refusal> {
    let mut steps = match constraint {
        Constraint::Check { expression, .. } => {
            let mut steps = vec![verify(table, constraint, format!("NOT ({expression})"))];
            steps.extend(in_two(table, constraint));
            steps
        }
        Constraint::ForeignKey { .. } => {
            refuse_other_types(task, table, constraint)?;
            foreign_key(task, table, constraint)
        }
        Constraint::Unique { columns, .. } => {
            let twice = format!(
                "({0}) IN (SELECT {0} FROM {1} GROUP BY {0} HAVING count(*) > 1)",
                idents(columns),
                postgres_name(table.name())
            );
            let mut steps = vec![verify(table, constraint, twice)];
            steps.extend(by_index(task, table, constraint)?);
            steps
        }
        Constraint::PrimaryKey { columns, .. } => {
            let mut steps = Vec::new();
            for name in columns {
                let column = task.column_of(table, name)?;
                if !column.is_not_null() {
                    steps.extend(not_null::steps(table, column.name()));
                }
            }
            steps.extend(by_index(task, table, constraint)?);
            steps
        }
        Constraint::Exclusion { .. } => vec![at_once(table, constraint)],
    };
    steps.extend(comment_on_constraint(table, constraint).map(|statement| {
        Step::new(
            &format!("comment-{}", constraint.name_on(table.name().name())),
            "say what it is for".to_owned(),
            Work::Sql { statements: vec![statement] },
            Probe::Untold,
            Undo::Nothing,
        )
    }));
    Ok(steps)
}

/// Looks for rows that break it before anything is changed.
fn verify(table: &Table, constraint: &Constraint, never: String) -> Step {
    let name = constraint.name_on(table.name().name());
    Step::new(
        &format!("verify-{name}"),
        format!("look for rows of `{}` that would break `{name}`", table.name()),
        Work::Verify { table: table.name().clone(), never },
        Probe::Untold,
        Undo::Nothing,
    )
}

/// Not valid first, which concerns new rows only; then the old rows are read while others write.
pub(super) fn in_two(table: &Table, constraint: &Constraint) -> Vec<Step> {
    let name = constraint.name_on(table.name().name());
    let add = Step::new(
        &format!("add-{name}"),
        format!("hold new rows of `{}` to `{name}`", table.name()),
        Work::Sql { statements: vec![format!("{} NOT VALID", add_constraint_as(table.name(), &name, constraint))] },
        Fact::constraint(table.name(), &name).probe(),
        Undo::Sql { statements: vec![drop_constraint(table.name(), &name)] },
    );
    if constraint.detail().is_validated() { vec![add, validate(table, &name)] } else { vec![add] }
}

pub(super) fn validate(table: &Table, name: &str) -> Step {
    let statement = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", postgres_name(table.name()), ident(name));
    Step::new(
        &format!("validate-{name}"),
        format!("check the old rows of `{}` against `{name}`", table.name()),
        Work::Sql { statements: vec![statement] },
        Fact::constraint_valid(table.name(), name).probe(),
        Undo::Nothing,
    )
}

/// On a partitioned table a foreign key can only be added valid: each partition gets one first, which it then takes over.
fn foreign_key(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Vec<Step> {
    if table.partition_key().is_none() || task.server.version() >= ServerVersion::new(18, 0, 0) {
        return in_two(table, constraint);
    }
    let mut steps: Vec<Step> = Vec::new();
    for partition in partitions(task, table.name()) {
        let name = constraint.name_on(table.name().name());
        let own = constraint.clone().named(name);
        steps.extend(in_two(partition, &own).into_iter().map(|step| step.called_for(partition.name().name())));
    }
    // Undoing it drops the partitions' own too.
    let steps: Vec<Step> = steps.into_iter().map(Step::undone_leniently).collect();
    steps.into_iter().chain([at_once(table, constraint)]).collect()
}

/// The index is built first, while others write; the constraint then takes it over.
fn by_index(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<Vec<Step>, Refusal> {
    if table.partition_key().is_some() {
        return Ok(vec![at_once(table, constraint)]);
    }
    let name = constraint.name_on(table.name().name());
    let definition = KeyDefinition::read(&constraint_definition(constraint));
    for column in definition.columns(table) {
        task.column_of(table, &column)?;
    }
    let index = definition.index(beside(table.name(), &name));
    let statement = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}{}",
        postgres_name(table.name()),
        ident(&name),
        definition.keyword,
        ident(&name),
        definition.tail
    );
    let adopt = Step::new(
        &format!("add-{name}"),
        format!("`{name}` takes over the index"),
        Work::Sql { statements: vec![statement] },
        Fact::constraint(table.name(), &name).probe(),
        Undo::Sql { statements: vec![drop_constraint(table.name(), &name)] },
    );
    Ok(vec![build(table, &index, &name), adopt])
}

/// There is no other way: the oracle says whether the table is small enough.
pub(super) fn at_once(table: &Table, constraint: &Constraint) -> Step {
    let name = constraint.name_on(table.name().name());
    Step::new(
        &format!("add-{name}"),
        format!("add `{name}` to `{}`", table.name()),
        Work::Sql { statements: vec![add_constraint_as(table.name(), &name, constraint)] },
        Fact::constraint(table.name(), &name).probe(),
        Undo::Sql { statements: vec![drop_constraint(table.name(), &name)] },
    )
}

/// A foreign key between different types cannot use the index of the other table well, if at all.
fn refuse_other_types(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<(), Refusal> {
    let Constraint::ForeignKey { columns, references, referenced, .. } = constraint else { return Ok(()) };
    debug_assert!(is_foreign(constraint), "it was just taken apart as one");
    let other = if references.matches(table.name()) { table } else { task.table(&in_default_schema(references))? };
    let keys: Vec<String> = if referenced.is_empty() {
        other.primary_key().into_iter().map(str::to_owned).collect()
    } else {
        referenced.clone()
    };
    for (own, theirs) in columns.iter().zip(&keys) {
        let (a, b) = (task.column_of(table, own)?, task.column_of(other, theirs)?);
        if !same_type(a.data_type(), b.data_type()) {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: format!(
                    "`{}` is of type {} and `{}` of type {}: change one of them first",
                    ColumnRef::new(table.name(), a.name()),
                    a.data_type(),
                    ColumnRef::new(other.name(), b.name()),
                    b.data_type()
                ),
            });
        }
    }
    Ok(())
}
