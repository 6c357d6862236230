//! Two tables whose rows belong together, with columns that are the same in both.

use crate::name::ObjectName;
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::names::own_name;
use crate::planner::postgres::row_key::row_key;
use crate::planner::postgres::statements::{beside, column_attached, column_definition};
use crate::planner::postgres::trigger::{Follower, Rights, RowFunction};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::sql::{ident, idents, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// What becomes of rows that have no counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Both tables' rows are the application's: values move between those that are there.
    AreThere,
    /// Each row of the old table has one in the new one, which is made and goes with it.
    AreMade,
    /// A row of the old table is there where the new one's has values.
    GoWithThem,
}

/// Two tables whose rows belong together.
pub(super) struct Link<'a> {
    /// Where the values are.
    pub(super) from: &'a Table,
    /// Where they are going to be.
    pub(super) to: &'a Table,
    /// Pairs of a column of the one and a column of the other.
    pub(super) on: &'a [(String, String)],
    pub(super) columns: Vec<Column>,
    pub(super) rows: Rows,
}

impl Link<'_> {
    /// `made` makes the place; then the triggers, in one transaction.
    pub(super) fn expand(&self, made: Vec<Step>) -> Phase {
        let statements = self.statements(true);
        let back = self.stop();
        let name = self.forth().remove(0).name;
        let sync = Step::new(
            "sync",
            format!("write to `{}` what is written to `{}`, and back", self.to.name(), self.from.name()),
            Work::Sql { statements },
            Fact::trigger(self.from.name(), &name).probe(),
            Undo::Sql { statements: back },
        );
        Phase::database(
            "expand",
            format!("{} in `{}`, kept equal to `{}`", self.names(), self.to.name(), self.from.name()),
            PhaseKind::Expand,
            "From here on both places can be written. Inserts without a list of columns fail where there are more columns.".to_owned(),
            made.into_iter().chain([sync]).collect(),
        )
    }

    /// The columns in their new place, empty.
    pub(super) fn add_columns(&self) -> Step {
        let alter = format!("ALTER TABLE {}", postgres_name(self.to.name()));
        let bare = self.columns.iter().map(|column| column.clone().nullable().without_default());
        let adds: Vec<String> = bare.map(|column| format!("ADD COLUMN {}", column_definition(&column))).collect();
        let drops: Vec<String> =
            self.columns.iter().map(|column| format!("DROP COLUMN {}", ident(column.name()))).collect();
        let first = self.columns.first().map_or("", Column::name);
        let attached = self.columns.iter().flat_map(|column| column_attached(self.to.name(), column));
        Step::new(
            "add-columns",
            format!("add {} to `{}`", self.names(), self.to.name()),
            Work::Sql { statements: std::iter::once(format!("{alter} {}", adds.join(", "))).chain(attached).collect() },
            Fact::column(self.to.name(), first).probe(),
            Undo::Sql { statements: vec![format!("{alter} {}", drops.join(", "))] },
        )
    }

    /// Fills the rows that are there. The counterpart is locked before it is read, so that what is written to it meanwhile is not
    /// overwritten by what it was.
    pub(super) fn fill(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        let value = |column: &Column| {
            format!(
                "(SELECT other.{} FROM {} AS other WHERE {} FOR SHARE)",
                ident(column.name()),
                self.old_name(),
                self.same("other")
            )
        };
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("{} = {}", ident(column.name()), value(column))).collect();
        Ok(Step::new(
            "fill",
            format!("fill {} of `{}` in all rows", self.names(), self.to.name()),
            Work::Backfill {
                table: self.to.name().clone(),
                key: row_key(self.to)?,
                set: set.join(", "),
                needs: self.differs(" FOR SHARE"),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        ))
    }

    /// Makes a row in the new table for each in the old one.
    pub(super) fn copy(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        let own = self.on.iter().map(|(own, _)| own.as_str()).chain(self.columns.iter().map(Column::name));
        let theirs = self.on.iter().map(|(_, theirs)| theirs.as_str()).chain(self.columns.iter().map(Column::name));
        Ok(Step::new(
            "copy",
            format!("make a row of `{}` for each of `{}`", self.to.name(), self.from.name()),
            Work::Copy {
                table: self.from.name().clone(),
                key: row_key(self.from)?,
                into: self.to.name().clone(),
                columns: theirs.map(ident).collect(),
                select: own.map(ident).collect(),
                needs: "true".to_owned(),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        ))
    }

    pub(super) fn verify(&self) -> Step {
        let title = format!("check that {} are equal in `{}` and `{}`", self.names(), self.from.name(), self.to.name());
        let work = Work::Verify { table: self.to.name().clone(), never: self.differs("") };
        Step::new("verify", title, work, Probe::Untold, Undo::Nothing)
    }

    pub(super) fn verify_rows(&self) -> Step {
        let same: Vec<String> = self
            .on
            .iter()
            .map(|(own, theirs)| format!("other.{} = {}.{}", ident(theirs), ident(self.from.name().name()), ident(own)))
            .collect();
        let never = format!("NOT EXISTS (SELECT FROM {} AS other WHERE {})", self.new_name(), same.join(" AND "));
        let title = format!("check that each row of `{}` has one of `{}`", self.from.name(), self.to.name());
        Step::new(
            "verify-rows",
            title,
            Work::Verify { table: self.from.name().clone(), never },
            Probe::Untold,
            Undo::Nothing,
        )
    }

    /// The values are no longer kept equal.
    pub(super) fn stop(&self) -> Vec<String> {
        self.statements(false)
    }

    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| format!("`{}`", column.name())).collect();
        names.join(", ")
    }

    fn statements(&self, create: bool) -> Vec<String> {
        let followers = self.forth().into_iter().chain(self.back());
        let given = self.given();
        if create {
            return followers.flat_map(|follower| follower.create()).chain(given.create()).collect();
        }
        given.drop().into_iter().chain(followers.flat_map(|follower| follower.drop())).collect()
    }

    fn old_name(&self) -> String {
        postgres_name(self.from.name())
    }

    fn new_name(&self) -> String {
        postgres_name(self.to.name())
    }

    /// That the row called `other` of the old table is the counterpart of one of the new table.
    fn same(&self, other: &str) -> String {
        let own = ident(self.to.name().name());
        let same: Vec<String> =
            self.on.iter().map(|(old, new)| format!("{other}.{} = {own}.{}", ident(old), ident(new))).collect();
        same.join(" AND ")
    }

    /// Holds for a row of the new table whose counterpart, locked as `lock` says, has other values.
    fn differs(&self, lock: &str) -> String {
        let own = ident(self.to.name().name());
        let differ: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("other.{0}::text IS DISTINCT FROM {own}.{0}::text", ident(column.name())))
            .collect();
        format!(
            "EXISTS (SELECT FROM {} AS other WHERE {} AND ({}){lock})",
            self.old_name(),
            self.same("other"),
            differ.join(" OR ")
        )
    }

    /// `c::text IS DISTINCT FROM NEW.c::text`, of any of the columns.
    fn is_other(&self, row: &str) -> String {
        let differ: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{row}.{0}::text IS DISTINCT FROM NEW.{0}::text", ident(column.name())))
            .collect();
        differ.join(" OR ")
    }

    fn values(&self) -> Vec<String> {
        self.columns.iter().map(|column| format!("NEW.{}", ident(column.name()))).collect()
    }

    fn assignments(&self) -> String {
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("{0} = NEW.{0}", ident(column.name()))).collect();
        set.join(", ")
    }

    /// Writes a row of `table` with the values of NEW, whose key columns are the first of each of `keys` where the table's are the
    /// second, and makes it if it is not there.
    fn upsert(&self, table: &str, keys: &[(&str, &str)]) -> String {
        let columns = keys.iter().map(|(_, theirs)| *theirs).chain(self.columns.iter().map(Column::name));
        let values: Vec<String> =
            keys.iter().map(|(own, _)| format!("NEW.{}", ident(own))).chain(self.values()).collect();
        format!(
            "INSERT INTO {table} AS own ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {};",
            idents(columns),
            values.join(", "),
            idents(keys.iter().map(|(_, theirs)| *theirs)),
            self.assignments(),
            self.is_other("own")
        )
    }

    fn update(&self, table: &str, keys: &[(&str, &str)]) -> String {
        format!(
            "UPDATE {table} AS own SET {} WHERE {} AND ({});",
            self.assignments(),
            matching(keys, "NEW"),
            self.is_other("own")
        )
    }

    fn is_given(&self) -> String {
        let given: Vec<String> =
            self.columns.iter().map(|column| format!("NEW.{} IS NOT NULL", ident(column.name()))).collect();
        given.join(" OR ")
    }

    fn follower(&self, table: &ObjectName, what: &str, events: &str, body: String) -> Follower {
        let tables = format!("{}_{}", self.from.name().name(), self.to.name().name());
        Follower::new(table, (what, &tables), events, body)
    }

    /// What is written to the old table goes to the new one.
    fn forth(&self) -> Vec<Follower> {
        let keys: Vec<(&str, &str)> = self.on.iter().map(|(own, theirs)| (own.as_str(), theirs.as_str())).collect();
        let (old, new) = (self.from.name(), self.new_name());
        let changed = self.is_other("OLD");
        let gone = matching(&keys, "OLD");
        match self.rows {
            Rows::AreThere => {
                let given = self.is_given();
                let body = format!(
                    "IF TG_OP = 'INSERT' AND ({given}) OR TG_OP = 'UPDATE' AND ({changed}) THEN {} END IF;",
                    self.update(&new, &keys)
                );
                vec![self.follower(old, "forth", "INSERT OR UPDATE", body)]
            }
            Rows::GoWithThem => {
                let nothing: Vec<String> =
                    self.columns.iter().map(|column| format!("{} = NULL", ident(column.name()))).collect();
                let body = format!(
                    "IF TG_OP = 'DELETE' THEN UPDATE {new} AS own SET {} WHERE {gone}; ELSIF TG_OP = 'INSERT' OR {changed} THEN {} END IF;",
                    nothing.join(", "),
                    self.update(&new, &keys)
                );
                vec![self.follower(old, "forth", "INSERT OR UPDATE OR DELETE", body)]
            }
            Rows::AreMade => {
                let body = format!(
                    "IF TG_OP = 'DELETE' THEN DELETE FROM {new} AS own WHERE {gone}; ELSIF {changed} THEN {} END IF;",
                    self.upsert(&new, &keys)
                );
                // Whoever knows the new table makes the row in the same transaction.
                let own = self.on.iter().map(|(own, _)| own.as_str()).chain(self.columns.iter().map(Column::name));
                let theirs =
                    self.on.iter().map(|(_, theirs)| theirs.as_str()).chain(self.columns.iter().map(Column::name));
                let this: Vec<String> = self.on.iter().map(|(own, _)| format!("{0} = NEW.{0}", ident(own))).collect();
                let made = format!(
                    "INSERT INTO {new} ({}) SELECT {} FROM {} WHERE {} ON CONFLICT DO NOTHING;",
                    idents(theirs),
                    idents(own),
                    self.old_name(),
                    this.join(" AND ")
                );
                vec![
                    self.follower(old, "forth", "UPDATE OR DELETE", body),
                    self.follower(old, "made", "INSERT", made).at_commit(),
                ]
            }
        }
    }

    /// What is written to the new table goes to the old one.
    fn back(&self) -> Vec<Follower> {
        let keys: Vec<(&str, &str)> = self.on.iter().map(|(own, theirs)| (theirs.as_str(), own.as_str())).collect();
        let old = self.old_name();
        let changed = self.is_other("OLD");
        let (write, events) = match self.rows {
            Rows::AreThere | Rows::AreMade => (self.update(&old, &keys), "INSERT OR UPDATE"),
            Rows::GoWithThem => {
                let given = self.is_given();
                (
                    format!("IF {given} THEN {} ELSE {} END IF;", self.upsert(&old, &keys), self.update(&old, &keys)),
                    "INSERT OR UPDATE",
                )
            }
        };
        let given = self.is_given();
        let body =
            format!("IF TG_OP = 'INSERT' AND ({given}) OR TG_OP = 'UPDATE' AND ({changed}) THEN {write} END IF;");
        vec![self.follower(self.to.name(), "back", events, body)]
    }

    /// A row of the new table that is written without the values, by whoever does not know that it has them, takes them from its
    /// counterpart.
    fn given(&self) -> RowFunction {
        let own: Vec<String> =
            self.on.iter().map(|(own, theirs)| format!("other.{} = NEW.{}", ident(own), ident(theirs))).collect();
        let select: Vec<String> = self.columns.iter().map(|column| format!("other.{}", ident(column.name()))).collect();
        let name = own_name("given", &format!("{}_{}", self.from.name().name(), self.to.name().name()));
        let missing: Vec<String> =
            self.columns.iter().map(|column| format!("NEW.{} IS NULL", ident(column.name()))).collect();
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("NEW.{0} := row_there.{0};", ident(column.name()))).collect();
        let body = format!(
            "IF {} THEN SELECT {} INTO row_there FROM {} AS other WHERE {}; IF FOUND THEN {} END IF; END IF;",
            missing.join(" AND "),
            select.join(", "),
            self.old_name(),
            own.join(" AND "),
            set.join(" ")
        );
        RowFunction {
            table: self.to.name().clone(),
            function: beside(self.to.name(), &name),
            name,
            events: "INSERT",
            declare: "DECLARE row_there record; ".to_owned(),
            body,
            rights: Rights::OfThePlan,
        }
    }
}

/// That the row called `own` has the key of `row`.
fn matching(keys: &[(&str, &str)], row: &str) -> String {
    let same: Vec<String> =
        keys.iter().map(|(own, theirs)| format!("own.{} = {row}.{}", ident(theirs), ident(own))).collect();
    same.join(" AND ")
}
