//! Partitions, attached and detached without their rows being read under a lock.

use super::add_constraint::{in_two, key_steps};
use super::facts::Fact;
use super::indexes::{build, partitions};
use super::not_null;
use super::objects::finalize;
use super::partition_indexes::index_name;
use super::statements::{constraint_definition, create_table, drop_constraint, index_body};
use crate::name::{ObjectName, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::known_column;
use crate::planner::task::{Task, in_default_schema};
use crate::postgres::partition_bounds::Bounds;
use crate::refusal::Refusal;
use crate::schema::{Constraint, Table};
use crate::server::ServerVersion;
use crate::sql::{ident, object_label, postgres_name};
use crate::step::{Step, Undo, Work};

pub(super) fn attach(
    task: &Task<'_>,
    parent: &Table,
    partition: &ObjectName,
    bounds: &str,
    check: &str,
) -> Result<Vec<Phase>, Refusal> {
    refuse_unpartitioned(task, parent)?;
    let partition = in_default_schema(partition);
    let mut steps = Vec::new();
    let known = task.schema.table(&partition).filter(|table| *table.name() == partition);
    let child = if let Some(table) = known {
        table.clone()
    } else {
        // Made as a table of its own, so that nobody waits while it is.
        let own = parent.clone().called(&partition).unpartitioned();
        // Attaching gives it the parent's keys and indexes.
        let checks = own.constraints().iter().filter(|own| matches!(own, Constraint::Check { .. }));
        let statements = vec![create_table(&own, checks)];
        steps.push(Step::new(
            "create-partition",
            format!("create `{partition}`"),
            Work::Sql { statements },
            Fact::relation(&partition).probe(),
            Undo::Sql { statements: vec![format!("DROP TABLE {}", postgres_name(&partition))] },
        ));
        own
    };
    if known.is_some() {
        steps.extend(made_like(task, parent, &child)?);
    }
    steps.extend(hold(&child, &format!("{RESERVED_PREFIX}bounds"), check));
    let default =
        partitions(task, parent.name()).find(|other| other.parent().is_some_and(|(_, bounds)| bounds == "DEFAULT"));
    let outside = format!("NOT ({check})");
    if let Some(default) = default {
        let others = hold(default, &format!("{RESERVED_PREFIX}outside"), &outside);
        steps.extend(others.into_iter().map(|step| step.called_for(default.name().name())));
    }
    let (alter, name) = (format!("ALTER TABLE {}", postgres_name(parent.name())), postgres_name(&partition));
    steps.push(Step::new(
        "attach",
        format!("make `{partition}` a part of `{}`", parent.name()),
        Work::Sql { statements: vec![format!("{alter} ATTACH PARTITION {name} {bounds}")] },
        Fact::partition(&partition).probe(),
        Undo::Sql { statements: vec![format!("{alter} DETACH PARTITION {name}")] },
    ));
    steps.push(release(&child, "bounds", check));
    steps.extend(default.map(|default| release(default, "outside", &outside)));
    Ok(vec![Phase::database(
        "expand",
        task.words.clone(),
        PhaseKind::Expand,
        "Every version of every consumer works before and after. Fails, and is rolled back, if a row is out of bounds."
            .to_owned(),
        steps,
    )])
}

/// What a partition has to have, or would be given while others wait: NOT NULL, the whole's checks, keys, references and indexes.
fn made_like(task: &Task<'_>, parent: &Table, child: &Table) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    let named = |table: &Table, constraint: &Constraint| constraint.name_on(table.name().name());
    for column in parent.columns().iter().filter(|column| column.is_not_null()) {
        let own = known_column(child, column.name())?;
        if !own.is_not_null() {
            steps.extend(not_null::steps(child, own.name()));
        }
    }
    for constraint in parent.constraints() {
        let whole = constraint_definition(constraint);
        let has_it = child.constraints().iter().any(|own| constraint_definition(own) == whole);
        let own_name = child.name().name();
        match constraint {
            _ if has_it => {}
            Constraint::PrimaryKey { .. } => {
                steps.extend(key_steps(child, &constraint.clone().named(object_label(own_name, "", "pkey")))?);
            }
            Constraint::Unique { columns, .. } => {
                steps.extend(key_steps(
                    child,
                    &constraint.clone().named(object_label(own_name, &columns.join("_"), "key")),
                )?);
            }
            Constraint::Check { .. } | Constraint::ForeignKey { .. } => {
                steps.extend(in_two(child, &constraint.clone().named(named(parent, constraint))));
            }
            Constraint::Exclusion { .. } => {
                return Err(Refusal::NotPossible {
                    change: task.words.clone(),
                    kind: task.server.kind(),
                    reason: format!(
                        "`{}` lacks the exclusion `{}`: rebuild it with that first",
                        child.name(),
                        named(parent, constraint)
                    ),
                });
            }
        }
    }
    for index in parent.indexes() {
        let body = index_body(parent, index);
        if !child.indexes().iter().any(|own| index_body(child, own) == body && own.is_unique() == index.is_unique()) {
            steps.push(build(child, index, &index_name(child, index)));
        }
    }
    Ok(steps)
}

fn refuse_unpartitioned(task: &Task<'_>, parent: &Table) -> Result<(), Refusal> {
    if parent.partition_key().is_some() {
        return Ok(());
    }
    Err(Refusal::NotPossible {
        change: task.words.clone(),
        kind: task.server.kind(),
        reason: format!("`{}` is not partitioned", parent.name()),
    })
}

/// A check that is validated while others write; the server then need not look itself.
pub(super) fn hold(table: &Table, name: &str, check: &str) -> Vec<Step> {
    let alter = format!("ALTER TABLE {}", postgres_name(table.name()));
    let id = name.trim_start_matches(RESERVED_PREFIX);
    vec![
        Step::new(
            &format!("check-{id}"),
            format!("hold new rows of `{}` to the bounds", table.name()),
            Work::Sql { statements: vec![add(table, name, check)] },
            Fact::constraint(table.name(), name).probe(),
            Undo::Sql { statements: vec![drop_constraint(table.name(), name)] },
        ),
        Step::new(
            &format!("validate-{id}"),
            format!("check the old rows of `{}` against the bounds", table.name()),
            Work::Sql { statements: vec![format!("{alter} VALIDATE CONSTRAINT {}", ident(name))] },
            Fact::constraint_valid(table.name(), name).probe(),
            Undo::Nothing,
        ),
    ]
}

fn add(table: &Table, name: &str, check: &str) -> String {
    format!("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({check}) NOT VALID", postgres_name(table.name()), ident(name))
}

/// The partition's bounds say what the check said.
pub(super) fn release(table: &Table, what: &str, check: &str) -> Step {
    let name = format!("{RESERVED_PREFIX}{what}");
    Step::new(
        &format!("release-{what}"),
        format!("the check of `{}` is no longer needed", table.name()),
        Work::Sql { statements: vec![drop_constraint(table.name(), &name)] },
        Fact::constraint(table.name(), &name).not().probe(),
        Undo::Sql { statements: vec![add(table, &name, check)] },
    )
}

pub(super) fn detach(task: &Task<'_>, parent: &Table, partition: &Table, check: &str) -> Result<Vec<Phase>, Refusal> {
    let mut phases = task.switches("no longer looks for its rows in the whole of", "");
    phases.push(detached(task, parent, partition, check)?);
    Ok(phases)
}

/// The partition of a partitioned table goes with what is in it: first it becomes a table of its own.
pub(super) fn take_out(
    task: &Task<'_>,
    parent: &ObjectName,
    bounds: &str,
    partition: &Table,
) -> Result<Phase, Refusal> {
    let parent = task.table(parent)?;
    let key = parent.partition_key().unwrap_or_default();
    let check = Bounds::read(key, bounds).map(|bounds| bounds.check());
    let check = check.ok_or_else(|| Refusal::NotPossible {
        change: task.words.clone(),
        kind: task.server.kind(),
        reason: format!(
            "the bounds of `{}` are not conditions over one column: `detach_partition` with a check that says the same, then drop it",
            partition.name()
        ),
    })?;
    let phase = detached(task, parent, partition, &check)?;
    Ok(phase.called_for("detach"))
}

fn detached(task: &Task<'_>, parent: &Table, partition: &Table, check: &str) -> Result<Phase, Refusal> {
    refuse_unpartitioned(task, parent)?;
    let bounds = partition.parent().filter(|(of, _)| *of == parent.name()).map(|(_, bounds)| bounds);
    let Some(bounds) = bounds else {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: format!("`{}` is no partition of `{}`", partition.name(), parent.name()),
        });
    };
    let (alter, name) = (format!("ALTER TABLE {}", postgres_name(parent.name())), postgres_name(partition.name()));
    // Without it the server would make a check of its own, under a name of its own, that nothing takes away again.
    let mut steps = hold(partition, &format!("{RESERVED_PREFIX}bounds"), check);
    let has_default =
        partitions(task, parent.name()).any(|other| other.parent().is_some_and(|(_, bounds)| bounds == "DEFAULT"));
    let undo = Undo::Sql { statements: vec![format!("{alter} ATTACH PARTITION {name} {bounds}")] };
    let title = format!("make `{}` a table of its own", partition.name());
    let probe = Fact::partition(partition.name()).not().probe();
    let plain = format!("{alter} DETACH PARTITION {name}");
    let step = if has_default || task.server.version() < ServerVersion::new(14, 0, 0) {
        // The server refuses to do it concurrently beside a default partition, or does not know how; it takes a moment.
        Step::new("detach", title, Work::Sql { statements: vec![plain] }, probe, undo)
    } else {
        Step::new("detach", title, Work::Sql { statements: vec![format!("{plain} CONCURRENTLY")] }, probe, undo)
            .outside()
            .repaired_by(finalize(parent.name(), partition.name()))
    };
    steps.push(step);
    steps.push(release(partition, "bounds", check));
    Ok(Phase::database(
        "contract",
        format!("`{}` becomes a table of its own", partition.name()),
        PhaseKind::Contract,
        "Its rows are no longer found in the whole table. Rolling back brings them back.".to_owned(),
        steps,
    ))
}
