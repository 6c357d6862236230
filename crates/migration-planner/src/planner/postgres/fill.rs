//! Giving rows a value where they have none: those that are there in batches, new ones by a trigger.

use super::facts::Fact;
use super::row_key::row_address;
use super::statements::beside;
use super::trigger::{self, Rights, RowFunction};
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::names::own_name;
use crate::planner::task::Task;
use crate::schema::{Object, ObjectKind, Table};
use crate::sql::ident;
use crate::step::{Probe, Step, Undo, Work};

/// What rows get that have no value in a column.
pub(super) struct Fill<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a str,
    /// An SQL expression over the row.
    pub(super) expression: &'a str,
    /// Whether a value that is set to NULL is filled too.
    pub(super) on_update: bool,
}

impl Fill<'_> {
    /// A trigger for new rows, then batches for the old ones.
    pub(super) fn phases(&self, task: &Task<'_>) -> Vec<Phase> {
        let object = self.object();
        let expand = Phase::database(
            "expand",
            format!("fill `{object}` where a row is written without it"),
            PhaseKind::Expand,
            "Every version of every consumer works before and after.".to_owned(),
            vec![self.trigger_step()],
        );
        let backfill = Phase::database(
            "backfill",
            format!("fill `{object}` in all rows"),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time. Rolling back does not empty the column again."
                .to_owned(),
            vec![self.batches(task)],
        );
        vec![expand, backfill]
    }

    pub(super) fn trigger_step(&self) -> Step {
        let function = self.function();
        let trigger = Object::new(ObjectKind::Trigger, function.name.as_str(), "").on_table(self.table.name());
        let probe = Fact::object(&trigger).map_or(Probe::Untold, |fact| fact.probe());
        Step::new(
            "fill-new-rows",
            format!("fill `{}` in rows that are written without it", self.object()),
            Work::Sql { statements: function.create() },
            probe,
            Undo::Sql { statements: function.drop() },
        )
    }

    pub(super) fn batches(&self, task: &Task<'_>) -> Step {
        let column = ident(self.column);
        Step::new(
            "fill-old-rows",
            format!("fill `{}` in the rows that are there", self.object()),
            Work::Backfill {
                table: self.table.name().clone(),
                key: row_address(self.table),
                set: format!("{column} = ({})", self.expression),
                needs: format!("{column} IS NULL"),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        )
    }

    /// The trigger goes once every writer gives a value.
    pub(super) fn cleanup(&self) -> Phase {
        let function = self.function();
        let step = Step::new(
            "stop-filling",
            format!("no longer fill `{}`", self.object()),
            Work::Sql { statements: function.drop() },
            Probe::Untold,
            Undo::Sql { statements: function.create() },
        );
        Phase::database(
            "cleanup",
            format!("`{}` has to be given by whoever writes", self.object()),
            PhaseKind::Cleanup,
            "Writers that give no value fail from here on.".to_owned(),
            vec![step],
        )
    }

    fn function(&self) -> RowFunction {
        let column = ident(self.column);
        let name = own_name("fill", &format!("{}_{}", self.table.name().name(), self.column));
        let given = trigger::over_new_row(self.table, self.expression);
        RowFunction {
            table: self.table.name().clone(),
            function: beside(self.table.name(), &name),
            name,
            events: if self.on_update { "INSERT OR UPDATE" } else { "INSERT" },
            declare: String::new(),
            body: format!("IF NEW.{column} IS NULL THEN NEW.{column} := {given}; END IF;"),
            rights: Rights::OfTheWriter,
        }
    }

    fn object(&self) -> ColumnRef {
        ColumnRef::new(self.table.name(), self.column)
    }
}
