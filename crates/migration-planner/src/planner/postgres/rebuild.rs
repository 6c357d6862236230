//! A table made anew beside the old one, kept in step, and swapped with it: for what cannot be changed in place.
//!
//! Triggers write to the new table what is written to the old one, a copy brings over the rows that are there, and both are
//! compared. In the swap the tables change names, with their indexes, and triggers in the other direction keep the old one true
//! until it goes, so that the swap can be taken back without losing a row.

mod parts;
mod swap;

use parts::{Follows, Parts};
use swap::Swap;

use super::add_constraint::validate;
use super::facts::Fact;
use super::row_key::row_key;
use super::statements::{Build, attached, beside, create_index, create_table};
use crate::name::ObjectName;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::own_name;
use crate::planner::task::{Task, in_default_schema};
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Key, Probe, Step, Undo, Work};

pub(super) fn phases(task: &Task<'_>, table: &Table, to: &Table) -> Result<Vec<Phase>, Refusal> {
    let parts = Parts::of(task, table)?;
    let rebuild = Rebuild::of(task, table, to)?;
    let swap = Swap { table, new: &rebuild.new, to, parts: &parts, forth: rebuild.forth(), back: rebuild.back() };
    let mut steps = vec![swap.rehearse()];
    steps.push(swap.step());
    steps.extend(parts.references.iter().map(|(of, reference)| validate(of, &reference.name_on(of.name().name()))));
    let title = format!("the new `{}` takes the place of the old one", table.name());
    let end = swap.end();
    Ok(vec![
        Phase::database(
            "expand",
            format!("make `{}` anew beside the old one", table.name()),
            PhaseKind::Expand,
            "Every version of every consumer works before and after; whoever writes a row that the new table refuses fails.".to_owned(),
            vec![rebuild.create()],
        ),
        Phase::database(
            "backfill",
            format!("copy the rows of `{}`", table.name()),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time. Takes as much room again as the table has.".to_owned(),
            rebuild.fill(task)?,
        ),
        Phase::database(
            "swap",
            title,
            PhaseKind::Contract,
            "Can be rolled back without losing a row: what is written to the new table is written to the old one until it goes.".to_owned(),
            steps,
        ),
        Phase::database(
            "contract",
            format!("drop the old `{}`", table.name()),
            PhaseKind::Contract,
            "Every row is in the new table.".to_owned(),
            vec![Step::new("drop-old", format!("drop the old `{}`", table.name()), Work::Sql { statements: end }, Probe::Untold, Undo::Impossible)],
        )
        .beyond_return(),
    ])
}

const USING_INDEX: &str = "USING INDEX ";

struct Rebuild<'a> {
    table: &'a Table,
    /// As it is made, under a name of the plan's own and with such names for its indexes.
    new: Table,
    key: Vec<String>,
}

