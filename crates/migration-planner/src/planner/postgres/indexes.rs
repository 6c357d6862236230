//! Indexes, built and dropped while others read and write.

use super::facts::Fact;
use super::names::{is_taken, own_name};
use super::partition_indexes;
use super::statements::{Build, beside, comment_on_index, create_index, index_body};
use crate::name::ObjectName;
use crate::nearest::nearest;
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::{Task, in_default_schema};
use crate::refusal::Refusal;
use crate::schema::{Index, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Repair, Step, Undo, Work};

pub(super) fn create(task: &Task<'_>, table: &Table, index: &Index) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, table, index.name().name())?;
    refuse_redundant(table, index)?;
    let steps = index_steps(task, table, index);
    Ok(vec![Phase::database(
        "expand",
        format!("index `{}` by `{}`", table.name(), index.name()),
        PhaseKind::Expand,
        "Every version of every consumer works before and after. Waits for transactions that are open.".to_owned(),
        steps,
    )])
}

/// The steps that build an index, partition by partition where there are any.
pub(super) fn index_steps(task: &Task<'_>, table: &Table, index: &Index) -> Vec<Step> {
    let mut steps = if table.partition_key().is_some() {
        partition_indexes::index_steps(task, table, index)
    } else {
        vec![build(table, index, index.name().name())]
    };
    steps.extend(describe(table, index));
    steps
}

/// Refuses an index that orders the same as one that is there: every write would pay for it, and no query need it.
fn refuse_redundant(table: &Table, index: &Index) -> Result<(), Refusal> {
    let body = index_body(table, index);
    let same =
        |other: &&Index| other.is_valid() && other.is_unique() == index.is_unique() && index_body(table, other) == body;
    match table.indexes().iter().find(same) {
        Some(other) => Err(Refusal::Redundant { index: index.name().to_string(), same_as: other.name().to_string() }),
        None => Ok(()),
    }
}

pub(super) fn refuse_taken(task: &Task<'_>, table: &Table, name: &str) -> Result<(), Refusal> {
    let whole = beside(table.name(), name);
    if whole.is_reserved() {
        return Err(Refusal::ReservedName { name: name.to_owned() });
    }
    let constraint = table.constraints().iter().any(|own| own.name_on(table.name().name()) == name);
    if constraint || is_taken(task.schema, &whole) {
        return Err(Refusal::ObjectExists { kind: "relation".to_owned(), name: whole.to_string() });
    }
    Ok(())
}

/// Builds an index under the name `name`, and what is needed should that be cut off.
pub(super) fn build(table: &Table, index: &Index, name: &str) -> Step {
    let whole = beside(table.name(), name);
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", postgres_name(&whole));
    Step::new(
        &format!("build-{name}"),
        format!("build the index `{whole}` on `{}`", table.name()),
        Work::Sql { statements: vec![create_index(table, index, name, Build::Concurrently)] },
        Fact::index_valid(&whole).probe(),
        Undo::SqlOutside { statements: vec![drop.clone()] },
    )
    .outside()
    .repaired_by(Repair::new(Fact::index_invalid(&whole).query(), vec![drop]))
}

fn describe(table: &Table, index: &Index) -> Option<Step> {
    comment_on_index(table, index).map(|statement| {
        Step::new(
            &format!("comment-{}", index.name().name()),
            format!("say what the index `{}` is for", index.name()),
            Work::Sql { statements: vec![statement] },
            Probe::Untold,
            Undo::Nothing,
        )
    })
}

/// The partitions of a table, one level down.
pub(super) fn partitions<'a>(task: &'a Task<'_>, table: &'a ObjectName) -> impl Iterator<Item = &'a Table> {
    let is_its = move |other: &&Table| other.parent().is_some_and(|(parent, _)| parent == table);
    task.schema.tables().iter().filter(is_its)
}

/// The partitions that hold the rows of a table, however deep.
pub(super) fn leaves<'a>(task: &'a Task<'_>, table: &'a Table) -> Vec<&'a Table> {
    let below = |partition: &'a Table| {
        if partition.partition_key().is_some() { leaves(task, partition) } else { vec![partition] }
    };
    partitions(task, table.name()).flat_map(below).collect()
}

pub(super) fn drop(task: &Task<'_>, name: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let (table, index) = find(task, name)?;
    Ok(vec![Phase::database(
        "contract",
        format!("drop the index `{}`", index.name()),
        PhaseKind::Contract,
        "Look into pg_stat_user_indexes first, also on the standbys, whether it is used. Rolling back builds it anew."
            .to_owned(),
        vec![remove(table, index)],
    )])
}

