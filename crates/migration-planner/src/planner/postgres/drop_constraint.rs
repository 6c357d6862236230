//! Removing constraints, and putting others in their place.

use super::add_constraint;
use super::facts::Fact;
use super::key_definition::KeyDefinition;
use super::plain::constraint;
use super::statements::{Build, beside, comment_on_constraint, constraint_definition, create_index, drop_constraint};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::own_name;
use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Constraint, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Step, Undo, Work};

pub(super) fn phases(task: &Task<'_>, table: &Table, name: &str) -> Result<Vec<Phase>, Refusal> {
    let constraint = constraint(table, name)?;
    refuse_if_referred_to(task, table, constraint)?;
    let own = constraint.name_on(table.name().name());
    let is_key = matches!(constraint, Constraint::PrimaryKey { .. } | Constraint::Unique { .. });
    let mut phases =
        if is_key { task.switches("no longer counts on the key of", " (`ON CONFLICT` needs it)") } else { Vec::new() };
    phases.push(Phase::database(
        "contract",
        format!("drop `{own}` of `{}`", table.name()),
        PhaseKind::Contract,
        "Can be rolled back for as long as no row was written that breaks it.".to_owned(),
        vec![remove(table, constraint)],
    ));
    Ok(phases)
}

/// A foreign key of another table needs the key it refers to.
fn refuse_if_referred_to(task: &Task<'_>, table: &Table, constraint: &Constraint) -> Result<(), Refusal> {
    let (Constraint::PrimaryKey { columns, .. } | Constraint::Unique { columns, .. }) = constraint else {
        return Ok(());
    };
    let refers = |other: &&Table| {
        other.constraints().iter().any(|own| match own {
            Constraint::ForeignKey { references, referenced, .. } => {
                let to_key = referenced.is_empty() && matches!(constraint, Constraint::PrimaryKey { .. });
                let same = referenced.len() == columns.len()
                    && referenced.iter().all(|name| columns.iter().any(|own| own == name));
                references == table.name() && (to_key || same)
            }
            _ => false,
        })
    };
    let dependents: Vec<Dependent> = task
        .schema
        .tables()
        .iter()
        .filter(refers)
        .map(|other| Dependent::ForeignKey { table: other.name().clone() })
        .collect();
    if dependents.is_empty() {
        return Ok(());
    }
    Err(Refusal::InUse { name: constraint.name_on(table.name().name()), dependents })
}

/// Drops a constraint. Undone by adding it as it was, without reading the rows under a lock where that can be had.
fn remove(table: &Table, constraint: &Constraint) -> Step {
    let name = constraint.name_on(table.name().name());
    let mut back = match constraint {
        Constraint::PrimaryKey { .. } | Constraint::Unique { .. } if table.partition_key().is_none() => {
            let definition = KeyDefinition::read(&constraint_definition(constraint));
            let index = definition.index(beside(table.name(), &name));
            let adopt = format!(
                "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}{}",
                postgres_name(table.name()),
                ident(&name),
                definition.keyword,
                ident(&name),
                definition.tail
            );
            vec![create_index(table, &index, &name, Build::Concurrently), adopt]
        }
        Constraint::Check { .. } | Constraint::ForeignKey { .. } if table.partition_key().is_none() => {
            let add = super::statements::add_constraint(table, &constraint.clone().not_valid());
            let validate = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", postgres_name(table.name()), ident(&name));
            std::iter::once(add).chain(Some(validate).filter(|_| constraint.detail().is_validated())).collect()
        }
        _ => vec![super::statements::add_constraint(table, constraint)],
    };
    back.extend(comment_on_constraint(table, constraint));
    Step::new(
        &format!("drop-{name}"),
        format!("drop `{name}`"),
        Work::Sql { statements: vec![drop_constraint(table.name(), &name)] },
        Fact::constraint(table.name(), &name).not().probe(),
        Undo::SqlOutside { statements: back },
    )
}

/// The new one is added under a name of the plan's own; then, in one transaction, the old one goes and it takes the name.
pub(super) fn replace(task: &Task<'_>, table: &Table, name: &str, by: &Constraint) -> Result<Vec<Phase>, Refusal> {
    let old = constraint(table, name)?;
    let own = old.name_on(table.name().name());
    if matches!((old, by), (Constraint::PrimaryKey { .. }, Constraint::PrimaryKey { .. })) {
        return super::replace_key::phases(task, table, old, by);
    }
    if std::mem::discriminant(old) != std::mem::discriminant(by) {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: "they are of different kinds: add one and drop the other".to_owned(),
        });
    }
    let new = own_name("new", &own);
    let bare = by.clone().named(new.as_str());
    let add = Phase::database(
        "expand",
        format!("add the new `{own}` beside the old one"),
        PhaseKind::Expand,
        "Fails, and is rolled back, if a row breaks the new one.".to_owned(),
        add_constraint::steps(task, table, &bare)?,
    );
    let taken = by.clone().named(own.as_str());
    let rename = |from: &str, to: &str| {
        format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", postgres_name(table.name()), ident(from), ident(to))
    };
    let gone = own_name("old", &own);
    let mut forward = vec![rename(&own, &gone), rename(&new, &own)];
    forward.extend(comment_on_constraint(table, &taken));
    let swap = Step::new(
        "swap",
        format!("the new one takes the name `{own}`"),
        Work::Sql { statements: forward },
        Fact::constraint(table.name(), &gone).probe(),
        Undo::Sql { statements: vec![rename(&own, &new), rename(&gone, &own)] },
    );
    let retired = old.clone().named(gone.as_str());
    let contract = Phase::database(
        "contract",
        format!("the new one takes the place of `{own}`"),
        PhaseKind::Contract,
        "Can be rolled back for as long as no row was written that breaks the old one.".to_owned(),
        vec![swap, remove(table, &retired)],
    );
    Ok(vec![add, contract])
}
