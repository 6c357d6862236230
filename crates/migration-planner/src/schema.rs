//! What is in a database: tables, views and triggers.

mod constraint;
mod definition;
mod index;
mod table;
mod trigger;
mod view;

pub use constraint::Constraint;
pub use index::Index;
pub use table::{Column, Generated, Table};
pub use trigger::{Trigger, TriggerEvent};
pub use view::View;

use serde::{Deserialize, Serialize};

use crate::hash::Fingerprint;
use crate::name::ObjectName;

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
#[serde(deny_unknown_fields)]
pub struct Schema {
    tables: Vec<Table>,
    #[serde(default)]
    views: Vec<View>,
    #[serde(default)]
    triggers: Vec<Trigger>,
}

impl Schema {
    /// A schema without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table; one of the same name is replaced.
    #[must_use]
    pub fn with_table(mut self, table: Table) -> Self {
        self.tables.retain(|known| !known.name().matches(table.name()));
        self.tables.push(table);
        self
    }

    /// Adds a view; one of the same name is replaced.
    #[must_use]
    pub fn with_view(mut self, view: View) -> Self {
        self.views.retain(|known| !known.name().matches(view.name()));
        self.views.push(view);
        self
    }

    /// Adds a trigger; one of the same name is replaced.
    #[must_use]
    pub fn with_trigger(mut self, trigger: Trigger) -> Self {
        self.triggers.retain(|known| !known.name().matches(trigger.name()));
        self.triggers.push(trigger);
        self
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

    /// The table called `name`, without regard to ASCII case.
    pub fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.tables.iter().find(|table| table.name().matches(name))
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
        Fingerprint::of(&(table, views, triggers))
    }
}
