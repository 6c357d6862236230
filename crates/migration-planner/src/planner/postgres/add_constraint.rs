//! Adding a constraint without reading all rows under a lock that others wait behind.

use std::fmt::Write as _;

use super::facts::Fact;
use super::indexes::{build, find, index_steps, leaves, refuse_taken};
use super::key_definition::KeyDefinition;
use super::key_types;
use super::not_null;
use super::partition_indexes;
use super::plain::constraint;
use super::row_key::row_address;
use super::statements::{
    Build, add_constraint_as, beside, comment_on_constraint, comment_on_index, constraint_definition, create_index,
    drop_constraint, is_foreign,
};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::known_column;
use crate::planner::task::Task;
use crate::postgres::cursor::Cursor;
use crate::refusal::Refusal;
use crate::schema::{Constraint, Index, Table};
use crate::server::ServerVersion;
use crate::sql::{ident, idents, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// Constraints that are to be added, and what goes with them.
pub(super) struct Addition<'a> {
    pub(super) constraint: &'a Constraint,
    /// More of them.
    pub(super) more: &'a [Constraint],
    /// Which rows go first.
    pub(super) surplus: Option<&'a str>,
    /// An index that is built before.
    pub(super) index: Option<&'a Index>,
}

pub(super) fn phases(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let all: Vec<&Constraint> = std::iter::once(add.constraint).chain(add.more).collect();
    let mut names: Vec<String> = Vec::new();
    let mut expand = Vec::new();
    if let Some(index) = add.index {
        refuse_taken(task, table, index.name().name())?;
        expand.extend(index_steps(task, table, index));
    }
    for constraint in &all {
        let name = constraint.name_on(table.name().name());
        if taken_over(constraint).as_ref() != Some(&name) {
            refuse_taken(task, table, &name)?;
        }
        if names.contains(&name) {
            return Err(Refusal::ObjectExists { kind: "constraint".to_owned(), name });
        }
        names.push(name);
        expand.extend(steps(task, table, constraint)?);
    }
    let mut phases: Vec<Phase> = add.surplus.map(|rows| dedupe(task, table, rows)).into_iter().collect();
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let mut instructions =
        "Fails, and is rolled back, if a row breaks it; from its first step on, so does whoever writes such a row."
            .to_owned();
    for constraint in all.iter().filter(|own| is_foreign(own) && !is_indexed(table, own, add.index)) {
        if let Constraint::ForeignKey { columns, references, .. } = constraint {
            let _infallible = write!(
                instructions,
                " No index of `{}` begins with {}: deleting a row of `{references}` reads all of it. Build one first with `indexed_by`.",
                table.name(),
                columns.join(", ")
            );
        }
    }
    phases.push(Phase::database(
        "expand",
        format!("add {} to `{}`", names.join(", "), table.name()),
        PhaseKind::Expand,
        instructions,
        expand,
    ));
    Ok(phases)
}

/// Whether an index or a key of the table finds the rows that refer to one.
fn is_indexed(table: &Table, constraint: &Constraint, more: Option<&Index>) -> bool {
    let Constraint::ForeignKey { columns, .. } = constraint else { return true };
    let keys = table.constraints().iter().filter_map(|own| match own {
        Constraint::PrimaryKey { columns, .. } | Constraint::Unique { columns, .. } => Some(columns.as_slice()),
        _ => None,
    });
    let own = table.primary_key().into_iter().map(str::to_owned).collect::<Vec<String>>();
    let whole = table.indexes().iter().chain(more).filter(|index| index.predicate().is_none()).map(Index::parts);
    keys.chain(whole).chain([own.as_slice()]).any(|parts| {
        parts.len() >= columns.len() && parts[..columns.len()].iter().all(|part| columns.iter().any(|own| own == part))
    })
}

