//! Another primary key in the place of the one there is.
//!
//! A table has one primary key at a time, and foreign keys need the key they refer to. So the index of the new key is built beside
//! the old one, rows that refer to the old key's columns get a unique constraint to refer to, and then, in one transaction, one key
//! goes and the other comes. For the way back there is an index that can become the old key again.

use super::add_constraint::{key_steps, validate, validation};
use super::dependents::referring;
use super::facts::Fact;
use super::indexes::{build, remove};
use super::key_definition::KeyDefinition;
use super::not_null;
use super::statements::{
    add_constraint, add_constraint_as, beside, comment_on_constraint, constraint_definition, drop_constraint,
};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::{known_column, own_name};
use crate::planner::task::{Task, in_default_schema};
use crate::refusal::Refusal;
use crate::schema::{Constraint, Index, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Step, Undo, Work};

pub(super) fn phases(task: &Task<'_>, table: &Table, old: &Constraint, by: &Constraint) -> Result<Vec<Phase>, Refusal> {
    if table.partition_key().is_some() || table.parent().is_some() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason:
                "the key of a partitioned table holds its partitions together: make another table and move the rows"
                    .to_owned(),
        });
    }
    let key = Key::of(task, table, old, by)?;
    let mut phases = vec![Phase::database(
        "expand",
        format!("make ready for the new `{}`", key.name),
        PhaseKind::Expand,
        "Fails, and is rolled back, if the columns of the new key hold NULL.".to_owned(),
        key.prepare()?,
    )];
    phases.retain(|phase| !phase.steps().is_empty());
    phases.extend(task.switches("no longer counts on the old key of", " (`ON CONFLICT` needs it)"));
    let spare = key.spare(old);
    let mut swap = key.indexes(old, by)?;
    swap.push(key.swap(old, by));
    swap.extend(key.references.iter().map(|(of, own)| validate(of, &own.name_on(of.name().name()))));
    phases.push(Phase::database(
        "swap",
        format!("the new key takes the place of `{}`", key.name),
        PhaseKind::Contract,
        "Can be rolled back for as long as no two rows have the same old key.".to_owned(),
        swap,
    ));
    phases.push(Phase::database(
        "cleanup",
        format!("drop what could become the old `{}` again", key.name),
        PhaseKind::Cleanup,
        "Rolling back builds it anew.".to_owned(),
        vec![remove(table, &spare)],
    ));
    Ok(phases)
}

struct Key<'a> {
    table: &'a Table,
    name: String,
    new_columns: Vec<String>,
    /// What rows of other tables refer to from now on, unless there is one already.
    stays: Option<Constraint>,
    /// The foreign keys that need the old key, each of the table that it is of.
    references: Vec<(&'a Table, Constraint)>,
}

impl<'a> Key<'a> {
    fn of(task: &Task<'a>, table: &'a Table, old: &Constraint, by: &Constraint) -> Result<Self, Refusal> {
        let own = table.name().name();
        let (Constraint::PrimaryKey { columns: old_columns, .. }, Constraint::PrimaryKey { columns: new_columns, .. }) =
            (old, by)
        else {
            return Err(task.nothing_to_do());
        };
        for column in new_columns {
            known_column(table, column)?;
        }
        if constraint_definition(old) == constraint_definition(by) {
            return Err(task.nothing_to_do());
        }
        let same = |columns: &[String]| {
            columns.len() == old_columns.len() && old_columns.iter().all(|old| columns.iter().any(|own| own == old))
        };
        let mut references = Vec::new();
        for other in task
            .schema
            .tables()
            .iter()
            .filter(|_| referring(task, table.name(), None).next().is_some() || refers_to_itself(table))
        {
            for constraint in other.constraints() {
                let Constraint::ForeignKey { references: to, referenced, .. } = constraint else { continue };
                if in_default_schema(to) == *table.name() && (referenced.is_empty() || same(referenced)) {
                    references.push((other, to_columns(constraint, old_columns)));
                }
            }
        }
        let unique =
            |constraint: &&Constraint| matches!(constraint, Constraint::Unique { columns, .. } if same(columns));
        let needs_one = !references.is_empty() && !table.constraints().iter().any(|own| unique(&own));
        let stays = needs_one.then(|| Constraint::unique(old_columns.clone()));
        Ok(Self { table, name: old.name_on(own), new_columns: new_columns.clone(), stays, references })
    }

