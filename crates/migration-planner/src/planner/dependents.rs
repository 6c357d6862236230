//! What else in a schema needs a column.

use super::Site;
use crate::name::{ColumnRef, same_name};
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Constraint, Index};
use crate::sql::tokens::mentions;

/// Everything that needs the column but its indexes, which see [`indexes`].
pub(super) fn dependents(site: &Site<'_>) -> Vec<Dependent> {
    let mut found = constraints(site);
    found.extend(programs(site));
    found
}

/// Keys, constraints and generated columns that need the column.
pub(super) fn constraints(site: &Site<'_>) -> Vec<Dependent> {
    let (table, name) = (site.table, site.column.name());
    let mut found = Vec::new();
    if table.primary_key().iter().any(|key| same_name(key, name)) {
        found.push(Dependent::PrimaryKey);
    }
    for constraint in table.constraints().iter().filter(|constraint| constraint.involves(name)) {
        match constraint {
            Constraint::PrimaryKey { .. } => {} // found above
            Constraint::Unique { .. } => found.push(Dependent::UniqueConstraint),
            Constraint::ForeignKey { .. } => found.push(Dependent::ForeignKey { table: table.name().clone() }),
            Constraint::Check { column: Some(own), .. } if same_name(own, name) => {} // goes with its column
            Constraint::Check { expression, .. } => found.push(Dependent::Check { expression: expression.clone() }),
            Constraint::Exclusion { detail } => {
                found.push(Dependent::Check { expression: detail.definition().unwrap_or_default().to_owned() });
            }
        }
    }
    for other in site.schema.tables() {
        let refers = other.constraints().iter().any(|constraint| match constraint {
            Constraint::ForeignKey { references, referenced, .. } => {
                references.matches(table.name()) && referenced.iter().any(|column| same_name(column, name))
            }
            _ => false,
        });
        if refers {
            found.push(Dependent::ForeignKey { table: other.name().clone() });
        }
    }
    for column in table.columns().iter().filter(|column| !same_name(column.name(), name)) {
        if column.generation().is_some_and(|generated| mentions(generated.expression(), name)) {
            found.push(Dependent::GeneratedColumn { column: column.name().to_owned() });
        }
    }
    found
}

/// Views and triggers that may need the column.
pub(super) fn programs(site: &Site<'_>) -> Vec<Dependent> {
    let (table, name) = (site.table.name(), site.column.name());
    let views = site
        .schema
        .views()
        .iter()
        .filter(|view| view.may_use(table.name(), name))
        .map(|view| Dependent::View { name: view.name().clone() });
    let triggers = site
        .schema
        .triggers()
        .iter()
        .filter(|trigger| !trigger.name().is_reserved() && trigger.mentions(table.name()) && trigger.mentions(name))
        .map(|trigger| Dependent::Trigger { name: trigger.name().clone() });
    views.chain(triggers).collect()
}

/// Indexes that need the column, those that order nothing else apart from those that do more.
pub(super) fn indexes<'a>(site: &Site<'a>) -> (Vec<&'a Index>, Vec<&'a Index>) {
    let name = site.column.name();
    site.table.indexes().iter().filter(|index| index.involves(name)).partition(|index| {
        matches!(index.parts(), [only] if same_name(only, name)) && !index.is_unique() && index.predicate().is_none()
    })
}

pub(super) fn refuse_if_any(column: ColumnRef, dependents: Vec<Dependent>) -> Result<(), Refusal> {
    if dependents.is_empty() { Ok(()) } else { Err(Refusal::ColumnInUse { column, dependents }) }
}