/// Drops an index, and builds it anew where that is undone.
pub(super) fn remove(table: &Table, index: &Index) -> Step {
    let name = beside(table.name(), index.name().name());
    let mut undo = vec![create_index(table, index, index.name().name(), Build::Concurrently)];
    undo.extend(comment_on_index(table, index));
    let (drop, id) =
        (format!("DROP INDEX CONCURRENTLY {}", postgres_name(&name)), format!("drop-{}", index.name().name()));
    let title = format!("drop the index `{name}`");
    if table.partition_key().is_some() {
        // Not to be had concurrently: it takes the partitions' indexes with it.
        undo[0] = create_index(table, index, index.name().name(), Build::Locking);
        let statements = vec![format!("DROP INDEX {}", postgres_name(&name))];
        let probe = Fact::relation(&name).not().probe();
        return Step::new(&id, title, Work::Sql { statements }, probe, Undo::Sql { statements: undo });
    }
    let probe = Fact::relation(&name).not().probe();
    Step::new(&id, title, Work::Sql { statements: vec![drop] }, probe, Undo::SqlOutside { statements: undo }).outside()
}

/// An index of the schema, and its table.
pub(super) fn find<'a>(task: &Task<'a>, name: &ObjectName) -> Result<(&'a Table, &'a Index), Refusal> {
    if name.is_reserved() {
        return Err(Refusal::ReservedName { name: name.to_string() });
    }
    let name = in_default_schema(name);
    let is_it = |(_, index): &(&Table, &Index)| index.name().name() == name.name();
    task.schema.index(&name).filter(is_it).ok_or_else(|| {
        let known = task.schema.tables().iter().flat_map(Table::indexes).map(|index| index.name().name());
        Refusal::UnknownObject {
            kind: "index".to_owned(),
            name: name.to_string(),
            nearest: nearest(name.name(), known),
        }
    })
}

/// Builds another index under a name of the plan's own, then lets it take the place of the one there is.
pub(super) fn replace(task: &Task<'_>, name: &ObjectName, by: &Index) -> Result<Vec<Phase>, Refusal> {
    let (table, index) = find(task, name)?;
    let own = index.name().name();
    let (new, old) = (own_name("new", own), own_name("old", own));
    let rename = |from: &str, to: &str| {
        format!("ALTER INDEX {} RENAME TO {}", postgres_name(&beside(table.name(), from)), ident(to))
    };
    let swap = Step::new(
        "swap",
        format!("the new index takes the name `{own}`"),
        Work::Sql { statements: vec![rename(own, &old), rename(&new, own)] },
        Fact::relation(&beside(table.name(), &old)).probe(),
        Undo::Sql { statements: vec![rename(own, &new), rename(&old, own)] },
    );
    let retired = index.clone().called(old.as_str());
    let by = by.clone().called(own);
    let mut expand = vec![build(table, &by, &new), swap];
    expand.extend(describe(table, &by));
    Ok(vec![
        Phase::database(
            "expand",
            format!("build the new `{own}` beside the old one"),
            PhaseKind::Expand,
            "At every moment one of them can be used.".to_owned(),
            expand,
        ),
        Phase::database(
            "contract",
            format!("drop the old `{own}`"),
            PhaseKind::Contract,
            "Rolling back builds it anew.".to_owned(),
            vec![remove(table, &retired)],
        ),
    ])
}

/// Builds an index anew in its place.
pub(super) fn reindex(task: &Task<'_>, name: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let (table, index) = find(task, name)?;
    let whole = beside(table.name(), index.name().name());
    if !index.is_valid() {
        // What is left is cleared away before the attempt, as after any that was cut off.
        let mut steps = vec![build(table, index, index.name().name())];
        steps.extend(describe(table, index));
        return Ok(vec![Phase::database(
            "expand",
            format!("build the index `{whole}` in the place of what is left of an attempt"),
            PhaseKind::Expand,
            "Every version of every consumer works before and after: the server did not use it.".to_owned(),
            steps,
        )]);
    }
    // What the server leaves of an attempt that was cut off: before the new one took the place, or after, the one that is of no use.
    let rests = ["ccnew", "ccold"].map(|end| beside(table.name(), &format!("{}_{end}", index.name().name())));
    let [new, old] = rests.each_ref().map(|rest| Fact::index_invalid(rest).query());
    let drop = |rest: &ObjectName| format!("DROP INDEX CONCURRENTLY IF EXISTS {}", postgres_name(rest));
    let step = Step::new(
        "reindex",
        format!("build the index `{whole}` anew"),
        Work::Sql { statements: vec![format!("REINDEX INDEX CONCURRENTLY {}", postgres_name(&whole))] },
        Probe::Untold,
        Undo::Nothing,
    )
    .outside()
    .repaired_by(Repair::new(format!("SELECT ({new}) OR ({old})"), rests.iter().map(drop).collect()));
    Ok(vec![Phase::database(
        "expand",
        format!("build the index `{whole}` anew"),
        PhaseKind::Expand,
        "Every version of every consumer works before and after; there is nothing to undo.".to_owned(),
        vec![step],
    )])
}
