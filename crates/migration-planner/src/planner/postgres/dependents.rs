//! What else in a schema needs a column or a table.

use crate::name::{ColumnRef, ObjectName};
use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Column, Constraint, Object, ObjectKind, Schema, Table};
use crate::sql::tokens::{Token, names_exactly, selects_everything, tokens};

/// Refuses if anything else than indexes and constraints of the column alone needs it; those go with it.
pub(super) fn refuse_dependents_of_column(schema: &Schema, table: &Table, column: &str) -> Result<(), Refusal> {
    let mut found = programs_using(schema, table.name(), Some(column));
    for constraint in table.constraints().iter().filter(|constraint| constraint.involves(column)) {
        match constraint {
            Constraint::PrimaryKey { .. } => found.push(Dependent::PrimaryKey),
            Constraint::Unique { columns, .. } if columns.len() > 1 => found.push(Dependent::UniqueConstraint),
            Constraint::ForeignKey { columns, .. } if columns.len() > 1 => {
                found.push(Dependent::ForeignKey { table: table.name().clone() });
            }
            Constraint::Check { expression, .. } if mentions_other(table, expression, column) => {
                found.push(Dependent::Check { expression: expression.clone() });
            }
            Constraint::Exclusion { detail } => {
                found.push(Dependent::Check { expression: detail.definition().unwrap_or_default().to_owned() });
            }
            Constraint::Unique { .. } | Constraint::ForeignKey { .. } | Constraint::Check { .. } => {}
        }
    }
    if table.column(column).is_some_and(Column::is_primary_key) {
        found.push(Dependent::PrimaryKey);
    }
    let shared = table.indexes().iter().filter(|index| index.involves(column)).filter(|index| {
        let alone = matches!(index.parts(), [only] if only == column);
        !alone || index.predicate().is_some_and(|predicate| mentions_other(table, predicate, column))
    });
    found.extend(shared.map(|index| Dependent::Index { name: index.name().clone() }));
    found.extend(referring_in(schema, table.name(), Some(column)).map(|name| Dependent::ForeignKey { table: name }));
    for own in table.columns().iter().filter(|own| own.name() != column) {
        if own.generation().is_some_and(|generated| names_exactly(generated.expression(), column)) {
            found.push(Dependent::GeneratedColumn { column: own.name().to_owned() });
        }
    }
    let name = ColumnRef::new(table.name(), column);
    found.dedup();
    if found.is_empty() { Ok(()) } else { Err(Refusal::ColumnInUse { column: name, dependents: found }) }
}

/// Refuses if anything needs the column that a second one cannot take over from it: views, programs, exclusions, computed columns.
pub(super) fn refuse_dependents_for_type(task: &Task<'_>, table: &Table, column: &str) -> Result<(), Refusal> {
    let mut found = programs_using(task.schema, table.name(), Some(column));
    found.extend(held_by_table(table, column));
    let column = ColumnRef::new(table.name(), column);
    if found.is_empty() { Ok(()) } else { Err(Refusal::ColumnInUse { column, dependents: found }) }
}

/// Exclusions and computed columns of the table itself that need the column.
pub(super) fn held_by_table(table: &Table, column: &str) -> Vec<Dependent> {
    let exclusions = table.constraints().iter().filter(|own| matches!(own, Constraint::Exclusion { .. }));
    let exclusions = exclusions
        .filter(|own| own.involves(column))
        .map(|own| Dependent::Check { expression: own.detail().definition().unwrap_or_default().to_owned() });
    exclusions.chain(computed_from(table, column)).collect()
}

/// Columns that are computed from the column.
pub(super) fn computed_from(table: &Table, column: &str) -> Vec<Dependent> {
    let others = table.columns().iter().filter(|own| own.name() != column);
    let computed = others.filter(|own| own.generation().is_some_and(|by| names_exactly(by.expression(), column)));
    computed.map(|own| Dependent::GeneratedColumn { column: own.name().to_owned() }).collect()
}

/// Refuses if a program whose text the server does not keep in step names the column. Views and constraints follow a rename.
pub(super) fn refuse_programs_by_name(task: &Task<'_>, table: &Table, column: &str) -> Result<(), Refusal> {
    let mut found = programs_using(task.schema, table.name(), Some(column));
    found.retain(|dependent| {
        matches!(dependent, Dependent::Object { kind: ObjectKind::Function | ObjectKind::Procedure, .. })
    });
    let column = ColumnRef::new(table.name(), column);
    if found.is_empty() { Ok(()) } else { Err(Refusal::ColumnInUse { column, dependents: found }) }
}

