//! PostgreSQL: what statements make of a database.

mod alter_column;
mod alter_table;
mod column;
mod comment;
mod create_table;
mod domain;
mod drop;
mod drop_part;
mod function;
mod grant;
mod index;
mod key;
mod names;
mod object;
mod rename;
mod sequence;
mod statement;
mod table;
mod trigger;
mod user_type;
mod view;

use super::fault::{Fault, Read};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::Schema;
use object::ObjectDraft;
use sequence::Sequence;
use table::TableDraft;
use trigger::TriggerDraft;
use view::ViewDraft;

/// A database as the statements read so far have made it.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    tables: Vec<TableDraft>,
    sequences: Vec<Sequence>,
    views: Vec<ViewDraft>,
    triggers: Vec<TriggerDraft>,
    objects: Vec<ObjectDraft>,
    /// Whether the search path was set, if only to `public`.
    path_is_set: bool,
}

impl Draft {
    /// Everything, in the order of names.
    pub(super) fn schema(&self) -> Schema {
        let mut tables: Vec<&TableDraft> = self.tables.iter().collect();
        tables.sort_by_key(|table| &table.name);
        let schema = tables.into_iter().fold(Schema::new(), |schema, table| schema.with_table(table.finish()));
        let schema = self.objects.iter().fold(schema, |schema, object| schema.with_object(object.finish()));
        let schema = self.sequences.iter().fold(schema, |schema, sequence| schema.with_object(sequence.finish()));
        let schema = self.views.iter().fold(schema, |schema, view| schema.with_object(view.finish()));
        self.triggers.iter().fold(schema, |schema, trigger| schema.with_object(trigger.finish()))
    }

    fn has_table(&self, name: &ObjectName) -> bool {
        self.tables.iter().any(|table| table.name == *name)
    }

    /// The table of that name, or a fault at `place`.
    fn table(&mut self, place: &Cursor<'_>, name: &ObjectName) -> Read<&mut TableDraft> {
        let Some(at) = self.tables.iter().position(|table| table.name == *name) else {
            let known = self.tables.iter().map(|table| table.name.to_string());
            return Err(Fault::unknown(place, "table", name.to_string(), known));
        };
        Ok(&mut self.tables[at])
    }

    /// Whether a name is taken in the space that tables, indexes, sequences and views share.
    fn is_relation(&self, schema: Option<&str>, name: &str) -> bool {
        let is_it = |own: &ObjectName| own.schema() == schema && own.name() == name;
        self.tables.iter().any(|table| is_it(&table.name) || table.name.schema() == schema && table.has_index(name))
            || self.sequences.iter().any(|sequence| is_it(&sequence.name))
            || self.views.iter().any(|view| {
                is_it(&view.name) || view.name.schema() == schema && view.indexes.iter().any(|index| index.name == name)
            })
    }

    /// Whether a name is taken by a constraint.
    fn is_constraint(&self, schema: Option<&str>, name: &str) -> bool {
        let of_schema = self.tables.iter().filter(|table| table.name.schema() == schema);
        of_schema.flat_map(|table| &table.keys).any(|key| key.name == name)
    }

    /// A fault where a view names a table or column that changes: its text is then the server's.
    fn not_in_views(&self, place: &Cursor<'_>, table: &ObjectName, column: Option<&str>) -> Read<()> {
        match self.views.iter().find(|view| view.may_use(table.name(), column)) {
            Some(view) => Err(Fault::database(place, format!("the server writes the view `{}` anew", view.name))),
            None => Ok(()),
        }
    }
}

/// What is left of a statement, and a fault if that is more than nothing.
fn end(cursor: &Cursor<'_>) -> Read<()> {
    if cursor.is_at_end() { Ok(()) } else { Err(Fault::expected(cursor, "the end of the statement")) }
}
