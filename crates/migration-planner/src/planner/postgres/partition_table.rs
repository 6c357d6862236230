//! A table that is not partitioned becomes one that is, without its rows being moved: they are its first partition.

use super::dependents::refuse_what_follows_the_table;
use super::facts::Fact;
use super::identity::sequence_of;
use super::names::is_taken;
use super::partition_indexes::index_name;
use super::partitions::{hold, release};
use super::statements::{Build, attached, beside, create_index, create_table, drop_constraint};
use crate::name::{ColumnRef, ObjectName, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::known_column;
use crate::planner::task::{Task, in_default_schema};
use crate::postgres::partition_bounds::Bounds;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Index, Table};
use crate::sql::{ident, idents, object_label, postgres_name};
use crate::step::{Step, Undo, Work};

/// How a table is to be partitioned.
pub(super) struct Partitioning<'a> {
    /// As it stands after `PARTITION BY`.
    pub(super) key: &'a str,
    /// What the rows become that are there, and its bounds.
    pub(super) first: &'a ObjectName,
    pub(super) bounds: &'a str,
    /// More partitions, each with its bounds.
    pub(super) rest: &'a [(ObjectName, String)],
}

pub(super) fn phases(task: &Task<'_>, table: &Table, into: &Partitioning<'_>) -> Result<Vec<Phase>, Refusal> {
    let check = refuse_unfit(task, table, into)?;
    let first = in_default_schema(into.first);
    let mut expand = hold(table, &format!("{RESERVED_PREFIX}bounds"), &check);
    let swap = Swap { table, into, first: &first, check: &check };
    expand.push(swap.step());
    expand.push(release(&table.clone().called(&first), "bounds", &check));
    Ok(vec![Phase::database(
        "expand",
        task.words.clone(),
        PhaseKind::Expand,
        "Every version of every consumer works before and after. Fails, and is rolled back, if a row is out of bounds. Rolling back \
         copies what was written to other partitions since, while others wait."
            .to_owned(),
        expand,
    )])
}

/// The check that says what the bounds say.
fn refuse_unfit(task: &Task<'_>, table: &Table, into: &Partitioning<'_>) -> Result<String, Refusal> {
    let refuse = |reason: String| Refusal::NotPossible { change: task.words.clone(), kind: task.server.kind(), reason };
    if table.partition_key().is_some() {
        return Err(task.nothing_to_do());
    }
    if table.parent().is_some() || !table.parents().is_empty() {
        return Err(refuse("it is a part of another table".to_owned()));
    }
    for (name, _) in std::iter::once((into.first.clone(), String::new())).chain(into.rest.iter().cloned()) {
        if is_taken(task.schema, &in_default_schema(&name)) {
            return Err(Refusal::ObjectExists { kind: "table".to_owned(), name: name.to_string() });
        }
    }
    let bounds = Bounds::read(into.key, into.bounds).ok_or_else(|| {
        refuse(format!("`{}` of `{}` cannot be said as conditions over one column", into.bounds, into.key))
    })?;
    let column = known_column(table, bounds.column())?;
    for constraint in table.constraints() {
        let lacks = match constraint {
            Constraint::PrimaryKey { columns, .. } | Constraint::Unique { columns, .. } => {
                !columns.iter().any(|own| own == column.name())
            }
            Constraint::Exclusion { .. } => true,
            _ => false,
        };
        if lacks {
            return Err(refuse(format!(
                "`{}` does not hold `{}`, and a key holds within one partition only: replace it first with one that does",
                constraint.name_on(table.name().name()),
                ColumnRef::new(table.name(), column.name())
            )));
        }
    }
    if let Some(unique) = table.indexes().iter().find(|index| index.is_unique() && !index.involves(column.name())) {
        return Err(refuse(format!("the unique index `{}` does not hold `{}`", unique.name(), column.name())));
    }
    if let Some(column) = table.columns().iter().find(|column| column.identity_kind().is_some()) {
        return Err(refuse(format!(
            "`{}` is an identity, which partitions cannot have: give it a default from a sequence",
            column.name()
        )));
    }
    refuse_what_follows_the_table(task, table)?;
    let not_null =
        if column.is_not_null() { String::new() } else { format!("{} IS NOT NULL AND ", ident(column.name())) };
    Ok(format!("{not_null}{}", bounds.check()))
}

struct Swap<'a> {
    table: &'a Table,
    into: &'a Partitioning<'a>,
    first: &'a ObjectName,
    check: &'a str,
}

