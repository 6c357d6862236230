//! `ALTER TABLE`: what each of its actions does.

use super::alter::alter_column;
use super::alter_constraint::{add, check_references, drop_constraint, rename_constraint, validate};
use super::alter_partition::{attach, detach};
use super::alter_whole_table::{of_whole_table, rewrite};
use super::catalog::{PostgresCatalog, beside};
use super::cursor::Cursor;
use super::effect::Effect;
use super::read_table::{add_constraint, add_sequence, column, constraint};
use super::relation::{ConstraintKind, Relation};
use crate::step::LockMode;

/// How many columns the server lets a table have.
const MOST_COLUMNS: usize = 1_600;

/// `ALTER TABLE`, from `ONLY` or the name on.
pub(super) fn alter_table(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>) -> Effect {
    let mut effect = Effect::default();
    let skipped_if_missing = cursor.eat("if exists");
    let only = cursor.eat("only");
    let Some(table) = cursor.name() else { return effect };
    cursor.eat_symbol('*');
    if catalog.table(&table).is_none() {
        // Views and sequences may be altered as tables; of a table that was never seen, nothing is known.
        if !skipped_if_missing && !catalog.relations.contains_key(&table) {
            effect.give_up();
        }
        return effect;
    }
    for action in cursor.items() {
        let mut action = action;
        alter_once(catalog, &table, only, &mut action, &mut effect);
    }
    effect
}

fn alter_once(catalog: &mut PostgresCatalog, table: &str, only: bool, action: &mut Cursor<'_>, effect: &mut Effect) {
    let family = if only { vec![table.to_owned()] } else { catalog.family(table) };
    let all = |effect: &mut Effect, mode| effect.lock_all(&family, mode);
    if action.eat("rename constraint") {
        effect.lock(table, LockMode::AccessExclusive);
        rename_constraint(catalog, table, action, effect);
    } else if action.eat("rename to") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(to) = action.identifier() {
            catalog.rename(table, &beside(table, &to));
        }
    } else if action.eat("rename") {
        all(effect, LockMode::AccessExclusive);
        action.eat("column");
        rename_column(catalog, &family, action);
    } else if action.eat("add constraint") {
        let name = action.identifier();
        add(catalog, &family, constraint(action, name, None), effect);
    } else if ["check", "unique", "primary key", "exclude", "foreign key", "not null"]
        .iter()
        .any(|of| action.sees(&format!("add {of}")))
    {
        action.eat("add");
        add(catalog, &family, constraint(action, None, None), effect);
    } else if action.eat("add") {
        all(effect, LockMode::AccessExclusive);
        action.eat("column");
        let skipped = action.eat("if not exists");
        for member in &family {
            add_column(catalog, member, &mut action.clone(), skipped, effect);
        }
    } else if action.eat("drop constraint") {
        action.eat("if exists");
        all(effect, LockMode::AccessExclusive);
        drop_constraint(catalog, table, action, effect);
    } else if action.eat("drop") {
        action.eat("column");
        action.eat("if exists");
        all(effect, LockMode::AccessExclusive);
        if let Some(column) = action.identifier() {
            let cascade = action.eat("cascade");
            for member in &family {
                drop_column(catalog, member, &column, cascade, effect);
            }
        }
    } else if action.eat("alter constraint") {
        effect.lock(table, LockMode::AccessExclusive);
    } else if action.eat("alter") {
        action.eat("column");
        if let Some(column) = action.identifier() {
            for member in &family {
                alter_column(catalog, member, &column, &mut action.clone(), effect);
            }
        }
    } else if action.eat("validate constraint") {
        if let Some(name) = action.identifier() {
            validate(catalog, &family, &name, effect);
        }
    } else if action.eat("attach partition") {
        attach(catalog, table, action, effect);
    } else if action.eat("detach partition") {
        detach(catalog, table, action, effect);
    } else {
        of_whole_table(catalog, table, &family, action, effect);
    }
}

