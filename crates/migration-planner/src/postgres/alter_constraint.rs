//! What `ALTER TABLE` does to constraints.

use super::catalog::{PostgresCatalog, beside};
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::{DeclaredConstraint, add_constraint};
use super::relation::ConstraintKind;
use crate::step::LockMode;

pub(super) fn add(
    catalog: &mut PostgresCatalog,
    family: &[String],
    declared: Option<DeclaredConstraint>,
    effect: &mut Effect,
) {
    let (Some(declared), Some(table)) = (declared, family.first()) else { return effect.give_up() };
    match &declared.kind {
        ConstraintKind::Foreign { references, .. } => {
            effect.lock(table, LockMode::ShareRowExclusive);
            effect.lock(references, LockMode::ShareRowExclusive);
            if !declared.not_valid {
                // A partition that has the same one, and valid, lets it become a part of the whole's.
                for member in family {
                    let is_known =
                        catalog.table(member).is_some_and(|of| of.partitioned || of.proves_reference(&declared.kind));
                    if !is_known {
                        check_references(catalog, member, references, effect);
                    }
                }
            }
        }
        ConstraintKind::Check { .. } => {
            for member in family {
                effect.lock(member, LockMode::AccessExclusive);
                if !declared.not_valid {
                    catalog.scan(member, effect);
                }
            }
        }
        ConstraintKind::Keyed { primary, .. } => {
            effect.lock(table, LockMode::AccessExclusive);
            match &declared.using_index {
                Some(index) => using_index(catalog, table, index, &declared, *primary, effect),
                None => family.iter().for_each(|member| catalog.scan(member, effect)),
            }
        }
    }
    add_constraint(catalog, table, declared);
}

fn using_index(
    catalog: &PostgresCatalog,
    table: &str,
    index: &str,
    declared: &DeclaredConstraint,
    primary: bool,
    effect: &mut Effect,
) {
    // An index takes the constraint's name, if that is another one.
    let renamed = declared.name.as_deref().is_some_and(|name| beside(table, name) != index);
    effect.lock(index, if renamed { LockMode::ShareUpdateExclusive } else { LockMode::AccessShare });
    let (Some(of), Some(index)) = (catalog.table(table), catalog.index(index)) else { return };
    let known =
        |column: &String| of.column(column).is_some_and(|c| c.not_null) || catalog.proves_not_null(table, column);
    if primary && !index.columns.iter().all(known) {
        effect.scan(table);
    }
}

/// A query that joins both tables, which also opens all of their indexes.
pub(super) fn check_references(catalog: &PostgresCatalog, table: &str, references: &str, effect: &mut Effect) {
    for side in [table, references] {
        effect.scan(side);
        for index in catalog.indexes_of(side) {
            effect.lock(&index, LockMode::AccessShare);
        }
    }
}

pub(super) fn validate(catalog: &mut PostgresCatalog, family: &[String], name: &str, effect: &mut Effect) {
    let Some(table) = family.first() else { return };
    effect.lock(table, LockMode::ShareUpdateExclusive);
    let Some(found) = catalog.table(table).and_then(|of| of.constraint(name)).cloned() else { return };
    if !found.validated {
        match &found.kind {
            ConstraintKind::Foreign { references, .. } => {
                effect.lock(references, LockMode::RowShare);
                check_references(catalog, table, references, effect);
            }
            _ => {
                for member in family {
                    effect.lock(member, LockMode::ShareUpdateExclusive);
                    catalog.scan(member, effect);
                }
            }
        }
    }
    if let Some(of) = catalog.table_mut(table) {
        of.constraints.iter_mut().filter(|own| own.name == name).for_each(|own| own.validated = true);
    }
}

pub(super) fn drop_constraint(
    catalog: &mut PostgresCatalog,
    table: &str,
    action: &mut Cursor<'_>,
    effect: &mut Effect,
) {
    let Some(name) = action.identifier() else { return };
    let cascade = action.eat("cascade");
    let Some(found) = catalog.table(table).and_then(|of| of.constraint(&name)).cloned() else { return };
    match &found.kind {
        ConstraintKind::Foreign { references, .. } => effect.lock(references, LockMode::AccessExclusive),
        ConstraintKind::Keyed { .. } => {
            let index = beside(table, &name);
            effect.lock(&index, LockMode::AccessExclusive);
            catalog.relations.remove(&index);
            if cascade {
                for other in catalog.referring_to_key(table, &found.kind) {
                    effect.lock(&other, LockMode::AccessExclusive);
                    if let Some(of) = catalog.table_mut(&other) {
                        of.constraints.retain(|own| !own.refers_to_key(table, &found.kind));
                    }
                }
            }
        }
        ConstraintKind::Check { .. } => {}
    }
    if let Some(of) = catalog.table_mut(table) {
        of.constraints.retain(|own| own.name != name);
    }
}

pub(super) fn rename_constraint(
    catalog: &mut PostgresCatalog,
    table: &str,
    action: &mut Cursor<'_>,
    effect: &mut Effect,
) {
    let (Some(from), true, Some(to)) = (action.identifier(), action.eat("to"), action.identifier()) else { return };
    let index = beside(table, &from);
    if catalog.index(&index).is_some() {
        effect.lock(&index, LockMode::ShareUpdateExclusive);
        catalog.rename(&index, &beside(table, &to));
    }
    if let Some(of) = catalog.table_mut(table) {
        of.constraints.iter_mut().filter(|own| own.name == from).for_each(|own| to.clone_into(&mut own.name));
    }
}
