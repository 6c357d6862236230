//! Changes of columns that are neither renamed nor dropped.

use super::definition::{Definition, default_clause};
use super::one::{COMPATIBLE, phase, sql, verify};
use super::quote::{is_constant, quoted, quoted_table};
use super::rebuild::{Rebuild, hidden_number};
use super::row_key;
use super::row_key::is_new_row;
use crate::name::{ColumnRef, RESERVED_PREFIX, same_name};
use crate::phase::{Phase, PhaseKind};
use crate::planner::Task;
use crate::planner::task::{find_column, refuse_taken_column};
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Generated, Table};
use crate::step::{Impact, Key, LockMode, Probe, Step, Undo, Work};

/// A column that is to be added.
pub(super) struct Addition<'a> {
    pub(super) column: &'a Column,
    pub(super) constraints: &'a [Constraint],
    /// What rows get that have no value.
    pub(super) fill: Option<&'a str>,
    pub(super) announced: bool,
}

pub(super) fn add(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let column = add.column;
    refuse_taken_column(table, column.name())?;
    if column.is_primary_key() {
        return add_key(task, table, add);
    }
    if column.identity_kind().is_some() || column.data_type().to_lowercase().contains("serial") {
        return Err(super::refused::not_possible(
            task,
            "a column that numbers rows is the key, `INTEGER PRIMARY KEY`: add it as that to a table that has no key, or fill a column and \
             have a trigger number new rows",
        ));
    }
    let mut phases = if add.announced { task.switches("gets ready for", "") } else { Vec::new() };
    let instructions = "Inserts without a list of columns fail from here on, and `SELECT *` has one column more.";
    let default = column.default().unwrap_or("NULL");
    let needs_value = column.is_not_null() && default.eq_ignore_ascii_case("null") && column.generation().is_none();
    if needs_value || add.fill.is_some() {
        let fill =
            add.fill.ok_or_else(|| Refusal::NoValueForRows { column: ColumnRef::new(table.name(), column.name()) })?;
        let filling = Filling { table, column: column.name(), fill, key: row_key(table)? };
        let bare = column.clone().nullable();
        let steps = vec![native(task, table, &bare), filling.trigger(task), filling.batches(task)];
        phases.push(phase(task, PhaseKind::Expand, instructions, steps));
        phases.extend(task.switches("gives a value to", " whenever it inserts a row"));
        let with_it = Rebuild::of(task, table, |definition| {
            definition.add_column(column);
            add.constraints.iter().for_each(|own| definition.add_constraint(own));
        });
        let mut last = filling.stop(task);
        if column.is_not_null() || !add.constraints.is_empty() {
            last.push(
                with_it
                    .starting_with(&bare)
                    .step("require", format!("`{}` has to be given", ColumnRef::new(table.name(), column.name()))),
            );
        }
        phases.push(phase(task, PhaseKind::Cleanup, "Writers that give no value fail from here on.", last));
        return Ok(phases);
    }
    let is_native = add.constraints.is_empty()
        && (is_constant(default))
        && !matches!(column.generation(), Some(Generated::Stored { .. }));
    let step = if is_native {
        native(task, table, column)
    } else {
        Rebuild::of(task, table, |definition| {
            definition.add_column(column);
            add.constraints.iter().for_each(|own| definition.add_constraint(own));
        })
        .with_new(column, default)
        .step("add-column", format!("add `{}`", ColumnRef::new(table.name(), column.name())))
    };
    phases.push(phase(task, PhaseKind::Expand, instructions, vec![step]));
    Ok(phases)
}

/// A key that numbers rows: each keeps the number that it has had all along, unseen.
fn add_key(task: &Task<'_>, table: &Table, add: &Addition<'_>) -> Result<Vec<Phase>, Refusal> {
    let column = add.column;
    let hidden = hidden_number(|name| table.column(name).is_some());
    let is_number = column.data_type().eq_ignore_ascii_case("integer") && column.generation().is_none();
    let (Some(hidden), true, true, false) =
        (hidden, is_number, table.primary_key().is_empty(), table.is_without_rowid())
    else {
        let reason = "a key that is added is `INTEGER PRIMARY KEY`, of a table that has none: for any other add the column, fill it, and \
                      make it the key then";
        return Err(super::refused::not_possible(task, reason));
    };
    let rebuild = Rebuild::of(task, table, |definition| {
        definition.add_key(column);
        add.constraints.iter().for_each(|own| definition.add_constraint(own));
    });
    let step = rebuild
        .with_value(column.name(), hidden, None)
        .step("add-column", format!("add `{}`", ColumnRef::new(table.name(), column.name())));
    let mut phases = if add.announced { task.switches("gets ready for", "") } else { Vec::new() };
    let instructions = "Rows that come are numbered by themselves. Inserts without a list of columns fail from here on, and `SELECT *` \
                        has one column more.";
    phases.push(phase(task, PhaseKind::Expand, instructions, vec![step]));
    Ok(phases)
}

