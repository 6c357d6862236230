//! Another type for a column that rows of other tables refer to: those that refer to it follow in the same plan.
//!
//! Each column gets a second one, as any does whose type changes. What is special is that a table has one primary key at a time,
//! and that a foreign key needs the key it refers to. So the new key's index and the new foreign keys are made beside the old
//! ones, and everything changes names in one transaction. For the way back there is an index that can become the old key again.

use super::change_type::swapped;
use super::in_step::InStep;
use super::takeover::Takeover;
use crate::name::{ColumnRef, ObjectName};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::add_constraint::{in_two, validation};
use crate::planner::postgres::dependents::{referring, refuse_dependents_for_type};
use crate::planner::postgres::indexes::build;
use crate::planner::postgres::key_definition::KeyDefinition;
use crate::planner::postgres::names::{known_column, own_name};
use crate::planner::postgres::statements::{
    add_constraint, beside, comment_on_constraint, constraint_definition, drop_constraint, with_name_replaced,
};
use crate::planner::task::{Task, in_default_schema};
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Table};
use crate::sql::{ident, idents, postgres_name};
use crate::step::{Step, Undo, Work};

/// Whether a column is part of the primary key, or rows of other tables refer to it.
pub(super) fn is_key(task: &Task<'_>, table: &Table, column: &Column) -> bool {
    let is_own = table.primary_key().iter().any(|key| *key == column.name());
    is_own || referring(task, table.name(), Some(column.name())).next().is_some()
}

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    like: &Takeover<'_>,
) -> Result<Vec<Phase>, Refusal> {
    let family = Family::of(task, table, column, like)?;
    let mut steps: Vec<(&Takeover<'_>, InStep<'_>)> = Vec::new();
    for takeover in &family.takeovers {
        steps.push((takeover, takeover.in_step(true)));
    }
    let titled = |takeover: &Takeover<'_>| format!("{}-{}", takeover.table.name().name(), takeover.column.name());
    let expand = steps.iter().map(|(takeover, step)| step.expand_step().called_for(&titled(takeover))).collect();
    let mut backfill = Vec::new();
    for (takeover, step) in &steps {
        let own = std::iter::once(step.fill_step(task)).chain(takeover.prepare()?);
        backfill.extend(own.map(|step| step.called_for(&titled(takeover))));
    }
    let names = family.names();
    let mut phases = vec![
        Phase::database(
            "expand",
            format!("a second form beside {names}"),
            PhaseKind::Expand,
            "From here on both forms can be written. Inserts without a list of columns fail, since there are more columns.".to_owned(),
            expand,
        ),
        Phase::database(
            "backfill",
            format!("fill the second form of {names} in all rows"),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time.".to_owned(),
            backfill,
        ),
    ];
    phases.extend(task.switches("works with the old and the new form of", ""));
    let mut swap = family.keys_beside();
    swap.push(family.swap(task, &steps));
    let end = steps.iter().flat_map(|(takeover, step)| takeover.end(step)).collect();
    phases.extend(swapped(
        &ColumnRef::new(table.name(), column.name()).to_string(),
        format!("the new form takes the name of {names}"),
        swap,
        end,
    ));
    Ok(phases)
}

/// A column and all that refer to it, directly or through others.
struct Family<'a> {
    takeovers: Vec<Takeover<'a>>,
    /// The primary keys over one of the columns.
    keys: Vec<(&'a Table, &'a Constraint)>,
    /// The foreign keys between two of the columns, each of the table that it is of.
    references: Vec<(&'a Table, &'a Constraint)>,
}

