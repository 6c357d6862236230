//! Tables and indexes: made, dropped, renamed, replaced.

use super::constraints::{index, light};
use super::definition::Definition;
use super::one::{COMPATIBLE, phase, sql, verify};
use super::quote::{is_constant, quoted, quoted_table};
use super::rebuild::{Rebuild, create_index};
use super::refused;
use super::row_key::is_old_row;
use crate::name::{ObjectName, RESERVED_PREFIX, same_name};
use crate::nearest::nearest;
use crate::phase::{Phase, PhaseKind};
use crate::planner::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Column, Constraint, Index, Table};
use crate::sql::tokens::mentions;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

pub(super) fn create_table(task: &Task<'_>, table: &Table) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, table.name().name())?;
    for constraint in table.constraints() {
        match constraint {
            Constraint::ForeignKey { references, .. } if !references.matches(table.name()) => {
                task.table(references)?;
            }
            Constraint::Exclusion { .. } => {
                return Err(refused::not_possible(task, "SQLite has no exclusion constraints"));
            }
            _ => {}
        }
    }
    let mut forward = vec![Definition::of(table).create(table.name())];
    forward.extend(table.indexes().iter().map(|index| create_index(table, index)));
    let step = sql(
        task,
        "create-table",
        task.words.clone(),
        forward,
        vec![format!("DROP TABLE {}", quoted_table(table.name()))],
    );
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])])
}

pub(super) fn refuse_taken(task: &Task<'_>, name: &str) -> Result<(), Refusal> {
    if ObjectName::from(name).is_reserved() {
        return Err(Refusal::ReservedName { name: name.to_owned() });
    }
    let whole = ObjectName::from(name);
    let is_view = task.schema.views().iter().any(|view| view.name().matches(&whole));
    let is_index = task.schema.tables().iter().any(|table| table.index(name).is_some());
    if is_view || is_index || task.schema.table(&whole).is_some() {
        return Err(Refusal::ObjectExists { kind: "relation".to_owned(), name: name.to_owned() });
    }
    Ok(())
}

/// What refers to a table or names it keeps it from going.
pub(super) fn refuse_needed_table(task: &Task<'_>, table: &Table) -> Result<(), Refusal> {
    let own = table.name();
    let mut needed: Vec<Dependent> = task
        .schema
        .tables()
        .iter()
        .filter(|other| !other.name().matches(own))
        .filter(|other| {
            other
                .constraints()
                .iter()
                .any(|key| matches!(key, Constraint::ForeignKey { references, .. } if references.matches(own)))
        })
        .map(|other| Dependent::ForeignKey { table: other.name().clone() })
        .collect();
    needed.extend(using(task, own.name(), Some(own)));
    if needed.is_empty() { Ok(()) } else { Err(Refusal::InUse { name: own.to_string(), dependents: needed }) }
}

pub(super) fn drop_table(task: &Task<'_>, table: &Table) -> Result<Vec<Phase>, Refusal> {
    refuse_needed_table(task, table)?;
    let own = table.name();
    let step = Step::new(
        "drop-table",
        format!("drop `{own}`"),
        Work::Sql { statements: vec![format!("DROP TABLE {}", quoted_table(own))] },
        Probe::Untold,
        Undo::Impossible,
    )
    .with_impact(Impact::locking(own, LockMode::DatabaseWrite));
    let mut phases = task.switches("stops using", "");
    let instructions = "What is in the table is gone for good. Take a copy first if anybody may ask for it.";
    phases.push(phase(task, PhaseKind::Contract, instructions, vec![step]).beyond_return());
    Ok(phases)
}

/// Views and triggers that name something; those on `table` go with it.
pub(super) fn using(task: &Task<'_>, name: &str, table: Option<&ObjectName>) -> Vec<Dependent> {
    let views = task
        .schema
        .views()
        .iter()
        .filter(|view| !same_name(view.name().name(), name) && mentions(view.definition(), name));
    let on_it = |on: &ObjectName| table.is_some_and(|table| on.matches(table));
    let triggers = task.schema.triggers().iter().filter(|trigger| {
        !trigger.name().is_reserved()
            && !same_name(trigger.name().name(), name)
            && trigger.mentions(name)
            && !on_it(trigger.table())
    });
    let views = views.map(|view| Dependent::View { name: view.name().clone() });
    views.chain(triggers.map(|trigger| Dependent::Trigger { name: trigger.name().clone() })).collect()
}