fn native(task: &Task<'_>, table: &Table, column: &Column) -> Step {
    let (own, name) = (quoted_table(table.name()), quoted(column.name()));
    let mut words = vec![name.clone(), column.data_type().to_owned()];
    words.extend(column.collation_name().map(|collation| format!("COLLATE {}", quoted(collation))));
    words.extend(column.is_not_null().then(|| "NOT NULL".to_owned()));
    words.extend(column.default().map(default_clause));
    words.extend(
        column.generation().map(|generated| format!("GENERATED ALWAYS AS ({}) VIRTUAL", generated.expression())),
    );
    words.retain(|word| !word.is_empty());
    Step::new(
        "add-column",
        format!("add `{}`", ColumnRef::new(table.name(), column.name())),
        Work::Sql { statements: vec![format!("ALTER TABLE {own} ADD COLUMN {}", words.join(" "))] },
        Probe::ColumnExists { table: table.name().clone(), column: column.name().to_owned() },
        Undo::Sql { statements: vec![format!("ALTER TABLE {own} DROP COLUMN {name}")] },
    )
    .with_impact(Impact::locking(task.subject.object(), LockMode::DatabaseWrite))
}

/// What rows get that have no value: those that are there in batches, those that come by a trigger.
struct Filling<'a> {
    table: &'a Table,
    column: &'a str,
    fill: &'a str,
    key: Key,
}

impl Filling<'_> {
    fn name(&self) -> String {
        format!("{RESERVED_PREFIX}fill_{}_{}", self.table.name().name(), self.column)
    }

    fn create(&self) -> String {
        let (own, column) = (quoted_table(self.table.name()), quoted(self.column));
        format!(
            "CREATE TRIGGER {} AFTER INSERT ON {own} WHEN NEW.{column} IS NULL BEGIN UPDATE {own} SET {column} = {} WHERE {}; END",
            quoted(&self.name()),
            self.fill,
            is_new_row(&self.key)
        )
    }

    fn drop(&self) -> String {
        format!("DROP TRIGGER {}", quoted(&self.name()))
    }

    fn trigger(&self, task: &Task<'_>) -> Step {
        let title = format!("fill `{}` in rows that are written without it", self.column);
        sql(task, "fill-new-rows", title, vec![self.create()], vec![self.drop()])
    }

    fn batches(&self, task: &Task<'_>) -> Step {
        let column = quoted(self.column);
        Step::new(
            "fill-old-rows",
            format!("fill `{}` in the rows that are there", self.column),
            Work::Backfill {
                table: self.table.name().clone(),
                key: self.key.clone(),
                set: format!("{column} = {}", self.fill),
                needs: format!("{column} IS NULL"),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        )
        .with_impact(Impact::locking(self.table.name(), LockMode::DatabaseWrite).rewriting(task.rows(self.table)))
    }

    fn stop(&self, task: &Task<'_>) -> Vec<Step> {
        vec![sql(
            task,
            "stop-filling",
            format!("no longer fill `{}`", self.column),
            vec![self.drop()],
            vec![self.create()],
        )]
    }
}

/// How values of a column become those of another type.
pub(super) struct Conversion<'a> {
    pub(super) data_type: &'a str,
    pub(super) up: Option<&'a str>,
    pub(super) down: Option<&'a str>,
    pub(super) valid: Option<&'a str>,
}

/// Values get the new type's affinity as they are copied, or are what an expression makes of them.
pub(super) fn change_type(
    task: &Task<'_>,
    table: &Table,
    name: &str,
    to: &Conversion<'_>,
) -> Result<Vec<Phase>, Refusal> {
    let column = find_column(table, name)?;
    if column.data_type().eq_ignore_ascii_case(to.data_type) && to.up.is_none() {
        return Err(task.nothing_to_do());
    }
    let is_key = table.primary_key().iter().any(|key| same_name(key, column.name()));
    if is_key && Definition::of(table).row_number().is_some() {
        let reason = "`INTEGER PRIMARY KEY` numbers rows with 64 bits: no type is wider, and a key of another type numbers nothing";
        return Err(super::refused::not_possible(task, reason));
    }
    let mut rebuild = Rebuild::of(task, table, |definition| definition.set_type(name, to.data_type));
    if let Some(up) = to.up {
        rebuild = rebuild.with_value(column.name(), up, to.down);
    }
    let is_final = to.up.is_some() && to.down.is_none();
    let step = rebuild.step("change-type", task.words.clone());
    let mut steps: Vec<Step> =
        to.valid.map(|valid| verify(table.name(), "verify", format!("NOT ({valid})"))).into_iter().collect();
    steps.push(if is_final { step.undone_by(Undo::Impossible) } else { step });
    let mut phases = task.switches("works with the old and the new form of", "");
    let instructions = "Values are stored in the new form from here on. Rolling back stores them in the old one again, as far as they have one.";
    let last = phase(task, PhaseKind::Contract, instructions, steps);
    phases.push(if is_final { last.beyond_return() } else { last });
    Ok(phases)
}

