//! A reference that becomes rows of a table of its own, so that a row can refer to several.

use super::{in_step, refuse_fired, refuse_given};
use crate::name::{ColumnRef, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::pairing::is_unique;
use crate::planner::sqlite::one::{phase, sql, verify};
use crate::planner::sqlite::quote::{quoted, quoted_table};
use crate::planner::sqlite::rebuild::Rebuild;
use crate::planner::sqlite::{objects, refused, row_key};
use crate::planner::task::find_column;
use crate::planner::{Site, Task, dependents};
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Column, Constraint, Table};
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    into: &Table,
    own: &str,
    other: &str,
) -> Result<Vec<Phase>, Refusal> {
    refuse_needed(task, table, column)?;
    refuse_given(task, table, column)?;
    refuse_fired(task, table, column)?;
    let key = table.primary_key();
    let [key] = key.as_slice() else {
        return Err(refused::not_possible(task, &format!("`{}` has no primary key of one column", table.name())));
    };
    for name in [own, other] {
        find_column(into, name)?;
    }
    if !is_unique(task.server.kind(), into, &[own, other]) {
        return Err(refused::not_possible(task, &format!("`{}` is not unique by {own} and {other}", into.name())));
    }
    let junction = Junction { table, column, key, into, own, other };
    let mut expand: Vec<Step> =
        objects::create_table(task, into)?.iter().flat_map(|phase| phase.steps().to_vec()).collect();
    expand.push(junction.sync(task));
    let fill = vec![junction.make(task)?, verify(table.name(), "verify", junction.has_none())];
    let mut phases = in_step(task, expand, fill, &format!("`{}`", into.name()));
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", into.name())));
    phases.push(junction.contract(task));
    Ok(phases)
}

/// The reference itself goes with its column, and so does an index over nothing else.
fn refuse_needed(task: &Task<'_>, table: &Table, column: &Column) -> Result<(), Refusal> {
    let site = Site { schema: task.schema, server: task.server, policy: task.policy, table, column };
    let goes = |needed: &Dependent| matches!(needed, Dependent::ForeignKey { table: of } if of.matches(table.name()));
    let mut needed: Vec<Dependent> = dependents::dependents(&site).into_iter().filter(|needed| !goes(needed)).collect();
    let (_, shared) = dependents::indexes(&site);
    needed.extend(shared.iter().map(|index| Dependent::Index { name: index.name().clone() }));
    let composite = table.constraints().iter().any(
        |own| matches!(own, Constraint::ForeignKey { columns, .. } if columns.len() > 1 && own.involves(column.name())),
    );
    if composite {
        needed.push(Dependent::ForeignKey { table: table.name().clone() });
    }
    dependents::refuse_if_any(site.object(), needed)
}

struct Junction<'a> {
    table: &'a Table,
    /// The reference.
    column: &'a Column,
    key: &'a str,
    into: &'a Table,
    /// The columns of `into` with the key of a row, and with what it refers to.
    own: &'a str,
    other: &'a str,
}

