//! Two tables whose rows belong together, with columns that are the same in both.

use super::equal;
use crate::name::RESERVED_PREFIX;
use crate::planner::Task;
use crate::planner::sqlite::one::{sql, verify};
use crate::planner::sqlite::quote::{quoted, quoted_table};
use crate::planner::sqlite::rename_column::differ;
use crate::planner::sqlite::row_key;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

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

/// A trigger: what it is called, when it fires, and what it does.
struct Follower {
    what: &'static str,
    event: String,
    when: Option<String>,
    body: String,
}

impl Link<'_> {
    /// `made` makes the new table, where there is one; then the columns, where they are new, and the triggers, in one transaction.
    pub(super) fn expand(&self, task: &Task<'_>, made: Vec<Step>) -> Vec<Step> {
        let to = self.new_table();
        let (mut forward, mut back) = (Vec::new(), self.stop());
        if self.rows != Rows::AreMade {
            for column in &self.columns {
                let collation = column.collation_name().map(|name| format!(" COLLATE {}", quoted(name)));
                let add = format!("ALTER TABLE {to} ADD COLUMN {} {}", quoted(column.name()), column.data_type());
                forward.push(format!("{}{}", add.trim_end(), collation.unwrap_or_default()));
                back.push(format!("ALTER TABLE {to} DROP COLUMN {}", quoted(column.name())));
            }
        }
        forward.extend(self.followers().iter().map(|follower| self.create(follower)));
        let title = format!("write to `{}` what is written to `{}`, and back", self.to.name(), self.from.name());
        made.into_iter().chain([sql(task, "sync", title, forward, back)]).collect()
    }

    /// Fills the rows that are there.
    pub(super) fn fill(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        let value = |column: &Column| {
            format!(
                "(SELECT other.{} FROM {} AS other WHERE {})",
                quoted(column.name()),
                self.old_table(),
                self.counterpart()
            )
        };
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("{} = {}", quoted(column.name()), value(column))).collect();
        let work = Work::Backfill {
            table: self.to.name().clone(),
            key: row_key(self.to)?,
            set: set.join(", "),
            needs: self.differs(),
            batch_rows: task.policy.batch_rows,
        };
        Ok(Self::batches(task, self.to, format!("fill {} in all rows", self.to_names()), work))
    }

    /// Makes a row in the new table for each in the old one: each is written over with itself, and the triggers do the rest.
    pub(super) fn make(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        let first = quoted(self.columns.first().map_or("", Column::name));
        let work = Work::Backfill {
            table: self.from.name().clone(),
            key: row_key(self.from)?,
            set: format!("{first} = {first}"),
            needs: self.has_none(),
            batch_rows: task.policy.batch_rows,
        };
        let title = format!("make a row of `{}` for each of `{}`", self.to.name(), self.from.name());
        Ok(Self::batches(task, self.from, title, work))
    }

    fn batches(task: &Task<'_>, table: &Table, title: String, work: Work) -> Step {
        Step::new("fill", title, work, Probe::Untold, Undo::Nothing)
            .with_impact(Impact::locking(table.name(), LockMode::DatabaseWrite).rewriting(task.rows(table)))
    }

    pub(super) fn verify(&self) -> Step {
        verify(self.to.name(), "verify", self.differs())
    }

    pub(super) fn verify_rows(&self) -> Step {
        verify(self.from.name(), "verify-rows", self.has_none())
    }

    /// The values are no longer kept equal.
    pub(super) fn stop(&self) -> Vec<String> {
        self.followers().iter().rev().map(|follower| format!("DROP TRIGGER {}", self.name(follower.what))).collect()
    }

    pub(super) fn drop_columns(&self) -> Vec<String> {
        let own = self.old_table();
        self.columns.iter().map(|column| format!("ALTER TABLE {own} DROP COLUMN {}", quoted(column.name()))).collect()
    }

    /// The columns in their new place, in words.
    pub(super) fn to_names(&self) -> String {
        let names: Vec<String> =
            self.columns.iter().map(|column| format!("`{}.{}`", self.to.name(), column.name())).collect();
        names.join(", ")
    }

    fn old_table(&self) -> String {
        quoted_table(self.from.name())
    }

    fn new_table(&self) -> String {
        quoted_table(self.to.name())
    }

    fn name(&self, what: &str) -> String {
        quoted(&format!("{RESERVED_PREFIX}{what}_{}_{}", self.from.name().name(), self.to.name().name()))
    }

    fn create(&self, follower: &Follower) -> String {
        let Follower { what, event, when, body } = follower;
        let when = when.as_ref().map(|when| format!(" WHEN {when}")).unwrap_or_default();
        format!("CREATE TRIGGER {} {event}{when} BEGIN {body}; END", self.name(what))
    }

    fn forth(&self) -> impl Iterator<Item = (&str, &str)> {
        self.on.iter().map(|(own, theirs)| (theirs.as_str(), own.as_str()))
    }

    fn back(&self) -> impl Iterator<Item = (&str, &str)> {
        self.on.iter().map(|(own, theirs)| (own.as_str(), theirs.as_str()))
    }

    /// That the row called `other` of the old table belongs to one of the new table.
    fn counterpart(&self) -> String {
        equal(self.back(), "other.", &format!("{}.", self.new_table()))
    }

    /// Holds for a row of the new table whose counterpart has other values.
    fn differs(&self) -> String {
        let (new, old) = (self.new_table(), self.old_table());
        let differ: Vec<String> =
            self.names().map(|name| differ(&format!("other.{name}"), &format!("{new}.{name}"))).collect();
        format!("EXISTS (SELECT 1 FROM {old} AS other WHERE {} AND ({}))", self.counterpart(), differ.join(" OR "))
    }

    /// Holds for a row of the old table that has no counterpart.
    fn has_none(&self) -> String {
        let same = equal(self.forth(), "other.", &format!("{}.", self.old_table()));
        format!("NOT EXISTS (SELECT 1 FROM {} AS other WHERE {same})", self.new_table())
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().map(|column| quoted(column.name()))
    }

    fn list(&self, before: &str) -> String {
        self.names().map(|name| format!("{before}{name}")).collect::<Vec<_>>().join(", ")
    }

    fn given(&self, row: &str) -> String {
        let given: Vec<String> = self.names().map(|name| format!("{row}{name} IS NOT NULL")).collect();
        format!("({})", given.join(" OR "))
    }

    fn assignments(&self, row: &str) -> String {
        self.names().map(|name| format!("{name} = {row}.{name}")).collect::<Vec<_>>().join(", ")
    }

    /// Writes the values of NEW to the row of `table` that belongs to it, where they are other ones.
    fn write(&self, table: &str, same: &str) -> String {
        let differ: Vec<String> = self.names().map(|name| differ(&name, &format!("NEW.{name}"))).collect();
        format!("UPDATE {table} SET {} WHERE {same} AND ({})", self.assignments("NEW"), differ.join(" OR "))
    }

    /// As [`write`](Self::write), and makes the row if it is not there. `keys` are pairs of a column of the table and one of NEW.
    fn write_or_make<'p>(&'p self, table: &str, keys: impl Iterator<Item = (&'p str, &'p str)>) -> String {
        let (own, theirs): (Vec<String>, Vec<String>) =
            keys.map(|(own, theirs)| (quoted(own), format!("NEW.{}", quoted(theirs)))).unzip();
        let differ: Vec<String> =
            self.names().map(|name| differ(&format!("{table}.{name}"), &format!("excluded.{name}"))).collect();
        format!(
            "INSERT INTO {table} ({}, {}) VALUES ({}, {}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
            own.join(", "),
            self.list(""),
            theirs.join(", "),
            self.list("NEW."),
            own.join(", "),
            self.assignments("excluded"),
            differ.join(" OR ")
        )
    }

    /// A row that was written without the values takes them from its counterpart, by whoever does not know that it has them.
    fn take(&self, table: &str, own: &str, other: &str, theirs: &str) -> String {
        format!(
            "UPDATE {table} SET ({}) = (SELECT {} FROM {other} AS other WHERE {theirs}) WHERE {own} AND EXISTS (SELECT 1 FROM {other} AS other \
             WHERE {theirs} AND {})",
            self.list(""),
            self.list("other."),
            self.given("other.")
        )
    }

    fn followers(&self) -> Vec<Follower> {
        let (old, new) = (self.old_table(), self.new_table());
        // By whichever of the two rows a trigger is about.
        let in_new = equal(self.forth(), "", "NEW.");
        let in_old = equal(self.back(), "", "NEW.");
        let (given, missing) = (self.given("NEW."), format!("NOT {}", self.given("NEW.")));
        let list = self.list("");
        let old_keys: Vec<String> = self.on.iter().map(|(own, _)| quoted(own)).collect();
        let new_keys: Vec<String> = self.on.iter().map(|(_, theirs)| quoted(theirs)).collect();
        let follower = |what, event: String, when: Option<&str>, body: String| Follower {
            what,
            event,
            when: when.map(str::to_owned),
            body,
        };
        let left = equal(self.forth(), "", "OLD.");
        let nothing: Vec<String> = self.names().map(|name| format!("{name} = NULL")).collect();
        let nothing = nothing.join(", ");
        let write_new = self.write(&new, &in_new);
        let write_old = match self.rows {
            Rows::AreThere | Rows::AreMade => self.write(&old, &in_old),
            Rows::GoWithThem => self.write_or_make(&old, self.back()),
        };
        let take_new = self.take(
            &new,
            &equal(self.forth().map(|(theirs, _)| (theirs, theirs)), "", "NEW."),
            &old,
            &equal(self.back(), "other.", "NEW."),
        );
        let mut all = vec![
            follower("back_inserted", format!("AFTER INSERT ON {new}"), Some(&given), write_old.clone()),
            follower("back_updated", format!("AFTER UPDATE OF {list} ON {new}"), Some(&given), write_old),
            follower(
                "back_emptied",
                format!("AFTER UPDATE OF {list} ON {new}"),
                Some(&missing),
                self.write(&old, &in_old),
            ),
            follower("taken", format!("AFTER INSERT ON {new}"), Some(&missing), take_new),
        ];
        match self.rows {
            Rows::AreThere => {
                let own = equal(self.back().map(|(own, _)| (own, own)), "", "NEW.");
                let take_old = self.take(&old, &own, &new, &equal(self.forth(), "other.", "NEW."));
                all.push(follower("forth_inserted", format!("AFTER INSERT ON {old}"), Some(&given), write_new.clone()));
                all.push(follower("taken_back", format!("AFTER INSERT ON {old}"), Some(&missing), take_old));
                let keys = old_keys.join(", ");
                all.push(follower(
                    "forth_updated",
                    format!("AFTER UPDATE OF {list}, {keys} ON {old}"),
                    None,
                    write_new,
                ));
            }
            Rows::AreMade => {
                let made = self.write_or_make(&new, self.forth());
                let own = equal(self.back().map(|(own, _)| (own, own)), "", "NEW.");
                let take_old = self.take(&old, &own, &new, &equal(self.forth(), "other.", "NEW."));
                let there = format!("EXISTS (SELECT 1 FROM {new} WHERE {in_new})");
                let (is_new, is_known) = (format!("{given} OR NOT {there}"), format!("{missing} AND {there}"));
                all.push(follower("made", format!("AFTER INSERT ON {old}"), Some(&is_new), made.clone()));
                all.push(follower("taken_back", format!("AFTER INSERT ON {old}"), Some(&is_known), take_old));
                all.push(follower("forth_updated", format!("AFTER UPDATE OF {list} ON {old}"), None, made));
                let set: Vec<String> =
                    self.on.iter().map(|(own, theirs)| format!("{} = NEW.{}", quoted(theirs), quoted(own))).collect();
                let follow = format!("UPDATE {new} SET {} WHERE {left}", set.join(", "));
                all.push(follower(
                    "forth_moved",
                    format!("AFTER UPDATE OF {} ON {old}", old_keys.join(", ")),
                    None,
                    follow,
                ));
                all.push(follower(
                    "forth_deleted",
                    format!("AFTER DELETE ON {old}"),
                    None,
                    format!("DELETE FROM {new} WHERE {left}"),
                ));
                // Whoever knows the new table makes the row by itself, right after the one that made it here, empty.
                let own = equal(self.forth().map(|(theirs, _)| (theirs, theirs)), "", "NEW.");
                let empty = format!("{own} AND NOT {}", self.given(""));
                all.push(follower(
                    "cleared",
                    format!("BEFORE INSERT ON {new}"),
                    None,
                    format!("DELETE FROM {new} WHERE {empty}"),
                ));
            }
            Rows::GoWithThem => {
                all.push(follower("forth_inserted", format!("AFTER INSERT ON {old}"), Some(&given), write_new.clone()));
                all.push(follower(
                    "forth_updated",
                    format!("AFTER UPDATE OF {list} ON {old}"),
                    None,
                    write_new.clone(),
                ));
                let empty = format!("UPDATE {new} SET {nothing} WHERE {left}");
                all.push(follower("forth_deleted", format!("AFTER DELETE ON {old}"), None, empty.clone()));
                let keys = old_keys.join(", ");
                all.push(follower(
                    "forth_moved",
                    format!("AFTER UPDATE OF {keys} ON {old}"),
                    None,
                    format!("{empty}; {write_new}"),
                ));
            }
        }
        if self.rows == Rows::AreThere {
            // A row that comes to belong to another one takes over its values.
            let body = self.take(
                &new,
                &equal(self.forth().map(|(theirs, _)| (theirs, theirs)), "", "NEW."),
                &old,
                &equal(self.back(), "other.", "NEW."),
            );
            all.push(follower("back_moved", format!("AFTER UPDATE OF {} ON {new}", new_keys.join(", ")), None, body));
        }
        all
    }
}
