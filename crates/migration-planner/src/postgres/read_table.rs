//! Reads columns and constraints, and `CREATE TABLE`.

use super::catalog::{PostgresCatalog, beside};
use super::cursor::Cursor;
use super::effect::Effect;
use super::relation::{Column, Constraint, ConstraintKind, Index, Partition, Relation, Table};
use super::types::{Type, is_volatile};
use crate::step::LockMode;

/// A column as it is declared, with what that asks for.
pub(super) struct Declared {
    pub(super) column: Column,
    pub(super) constraints: Vec<DeclaredConstraint>,
    /// Whether rows get a value that is not NULL.
    pub(super) has_default: bool,
    /// Whether each row gets a value of its own, so that it has to be written.
    pub(super) fills_each_row: bool,
    pub(super) owns_sequence: bool,
}

/// A constraint as it is declared.
pub(super) struct DeclaredConstraint {
    pub(super) name: Option<String>,
    pub(super) kind: ConstraintKind,
    pub(super) not_valid: bool,
    pub(super) using_index: Option<String>,
}

/// Reads a column: its name, its type, and everything that follows.
pub(super) fn column(cursor: &mut Cursor<'_>, catalog: &PostgresCatalog) -> Option<Declared> {
    let name = cursor.identifier()?;
    let declared_type = Type::read(cursor)?;
    let integer = declared_type.behind_serial();
    let serial = integer.is_some();
    let data_type = integer.unwrap_or(declared_type);
    // A domain with a check has to look at each value, also at one default for all.
    let checked_type = catalog.domains.get(&data_type.name).is_some_and(|domain| domain.constrained);
    let mut declared = Declared {
        column: Column { name: name.clone(), data_type, not_null: serial, has_default: serial },
        constraints: Vec::new(),
        has_default: serial,
        fills_each_row: serial || checked_type,
        owns_sequence: serial,
    };
    while !cursor.is_at_end() {
        let named = if cursor.eat("constraint") { cursor.identifier() } else { None };
        if cursor.eat("not null") {
            declared.column.not_null = true;
        } else if cursor.eat("default") {
            let expression = expression(cursor);
            declared.has_default = !expression.text().eq_ignore_ascii_case("null");
            // One value for all is kept in the catalog, since 11.
            declared.fills_each_row |= is_volatile(&expression) || declared.has_default && !catalog.is_at_least(11);
        } else if cursor.eat("generated") {
            let computed = cursor.skip_past("as") && cursor.sees_symbol('(');
            if computed {
                cursor.group();
                if !cursor.eat("stored") && catalog.is_at_least(18) {
                    continue; // computed when it is read
                }
            } else {
                cursor.eat("identity");
                cursor.group();
                declared.column.not_null = true;
                declared.owns_sequence = true;
            }
            declared.has_default = true;
            declared.fills_each_row = true;
        } else if let Some(constraint) = constraint(cursor, named, Some(&name)) {
            declared.column.not_null |= matches!(constraint.kind, ConstraintKind::Keyed { primary: true, .. });
            declared.constraints.push(constraint);
        } else {
            cursor.skip_one(); // COLLATE, STORAGE, NULL ..
        }
    }
    declared.column.has_default = declared.has_default;
    Some(declared)
}

/// An expression as it stands in a column's declaration: up to the next clause.
fn expression<'a>(cursor: &mut Cursor<'a>) -> Cursor<'a> {
    let whole = cursor.clone();
    let mut length = 0;
    let ends =
        ["not null", "null", "constraint", "check", "unique", "primary key", "references", "generated", "collate"];
    while !cursor.is_at_end() && (length == 0 || !ends.iter().any(|end| cursor.sees(end))) {
        cursor.skip_one();
        length += 1;
    }
    whole.up_to(cursor)
}

