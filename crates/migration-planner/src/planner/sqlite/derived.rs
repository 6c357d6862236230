//! Columns that take over from others: split and merged.
//!
//! The new columns stand beside the old ones, and triggers keep both in step, whichever is written. A marker column counts what the
//! triggers wrote, so that one does not answer another, and says of which rows the new columns were filled.

use super::one::{phase, sql, verify};
use super::quote::{quoted, quoted_table};
use super::rebuild::{Rebuild, without};
use super::row_key::is_new_row;
use super::{refused, row_key};
use crate::change::Derived;
use crate::name::{ColumnRef, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::task::{find_column, refuse_taken_column};
use crate::planner::{Site, Task, dependents};
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Column, Table};
use crate::step::{Impact, Key, LockMode, Probe, Step, Undo, Work};

/// Columns of a row that say the same.
pub(super) struct InStep<'a> {
    table: &'a Table,
    news: &'a [Derived],
    /// Each with the expression over the row that restores it, if there is one.
    olds: Vec<(&'a str, Option<&'a str>)>,
    key: Key,
}

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    olds: &[String],
    news: &[Derived],
    back: &[String],
) -> Result<Vec<Phase>, Refusal> {
    if !back.is_empty() && back.len() != olds.len() {
        return Err(refused::not_possible(
            task,
            &format!("there are {} columns and {} expressions back", olds.len(), back.len()),
        ));
    }
    for new in news {
        refuse_taken_column(table, new.column().name())?;
    }
    let mut pairs = Vec::new();
    for (at, old) in olds.iter().enumerate() {
        let column = find_column(table, old)?;
        refuse_needed(task, table, column)?;
        if column.is_not_null() && column.default().is_none() {
            return Err(Refusal::NothingToFillWith { column: ColumnRef::new(table.name(), column.name()) });
        }
        pairs.push((column.name(), back.get(at).map(String::as_str)));
    }
    let step = InStep { table, news, olds: pairs, key: row_key(table)? };
    let names = step.names();
    let mut phases = vec![
        phase(
            task,
            PhaseKind::Expand,
            "From here on both forms can be written, if there is a way back. Inserts without a list of columns fail, since there are more.",
            vec![step.expand(task)],
        ),
        phase(
            task,
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time.",
            vec![step.fill(task)],
        ),
    ];
    phases.extend(task.switches("moves away from", &format!(", but {names} instead")));
    let last = step.contract(task);
    phases.push(
        phase(task, PhaseKind::Contract, "What cannot be made of the new columns is gone for good.", last)
            .beyond_return(),
    );
    Ok(phases)
}

fn refuse_needed(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    let site = Site { schema: task.schema, server: task.server, policy: task.policy, table, column };
    let mut needed = dependents::dependents(&site);
    let (own, shared) = dependents::indexes(&site);
    needed.extend(own.iter().chain(&shared).map(|index| Dependent::Index { name: index.name().clone() }));
    dependents::refuse_if_any(site.object(), needed)
}

