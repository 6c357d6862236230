//! What a plan is to be made of.

use super::switches::switches;
use crate::change::Change;
use crate::consumer::Consumer;
use crate::name::{ColumnRef, ObjectName, is_reserved};
use crate::nearest::nearest;
use crate::phase::Phase;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::schema::{Column, Schema, Table};
use crate::server::{Server, ServerKind};
use crate::subject::Subject;

/// What a plan is to be made of.
pub(super) struct Task<'a> {
    pub(super) schema: &'a Schema,
    pub(super) server: &'a Server,
    pub(super) policy: &'a Policy,
    pub(super) consumers: &'a [Consumer],
    /// What consumers have to stop using, or get used to.
    pub(super) subject: Subject,
    /// The change, in words.
    pub(super) words: String,
}

impl<'a> Task<'a> {
    /// The table called `name`.
    pub(super) fn table(&self, name: &ObjectName) -> Result<&'a Table, Refusal> {
        if name.is_reserved() {
            return Err(Refusal::ReservedName { name: name.to_string() });
        }
        let wanted = in_default_schema(name);
        let is_it = |table: &&Table| self.server.kind() == ServerKind::Sqlite || *table.name() == wanted;
        self.schema.table(&wanted).filter(is_it).ok_or_else(|| Refusal::UnknownTable {
            table: name.clone(),
            nearest: nearest(name.name(), self.schema.tables().iter().map(|table| table.name().name())),
        })
    }

    /// One phase per consumer: `verb` is what it does (`stops using`), `how` what that means for its code.
    pub(super) fn switches(&self, verb: &str, how: &str) -> Vec<Phase> {
        switches(self.policy, &self.subject, self.consumers, verb, how)
    }

    /// The same change, as what is left of it is to be planned once the schema is this one.
    pub(super) fn within<'b>(&'b self, schema: &'b Schema) -> Task<'b> {
        let (subject, words) = (self.subject.clone(), self.words.clone());
        Task { schema, server: self.server, policy: self.policy, consumers: self.consumers, subject, words }
    }

    /// How many rows a table has, if anybody said.
    pub(super) fn rows(&self, table: &Table) -> Option<u64> {
        self.server.rows(table.name())
    }

    /// The tables that a change is about, as far as they are there.
    pub(super) fn tables(&self, change: &Change) -> Vec<&'a Table> {
        let name = in_default_schema(change.object().object());
        let by_index = || self.schema.index(&name).map(|(table, _)| table);
        let other = match change {
            Change::MoveColumns { to, .. } | Change::MergeTables { into: to, .. } => {
                self.schema.table(&in_default_schema(to))
            }
            _ => None,
        };
        self.schema.table(&name).or_else(by_index).into_iter().chain(other).collect()
    }

    pub(super) fn nothing_to_do(&self) -> Refusal {
        Refusal::NothingToDo { change: self.words.clone() }
    }
}

/// The column called `name` of `table`, for a change that names it.
pub(super) fn find_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Refusal> {
    if is_reserved(name) {
        return Err(Refusal::ReservedName { name: name.to_owned() });
    }
    known_column(table, name)
}

/// The column called `name` of a table, be it one of the plan's own making.
pub(super) fn known_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Refusal> {
    table.column(name).ok_or_else(|| Refusal::UnknownColumn {
        column: ColumnRef::new(table.name(), name),
        nearest: nearest(name, table.columns().iter().map(Column::name)),
    })
}

/// Refuses a name that a new column of `table` cannot have.
pub(super) fn refuse_taken_column(table: &Table, name: &str) -> Result<(), Refusal> {
    if is_reserved(name) {
        return Err(Refusal::ReservedName { name: name.to_owned() });
    }
    match table.column(name) {
        Some(taken) => Err(Refusal::ColumnExists { column: ColumnRef::new(table.name(), taken.name()) }),
        None => Ok(()),
    }
}

/// `public` is where PostgreSQL looks if nothing is said.
pub(super) fn in_default_schema(name: &ObjectName) -> ObjectName {
    if name.schema() == Some("public") { name.name().into() } else { name.clone() }
}

/// Where a change of a column takes place.
pub(super) struct Site<'a> {
    pub(super) schema: &'a Schema,
    pub(super) server: &'a Server,
    pub(super) policy: &'a Policy,
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
}

impl<'a> Site<'a> {
    pub(super) fn of(task: &Task<'a>, table: &ObjectName, column: &str) -> Result<Self, Refusal> {
        let table = task.table(table)?;
        let column = find_column(table, column)?;
        Ok(Self { schema: task.schema, server: task.server, policy: task.policy, table, column })
    }

    pub(super) fn object(&self) -> ColumnRef {
        ColumnRef::new(self.table.name(), self.column.name())
    }

    pub(super) fn rows(&self) -> Option<u64> {
        self.server.rows(self.table.name())
    }

    /// See [`Task::switches`].
    pub(super) fn switches(&self, consumers: &[Consumer], verb: &str, how: &str) -> Vec<Phase> {
        switches(self.policy, &self.object().into(), consumers, verb, how)
    }
}