    /// NOT NULL for the new key.
    fn prepare(&self) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::new();
        for name in &self.new_columns {
            let column = known_column(self.table, name)?;
            if !column.is_not_null() {
                steps.extend(not_null::steps(self.table, column.name()));
            }
        }
        Ok(steps)
    }

    fn new_name(&self) -> String {
        own_name("new", &self.name)
    }

    fn old_name(&self) -> String {
        own_name("old", &self.name)
    }

    /// An index that can become the old key again.
    fn spare(&self, old: &Constraint) -> Index {
        KeyDefinition::read(&constraint_definition(old)).index(beside(self.table.name(), &self.old_name()))
    }

    /// What other tables refer to from now on, the index of the new key, and one that can become the old key again.
    ///
    /// A foreign key takes the oldest index that will do, so what it is to refer to is made before that one; and where the swap is
    /// undone it goes before the old foreign keys come back.
    fn indexes(&self, old: &Constraint, by: &Constraint) -> Result<Vec<Step>, Refusal> {
        let stays = self.stays.iter().map(|stays| key_steps(self.table, stays)).collect::<Result<Vec<_>, _>>()?;
        let mut steps: Vec<Step> = stays.into_iter().flatten().map(Step::undone_leniently).collect();
        let new = KeyDefinition::read(&constraint_definition(by)).index(beside(self.table.name(), &self.new_name()));
        let spare = build(self.table, &self.spare(old), &self.old_name());
        // Where the swap was undone it has become the key again, and references to it are to be checked.
        let mut back = match spare.undo() {
            Undo::SqlOutside { statements } => statements.clone(),
            _ => Vec::new(),
        };
        let to_it = self.references.iter().filter(|(_, own)| own.detail().is_validated());
        back.extend(to_it.map(|(of, own)| validation(of, &own.name_on(of.name().name()))));
        steps.extend([
            build(self.table, &new, &self.new_name()),
            spare.undone_by(Undo::SqlOutside { statements: back }),
        ]);
        Ok(steps)
    }

    fn swap(&self, old: &Constraint, by: &Constraint) -> Step {
        let drops = self.references.iter().map(|(of, own)| drop_constraint(of.name(), &own.name_on(of.name().name())));
        let mut forward: Vec<String> = drops.chain([drop_constraint(self.table.name(), &self.name)]).collect();
        let mut back = forward.clone();
        if let Some(stays) = &self.stays {
            back.push(drop_constraint(self.table.name(), &stays.name_on(self.table.name().name())));
        }
        let adopt = |index: &str, key: &Constraint| {
            format!(
                "ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}{}",
                postgres_name(self.table.name()),
                ident(&self.name),
                ident(index),
                KeyDefinition::read(&constraint_definition(key)).tail
            )
        };
        forward.push(adopt(&self.new_name(), by));
        forward.extend(comment_on_constraint(self.table, &by.clone().named(self.name.as_str())));
        back.push(adopt(&self.old_name(), old));
        back.extend(comment_on_constraint(self.table, old));
        for (of, reference) in &self.references {
            let name = reference.name_on(of.name().name());
            forward.push(format!("{} NOT VALID", add_constraint_as(of.name(), &name, reference)));
            forward.extend(comment_on_constraint(of, reference));
            back.push(add_constraint(of, &reference.clone().not_valid()));
            back.extend(comment_on_constraint(of, reference));
        }
        Step::new(
            "swap",
            format!("the new key takes the place of `{}`", self.name),
            Work::Sql { statements: forward },
            Fact::relation(&beside(self.table.name(), &self.new_name())).not().probe(),
            Undo::Sql { statements: back },
        )
    }
}

fn refers_to_itself(table: &Table) -> bool {
    table.constraints().iter().any(|own| {
        matches!(own, Constraint::ForeignKey { references, .. } if in_default_schema(references) == *table.name())
    })
}

/// A foreign key that names the columns it refers to, since the primary key will be over others.
fn to_columns(constraint: &Constraint, columns: &[String]) -> Constraint {
    match constraint {
        Constraint::ForeignKey { columns: own, references, referenced, detail } if referenced.is_empty() => {
            let mut explicit = Constraint::foreign_key(own.clone(), references, columns.to_vec());
            if let Some(name) = detail.name() {
                explicit = explicit.named(name);
            }
            if let Some(comment) = detail.comment() {
                explicit = explicit.comment(comment);
            }
            if detail.is_validated() { explicit } else { explicit.not_valid() }
        }
        _ => constraint.clone(),
    }
}
