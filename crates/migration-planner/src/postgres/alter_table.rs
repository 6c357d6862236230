//! `ALTER TABLE`: what each of its actions does.

use super::alter::alter_column;
use super::catalog::{ConstraintKind, Partition, PostgresCatalog, Relation, Table};
use super::cursor::Cursor;
use super::effect::Effect;
use super::partition_bounds::Bounds;
use super::read_table::{DeclaredConstraint, add_constraint, add_sequence, column, constraint};
use crate::step::LockMode;

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
            catalog.rename(table, &to);
        }
    } else if action.eat("rename") {
        all(effect, LockMode::AccessExclusive);
        action.eat("column");
        rename_column(catalog, &family, action);
    } else if action.eat("add constraint") {
        let name = action.identifier();
        add(catalog, &family, constraint(action, name, None), effect);
    } else if ["check", "unique", "primary key", "exclude", "foreign key"]
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

/// Actions that concern the table itself and neither its columns nor its constraints.
fn of_whole_table(
    catalog: &mut PostgresCatalog,
    table: &str,
    family: &[String],
    action: &mut Cursor<'_>,
    effect: &mut Effect,
) {
    let triggers = ["enable trigger", "disable trigger", "enable always trigger", "enable replica trigger"];
    if triggers.iter().any(|start| action.sees(start)) {
        effect.lock_all(family, LockMode::ShareRowExclusive);
    } else if action.eat("set logged") || action.sees("set unlogged") {
        let unlogged = action.eat("set unlogged");
        effect.lock(table, LockMode::AccessExclusive);
        if catalog.table(table).is_some_and(|of| of.unlogged != unlogged) {
            rewrite(catalog, table, &[], effect);
            for (sequence, _) in catalog.sequences_of(table) {
                effect.lock(&sequence, LockMode::AccessExclusive);
                effect.rewrite(&sequence);
            }
        }
        if let Some(of) = catalog.table_mut(table) {
            of.unlogged = unlogged;
        }
    } else if action.eat("set access method") {
        effect.lock(table, LockMode::AccessExclusive);
        // There is one method unless an extension brings others.
        if !action.sees("heap") {
            rewrite(catalog, table, &[], effect);
        }
    } else if action.eat("set tablespace") {
        effect.lock(table, LockMode::AccessExclusive);
        effect.rewrite(table);
    } else if action.eat("set schema") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(schema) = action.identifier() {
            for (sequence, _) in catalog.sequences_of(table) {
                effect.lock(&sequence, LockMode::AccessExclusive);
            }
            let last = table.rsplit('.').next().unwrap_or(table);
            let to = if schema == "public" { last.to_owned() } else { format!("{schema}.{last}") };
            catalog.rename(table, &to);
        }
    } else if action.sees("set without") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
    } else if action.eat("cluster on") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
        if let Some(index) = action.name() {
            effect.lock(&index, LockMode::ShareUpdateExclusive);
        }
    } else if action.sees("set") || action.sees("reset") {
        effect.lock(table, LockMode::ShareUpdateExclusive);
    } else if action.eat("inherit") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(parent) = action.name() {
            effect.lock(&parent, LockMode::ShareUpdateExclusive);
            let is_below = catalog.family(table).contains(&parent);
            if let Some(of) = catalog.table_mut(table).filter(|_| !is_below) {
                of.inherits.push(parent);
            }
        }
    } else if action.eat("no inherit") {
        effect.lock(table, LockMode::AccessExclusive);
        if let Some(parent) = action.name() {
            effect.lock(&parent, LockMode::AccessShare);
            if let Some(of) = catalog.table_mut(table) {
                of.inherits.retain(|own| *own != parent);
            }
        }
    } else if action.eat("replica identity") {
        effect.lock(table, LockMode::AccessExclusive);
        if action.eat("using index")
            && let Some(index) = action.name()
        {
            effect.lock(&index, LockMode::Share);
        }
    } else if action.eat("owner to") {
        effect.lock(table, LockMode::AccessExclusive);
        let owned =
            catalog.indexes_of(table).into_iter().chain(catalog.sequences_of(table).into_iter().map(|(name, _)| name));
        effect.lock_all(owned, LockMode::AccessExclusive);
    } else {
        // Row level security, rules, type of the table, and what later versions bring.
        effect.lock(table, LockMode::AccessExclusive);
    }
}