impl InStep<'_> {
    fn names(&self) -> String {
        let names: Vec<String> = self.news.iter().map(|new| format!("`{}`", new.column().name())).collect();
        names.join(", ")
    }

    fn marker(&self) -> String {
        let first = self.news.first().map_or("", |new| new.column().name());
        quoted(&format!("{RESERVED_PREFIX}done_{first}"))
    }

    fn own(&self) -> String {
        quoted_table(self.table.name())
    }

    fn expand(&self, task: &Task<'_>) -> Step {
        let own = self.own();
        let columns: Vec<String> = self
            .news
            .iter()
            .map(|new| format!("{} {}", quoted(new.column().name()), new.column().data_type()).trim_end().to_owned())
            .chain([format!("{} INTEGER", self.marker())])
            .collect();
        let names = self.news.iter().map(|new| quoted(new.column().name())).chain([self.marker()]);
        let drops = names.map(|name| format!("ALTER TABLE {own} DROP COLUMN {name}"));
        let forward =
            columns.iter().map(|column| format!("ALTER TABLE {own} ADD COLUMN {column}")).chain(self.triggers());
        let title = format!("add {}, kept in step with what it takes over from", self.names());
        sql(task, "add-columns", title, forward.collect(), self.stop().into_iter().chain(drops).collect())
    }

    fn fill(&self, task: &Task<'_>) -> Step {
        let marker = self.marker();
        Step::new(
            "fill",
            format!("fill {} in all rows", self.names()),
            Work::Backfill {
                table: self.table.name().clone(),
                key: self.key.clone(),
                set: format!("{}, {marker} = 0", self.up()),
                needs: format!("{marker} IS NULL"),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        )
        .with_impact(Impact::locking(self.table.name(), LockMode::DatabaseWrite).rewriting(task.rows(self.table)))
    }

    /// The triggers go, and the old columns with them; then the new ones get what they are to have.
    fn contract(&self, task: &Task<'_>) -> Vec<Step> {
        let own = self.own();
        let gone = self.olds.iter().map(|(old, _)| quoted(old)).chain([self.marker()]);
        let drops = gone.map(|name| format!("ALTER TABLE {own} DROP COLUMN {name}"));
        let statements = self.stop().into_iter().chain(drops).collect();
        let drop = Step::new(
            "drop-columns",
            "drop what was replaced".to_owned(),
            Work::Sql { statements },
            Probe::Untold,
            Undo::Impossible,
        )
        .with_impact(Impact::locking(self.table.name(), LockMode::DatabaseWrite).rewriting(task.rows(self.table)));
        let required = self.news.iter().filter(|new| new.column().is_not_null());
        let missing: Vec<String> = required.map(|new| format!("{} IS NULL", quoted(new.column().name()))).collect();
        let mut steps: Vec<Step> =
            vec![verify(self.table.name(), "verify-filled", format!("{} IS NULL", self.marker()))];
        steps.extend((!missing.is_empty()).then(|| verify(self.table.name(), "verify-given", missing.join(" OR "))));
        steps.push(drop);
        let is_more = |column: &Column| column.is_not_null() || column.default().is_some();
        if self.news.iter().any(|new| is_more(new.column())) {
            let olds: Vec<&str> = self.olds.iter().map(|(old, _)| *old).collect();
            let without = without(self.table, &olds);
            let rebuild = Rebuild::of(task, &without, |definition| {
                self.news.iter().for_each(|new| definition.add_column(new.column()));
            });
            let bare: Vec<Column> =
                self.news.iter().map(|new| Column::new(new.column().name(), new.column().data_type())).collect();
            let rebuild = bare.iter().fold(rebuild, Rebuild::starting_with);
            steps.push(
                rebuild.step("require", format!("{} get their constraints", self.names())).undone_by(Undo::Impossible),
            );
        }
        steps
    }

    fn up(&self) -> String {
        let set: Vec<String> =
            self.news.iter().map(|new| format!("{} = ({})", quoted(new.column().name()), new.expression())).collect();
        set.join(", ")
    }

    /// The old columns from the new ones; nothing if there is no way back.
    fn down(&self) -> Option<String> {
        let set: Option<Vec<String>> =
            self.olds.iter().map(|(old, back)| back.map(|back| format!("{} = ({back})", quoted(old)))).collect();
        set.map(|set| set.join(", "))
    }

    fn trigger_name(&self, what: &str) -> String {
        quoted(&format!(
            "{RESERVED_PREFIX}{what}_{}_{}",
            self.table.name(),
            self.marker().trim_matches('"').trim_start_matches(RESERVED_PREFIX)
        ))
    }

    fn kinds(&self) -> &'static [&'static str] {
        if self.down().is_some() {
            &["inserted_old", "inserted_new", "updated_old", "updated_new"]
        } else {
            &["inserted_old", "updated_old"]
        }
    }

    fn triggers(&self) -> Vec<String> {
        let (own, marker) = (self.own(), self.marker());
        let this = is_new_row(&self.key);
        let write = |set: &str| format!("UPDATE {own} SET {set}, {marker} = coalesce({marker}, 0) + 1 WHERE {this}");
        let news: Vec<String> = self.news.iter().map(|new| quoted(new.column().name())).collect();
        let olds: Vec<String> = self.olds.iter().map(|(old, _)| quoted(old)).collect();
        let given: Vec<String> = news.iter().map(|name| format!("NEW.{name} IS NOT NULL")).collect();
        let given = given.join(" OR ");
        let changed = |names: &[String]| {
            let changed: Vec<String> = names.iter().map(|name| format!("NEW.{name} IS NOT OLD.{name}")).collect();
            // What a trigger wrote has counted the marker up.
            format!("NEW.{marker} IS OLD.{marker} AND ({})", changed.join(" OR "))
        };
        let up = write(&self.up());
        let down = self.down().map(|down| write(&down)).unwrap_or_default();
        let make = |what: &&str| {
            let name = self.trigger_name(what);
            let (event, when, body) = match *what {
                "inserted_old" => ("INSERT".to_owned(), format!("NOT ({given})"), &up),
                "inserted_new" => ("INSERT".to_owned(), given.clone(), &down),
                "updated_old" => (format!("UPDATE OF {}", olds.join(", ")), changed(&olds), &up),
                _ => (format!("UPDATE OF {}", news.join(", ")), changed(&news), &down),
            };
            format!("CREATE TRIGGER {name} AFTER {event} ON {own} WHEN {when} BEGIN {body}; END")
        };
        self.kinds().iter().map(make).collect()
    }

    fn stop(&self) -> Vec<String> {
        self.kinds().iter().rev().map(|what| format!("DROP TRIGGER {}", self.trigger_name(what))).collect()
    }
}
