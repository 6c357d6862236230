//! What is different about the constraints and indexes of a table.

use super::Found;
use super::names::{behind_using, same_statement};
use super::order::Stage;
use crate::change::Change;
use crate::name::ObjectName;
use crate::schema::{Constraint, Index, Schema, Table};
use crate::sql::{ident, literal, postgres_name};

/// Constraints by their names.
pub(super) fn constraints(from: &Table, to: &Table, found: &mut Found) {
    let owner = to.name().name();
    for constraint in to.constraints() {
        let name = constraint.name_on(owner);
        let stage = if is_reference(constraint) { Stage::AddReferences } else { Stage::AddKeys };
        let Some(own) = constraint_called(from, &name) else {
            // What a table has from another comes with it.
            if constraint.detail().is_inherited() {
                continue;
            }
            found.change(stage, Change::add_constraint(to.name(), constraint.clone()));
            continue;
        };
        if is_same_constraint(own, constraint) {
            if !own.detail().is_validated() && constraint.detail().is_validated() {
                found.change(stage, Change::validate_constraint(to.name(), name.as_str()));
            }
        } else if matches!(constraint, Constraint::PrimaryKey { .. }) {
            // A table has one at a time.
            found.change(Stage::DropKeys, Change::drop_constraint(to.name(), name.as_str()));
            found.change(stage, Change::add_constraint(to.name(), constraint.clone()));
        } else {
            found.change(stage, Change::replace_constraint(to.name(), name.as_str(), constraint.clone()));
        }
        if own.detail().comment() != constraint.detail().comment() {
            let on = format!("CONSTRAINT {} ON {}", ident(&name), postgres_name(to.name()));
            found.change(Stage::Describe, comment(&on, own.detail().comment(), constraint.detail().comment()));
        }
    }
    for gone in from.constraints() {
        let name = gone.name_on(from.name().name());
        let goes_with_another =
            gone.detail().is_inherited() && from.parents().iter().any(|parent| to.parents().contains(parent));
        if constraint_called(to, &name).is_none() && !goes_with_another {
            let stage = if is_reference(gone) { Stage::DropReferences } else { Stage::DropKeys };
            found.change(stage, Change::drop_constraint(from.name(), name));
        }
    }
}

/// References to keys that go, though they themselves stay: they go before and come back after.
pub(super) fn references_to_lost_keys(from: &Schema, to: &Schema, found: &mut Found) {
    let lost: Vec<(ObjectName, Vec<String>)> = found
        .changes
        .iter()
        .filter_map(|ordered| match &ordered.change {
            Change::DropConstraint { table, name } => match constraint_called(from.table(table)?, name)? {
                Constraint::PrimaryKey { columns, .. } | Constraint::Unique { columns, .. } => {
                    Some((table.clone(), columns.clone()))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    let uses = |constraint: &Constraint| match constraint {
        Constraint::ForeignKey { references, referenced, .. } => {
            lost.iter().any(|(table, columns)| references == table && referenced == columns)
        }
        _ => false,
    };
    for table in from.tables() {
        for constraint in table.constraints().iter().filter(|constraint| uses(constraint)) {
            let name = constraint.name_on(table.name().name());
            let later = to.tables().iter().find(|other| other.name() == table.name());
            let Some(stays) = later.and_then(|table| constraint_called(table, &name)) else {
                // A table that goes too goes later than the key.
                if later.is_none() {
                    found.change(Stage::DropReferences, Change::drop_constraint(table.name(), name.as_str()));
                }
                continue;
            };
            // To put another in its place the old key would have to be there for longer.
            found.changes.retain(|ordered| {
                !matches!(&ordered.change, Change::ReplaceConstraint { table: of, name: replaced, .. }
                    if of == table.name() && *replaced == name)
            });
            found.change(Stage::DropReferences, Change::drop_constraint(table.name(), name.as_str()));
            found.change(Stage::AddReferences, Change::add_constraint(table.name(), stays.clone()));
        }
    }
}

fn constraint_called<'a>(table: &'a Table, name: &str) -> Option<&'a Constraint> {
    table.constraints().iter().find(|constraint| constraint.name_on(table.name().name()) == name)
}

fn is_reference(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::ForeignKey { .. })
}

fn is_same_constraint(from: &Constraint, to: &Constraint) -> bool {
    // What is written of a reference names the other table, which may have got another name.
    let same_target = match (from, to) {
        (Constraint::ForeignKey { references: one, .. }, Constraint::ForeignKey { references: other, .. }) => {
            one.matches(other)
        }
        _ => true,
    };
    let tail = |constraint: &Constraint| -> Option<String> {
        let definition = constraint.detail().definition()?.trim_end_matches(" NOT VALID").to_owned();
        match constraint {
            Constraint::ForeignKey { .. } => {
                let (head, rest) = definition.split_once(" REFERENCES ")?;
                Some(format!("{head} {}", rest.split_once('(').map_or("", |(_, rest)| rest)))
            }
            _ => Some(definition),
        }
    };
    if let (Some(one), Some(other)) = (tail(from), tail(to)) {
        return same_target && same_statement(&one, &other);
    }
    let plain = |constraint: &Constraint| match constraint {
        Constraint::PrimaryKey { columns, .. } => format!("p {}", columns.join(",")),
        Constraint::Unique { columns, .. } => format!("u {}", columns.join(",")),
        Constraint::Check { expression, .. } => format!("c {expression}"),
        Constraint::ForeignKey { columns, references, referenced, .. } => {
            format!("f {} {references} {}", columns.join(","), referenced.join(","))
        }
        Constraint::Exclusion { detail } => format!("x {}", detail.definition().unwrap_or_default()),
    };
    plain(from) == plain(to)
}

/// Indexes by their names.
pub(super) fn indexes(from: &Table, to: &Table, found: &mut Found) {
    for index in to.indexes() {
        let Some(own) = index_called(from, index) else {
            found.change(Stage::AddKeys, Change::create_index(to.name(), index.clone()));
            continue;
        };
        if !is_same_index(own, index) {
            found.change(Stage::AddKeys, Change::replace_index(whole(to, own), index.clone()));
        } else if own.comment_text() != index.comment_text() {
            let on = format!("INDEX {}", postgres_name(&whole(to, index)));
            found.change(Stage::Describe, comment(&on, own.comment_text(), index.comment_text()));
        }
    }
    for gone in from.indexes().iter().filter(|index| index_called(to, index).is_none()) {
        found.change(Stage::DropKeys, Change::drop_index(whole(from, gone)));
    }
}

fn index_called<'a>(table: &'a Table, like: &Index) -> Option<&'a Index> {
    table.indexes().iter().find(|index| index.name().name() == like.name().name())
}

fn whole(table: &Table, index: &Index) -> ObjectName {
    match table.name().schema() {
        Some(schema) => ObjectName::in_schema(schema, index.name().name()),
        None => index.name().name().into(),
    }
}

fn is_same_index(from: &Index, to: &Index) -> bool {
    let definitions = [from, to].map(|index| index.definition().and_then(behind_using));
    let same = match definitions {
        [Some(one), Some(other)] => same_statement(one, other),
        _ => from.parts() == to.parts() && from.predicate() == to.predicate() && from.method() == to.method(),
    };
    same && from.is_unique() == to.is_unique()
}

/// A comment on what has no change of its own for that.
fn comment(on: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let words = |text: Option<&str>| format!("COMMENT ON {on} IS {}", text.map_or("NULL".to_owned(), literal));
    Change::sql([words(after)], Some(&[&words(before)]))
}
