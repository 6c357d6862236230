//! Triggers of a plan's own, which keep the values of a row in step.

use super::statements::beside;
use crate::name::ObjectName;
use crate::planner::postgres::names::own_name;
use crate::schema::Table;
use crate::sql::{ident, postgres_name};

/// A trigger that runs before a row is written, and its function.
pub(super) struct RowFunction {
    pub(super) table: ObjectName,
    pub(super) function: ObjectName,
    /// Of the trigger. Triggers run in the order of their names: one that starts with `_` runs before the application's.
    pub(super) name: String,
    pub(super) events: &'static str,
    pub(super) declare: String,
    pub(super) body: String,
    pub(super) rights: Rights,
}

/// Whose rights a trigger's function has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// It touches nothing but the row.
    OfTheWriter,
    /// It reads another table, which who writes the row need not be allowed to.
    OfThePlan,
}

impl Rights {
    fn clause(self) -> &'static str {
        match self {
            Self::OfTheWriter => "",
            Self::OfThePlan => "SECURITY DEFINER SET search_path FROM CURRENT ",
        }
    }
}

impl RowFunction {
    pub(super) fn create(&self) -> Vec<String> {
        let (function, table) = (postgres_name(&self.function), postgres_name(&self.table));
        vec![
            self.create_function(),
            format!(
                "CREATE TRIGGER {} BEFORE {} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
                ident(&self.name),
                self.events
            ),
        ]
    }

    pub(super) fn create_function(&self) -> String {
        let Self { declare, body, .. } = self;
        format!(
            "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql {}AS $cutover$ {declare}BEGIN {body} RETURN NEW; END \
             $cutover$",
            postgres_name(&self.function),
            self.rights.clause()
        )
    }

    pub(super) fn drop(&self) -> Vec<String> {
        vec![
            format!("DROP TRIGGER {} ON {}", ident(&self.name), postgres_name(&self.table)),
            format!("DROP FUNCTION {}()", postgres_name(&self.function)),
        ]
    }
}

/// A trigger that runs after a row was written and writes to another table, and its function.
///
/// The function has the rights of whoever runs the plan: who may write one table need not have a right to the other.
pub(super) struct Follower {
    pub(super) table: ObjectName,
    /// Of the trigger and of its function.
    pub(super) name: String,
    pub(super) events: String,
    /// Whether it runs at the end of the transaction, when that has written all it wants to.
    pub(super) at_commit: bool,
    pub(super) body: String,
}

impl Follower {
    /// A trigger of a plan's own, named for what it does to which tables.
    pub(super) fn new(table: &ObjectName, (what, name): (&str, &str), events: &str, body: String) -> Self {
        Self { table: table.clone(), name: own_name(what, name), events: events.to_owned(), at_commit: false, body }
    }

    pub(super) fn at_commit(mut self) -> Self {
        self.at_commit = true;
        self
    }

    pub(super) fn create(&self) -> Vec<String> {
        let (function, table) = (self.function(), postgres_name(&self.table));
        let (constraint, deferred) =
            if self.at_commit { ("CONSTRAINT ", " DEFERRABLE INITIALLY DEFERRED") } else { ("", "") };
        let level = if self.events.eq_ignore_ascii_case("truncate") { "STATEMENT" } else { "ROW" };
        vec![
            format!(
                "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql {}AS $cutover$ BEGIN {} RETURN NULL; END \
                 $cutover$",
                Rights::OfThePlan.clause(),
                self.body
            ),
            format!(
                "CREATE {constraint}TRIGGER {} AFTER {} ON {table}{deferred} FOR EACH {level} EXECUTE FUNCTION {function}()",
                ident(&self.name),
                self.events
            ),
        ]
    }

    pub(super) fn drop(&self) -> Vec<String> {
        vec![
            format!("DROP TRIGGER {} ON {}", ident(&self.name), postgres_name(&self.table)),
            format!("DROP FUNCTION {}()", self.function()),
        ]
    }

    fn function(&self) -> String {
        postgres_name(&beside(&self.table, &self.name))
    }
}

/// An expression over the columns of a row, evaluated over the row that is about to be written.
pub(super) fn over_new_row(table: &Table, expression: &str) -> String {
    format!("(SELECT ({expression}) FROM (SELECT NEW.*) AS {})", ident(table.name().name()))
}