/// Rows that break the constraint go first.
fn dedupe(task: &Task<'_>, table: &Table, surplus: &str) -> Phase {
    let step = Step::new(
        "delete-surplus",
        format!("delete the rows of `{}` that stand in the way", table.name()),
        Work::Delete {
            table: table.name().clone(),
            key: row_address(table),
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
    phase.beyond_return()
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
            key_types::refuse_others(task, table, constraint)?;
            foreign_key(task, table, constraint)
        }
        Constraint::Unique { columns, .. } => {
            let twice = format!(
                "({0}) IN (SELECT {0} FROM {1} GROUP BY {0} HAVING count(*) > 1)",
                idents(columns),
                postgres_name(table.name())
            );
            let mut steps = vec![verify(table, constraint, twice)];
            steps.extend(keys(task, table, constraint)?);
            steps
        }
        Constraint::PrimaryKey { columns, .. } => {
            let mut steps = Vec::new();
            for name in columns {
                let column = known_column(table, name)?;
                if !column.is_not_null() {
                    steps.extend(not_null::steps(table, column.name()));
                }
            }
            steps.extend(keys(task, table, constraint)?);
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

/// The statement that has old rows checked against a constraint.
pub(super) fn validation(table: &Table, name: &str) -> String {
    format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", postgres_name(table.name()), ident(name))
}

pub(super) fn validate(table: &Table, name: &str) -> Step {
    let statement = validation(table, name);
    Step::new(
        &format!("validate-{name}"),
        format!("check the old rows of `{}` against `{name}`", table.name()),
        Work::Sql { statements: vec![statement] },
        Fact::constraint_valid(table.name(), name).probe(),
        Undo::Nothing,
    )
}

/// Has old rows checked against a constraint that was added without.
pub(super) fn validate_only(task: &Task<'_>, table: &Table, name: &str) -> Result<Vec<Phase>, Refusal> {
    let constraint = constraint(table, name)?;
    if constraint.detail().is_validated() {
        return Err(task.nothing_to_do());
    }
    let own = constraint.name_on(table.name().name());
    let mut back = vec![drop_constraint(table.name(), &own), super::statements::add_constraint(table, constraint)];
    back.extend(comment_on_constraint(table, constraint));
    Ok(vec![Phase::database(
        "expand",
        task.words.clone(),
        PhaseKind::Expand,
        "Fails, and changes nothing, if a row breaks it.".to_owned(),
        vec![validate(table, &own).undone_by(Undo::Sql { statements: back })],
    )])
}

/// On a partitioned table a foreign key can only be added valid: each partition gets one first, which it then takes over.
fn foreign_key(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Vec<Step> {
    if table.partition_key().is_none() || task.server.version() >= ServerVersion::new(18, 0, 0) {
        return in_two(table, constraint);
    }
    let mut steps: Vec<Step> = Vec::new();
    for partition in leaves(task, table) {
        let name = constraint.name_on(table.name().name());
        let own = constraint.clone().named(name);
        steps.extend(in_two(partition, &own).into_iter().map(|step| step.called_for(partition.name().name())));
    }
    // Undoing it drops the partitions' own too.
    let steps: Vec<Step> = steps.into_iter().map(Step::undone_leniently).collect();
    steps.into_iter().chain([at_once(table, constraint)]).collect()
}

/// A key of a table or, partition by partition, of a partitioned one.
fn keys(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<Vec<Step>, Refusal> {
    if let Some(index) = taken_over(constraint) {
        return Ok(vec![take_over(task, table, constraint, &index)?]);
    }
    if table.partition_key().is_none() {
        return key_steps(table, constraint);
    }
    let name = constraint.name_on(table.name().name());
    for column in KeyDefinition::read(&constraint_definition(constraint)).columns() {
        known_column(table, column)?;
    }
    Ok(partition_indexes::key_steps(task, table, constraint, &name))
}

/// The index is built first, while others write; the constraint then takes it over.
pub(super) fn key_steps(table: &Table, constraint: &Constraint) -> Result<Vec<Step>, Refusal> {
    let name = constraint.name_on(table.name().name());
    let definition = KeyDefinition::read(&constraint_definition(constraint));
    for column in definition.columns() {
        known_column(table, column)?;
    }
    let index = definition.index(beside(table.name(), &name));
    Ok(vec![build(table, &index, &name), adopt_index(table, &definition, &name)])
}

/// A constraint takes over the index that has its name.
pub(super) fn adopt_index(table: &Table, definition: &KeyDefinition, name: &str) -> Step {
    let statement = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}{}",
        postgres_name(table.name()),
        ident(name),
        definition.keyword,
        ident(name),
        definition.tail
    );
    Step::new(
        &format!("add-{name}"),
        format!("`{name}` takes over the index"),
        Work::Sql { statements: vec![statement] },
        Fact::constraint(table.name(), name).probe(),
        Undo::Sql { statements: vec![drop_constraint(table.name(), name)] },
    )
}

/// The index in `PRIMARY KEY USING INDEX users_by_email`.
fn taken_over(constraint: &Constraint) -> Option<String> {
    let definition = constraint.detail().definition()?;
    let mut cursor = Cursor::new(definition);
    if cursor.skip_past("using index") { cursor.identifier().filter(|word| word != "tablespace") } else { None }
}

/// A key takes over an index of the schema, which goes with it where that is undone and is built anew.
fn take_over(task: &Task<'_>, table: &Table, constraint: &Constraint, name: &str) -> Result<Step, Refusal> {
    let (_, index) = find(task, &beside(table.name(), name))?;
    let own = constraint.name_on(table.name().name());
    let mut back =
        vec![drop_constraint(table.name(), &own), create_index(table, index, index.name().name(), Build::Concurrently)];
    back.extend(comment_on_index(table, index));
    Ok(Step::new(
        &format!("add-{own}"),
        format!("`{own}` takes over the index `{name}`"),
        Work::Sql { statements: vec![add_constraint_as(table.name(), &own, constraint)] },
        Fact::constraint(table.name(), &own).probe(),
        Undo::SqlOutside { statements: back },
    ))
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