/// Refuses if a view, a foreign key or a partition needs the table.
pub(super) fn refuse_dependents_of_table(task: &Task<'_>, table: &Table) -> Result<(), Refusal> {
    let mut found = programs_using(task.schema, table.name(), None);
    // What is on the table goes with it.
    found.retain(|dependent| {
        !matches!(
            dependent,
            Dependent::Object {
                kind: ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Statistics,
                ..
            }
        )
    });
    found.extend(referring(task, table.name(), None).map(|name| Dependent::ForeignKey { table: name }));
    let parts = task.schema.tables().iter().filter(|other| {
        other.parent().is_some_and(|(parent, _)| parent == table.name())
            || other.parents().iter().any(|parent| parent == table.name())
    });
    found.extend(parts.map(|part| Dependent::Partition { name: part.name().clone() }));
    if found.is_empty() {
        return Ok(());
    }
    Err(Refusal::InUse { name: table.name().to_string(), dependents: found })
}

/// Refuses if anything would follow the table to another name: views, references, publications, triggers, policies.
pub(super) fn refuse_what_follows_the_table(task: &Task<'_>, table: &Table) -> Result<(), Refusal> {
    let mut found = programs_using(task.schema, table.name(), None);
    // These know it by its name alone.
    found.retain(|dependent| {
        !matches!(dependent, Dependent::Object { kind: ObjectKind::Function | ObjectKind::Procedure, .. })
    });
    found.extend(referring(task, table.name(), None).map(|name| Dependent::ForeignKey { table: name }));
    if found.is_empty() { Ok(()) } else { Err(Refusal::InUse { name: table.name().to_string(), dependents: found }) }
}

/// Whether an expression needs another column of the table than this one.
fn mentions_other(table: &Table, expression: &str, column: &str) -> bool {
    table.columns().iter().any(|own| own.name() != column && names_exactly(expression, own.name()))
}

/// Other tables whose foreign keys refer to a table, or to one of its columns.
pub(super) fn referring<'a>(
    task: &'a Task<'_>,
    table: &'a ObjectName,
    column: Option<&'a str>,
) -> impl Iterator<Item = ObjectName> + 'a {
    referring_in(task.schema, table, column)
}

fn referring_in<'a>(
    schema: &'a Schema,
    table: &'a ObjectName,
    column: Option<&'a str>,
) -> impl Iterator<Item = ObjectName> + 'a {
    let refers = move |constraint: &Constraint| match constraint {
        Constraint::ForeignKey { references, referenced, .. } => {
            references == table && column.is_none_or(|column| referenced.iter().any(|other| other == column))
        }
        _ => false,
    };
    let others = schema.tables().iter().filter(move |other| column.is_some() || other.name() != table);
    others.filter(move |other| other.constraints().iter().any(refers)).map(|other| other.name().clone())
}

/// Views, functions, policies, publications and the like that name a table, and the column if one is given.
pub(super) fn programs_using(schema: &Schema, table: &ObjectName, column: Option<&str>) -> Vec<Dependent> {
    let uses = |object: &&Object| {
        let is_own = object.name().is_reserved() || matches!(object.kind(), ObjectKind::Sequence | ObjectKind::Type);
        !is_own && names_column(schema, object, table, column)
    };
    let named = |object: &Object| Dependent::Object { kind: object.kind(), name: object.name().clone() };
    schema.objects().iter().filter(uses).map(named).collect()
}

/// Whether an object names a table, or is on it, and names the column if one is given.
pub(super) fn names_column(schema: &Schema, object: &Object, table: &ObjectName, column: Option<&str>) -> bool {
    let text = object.definition();
    let is_view = matches!(object.kind(), ObjectKind::View | ObjectKind::MaterializedView);
    let everything = is_view && selects_everything(text);
    let on_it = object.table().is_some_and(|on| on == table) || names_exactly(text, table.name());
    let names = |column: &str| names_exactly(text, column) && !(is_view && is_of_others(schema, text, table, column));
    on_it && column.is_none_or(|column| names(column) || everything)
}

/// Whether a view names such a column of other tables alone: `versions.id` is no `id` of `users`.
fn is_of_others(schema: &Schema, text: &str, table: &ObjectName, column: &str) -> bool {
    let words: Vec<Token<'_>> = tokens(text).collect();
    let named = |at: usize, name: &str| words.get(at).and_then(Token::name).is_some_and(|own| own == name);
    // `users AS versions`, with or without the keyword.
    let is_alias = |other: &str| {
        (0..words.len()).any(|at| {
            let next = at + 1 + usize::from(words.get(at + 1).is_some_and(|word| word.is_keyword("as")));
            named(at, table.name()) && named(next, other)
        })
    };
    let is_other = |name: &str| {
        name != table.name() && schema.tables().iter().any(|other| other.name().name() == name) && !is_alias(name)
    };
    let places = (0..words.len()).filter(|at| named(*at, column));
    places.into_iter().all(|at| {
        let qualifier =
            at.checked_sub(2).filter(|_| words[at - 1] == Token::Symbol('.')).and_then(|at| words[at].name());
        qualifier.is_some_and(is_other)
    })
}