pub(super) fn set_default(
    task: &Task<'_>,
    table: &Table,
    name: &str,
    default: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let column = find_column(table, name)?;
    if column.default() == default {
        return Err(task.nothing_to_do());
    }
    let step = Rebuild::of(task, table, |definition| definition.set_default(name, default))
        .step("set-default", task.words.clone());
    if default.is_some() {
        return Ok(vec![phase(task, PhaseKind::Expand, COMPATIBLE, vec![step])]);
    }
    let mut phases = task.switches("gives a value to", " whenever it inserts a row");
    phases.push(phase(
        task,
        PhaseKind::Contract,
        "Inserts that give no value get NULL from here on, or fail.",
        vec![step],
    ));
    Ok(phases)
}

pub(super) fn set_not_null(
    task: &Task<'_>,
    table: &Table,
    name: &str,
    fill: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let column = find_column(table, name)?;
    if column.is_not_null() {
        return Err(task.nothing_to_do());
    }
    let never = format!("{} IS NULL", quoted(column.name()));
    let require = vec![
        verify(table.name(), "verify", never),
        Rebuild::of(task, table, |definition| definition.set_not_null(name, true)).step("require", task.words.clone()),
    ];
    let mut phases = Vec::new();
    let filling =
        fill.map(|fill| Ok(Filling { table, column: column.name(), fill, key: row_key(table)? })).transpose()?;
    if let Some(filling) = &filling {
        let steps = vec![filling.trigger(task), filling.batches(task)];
        phases.push(phase(task, PhaseKind::Backfill, "Rolling back does not empty the column again.", steps));
    }
    phases.extend(task.switches("stops writing NULL to", ", and always gives a value"));
    let stop = filling.map(|filling| filling.stop(task)).unwrap_or_default();
    let steps = stop.into_iter().chain(require).collect();
    phases.push(phase(task, PhaseKind::Contract, "Fails, and changes nothing, if a row has no value.", steps));
    Ok(phases)
}

pub(super) fn drop_not_null(task: &Task<'_>, table: &Table, name: &str) -> Result<Vec<Phase>, Refusal> {
    if !find_column(table, name)?.is_not_null() {
        return Err(task.nothing_to_do());
    }
    let step = Rebuild::of(task, table, |definition| definition.set_not_null(name, false))
        .step("let-null", task.words.clone());
    let mut phases = task.switches("gets used to NULL in", "");
    let instructions = "Can be rolled back for as long as no row was written without a value.";
    phases.push(phase(task, PhaseKind::Contract, instructions, vec![step]));
    Ok(phases)
}

pub(super) fn drop_expression(task: &Task<'_>, table: &Table, name: &str) -> Result<Vec<Phase>, Refusal> {
    if find_column(table, name)?.generation().is_none() {
        return Err(task.nothing_to_do());
    }
    let step = Rebuild::of(task, table, |definition| definition.drop_expression(name))
        .step("drop-expression", task.words.clone());
    let mut phases = task.switches("is ready to give a value to", "");
    let instructions = "Whoever writes has to give the value from here on. Rolling back computes it again.";
    phases.push(phase(task, PhaseKind::Contract, instructions, vec![step]));
    Ok(phases)
}

/// Rows of a table change, some at a time.
pub(super) fn rows(task: &Task<'_>, table: &Table, id: &str, work: Work) -> Vec<Phase> {
    let step = Step::new(id, task.words.clone(), work, Probe::Untold, Undo::Impossible)
        .with_impact(Impact::locking(table.name(), LockMode::DatabaseWrite).rewriting(task.rows(table)));
    let instructions = "What was there is gone for good. Take a copy first if anybody may ask for it. Can be stopped and resumed at any time.";
    vec![phase(task, PhaseKind::Backfill, instructions, vec![step]).beyond_return()]
}