/// Reads a constraint, of a table or of `column`.
pub(super) fn constraint(
    cursor: &mut Cursor<'_>,
    name: Option<String>,
    column: Option<&str>,
) -> Option<DeclaredConstraint> {
    let mut using_index = None;
    let own = || column.map(|column| vec![column.to_owned()]).unwrap_or_default();
    let kind = if cursor.eat("check") {
        let body = cursor.group()?;
        let names = body.all_names();
        let not_null = match names.as_slice() {
            [of, is, not, null] if [is, not, null] == ["is", "not", "null"] => Some(of.clone()),
            _ => None,
        };
        ConstraintKind::Check { names, not_null, body: body.text() }
    } else if cursor.sees("unique") || cursor.sees("primary key") {
        let primary = cursor.eat("primary key");
        if !primary {
            cursor.eat("unique");
            if cursor.eat("nulls") {
                cursor.eat("not");
                cursor.eat("distinct");
            }
        }
        let columns = if cursor.eat("using index") {
            using_index = cursor.name();
            Vec::new()
        } else if column.is_some() {
            own()
        } else {
            column_list(cursor)
        };
        ConstraintKind::Keyed { columns, primary }
    } else if cursor.eat("exclude") {
        if cursor.eat("using") {
            cursor.identifier();
        }
        let parts = cursor.group()?.items();
        ConstraintKind::Keyed {
            columns: parts.into_iter().filter_map(|mut part| part.identifier()).collect(),
            primary: false,
        }
    } else if column.is_none() && cursor.eat("not null") {
        let of = cursor.identifier()?;
        let names = [of.as_str(), "is", "not", "null"].map(str::to_owned).to_vec();
        ConstraintKind::Check { names, body: format!("{of} IS NOT NULL"), not_null: Some(of) }
    } else if cursor.eat("foreign key") {
        let columns = column_list(cursor);
        cursor.eat("references");
        let references = cursor.name()?;
        ConstraintKind::Foreign { columns, references, referenced: column_list(cursor) }
    } else if cursor.eat("references") {
        let references = cursor.name()?;
        ConstraintKind::Foreign { columns: own(), references, referenced: column_list(cursor) }
    } else {
        return None;
    };
    // What follows up to the next clause of a column only matters if it is NOT VALID.
    let mut not_valid = false;
    loop {
        if cursor.eat("not valid") {
            not_valid = true;
        } else if !(cursor.eat("not deferrable")
            || [
                "deferrable",
                "initially",
                "deferred",
                "immediate",
                "on",
                "delete",
                "update",
                "cascade",
                "restrict",
                "set",
                "null",
                "default",
                "no",
                "action",
                "inherit",
                "match",
                "full",
                "simple",
                "include",
                "with",
                "where",
            ]
            .iter()
            .any(|word| column.is_none_or(|_| *word != "default") && cursor.eat(word)))
            && cursor.group().is_none()
        {
            break;
        }
    }
    Some(DeclaredConstraint { name, kind, not_valid, using_index })
}

/// Names in parentheses.
pub(super) fn column_list(cursor: &mut Cursor<'_>) -> Vec<String> {
    let Some(group) = cursor.group() else { return Vec::new() };
    group.items().into_iter().filter_map(|mut item| item.identifier()).collect()
}

/// `CREATE TABLE`, from its name on.
pub(super) fn create_table(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, unlogged: bool) -> Effect {
    let mut effect = Effect::default();
    cursor.eat("if not exists");
    let Some(name) = cursor.name() else { return effect };
    if catalog.relations.contains_key(&name) {
        return effect;
    }
    let mut table = Table { unlogged, ..Table::default() };
    let mut pending = Vec::new();
    if cursor.eat("partition of") {
        let Some(parent) = cursor.name().filter(|parent| *parent != name) else { return effect };
        cursor.group();
        let is_default = cursor.eat("default");
        effect.lock(&parent, LockMode::AccessExclusive);
        // Rows of the default partition that belong to the new one are looked for.
        if let Some(default) = catalog.default_partition(&parent) {
            effect.lock(&default, LockMode::AccessExclusive);
            effect.scan(&default);
        }
        table.columns = catalog.table(&parent).map(|parent| parent.columns.clone()).unwrap_or_default();
        table.partition_of = Some(Partition { parent, is_default });
    }
    for mut item in cursor.group().map(Cursor::items).unwrap_or_default() {
        if item.eat("like") {
            if let Some(source) = item.name() {
                effect.lock(&source, LockMode::AccessShare);
                table.columns.extend(catalog.table(&source).map(|of| of.columns.clone()).unwrap_or_default());
            }
            continue;
        }
        let named = if item.eat("constraint") { item.identifier() } else { None };
        let starts = ["check", "unique", "primary key", "exclude", "foreign key"];
        if named.is_some() || starts.iter().any(|start| item.sees(start)) {
            pending.extend(constraint(&mut item, named, None));
        } else if let Some(declared) = column(&mut item, catalog) {
            if declared.owns_sequence {
                add_sequence(catalog, &name, &declared.column.name);
            }
            table.columns.push(declared.column);
            pending.extend(declared.constraints);
        }
    }
    let partition_of = table.partition_of.as_ref().map(|of| of.parent.clone());
    if cursor.eat("inherits") {
        table.inherits = column_list(&mut cursor);
        for parent in &table.inherits {
            effect.lock(parent, LockMode::ShareUpdateExclusive);
            let inherited = catalog.table(parent).map(|parent| parent.columns.clone()).unwrap_or_default();
            table.columns.splice(0..0, inherited);
        }
    }
    table.partitioned = cursor.skip_past("partition by");
    if table.partitioned {
        let key = cursor.clone();
        cursor.identifier();
        cursor.group();
        table.partition_key = key.up_to(&cursor).text();
    }
    catalog.relations.insert(name.clone(), Relation::Table(table));
    if let Some(parent) = partition_of {
        for index in catalog.indexes_of(&parent) {
            effect.lock(&index, LockMode::ShareUpdateExclusive);
        }
        catalog.inherit_indexes(&parent, &name);
    }
    for declared in without_repeated_keys(pending) {
        if let ConstraintKind::Foreign { references, .. } = &declared.kind {
            effect.lock(references, LockMode::ShareRowExclusive);
        }
        add_constraint(catalog, &name, declared);
    }
    effect
}