impl Swap<'_> {
    /// In one transaction the table gets another name and the whole its own, with the table as its first partition.
    fn step(&self) -> Step {
        let (whole, first) = (postgres_name(self.table.name()), postgres_name(self.first));
        let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {}", ident(to));
        let mut forward = vec![rename(&whole, self.first.name())];
        let mut back = vec![format!("ALTER TABLE {whole} DETACH PARTITION {first}")];
        for (from, to) in self.names_of_keys() {
            forward.push(format!("ALTER TABLE {first} RENAME CONSTRAINT {} TO {}", ident(&from), ident(&to)));
        }
        for (from, to) in self.names_of_indexes() {
            let of = |name: &str| postgres_name(&beside(self.first, name));
            forward.push(format!("ALTER INDEX {} RENAME TO {}", of(&from), ident(&to)));
        }
        let parent = self.table.clone().partitioned_by(self.into.key);
        forward.push(create_table(&parent, parent.constraints()));
        let build = |index: &Index| create_index(&parent, index, index.name().name(), Build::Locking);
        forward.extend(parent.indexes().iter().map(build));
        forward.extend(attached(&parent));
        forward.push(format!("ALTER TABLE {whole} ATTACH PARTITION {first} {}", self.into.bounds));
        for (name, bounds) in self.into.rest {
            forward.push(format!(
                "CREATE TABLE {} PARTITION OF {whole} {bounds}",
                postgres_name(&in_default_schema(name))
            ));
        }
        back.extend(self.rows_back());
        for (column, sequence) in self.sequences() {
            let owned = |by: &str| format!("ALTER SEQUENCE {} OWNED BY {by}.{}", ident(sequence), ident(column));
            forward.push(owned(&whole));
            back.push(owned(&first));
        }
        back.push(format!("DROP TABLE {whole}"));
        back.push(rename(&first, self.table.name().name()));
        for (to, from) in self.names_of_keys() {
            back.push(format!("ALTER TABLE {whole} RENAME CONSTRAINT {} TO {}", ident(&from), ident(&to)));
        }
        for (to, from) in self.names_of_indexes() {
            let of = |name: &str| postgres_name(&beside(self.first, name));
            back.push(format!("ALTER INDEX {} RENAME TO {}", of(&from), ident(&to)));
        }
        Step::new(
            "swap",
            format!("`{}` becomes the first partition of a new `{}`", self.first, self.table.name()),
            Work::Sql { statements: forward },
            Fact::relation(self.first).probe(),
            Undo::Sql { statements: back },
        )
    }

    /// Rows that were written to other partitions come into the one that stays; they are outside its bounds.
    fn rows_back(&self) -> Vec<String> {
        let (whole, first) = (postgres_name(self.table.name()), postgres_name(self.first));
        let stored = self.table.columns().iter().filter(|column| column.generation().is_none());
        let columns = idents(stored.map(Column::name));
        let bounds = format!("{RESERVED_PREFIX}bounds");
        vec![
            drop_constraint(self.first, &bounds),
            format!("INSERT INTO {first} ({columns}) SELECT {columns} FROM {whole}"),
            format!("ALTER TABLE {first} ADD CONSTRAINT {} CHECK ({}) NOT VALID", ident(&bounds), self.check),
        ]
    }

    /// The names of keys, which are names of indexes too, and those that the partition's have.
    fn names_of_keys(&self) -> Vec<(String, String)> {
        let own = self.first.name();
        let named = |constraint: &Constraint| {
            let to = match constraint {
                Constraint::PrimaryKey { .. } => object_label(own, "", "pkey"),
                Constraint::Unique { columns, .. } => object_label(own, &columns.join("_"), "key"),
                _ => return None,
            };
            Some((constraint.name_on(self.table.name().name()), to))
        };
        self.table.constraints().iter().filter_map(named).collect()
    }

    fn names_of_indexes(&self) -> Vec<(String, String)> {
        let first = self.table.clone().called(self.first);
        let named = |index: &Index| (index.name().name().to_owned(), index_name(&first, index));
        self.table.indexes().iter().map(named).collect()
    }

    /// The columns whose default calls a sequence, which belongs to the table.
    fn sequences(&self) -> impl Iterator<Item = (&str, &str)> {
        self.table.columns().iter().filter_map(|column| sequence_of(column).map(|sequence| (column.name(), sequence)))
    }
}
