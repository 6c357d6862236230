//! Old and new columns of a row kept in step by a trigger, whichever is written.

use crate::name::RESERVED_PREFIX;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::names::own_name;
use crate::planner::postgres::row_key::row_address;
use crate::planner::postgres::statements::{beside, column_definition};
use crate::planner::postgres::trigger::{Rights, RowFunction};
use crate::planner::task::Task;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// Old and new columns of a row.
pub(super) struct InStep<'a> {
    pub(super) table: &'a Table,
    /// Each with the expression over the row that fills it; without, it takes the value of the old one.
    pub(super) news: Vec<(Column, Option<String>)>,
    /// Each with the expression over the row that restores it; without, it takes the value of the new one.
    pub(super) olds: Vec<(String, Option<String>)>,
    /// Whether the old ones follow the new ones.
    pub(super) is_two_way: bool,
    /// Names that expressions back use, with the columns that have those values: a column under its old name, say.
    pub(super) aliases: Vec<(String, String)>,
}

impl InStep<'_> {
    /// Adds the new columns and the trigger, in one transaction.
    pub(super) fn expand_step(&self) -> Step {
        let alter = format!("ALTER TABLE {}", postgres_name(self.table.name()));
        let added = |column: &Column| {
            let bare = column.clone().nullable().without_default();
            format!("ADD COLUMN {}", column_definition(&bare))
        };
        let mut adds: Vec<String> = self.news.iter().map(|(column, _)| added(column)).collect();
        adds.push(format!("ADD COLUMN {} boolean", ident(&self.marker())));
        let drops = self.news.iter().map(|(column, _)| column.name().to_owned()).chain([self.marker()]);
        let drops: Vec<String> = drops.map(|name| format!("DROP COLUMN {}", ident(&name))).collect();
        let function = self.function();
        let mut forward = vec![format!("{alter} {}", adds.join(", "))];
        forward.extend(function.create());
        let mut back = function.drop();
        back.push(format!("{alter} {}", drops.join(", ")));
        Step::new(
            "add-columns",
            format!("add {}, kept in step with what it takes over from", self.names_of_new()),
            Work::Sql { statements: forward },
            Fact::column(self.table.name(), &self.marker()).probe(),
            Undo::Sql { statements: back },
        )
    }

    /// The phase that adds them.
    pub(super) fn expand(&self) -> Phase {
        let writable = if self.is_two_way {
            "From here on both forms can be written."
        } else {
            "What is written to the new form alone does not reach the old one: let readers move before writers."
        };
        Phase::database(
            "expand",
            format!("add {} to `{}`", self.names_of_new(), self.table.name()),
            PhaseKind::Expand,
            format!("{writable} Inserts without a list of columns fail, since there are more columns."),
            vec![self.expand_step()],
        )
    }

    /// Fills the new columns of the rows that are there.
    pub(super) fn fill_step(&self, task: &Task<'_>) -> Step {
        let marker = ident(&self.marker());
        Step::new(
            "fill",
            format!("fill {} in all rows", self.names_of_new()),
            Work::Backfill {
                table: self.table.name().clone(),
                key: row_address(self.table),
                // The trigger does the rest.
                set: format!("{marker} = true"),
                needs: format!("{marker} IS NULL"),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        )
    }

    /// Fills the new columns of the rows that are there, then does `more`.
    pub(super) fn backfill(&self, task: &Task<'_>, more: Vec<Step>) -> Phase {
        Phase::database(
            "backfill",
            format!("fill {} in all rows", self.names_of_new()),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time.".to_owned(),
            std::iter::once(self.fill_step(task)).chain(more).collect(),
        )
    }

    /// No longer keeps them in step.
    pub(super) fn stop(&self) -> Vec<String> {
        self.function().drop()
    }

    /// Says of which rows the new columns were filled.
    pub(super) fn marker(&self) -> String {
        let first = self.news.first().map_or("", |(column, _)| column.name());
        own_name("done", first.trim_start_matches(RESERVED_PREFIX))
    }

    pub(super) fn names_of_new(&self) -> String {
        let names: Vec<String> = self.news.iter().map(|(column, _)| format!("`{}`", column.name())).collect();
        names.join(", ")
    }

    pub(super) fn function(&self) -> RowFunction {
        let body = format!(
            "IF TG_OP = 'INSERT' THEN {} ELSE {} END IF; NEW.{} := true;",
            self.on_insert(),
            self.on_update(),
            ident(&self.marker())
        );
        self.running(body)
    }

    /// The trigger with this body.
    pub(super) fn running(&self, body: String) -> RowFunction {
        let marker = self.marker();
        let marked = marker.trim_start_matches(RESERVED_PREFIX).trim_start_matches("done_");
        let name = own_name("sync", &format!("{}_{marked}", self.table.name().name()));
        RowFunction {
            table: self.table.name().clone(),
            function: beside(self.table.name(), &name),
            name,
            events: "INSERT OR UPDATE",
            declare: String::new(),
            body,
            rights: Rights::OfTheWriter,
        }
    }

    /// It cannot be seen which columns an insert named, but the new ones have no default: one that has a value was given it.
    fn on_insert(&self) -> String {
        let given: Vec<String> =
            self.news.iter().map(|(new, _)| format!("NEW.{} IS NOT NULL", ident(new.name()))).collect();
        let down = if self.is_two_way { self.down() } else { "NULL;".to_owned() };
        format!("IF {} THEN {down} ELSE {} END IF;", given.join(" OR "), self.up())
    }

    /// The form that was changed is the one that counts; a row that was never filled is now.
    fn on_update(&self) -> String {
        let changed = |name: &str| format!("NEW.{0}::text IS DISTINCT FROM OLD.{0}::text", ident(name));
        let new: Vec<String> = self.news.iter().map(|(new, _)| changed(new.name())).collect();
        let old: Vec<String> = self.olds.iter().map(|(old, _)| changed(old)).collect();
        let down = if self.is_two_way { self.down() } else { "NULL;".to_owned() };
        format!(
            "IF {} THEN {down} ELSIF OLD.{} IS NULL OR {} THEN {} END IF;",
            new.join(" OR "),
            ident(&self.marker()),
            old.join(" OR "),
            self.up()
        )
    }

    /// Gives the new columns their values.
    fn up(&self) -> String {
        let only = self.olds.first().map_or("", |(old, _)| old.as_str());
        let set = |(new, expression): &(Column, Option<String>)| {
            let value = expression.as_ref().map_or_else(|| format!("NEW.{}", ident(only)), |up| self.over_row(up, &[]));
            format!("NEW.{} := {value};", ident(new.name()))
        };
        self.news.iter().map(set).collect::<Vec<_>>().join(" ")
    }

    /// Gives the old columns their values.
    pub(super) fn down(&self) -> String {
        let only = self.news.first().map_or("", |(new, _)| new.name());
        let set = |(old, expression): &(String, Option<String>)| {
            let value = expression
                .as_ref()
                .map_or_else(|| format!("NEW.{}", ident(only)), |down| self.over_row(down, &self.aliases));
            format!("NEW.{} := {value};", ident(old))
        };
        self.olds.iter().map(set).collect::<Vec<_>>().join(" ")
    }

    /// An expression over the row that is about to be written, some of whose columns go by other names.
    fn over_row(&self, expression: &str, aliases: &[(String, String)]) -> String {
        // After a swap a new one has the name of one of the table's.
        let news = self.news.iter().map(|(new, _)| new.name()).filter(|new| self.table.column(new).is_none());
        let own = self.table.columns().iter().map(Column::name).chain(news);
        let columns: Vec<String> = own
            .map(|name| {
                let from = aliases.iter().find(|(alias, _)| alias == name).map_or(name, |(_, column)| column.as_str());
                format!("NEW.{} AS {}", ident(from), ident(name))
            })
            .collect();
        format!("(SELECT ({expression}) FROM (SELECT {}) AS {})", columns.join(", "), ident(self.table.name().name()))
    }
}