/// Every row of a table and of its indexes is written anew. Indexes in `remade` are made anew and not rewritten.
pub(super) fn rewrite(catalog: &PostgresCatalog, table: &str, remade: &[String], effect: &mut Effect) {
    if catalog.table(table).is_some_and(|of| of.partitioned) {
        return; // has no rows of its own
    }
    effect.lock(table, LockMode::AccessExclusive);
    effect.rewrite(table);
    effect.scan(table);
    for index in catalog.indexes_of(table) {
        effect.lock(&index, LockMode::AccessExclusive);
        if !remade.contains(&index) {
            effect.rewrite(&index);
        }
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
    if if_not_exists && of.column(&declared.column.name).is_some() {
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
    if let Some(of) = catalog.table_mut(table) {
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

fn add(catalog: &mut PostgresCatalog, family: &[String], declared: Option<DeclaredConstraint>, effect: &mut Effect) {
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
    let renamed = declared.name.as_deref().is_some_and(|name| name != index);
    effect.lock(index, if renamed { LockMode::ShareUpdateExclusive } else { LockMode::AccessShare });
    let (Some(of), Some(index)) = (catalog.table(table), catalog.index(index)) else { return };
    let known =
        |column: &String| of.column(column).is_some_and(|c| c.not_null) || catalog.proves_not_null(table, column);
    if primary && !index.columns.iter().all(known) {
        effect.scan(table);
    }
}

/// A query that joins both tables, which also opens all of their indexes.
fn check_references(catalog: &PostgresCatalog, table: &str, references: &str, effect: &mut Effect) {
    for side in [table, references] {
        effect.scan(side);
        for index in catalog.indexes_of(side) {
            effect.lock(&index, LockMode::AccessShare);
        }
    }
}

fn validate(catalog: &mut PostgresCatalog, family: &[String], name: &str, effect: &mut Effect) {
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

fn drop_constraint(catalog: &mut PostgresCatalog, table: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(name) = action.identifier() else { return };
    let cascade = action.eat("cascade");
    let Some(found) = catalog.table(table).and_then(|of| of.constraint(&name)).cloned() else { return };
    match &found.kind {
        ConstraintKind::Foreign { references, .. } => effect.lock(references, LockMode::AccessExclusive),
        ConstraintKind::Keyed { .. } => {
            effect.lock(&name, LockMode::AccessExclusive);
            catalog.relations.remove(&name);
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

fn drop_column(catalog: &mut PostgresCatalog, table: &str, column: &str, cascade: bool, effect: &mut Effect) {
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

fn rename_constraint(catalog: &mut PostgresCatalog, table: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let (Some(from), true, Some(to)) = (action.identifier(), action.eat("to"), action.identifier()) else { return };
    if catalog.index(&from).is_some() {
        effect.lock(&from, LockMode::ShareUpdateExclusive);
        catalog.rename(&from, &to);
    }
    if let Some(of) = catalog.table_mut(table) {
        of.constraints.iter_mut().filter(|own| own.name == from).for_each(|own| to.clone_into(&mut own.name));
    }
}

fn attach(catalog: &mut PostgresCatalog, parent: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(child) = action.name().filter(|child| !catalog.family(child).iter().any(|of| of == parent)) else {
        return; // the server refuses a partition of itself
    };
    effect.lock(parent, LockMode::ShareUpdateExclusive);
    let is_default = action.sees("default");
    let key = catalog.table(parent).map(|of| of.partition_key.clone()).unwrap_or_default();
    let bounds = Bounds::read(&key, &action.text());
    let is_within = |of: &Table| {
        bounds.as_ref().is_some_and(|bounds| {
            bounds.are_implied_by(of.checks(), of.column(bounds.column()).is_some_and(|column| column.not_null))
        })
    };
    let is_known = catalog.table(&child).is_some_and(is_within);
    // An index that the whole has and the part has not is built, whatever its checks say.
    let lacks = |name: &String| catalog.index(name).is_some_and(|index| catalog.twin_of(index, &child).is_none());
    let is_indexed = !catalog.indexes_of(parent).iter().any(lacks);
    for member in catalog.family(&child) {
        effect.lock(&member, LockMode::AccessExclusive);
        if !(is_known && is_indexed) {
            catalog.scan(&member, effect);
        }
    }
    if let Some(default) = catalog.default_partition(parent) {
        effect.lock(&default, LockMode::AccessExclusive);
        let is_outside = |of: &Table| bounds.as_ref().is_some_and(|bounds| bounds.are_excluded_by(of.checks()));
        if !catalog.table(&default).is_some_and(is_outside) {
            effect.scan(&default);
        }
    }
    for index in catalog.indexes_of(parent) {
        effect.lock(&index, LockMode::ShareUpdateExclusive);
    }
    if let Some(of) = catalog.table_mut(&child) {
        of.partition_of = Some(Partition { parent: parent.to_owned(), is_default });
    }
    catalog.inherit_indexes(parent, &child);
}

fn detach(catalog: &mut PostgresCatalog, parent: &str, action: &mut Cursor<'_>, effect: &mut Effect) {
    let Some(child) = action.name() else { return };
    let concurrently = action.eat("concurrently");
    let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    effect.lock(parent, mode);
    effect.lock(&child, LockMode::AccessExclusive);
    if let Some(default) = catalog.default_partition(parent) {
        effect.lock(&default, LockMode::AccessExclusive);
    }
    for name in catalog.indexes_of(&child) {
        if let Some(Relation::Index(index)) = catalog.relations.get_mut(&name)
            && index.parent.take().is_some()
        {
            effect.lock(&name, LockMode::AccessExclusive);
        }
    }
    if let Some(of) = catalog.table_mut(&child) {
        of.partition_of = None;
    }
}
