//! Triggers of a plan's own, which keep the values of a row in step.

use crate::name::ObjectName;
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
            "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $cutover$ {declare}BEGIN {body} RETURN NEW; END \
             $cutover$",
            postgres_name(&self.function)
        )
    }

    pub(super) fn drop(&self) -> Vec<String> {
        vec![
            format!("DROP TRIGGER {} ON {}", ident(&self.name), postgres_name(&self.table)),
            format!("DROP FUNCTION {}()", postgres_name(&self.function)),
        ]
    }
}

/// An expression over the columns of a row, evaluated over the row that is about to be written.
pub(super) fn over_new_row(table: &Table, expression: &str) -> String {
    format!("(SELECT ({expression}) FROM (SELECT NEW.*) AS {})", ident(table.name().name()))
}