impl<'a> Family<'a> {
    fn of(task: &Task<'a>, table: &Table, column: &Column, like: &Takeover<'_>) -> Result<Self, Refusal> {
        let table = task.table(table.name())?;
        let mut members: Vec<(&'a Table, &'a Column)> = vec![(table, known_column(table, column.name())?)];
        let mut at = 0;
        while at < members.len() {
            let (of, key) = members[at];
            for (other, own) in followers(task, of, key)? {
                let is_known =
                    members.iter().any(|(table, column)| table.name() == other.name() && column.name() == own.name());
                if !is_known {
                    refuse_dependents_for_type(task, other, own.name())?;
                    members.push((other, own));
                }
            }
            at += 1;
        }
        if let Some((table, _)) =
            members.iter().find(|(table, _)| table.partition_key().is_some() || table.parent().is_some())
        {
            return Err(Refusal::NotPossible {
                change: task.words.clone(),
                kind: task.server.kind(),
                reason: format!("`{}` is partitioned: rebuild its partitions one by one", table.name()),
            });
        }
        let is_member = |table: &Table, column: &str| {
            members.iter().any(|(of, own)| of.name() == table.name() && own.name() == column)
        };
        let mut tables: Vec<&'a Table> = Vec::new();
        for (table, _) in &members {
            if !tables.iter().any(|known| known.name() == table.name()) {
                tables.push(table);
            }
        }
        let mut keys = Vec::new();
        for table in &tables {
            let own = table.constraints().iter().find(|own| matches!(own, Constraint::PrimaryKey { .. }));
            let involved = table.primary_key().iter().any(|key| is_member(table, key));
            match own {
                Some(key) if involved => keys.push((*table, key)),
                None if involved => {
                    return Err(Refusal::NotPossible {
                        change: task.words.clone(),
                        kind: task.server.kind(),
                        reason: format!("the primary key of `{}` has no name in this schema", table.name()),
                    });
                }
                _ => {}
            }
        }
        let within = |constraint: &Constraint| {
            let Constraint::ForeignKey { references, .. } = constraint else { return false };
            let to = members.iter().find(|(of, _)| of.name() == &in_default_schema(references));
            to.is_some_and(|(of, _)| referenced(of, constraint).iter().any(|column| is_member(of, column)))
        };
        let own = |table: &&'a Table| {
            let table = *table;
            table
                .constraints()
                .iter()
                .filter(|constraint| within(constraint))
                .map(move |constraint| (table, constraint))
        };
        let references: Vec<_> = tables.iter().flat_map(own).collect();
        let apart = |table: &Table| {
            let of = |(own, constraint): &(&Table, &Constraint)| {
                (own.name() == table.name()).then(|| constraint.name_on(table.name().name()))
            };
            keys.iter().filter_map(of).chain(references.iter().filter_map(of)).collect::<Vec<String>>()
        };
        let takeovers = members.iter().map(|(table, column)| like.of(table, column).without(apart(table))).collect();
        Ok(Self { takeovers, keys, references })
    }

    fn names(&self) -> String {
        let names: Vec<String> = self
            .takeovers
            .iter()
            .map(|takeover| format!("`{}`", ColumnRef::new(takeover.table.name(), takeover.column.name())))
            .collect();
        names.join(", ")
    }

    /// `sql` about `table`, with its columns by the names of their second forms.
    fn shadowed(&self, sql: &str, table: &ObjectName) -> String {
        let own = self.takeovers.iter().filter(|takeover| takeover.table.name() == &in_default_schema(table));
        own.fold(sql.to_owned(), |sql, takeover| with_name_replaced(&sql, takeover.column.name(), &takeover.shadow))
    }

    fn table_with_shadows(&self, table: &Table) -> Table {
        let own = self.takeovers.iter().filter(|takeover| takeover.table.name() == table.name());
        own.fold(table.clone(), |table, takeover| {
            let all = takeover.table_with_it();
            all.column(&takeover.shadow)
                .map_or(table.clone(), |shadow| table.clone().with_column(shadow.clone().not_null()))
        })
    }

    /// The new keys' indexes, one each that can become the old key again, and the new foreign keys.
    fn keys_beside(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (table, key) in &self.keys {
            let name = key.name_on(table.name().name());
            let (new, old) = (new_name(&name), old_name(&name));
            let definition = constraint_definition(key);
            let of_new = KeyDefinition::read(&self.shadowed(&definition, table.name()));
            steps.push(build(&self.table_with_shadows(table), &of_new.index(beside(table.name(), &new)), &new));
            let spare = build(table, &KeyDefinition::read(&definition).index(beside(table.name(), &old)), &old);
            // Where the swap was undone it has become the key again, and references to it are to be checked.
            let mut back = match spare.undo() {
                Undo::SqlOutside { statements } => statements.clone(),
                _ => Vec::new(),
            };
            let to_it = self.references.iter().filter(|(_, own)| refers_to(own, table) && own.detail().is_validated());
            back.extend(to_it.map(|(of, own)| validation(of, &own.name_on(of.name().name()))));
            steps.push(spare.undone_by(Undo::SqlOutside { statements: back }));
        }
        for (table, reference) in &self.references {
            let name = new_name(&reference.name_on(table.name().name()));
            let new = (*reference).clone().named(name).defined_by(self.reference(table, reference));
            steps.extend(in_two(&self.table_with_shadows(table), &new).into_iter().map(Step::undone_leniently));
        }
        steps
    }

    /// A foreign key between the second forms.
    fn reference(&self, table: &Table, constraint: &Constraint) -> String {
        let Constraint::ForeignKey { columns, references, .. } = constraint else { return String::new() };
        let to = self.takeovers.iter().find(|takeover| takeover.table.name() == &in_default_schema(references));
        let theirs = to.map(|takeover| referenced(takeover.table, constraint)).unwrap_or_default();
        let whole = constraint_definition(constraint);
        // What follows the columns that are referred to: ON DELETE, DEFERRABLE and the like.
        let tail = whole.to_lowercase().find("references").map_or("", |at| &whole[at..]);
        let tail = ["MATCH", "ON DELETE", "ON UPDATE", "DEFERRABLE", "NOT DEFERRABLE", "INITIALLY"]
            .iter()
            .filter_map(|word| tail.find(&format!(" {word}")))
            .min()
            .map_or("", |at| &tail[at..]);
        format!(
            "FOREIGN KEY ({}) REFERENCES {} ({}){tail}",
            self.shadowed(&idents(columns), table.name()),
            postgres_name(references),
            self.shadowed(&idents(&theirs), references)
        )
    }

    /// Everything changes names at once.
    fn swap(&self, task: &Task<'_>, steps: &[(&Takeover<'_>, InStep<'_>)]) -> Step {
        let own = |of: &Table, constraint: &Constraint| constraint.name_on(of.name().name());
        let drop_references =
            self.references.iter().map(|(of, reference)| drop_constraint(of.name(), &own(of, reference)));
        let drop_keys = self.keys.iter().map(|(of, key)| drop_constraint(of.name(), &own(of, key)));
        let mut forward: Vec<String> = drop_references.chain(drop_keys).collect();
        let mut back = forward.clone();
        for (takeover, _) in steps {
            let (there, here) = takeover.swap(task);
            forward.extend(there);
            back.extend(here);
        }
        for (of, key) in &self.keys {
            let name = own(of, key);
            let tail = KeyDefinition::read(&constraint_definition(key)).tail;
            let adopt = |index: &str| {
                format!(
                    "ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}{tail}",
                    postgres_name(of.name()),
                    ident(&name),
                    ident(index)
                )
            };
            forward.push(adopt(&new_name(&name)));
            back.push(adopt(&old_name(&name)));
            let comment = comment_on_constraint(of, key);
            forward.extend(comment.clone());
            back.extend(comment);
        }
        for (of, reference) in &self.references {
            let name = own(of, reference);
            forward.push(format!(
                "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
                postgres_name(of.name()),
                ident(&new_name(&name)),
                ident(&name)
            ));
            back.push(add_constraint(of, &(*reference).clone().not_valid()));
            let comment = comment_on_constraint(of, reference);
            forward.extend(comment.clone());
            back.extend(comment);
        }
        for (takeover, step) in steps {
            let (after, before) = takeover.functions(step);
            forward.push(after);
            back.push(before);
        }
        let is_swapped =
            steps.first().map_or(crate::step::Probe::Untold, |(takeover, _)| takeover.is_swapped().probe());
        Step::new(
            "swap",
            format!("the new form takes the name of {}", self.names()),
            Work::Sql { statements: forward },
            is_swapped,
            Undo::Sql { statements: back },
        )
    }
}