/// Where two keys are over the same columns, PostgreSQL makes one index for both: the primary key's, if it is one of them.
fn without_repeated_keys(mut declared: Vec<DeclaredConstraint>) -> Vec<DeclaredConstraint> {
    declared.sort_by_key(|constraint| !matches!(constraint.kind, ConstraintKind::Keyed { primary: true, .. }));
    let mut kept: Vec<DeclaredConstraint> = Vec::new();
    for constraint in declared {
        let same = kept.iter_mut().find(|other| match (&other.kind, &constraint.kind) {
            (ConstraintKind::Keyed { columns: a, .. }, ConstraintKind::Keyed { columns: b, .. }) => a == b,
            _ => false,
        });
        match same {
            Some(other) => other.name = other.name.take().or(constraint.name),
            None => kept.push(constraint),
        }
    }
    kept
}

/// Keeps a constraint, with the index behind it, under the name that PostgreSQL would give it.
pub(super) fn add_constraint(catalog: &mut PostgresCatalog, table: &str, declared: DeclaredConstraint) {
    let DeclaredConstraint { name, mut kind, not_valid, using_index } = declared;
    // A key that takes an index over has its columns.
    if let (ConstraintKind::Keyed { columns, .. }, Some(index)) = (&mut kind, &using_index) {
        *columns = catalog.index(index).map(|index| index.columns.clone()).unwrap_or_default();
    }
    let (second, label) = match &kind {
        ConstraintKind::Check { names, .. } => {
            (names.first().filter(|_| names.len() == 1).cloned().unwrap_or_default(), "check")
        }
        ConstraintKind::Keyed { primary: true, .. } => (String::new(), "pkey"),
        ConstraintKind::Keyed { columns, .. } => (columns.join("_"), "key"),
        ConstraintKind::Foreign { columns, .. } => (columns.join("_"), "fkey"),
    };
    let index_name = name
        .map(|name| beside(table, &name))
        .or_else(|| using_index.clone())
        .unwrap_or_else(|| catalog.fresh(table, &second, label));
    // A constraint has no schema of its own.
    let name = index_name.rsplit('.').next().unwrap_or(&index_name).to_owned();
    if let ConstraintKind::Keyed { columns, primary } = &kind {
        if let Some(index) = &using_index {
            catalog.rename(index, &index_name);
        } else {
            let index = Index {
                table: table.to_owned(),
                columns: columns.clone(),
                names: columns.clone(),
                is_plain: true,
                parent: None,
            };
            catalog.relations.insert(index_name, Relation::Index(index));
        }
        if let Some(table) = catalog.table_mut(table).filter(|_| *primary) {
            table
                .columns
                .iter_mut()
                .filter(|column| columns.contains(&column.name))
                .for_each(|column| column.not_null = true);
        }
    }
    if let Some(table) = catalog.table_mut(table) {
        table.constraints.push(Constraint { name, kind, validated: !not_valid });
    }
}

pub(super) fn add_sequence(catalog: &mut PostgresCatalog, table: &str, column: &str) {
    let name = catalog.fresh(table, column, "seq");
    let owner = Some((table.to_owned(), column.to_owned()));
    catalog.relations.insert(name, Relation::Sequence { owner });
}