/// Until everybody has moved a view has the new name; then the table takes it.
pub(super) fn rename_table(task: &Task<'_>, table: &Table, to: &str) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, to)?;
    let (own, new) = (quoted_table(table.name()), quoted(to));
    let names: Vec<&str> = table.columns().iter().map(Column::name).collect();
    let stored: Vec<&Column> = table.columns().iter().filter(|column| column.generation().is_none()).collect();
    let list = |columns: &[&Column]| columns.iter().map(|column| quoted(column.name())).collect::<Vec<_>>().join(", ");
    let this = is_old_row(table)?;
    // A view cannot tell NULL from nothing: where NULL would be refused, the default is meant.
    let given: Vec<String> = stored
        .iter()
        .map(|column| match column.default() {
            Some(default) if column.is_not_null() && is_constant(default) => {
                format!("coalesce(NEW.{}, {default})", quoted(column.name()))
            }
            _ => format!("NEW.{}", quoted(column.name())),
        })
        .collect();
    let set: Vec<String> = stored.iter().map(|column| format!("{0} = NEW.{0}", quoted(column.name()))).collect();
    let trigger = |what: &str, body: String| {
        let name = quoted(&format!("{RESERVED_PREFIX}{what}_{to}"));
        format!("CREATE TRIGGER {name} INSTEAD OF {what} ON {new} BEGIN {body}; END")
    };
    let select: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let forward = vec![
        format!("CREATE VIEW {new} AS SELECT {} FROM {own}", select.join(", ")),
        trigger("insert", format!("INSERT INTO {own} ({}) VALUES ({})", list(&stored), given.join(", "))),
        trigger("update", format!("UPDATE {own} SET {} WHERE {this}", set.join(", "))),
        trigger("delete", format!("DELETE FROM {own} WHERE {this}")),
    ];
    let expand = sql(
        task,
        "both-names",
        format!("a view called `{to}` that reads and writes `{}`", table.name()),
        forward,
        vec![format!("DROP VIEW {new}")],
    );
    let swap = Step::new(
        "rename",
        task.words.clone(),
        Work::Sql { statements: vec![format!("DROP VIEW {new}"), format!("ALTER TABLE {own} RENAME TO {new}")] },
        Probe::Untold,
        Undo::Impossible,
    )
    .with_impact(Impact::locking(table.name(), LockMode::DatabaseWrite));
    let mut phases = vec![phase(
        task,
        PhaseKind::Expand,
        "Reads and writes work by both names. By the new one, inserts that leave out a column with a default that is computed get NULL, and \
         `RETURNING` and the number of the last row are not to be had.",
        vec![expand],
    )];
    phases.extend(task.switches("moves away from", &format!(", but `{to}` instead")));
    phases.push(phase(task, PhaseKind::Contract, "The old name is gone; no row is.", vec![swap]).beyond_return());
    Ok(phases)
}

/// The same rows in a table with its columns in another order, or of another kind.
pub(super) fn rebuild_table(task: &Task<'_>, table: &Table, to: &Table) -> Result<Vec<Phase>, Refusal> {
    let same = |a: &Table, b: &Table| a.columns().iter().all(|own| b.columns().iter().any(|other| other == own));
    if !same(table, to) || !same(to, table) || table.constraints() != to.constraints() {
        return Err(refused::not_possible(
            task,
            "only the order of the columns, STRICT and WITHOUT ROWID are changed so: change columns and constraints by themselves",
        ));
    }
    let loses_numbers = to.is_without_rowid() && !table.is_without_rowid();
    if loses_numbers && (table.primary_key().is_empty() || Definition::of(table).row_number().is_some()) {
        return Err(refused::not_possible(
            task,
            "WITHOUT ROWID needs a primary key, and `INTEGER PRIMARY KEY` would no longer number rows",
        ));
    }
    let names: Vec<&str> = to.columns().iter().map(Column::name).collect();
    let rebuild = Rebuild::of(task, table, |definition| {
        definition.reorder(&names);
        definition.set_strict(to.is_strict());
        definition.set_without_rowid(to.is_without_rowid());
    });
    let step = rebuild.step("rebuild", task.words.clone());
    if !loses_numbers {
        let instructions = "Every version works before and after that names the columns it writes and reads.";
        return Ok(vec![phase(task, PhaseKind::Expand, instructions, vec![step])]);
    }
    let never: Vec<String> = table.primary_key().iter().map(|key| format!("{} IS NULL", quoted(key))).collect();
    let mut phases = task.switches("no longer uses the hidden numbers of", ", and gives every row its whole key");
    let instructions = "Fails, and changes nothing, if a key has no value. Rolling back numbers the rows anew.";
    let steps = vec![verify(table.name(), "verify", never.join(" OR ")), step];
    phases.push(phase(task, PhaseKind::Contract, instructions, steps));
    Ok(phases)
}