fn new_name(name: &str) -> String {
    Takeover::new_name(name)
}

fn old_name(name: &str) -> String {
    own_name("old", name)
}

fn refers_to(constraint: &Constraint, table: &Table) -> bool {
    matches!(constraint, Constraint::ForeignKey { references, .. } if in_default_schema(references) == *table.name())
}

/// The columns of `table` that a foreign key refers to.
fn referenced(table: &Table, constraint: &Constraint) -> Vec<String> {
    match constraint {
        Constraint::ForeignKey { referenced, .. } if !referenced.is_empty() => referenced.clone(),
        _ => table.primary_key().into_iter().map(str::to_owned).collect(),
    }
}

/// The columns whose values are those of `column`, by a foreign key.
fn followers<'a>(task: &Task<'a>, table: &Table, column: &Column) -> Result<Vec<(&'a Table, &'a Column)>, Refusal> {
    let mut found = Vec::new();
    for other in task.schema.tables() {
        for constraint in other.constraints().iter().filter(|constraint| refers_to(constraint, table)) {
            let Constraint::ForeignKey { columns, .. } = constraint else { continue };
            let theirs = referenced(table, constraint);
            for (own, _) in columns.iter().zip(&theirs).filter(|(_, theirs)| *theirs == column.name()) {
                found.push((other, known_column(other, own)?));
            }
        }
    }
    Ok(found)
}
