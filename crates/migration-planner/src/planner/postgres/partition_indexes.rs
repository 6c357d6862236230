//! Indexes and keys of partitioned tables, built partition by partition while others write.
//!
//! The whole's index is declared without its partitions and becomes valid once each of them has its own and gave it to the whole.
//! Dropping it takes along what was given to it. So the partitions' own are built first: undone in the opposite order, the whole
//! goes first, and what was never given to it goes by itself.

use super::add_constraint::adopt_index;
use super::facts::Fact;
use super::indexes::{build, partitions};
use super::key_definition::KeyDefinition;
use super::statements::{Build, beside, constraint_definition, create_index};
use crate::name::ObjectName;
use crate::planner::task::Task;
use crate::schema::{Constraint, Index, Table};
use crate::sql::{ident, literal, object_label, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// A table of a partitioned one, with the name that its part of the whole's index has.
struct Part<'a> {
    table: &'a Table,
    name: String,
    /// Where the index of the table above is.
    above: ObjectName,
}

/// All below a table, each after what it is a part of.
fn below<'a>(task: &'a Task<'_>, table: &'a Table, name: &str, named: &dyn Fn(&Table) -> String) -> Vec<Part<'a>> {
    let mut found = Vec::new();
    for partition in partitions(task, table.name()) {
        let own = named(partition);
        found.push(Part { table: partition, name: own.clone(), above: beside(table.name(), name) });
        found.extend(below(task, partition, &own, named));
    }
    found
}

/// The steps that give a partitioned table an index.
pub(super) fn index_steps(task: &Task<'_>, table: &Table, index: &Index) -> Vec<Step> {
    let name = index.name().name();
    let parts = below(task, table, name, &|partition| index_name(partition, index));
    let (inner, leaves): (Vec<&Part<'_>>, Vec<&Part<'_>>) =
        parts.iter().partition(|part| part.table.partition_key().is_some());
    let mut steps: Vec<Step> = leaves.iter().map(|leaf| build(leaf.table, index, &leaf.name)).collect();
    steps.extend(inner.iter().rev().map(|part| declare(part.table, index, &part.name)));
    steps.push(declare(table, index, name));
    steps.extend(parts.iter().rev().map(give));
    steps
}

/// The steps that give a partitioned table a unique or primary key, under the name `name`.
pub(super) fn key_steps(task: &Task<'_>, table: &Table, constraint: &Constraint, name: &str) -> Vec<Step> {
    let whole = constraint_definition(constraint);
    let definition = KeyDefinition::read(&whole);
    let is_primary = matches!(constraint, Constraint::PrimaryKey { .. });
    let columns = definition.columns().join("_");
    let key_name = |partition: &Table| {
        let own = partition.name().name();
        if is_primary { format!("{own}_pkey") } else { format!("{own}_{columns}_key") }
    };
    let parts = below(task, table, name, &key_name);
    let mut steps = Vec::new();
    for part in parts.iter().filter(|part| part.table.partition_key().is_none()) {
        let index = definition.index(beside(part.table.name(), &part.name));
        steps.push(build(part.table, &index, &part.name));
        steps.push(adopt_index(part.table, &definition, &part.name).undone_leniently());
    }
    let inner = parts.iter().filter(|part| part.table.partition_key().is_some()).rev();
    steps.extend(inner.map(|part| declare_key(part.table, &whole, &part.name)));
    steps.push(declare_key(table, &whole, name));
    steps.extend(parts.iter().rev().map(give));
    steps
}

fn declare(table: &Table, index: &Index, name: &str) -> Step {
    let whole = beside(table.name(), name);
    Step::new(
        &format!("declare-{name}"),
        format!("declare the index `{whole}`, without partitions"),
        Work::Sql { statements: vec![create_index(table, index, name, Build::OnParentOnly)] },
        Fact::relation(&whole).probe(),
        Undo::Sql { statements: vec![format!("DROP INDEX IF EXISTS {}", postgres_name(&whole))] },
    )
}

fn declare_key(table: &Table, definition: &str, name: &str) -> Step {
    let alter = postgres_name(table.name());
    Step::new(
        &format!("declare-{name}"),
        format!("declare `{name}` of `{}`, without partitions", table.name()),
        Work::Sql { statements: vec![format!("ALTER TABLE ONLY {alter} ADD CONSTRAINT {} {definition}", ident(name))] },
        Fact::constraint(table.name(), name).probe(),
        Undo::Sql { statements: vec![format!("ALTER TABLE {alter} DROP CONSTRAINT IF EXISTS {}", ident(name))] },
    )
}

/// Makes a part's index one of the index above it. It goes when that goes.
fn give(part: &Part<'_>) -> Step {
    let own = beside(part.table.name(), &part.name);
    let (above, name) = (postgres_name(&part.above), postgres_name(&own));
    let query = format!(
        "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass({}) AND inhparent = to_regclass({}))",
        literal(&name),
        literal(&above)
    );
    Step::new(
        &format!("attach-{}", part.name),
        format!("make `{own}` a part of `{}`", part.above),
        Work::Sql { statements: vec![format!("ALTER INDEX {above} ATTACH PARTITION {name}")] },
        Probe::Holds { query },
        Undo::Nothing,
    )
}

/// As PostgreSQL itself would call the index of a partition: by its columns, and by the functions that it calls.
pub(super) fn index_name(partition: &Table, index: &Index) -> String {
    let part = |part: &String| {
        if partition.column(part).is_some() {
            return part.clone();
        }
        match crate::postgres::cursor::Cursor::new(part).identifier() {
            Some(word) if partition.column(&word).is_some() || part.contains('(') => word,
            _ => "expr".to_owned(),
        }
    };
    let parts: Vec<String> = index.parts().iter().map(part).collect();
    object_label(partition.name().name(), &parts.join("_"), "idx")
}