fn add_column(
    catalog: &mut PostgresCatalog,
    table: &str,
    action: &mut Cursor<'_>,
    if_not_exists: bool,
    effect: &mut Effect,
) {
    let Some(declared) = column(action, catalog) else { return };
    let Some(of) = catalog.table(table) else { return };
    // Of these the server refuses the second, and any behind the last that it has room for.
    let is_taken = of.column(&declared.column.name).is_some();
    if is_taken && if_not_exists || of.columns.len() >= MOST_COLUMNS {
        return;
    }
    if declared.fills_each_row {
        rewrite(catalog, table, &[], effect);
    } else if declared.column.not_null && !declared.has_default {
        catalog.scan(table, effect); // fails unless there is no row
    }
    if declared.owns_sequence {
        add_sequence(catalog, table, &declared.column.name);
    }
    if let Some(of) = catalog.table_mut(table).filter(|_| !is_taken) {
        of.columns.push(declared.column);
    }
    for constraint in declared.constraints {
        match &constraint.kind {
            // All rows are NULL, which satisfies a reference unseen.
            ConstraintKind::Foreign { references, .. } => {
                effect.lock(references, LockMode::ShareRowExclusive);
                if declared.has_default {
                    check_references(catalog, table, &references.clone(), effect);
                }
            }
            ConstraintKind::Check { .. } | ConstraintKind::Keyed { .. } => effect.scan(table),
        }
        add_constraint(catalog, table, constraint);
    }
}

pub(super) fn drop_column(
    catalog: &mut PostgresCatalog,
    table: &str,
    column: &str,
    cascade: bool,
    effect: &mut Effect,
) {
    for index in catalog.indexes_of(table) {
        if catalog.index(&index).is_some_and(|of| of.names.iter().any(|name| name == column)) {
            effect.lock(&index, LockMode::AccessExclusive);
            catalog.relations.remove(&index);
        }
    }
    let constraints = catalog.table(table).map(|of| of.constraints.clone()).unwrap_or_default();
    for constraint in &constraints {
        if let ConstraintKind::Foreign { columns, references, .. } = &constraint.kind
            && columns.iter().any(|own| own == column)
        {
            effect.lock(references, LockMode::AccessExclusive);
        }
    }
    if cascade {
        for view in catalog.dependents_of(table, Some(column)) {
            effect.lock(&view, LockMode::AccessExclusive);
            for index in catalog.indexes_of(&view) {
                effect.lock(&index, LockMode::AccessExclusive);
            }
            catalog.remove(&view);
        }
    }
    for (sequence, _) in catalog.sequences_of(table).into_iter().filter(|(_, of)| of == column) {
        effect.lock(&sequence, LockMode::AccessExclusive);
        catalog.relations.remove(&sequence);
    }
    if let Some(of) = catalog.table_mut(table) {
        of.columns.retain(|own| own.name != column);
        of.constraints.retain(|constraint| match &constraint.kind {
            ConstraintKind::Check { names, .. } => !names.iter().any(|name| name == column),
            ConstraintKind::Keyed { columns, .. } | ConstraintKind::Foreign { columns, .. } => {
                !columns.iter().any(|own| own == column)
            }
        });
    }
}

fn rename_column(catalog: &mut PostgresCatalog, family: &[String], action: &mut Cursor<'_>) {
    let (Some(from), true, Some(to)) = (action.identifier(), action.eat("to"), action.identifier()) else { return };
    let fix = |name: &mut String| {
        if *name == from {
            to.clone_into(name);
        }
    };
    for member in family {
        for index in catalog.indexes_of(member) {
            if let Some(Relation::Index(index)) = catalog.relations.get_mut(&index) {
                index.columns.iter_mut().for_each(fix);
                index.names.iter_mut().for_each(fix);
            }
        }
        let Some(of) = catalog.table_mut(member) else { continue };
        of.columns.iter_mut().for_each(|column| fix(&mut column.name));
        for constraint in &mut of.constraints {
            match &mut constraint.kind {
                ConstraintKind::Check { names, not_null, body } => {
                    if names.contains(&from) {
                        body.clear();
                    }
                    names.iter_mut().for_each(fix);
                    not_null.iter_mut().for_each(fix);
                }
                ConstraintKind::Keyed { columns, .. } | ConstraintKind::Foreign { columns, .. } => {
                    columns.iter_mut().for_each(fix);
                }
            }
        }
    }
}