impl<'a> Rebuild<'a> {
    fn of(task: &Task<'_>, table: &'a Table, to: &Table) -> Result<Self, Refusal> {
        let refuse = |reason: &str| {
            Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: reason.to_owned(),
            })
        };
        if table.partition_key().is_some() || table.parent().is_some() || !table.parents().is_empty() {
            return refuse(
                "it is partitioned or a part of another table: rebuild its partitions as tables of their own",
            );
        }
        if in_default_schema(to.name()) != *table.name() {
            return refuse("it has another name: rename it first");
        }
        let same = |a: &Table, b: &Table| {
            a.columns().iter().all(|own| b.columns().iter().any(|other| own.name() == other.name()))
        };
        if !same(table, to) || !same(to, table) {
            return refuse("it has other columns: add and drop columns first");
        }
        let Key::Columns { columns: key } = row_key(table)? else { return refuse("its rows have no key") };
        let name = |name: &str| own_name("new", name);
        let own = table.name().name();
        let constraints = to.constraints().iter().filter(|own| !refers_to(own, table.name())).map(|constraint| {
            let real = constraint.name_on(own);
            if is_indexed(constraint) { constraint.clone().named(name(&real)) } else { constraint.clone().named(real) }
        });
        let indexes = to.indexes().iter().map(|index| index.clone().called(name(index.name().name())));
        let bare = to
            .columns()
            .iter()
            .map(|column| if column.identity_kind().is_some() { without_identity(column) } else { column.clone() });
        let mut new = bare
            .fold(to.clone().without_columns(), Table::with_column)
            .called(beside(table.name(), &name(own)))
            .with_parts(constraints.collect(), indexes.collect());
        // It goes by an index, whatever that is called.
        let by = to.replica_identity_clause().split_at_checked(USING_INDEX.len());
        if let Some((_, index)) = by.filter(|(word, _)| word.eq_ignore_ascii_case(USING_INDEX)) {
            new = new.replica_identity(format!("{USING_INDEX}{}", ident(&name(&unquoted(index)))));
        }
        Ok(Self { table, new, key })
    }

    /// The new table with its trigger, in one transaction.
    fn create(&self) -> Step {
        let new = &self.new;
        let is_foreign = |own: &&Constraint| matches!(own, Constraint::ForeignKey { .. });
        let (later, at_once): (Vec<&Constraint>, Vec<&Constraint>) = new.constraints().iter().partition(is_foreign);
        let mut forward = vec![create_table(new, at_once)];
        forward.extend(new.indexes().iter().map(|index| create_index(new, index, index.name().name(), Build::Locking)));
        forward.extend(later.iter().map(|own| super::statements::add_constraint(new, &(*own).clone().not_valid())));
        // Policies hold from the swap on.
        forward.extend(attached(new).into_iter().filter(|statement| !statement.ends_with("ROW LEVEL SECURITY")));
        let forth = self.forth();
        forward.extend(forth.create());
        let mut back = forth.drop();
        back.push(format!("DROP TABLE {}", postgres_name(new.name())));
        Step::new(
            "create-table",
            format!("create the new `{}`, and write to it what is written to the old one", self.table.name()),
            Work::Sql { statements: forward },
            Fact::relation(new.name()).probe(),
            Undo::Sql { statements: back },
        )
    }

    fn fill(&self, task: &Task<'_>) -> Result<Vec<Step>, Refusal> {
        let columns: Vec<String> = self.stored().map(|column| ident(column.name())).collect();
        let copy = Step::new(
            "copy",
            format!("copy the rows of `{}`", self.table.name()),
            Work::Copy {
                table: self.table.name().clone(),
                key: row_key(self.table)?,
                into: self.new.name().clone(),
                columns: columns.clone(),
                select: columns,
                needs: "true".to_owned(),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        );
        let verify = |id: &str, title: &str, from: &ObjectName, other: &ObjectName| {
            let never = format!(
                "NOT EXISTS (SELECT FROM {} AS other WHERE {})",
                postgres_name(other),
                self.same_row("other", &ident(from.name()))
            );
            Step::new(id, title.to_owned(), Work::Verify { table: from.clone(), never }, Probe::Untold, Undo::Nothing)
        };
        let mut steps = vec![
            copy,
            verify("verify-all", "check that every row is in the new table", self.table.name(), self.new.name()),
            verify("verify-no-other", "check that the new table has no other row", self.new.name(), self.table.name()),
        ];
        let foreign = self
            .new
            .constraints()
            .iter()
            .filter(|own| matches!(own, Constraint::ForeignKey { .. }) && own.detail().is_validated());
        steps.extend(foreign.map(|own| validate(&self.new, &own.name_on(self.new.name().name()))));
        Ok(steps)
    }

    /// The same key, and the same values where both have the same type.
    fn same_row(&self, one: &str, other: &str) -> String {
        let equal = |name: &String| format!("{one}.{0} = {other}.{0}", ident(name));
        let mut same: Vec<String> = self.key.iter().map(equal).collect();
        for column in self.stored().filter(|column| !self.key.iter().any(|key| key == column.name())) {
            let is_alike = self.new.column(column.name()).is_some_and(|new| new.data_type() == column.data_type());
            if is_alike {
                same.push(format!("{one}.{0}::text IS NOT DISTINCT FROM {other}.{0}::text", ident(column.name())));
            }
        }
        same.join(" AND ")
    }

    fn stored(&self) -> impl Iterator<Item = &Column> {
        let is_computed = |name: &str| self.new.column(name).is_some_and(|new| new.generation().is_some());
        self.table.columns().iter().filter(move |column| column.generation().is_none() && !is_computed(column.name()))
    }

    /// What writes to the new table what is written to the old one.
    fn forth(&self) -> Follows {
        self.follows(self.table.name(), self.new.name(), "forth")
    }

    /// What writes to the old table, under the name it has then, what is written to the new one.
    fn back(&self) -> Follows {
        let old = beside(self.table.name(), &own_name("old", self.table.name().name()));
        self.follows(self.table.name(), &old, "back")
    }

    fn follows(&self, from: &ObjectName, to: &ObjectName, way: &str) -> Follows {
        let columns: Vec<&str> = self.stored().map(Column::name).collect();
        Follows::new(from, to, &self.key, &columns, way)
    }
}

/// Whether a constraint is kept by an index, whose name no other relation has.
fn is_indexed(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::PrimaryKey { .. } | Constraint::Unique { .. } | Constraint::Exclusion { .. })
}

/// A name as it is, of how it stands in a statement.
fn unquoted(name: &str) -> String {
    let quoted = name.trim().strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    quoted.map_or_else(|| name.trim().to_lowercase(), |inner| inner.replace("\"\"", "\""))
}

fn refers_to(constraint: &Constraint, table: &ObjectName) -> bool {
    matches!(constraint, Constraint::ForeignKey { references, .. } if in_default_schema(references) == *table)
}

/// Rows are copied with the numbers they have; the identity comes with the swap.
fn without_identity(column: &Column) -> Column {
    let mut bare = Column::new(column.name(), column.data_type()).not_null();
    if let Some(comment) = column.comment_text() {
        bare = bare.comment(comment);
    }
    bare
}