impl Junction<'_> {
    fn name(&self, what: &str) -> String {
        quoted(&format!("{RESERVED_PREFIX}{what}_{}_{}", self.table.name().name(), self.into.name().name()))
    }

    /// Each with its event and its body.
    fn followers(&self) -> [(&'static str, String, String); 7] {
        let (table, into) = (quoted_table(self.table.name()), quoted_table(self.into.name()));
        let [key, column] = [self.key, self.column.name()].map(quoted);
        let [own, other] = [self.own, self.other].map(quoted);
        let make = format!(
            "INSERT INTO {into} ({own}, {other}) SELECT NEW.{key}, NEW.{column} WHERE NEW.{column} IS NOT NULL ON CONFLICT DO NOTHING"
        );
        // The column holds one of the references, and another one of them where that one goes.
        let correct = |row: &str| {
            format!(
                "UPDATE {table} SET {column} = (SELECT min(there.{other}) FROM {into} AS there WHERE there.{own} = {table}.{key}) \
                 WHERE {key} = {row}.{own} AND NOT EXISTS (SELECT 1 FROM {into} AS there WHERE there.{own} = {table}.{key} AND \
                 there.{other} = {table}.{column}) AND ({column} IS NOT NULL OR EXISTS (SELECT 1 FROM {into} AS there WHERE \
                 there.{own} = {table}.{key}))"
            )
        };
        [
            ("forth_inserted", format!("AFTER INSERT ON {table}"), make.clone()),
            // The new row first: as long as it is there, nothing is put in the place of what the column holds.
            (
                "forth_updated",
                format!("AFTER UPDATE OF {column} ON {table}"),
                format!(
                    "{make}; DELETE FROM {into} WHERE {own} = OLD.{key} AND {other} = OLD.{column} AND OLD.{column} IS NOT NEW.{column}"
                ),
            ),
            (
                "forth_moved",
                format!("AFTER UPDATE OF {key} ON {table}"),
                format!("UPDATE {into} SET {own} = NEW.{key} WHERE {own} = OLD.{key} AND OLD.{key} IS NOT NEW.{key}"),
            ),
            (
                "forth_deleted",
                format!("AFTER DELETE ON {table}"),
                format!("DELETE FROM {into} WHERE {own} = OLD.{key}"),
            ),
            ("back_inserted", format!("AFTER INSERT ON {into}"), correct("NEW")),
            ("back_updated", format!("AFTER UPDATE ON {into}"), format!("{}; {}", correct("NEW"), correct("OLD"))),
            ("back_deleted", format!("AFTER DELETE ON {into}"), correct("OLD")),
        ]
    }

    fn sync(&self, task: &Task<'_>) -> Step {
        let create = self
            .followers()
            .map(|(what, event, body)| format!("CREATE TRIGGER {} {event} BEGIN {body}; END", self.name(what)));
        let title = format!(
            "write to `{}` what is written to `{}`, and back",
            self.into.name(),
            ColumnRef::new(self.table.name(), self.column.name())
        );
        sql(task, "sync", title, create.into(), self.stop())
    }

    fn stop(&self) -> Vec<String> {
        self.followers().iter().rev().map(|(what, ..)| format!("DROP TRIGGER {}", self.name(what))).collect()
    }

    /// Holds for a row whose reference is not among the rows yet.
    fn has_none(&self) -> String {
        let (table, into) = (quoted_table(self.table.name()), quoted_table(self.into.name()));
        let [key, column] = [self.key, self.column.name()].map(quoted);
        let [own, other] = [self.own, self.other].map(quoted);
        format!(
            "{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {into} AS there WHERE there.{own} = {table}.{key} AND \
             there.{other} = {table}.{column})"
        )
    }

    /// Each reference is written over with itself, and the triggers make a row of it.
    fn make(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        let column = quoted(self.column.name());
        let work = Work::Backfill {
            table: self.table.name().clone(),
            key: row_key(self.table)?,
            set: format!("{column} = {column}"),
            needs: self.has_none(),
            batch_rows: task.policy.batch_rows,
        };
        let title = format!("make rows of `{}` of all references", self.into.name());
        Ok(Step::new("fill", title, work, Probe::Untold, Undo::Nothing)
            .with_impact(Impact::locking(self.table.name(), LockMode::DatabaseWrite).rewriting(task.rows(self.table))))
    }

    /// The triggers go; then the table is made anew without the column, which a reference of the table keeps from being dropped.
    fn contract(&self, task: &Task<'_>) -> Phase {
        let name = self.column.name();
        let title = format!("drop `{}`", ColumnRef::new(self.table.name(), name));
        let indexes = self.table.indexes().iter().filter(|index| !index.involves(name)).cloned().collect();
        let less = self.table.clone().with_parts(self.table.constraints().to_vec(), indexes);
        let rebuild = Rebuild::of(task, &less, |definition| {
            definition.drop_references_of(name);
            definition.drop_column(name);
        });
        let stop = Step::new(
            "stop",
            "keep both no longer in step".to_owned(),
            Work::Sql { statements: self.stop() },
            Probe::Untold,
            Undo::Impossible,
        );
        let steps = vec![stop, rebuild.step("drop-column", title).undone_by(Undo::Impossible)];
        phase(task, PhaseKind::Contract, "Every reference is a row.", steps).beyond_return()
    }
}