pub(super) fn create_an_index(task: &Task<'_>, table: &Table, by: &Index) -> Result<Vec<Phase>, Refusal> {
    refuse_taken(task, by.name().name())?;
    let same = |other: &&Index| {
        other.parts() == by.parts() && other.predicate() == by.predicate() && other.is_unique() == by.is_unique()
    };
    if let Some(other) = table.indexes().iter().find(same) {
        return Err(Refusal::Redundant { index: by.name().to_string(), same_as: other.name().to_string() });
    }
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![index(task, table, by)])])
}

pub(super) fn drop_index(task: &Task<'_>, name: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let (table, old) = find(task, name)?;
    let step = light(task, "drop-index", format!("DROP INDEX {}", quoted(old.name().name())), create_index(table, old));
    Ok(vec![phase(task, PhaseKind::Contract, "Rolling back builds it anew.", vec![step])])
}

/// Both in one transaction, so that there is no moment without one.
pub(super) fn replace_index(task: &Task<'_>, name: &ObjectName, by: &Index) -> Result<Vec<Phase>, Refusal> {
    let (table, old) = find(task, name)?;
    let own = old.name().name();
    let by = by.clone().called(own);
    let drop = format!("DROP INDEX {}", quoted(own));
    let step = sql(
        task,
        "replace-index",
        task.words.clone(),
        vec![drop.clone(), create_index(table, &by)],
        vec![drop, create_index(table, old)],
    );
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])])
}

/// SQLite gives an index no other name: it is built under the new one.
pub(super) fn rename_index(task: &Task<'_>, name: &ObjectName, to: &str) -> Result<Vec<Phase>, Refusal> {
    let (table, old) = find(task, name)?;
    refuse_taken(task, to)?;
    let build = create_index(table, old);
    let open = build.find('(').unwrap_or(build.len());
    let at = build[..open].find(old.name().name()).unwrap_or_default();
    let own = old.name().name();
    let written = if build[..at].ends_with(['"', '`', '[']) { at - 1..at + own.len() + 1 } else { at..at + own.len() };
    let new = format!("{}{}{}", &build[..written.start], quoted(to), &build[written.end..]);
    let drop = |name: &str| format!("DROP INDEX {}", quoted(name));
    let step = sql(task, "rename-index", task.words.clone(), vec![new, drop(own)], vec![build, drop(to)]);
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])])
}

pub(super) fn reindex(task: &Task<'_>, name: &ObjectName) -> Result<Vec<Phase>, Refusal> {
    let (_, index) = find(task, name)?;
    let step =
        sql(task, "reindex", task.words.clone(), vec![format!("REINDEX {}", quoted(index.name().name()))], Vec::new());
    Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])])
}

pub(super) fn analyze(task: &Task<'_>, table: &Table) -> Vec<Phase> {
    let step =
        sql(task, "analyze", task.words.clone(), vec![format!("ANALYZE {}", quoted_table(table.name()))], Vec::new());
    vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])]
}

fn find<'a>(task: &Task<'a>, name: &ObjectName) -> Result<(&'a Table, &'a Index), Refusal> {
    let known = task.schema.tables().iter().flat_map(Table::indexes).map(|index| index.name().name());
    task.schema.index(name).ok_or_else(|| Refusal::UnknownObject {
        kind: "index".to_owned(),
        name: name.to_string(),
        nearest: nearest(name.name(), known),
    })
}
