//! What is in a database: tables, views and triggers.

mod attached;
mod column;
mod constraint;
mod definition;
mod index;
mod object;
mod outline;
#[cfg(feature = "syntax")]
mod reader;
mod table;
mod trigger;
mod view;

pub use attached::Grant;
pub use column::{Column, ColumnSetting, Generated, Identity};
pub use constraint::{Constraint, Detail};
pub use index::Index;
pub use object::{Object, ObjectKind};
#[cfg(feature = "syntax")]
pub use reader::{Omitted, SchemaError, SchemaReader};
pub use table::Table;
pub use trigger::{Trigger, TriggerEvent};
pub use view::View;

use serde::{Deserialize, Serialize};

use crate::hash::Fingerprint;
use crate::name::ObjectName;
use crate::sql::tokens::mentions;

/// The schema of one database, as a plan is made for it.
///
/// Built by hand, or by an adapter that looks at a live database.
///
/// ```
/// use migration_planner::{Column, Schema, Table};
///
/// let schema = Schema::new().with_table(
///     Table::new("users").with_column(Column::new("id", "INTEGER").primary_key()).with_column(Column::new("name", "TEXT")),
/// );
/// assert!(schema.table(&"users".into()).is_some());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Schema {
    tables: Vec<Table>,
    #[serde(default)]
    views: Vec<View>,
    #[serde(default)]
    triggers: Vec<Trigger>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<Object>,
}

impl Schema {
    /// A schema without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table; one of the same name is replaced.
    #[must_use]
    pub fn with_table(mut self, table: Table) -> Self {
        self.tables.retain(|known| known.name() != table.name());
        self.tables.push(table);
        self
    }

    /// Adds a view; one of the same name is replaced.
    #[must_use]
    pub fn with_view(mut self, view: View) -> Self {
        self.views.retain(|known| known.name() != view.name());
        self.views.push(view);
        self
    }

    /// Adds a trigger; one of the same name is replaced.
    #[must_use]
    pub fn with_trigger(mut self, trigger: Trigger) -> Self {
        self.triggers.retain(|known| known.name() != trigger.name());
        self.triggers.push(trigger);
        self
    }

    /// Adds an object that is known by the statement that creates it; one of the same kind and name is replaced.
    ///
    /// Everything of PostgreSQL but its tables is one, views and triggers too; [`views`](Self::views) and
    /// [`triggers`](Self::triggers) are those of SQLite.
    #[must_use]
    pub fn with_object(mut self, object: Object) -> Self {
        self.objects.retain(|known| !known.is_same(&object));
        self.objects.push(object);
        self
    }

    /// Takes a table out; nothing happens if there is none of that name.
    #[must_use]
    pub fn without_table(mut self, name: &ObjectName) -> Self {
        if let Some(gone) = self.table(name).map(|table| table.name().clone()) {
            self.tables.retain(|known| *known.name() != gone);
        }
        self
    }

    /// Takes an object out that is the same as `object` but for its definition.
    #[must_use]
    pub fn without_object(mut self, object: &Object) -> Self {
        self.objects.retain(|known| !known.is_same(object));
        self
    }

    /// The objects that are known by the statement that creates them.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The objects of one kind called `name`: more than one only where arguments or tables tell them apart.
    pub fn objects_named(&self, kind: ObjectKind, name: &ObjectName) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind() == kind && object.name() == name)
    }

    /// The tables, in the order they were added.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The views.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The triggers.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// The table called `name`; without regard to ASCII case if there is none that is called so to the letter.
    pub fn table(&self, name: &ObjectName) -> Option<&Table> {
        let exact = self.tables.iter().find(|table| table.name() == name);
        exact.or_else(|| self.tables.iter().find(|table| table.name().matches(name)))
    }

    /// The table that has the index called `name`, and the index.
    pub fn index(&self, name: &ObjectName) -> Option<(&Table, &Index)> {
        let found = |table: &&Table| table.name().schema() == name.schema() && table.index(name.name()).is_some();
        let is_exact =
            |table: &&Table| table.index(name.name()).is_some_and(|index| index.name().name() == name.name());
        let table = self.tables.iter().filter(found).find(is_exact).or_else(|| self.tables.iter().find(found))?;
        table.index(name.name()).map(|index| (table, index))
    }

    /// The fingerprint of a table with everything that hangs on it: columns, constraints, indexes, its triggers, and
    /// the views and triggers that mention it. `None` if there is no such table.
    ///
    /// A plan keeps it, so that a runner notices that it was made for another database or an older one.
    pub fn fingerprint(&self, table: &ObjectName) -> Option<Fingerprint> {
        self.table(table).map(|table| self.fingerprint_of(table))
    }

    pub(crate) fn fingerprint_of(&self, table: &Table) -> Fingerprint {
        let mut views: Vec<&View> = self.views.iter().filter(|view| view.mentions(table.name().name())).collect();
        views.sort_by_key(|view| view.name());
        let mut triggers: Vec<&Trigger> = self
            .triggers
            .iter()
            .filter(|trigger| trigger.table().matches(table.name()) || trigger.mentions(table.name().name()))
            .collect();
        triggers.sort_by_key(|trigger| trigger.name());
        let mut objects: Vec<&Object> = self
            .objects
            .iter()
            .filter(|object| {
                object.table().is_some_and(|on| on.matches(table.name()))
                    || mentions(object.definition(), table.name().name())
            })
            .collect();
        if objects.is_empty() {
            return Fingerprint::of(&(table, views, triggers));
        }
        objects.sort_by_key(|object| (object.kind(), object.name(), object.arguments()));
        Fingerprint::of(&(table, views, triggers, objects))
    }
}
