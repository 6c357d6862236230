//! Turns a change into a plan, or says why not.

mod dependents;
mod sqlite;
mod switches;

use crate::change::Change;
use crate::consumer::Consumer;
use crate::name::{ColumnRef, ObjectName, is_reserved};
use crate::nearest::nearest;
use crate::plan::{Content, Plan, Shape};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::schema::{Column, Schema, Table};
use crate::server::{Server, ServerKind};

/// Turns a [`Change`] into a [`Plan`], or says why not.
///
/// ```
/// use migration_planner::{Change, Column, Planner, Schema, Server, Table};
///
/// let schema = Schema::new().with_table(
///     Table::new("users")
///         .with_column(Column::new("id", "INTEGER").primary_key())
///         .with_column(Column::new("legacy_name", "TEXT")),
/// );
/// let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "legacy_name"))?;
///
/// let titles: Vec<&str> = plan.phases().iter().map(|phase| phase.title()).collect();
/// assert_eq!(
///     titles,
///     [
///         "application stops using `users.legacy_name`",
///         "etl stops using `users.legacy_name`",
///         "reporting stops using `users.legacy_name`",
///         "drop `users.legacy_name`",
///     ],
/// );
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone)]
pub struct Planner<'a> {
    schema: &'a Schema,
    server: Server,
    consumers: Vec<Consumer>,
    policy: Policy,
}

impl<'a> Planner<'a> {
    /// A planner for a database with this schema on this server, with [`Consumer::defaults`] and the default
    /// [`Policy`].
    pub fn new(schema: &'a Schema, server: Server) -> Self {
        Self { schema, server, consumers: Consumer::defaults(), policy: Policy::default() }
    }

    /// Says who uses the database, instead of the default three.
    #[must_use]
    pub fn consumers(mut self, consumers: impl IntoIterator<Item = Consumer>) -> Self {
        self.consumers = consumers.into_iter().collect();
        self
    }

    /// Says how careful to be.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Plans `change`.
    ///
    /// # Errors
    /// A [`Refusal`] that says why the change cannot be done safely, or not at all.
    pub fn plan(&self, change: &Change) -> Result<Plan, Refusal> {
        let consumers = self.ordered_consumers()?;
        let object = change.object();
        let table = self.table(object.table())?;
        let column = find_column(table, &object)?;
        let site = Site { schema: self.schema, server: &self.server, policy: &self.policy, table, column };
        let phases = match (self.server.kind(), change) {
            (ServerKind::Sqlite, Change::DropColumn { fill, .. }) => {
                sqlite::drop_column::phases(&site, &consumers, fill.as_deref())?
            }
            (ServerKind::Sqlite, Change::RenameColumn { to, .. }) => {
                sqlite::rename_column::phases(&site, &consumers, to)?
            }
            (kind @ ServerKind::Postgres, _) => {
                return Err(Refusal::ServerNotSupported { change: change.to_string(), kind });
            }
        };
        let fingerprint = self.schema.fingerprint_of(table);
        Ok(Plan::new(Content {
            change: change.clone(),
            server: self.server.clone(),
            made_for: vec![Shape { table: table.name().clone(), fingerprint }],
            consumers,
            phases,
        }))
    }

    /// Applications first, since they own the data; whoever is unknown last, when everybody known has gone.
    fn ordered_consumers(&self) -> Result<Vec<Consumer>, Refusal> {
        let mut consumers = self.consumers.clone();
        consumers.sort_by_key(Consumer::kind);
        let mut names: Vec<&str> = consumers.iter().map(Consumer::name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Refusal::AmbiguousConsumer { name: twice[0].to_owned() });
        }
        if consumers.is_empty() { Err(Refusal::NoConsumers) } else { Ok(consumers) }
    }

    fn table(&self, name: &ObjectName) -> Result<&'a Table, Refusal> {
        if name.is_reserved() {
            return Err(Refusal::ReservedName { name: name.to_string() });
        }
        self.schema.table(name).ok_or_else(|| Refusal::UnknownTable {
            table: name.clone(),
            nearest: nearest(name.name(), self.schema.tables().iter().map(|table| table.name().name())),
        })
    }
}

/// Where a change takes place.
struct Site<'a> {
    schema: &'a Schema,
    server: &'a Server,
    policy: &'a Policy,
    table: &'a Table,
    column: &'a Column,
}

impl Site<'_> {
    fn object(&self) -> ColumnRef {
        ColumnRef::new(self.table.name(), self.column.name())
    }

    fn rows(&self) -> Option<u64> {
        self.server.rows(self.table.name())
    }
}

fn find_column<'a>(table: &'a Table, wanted: &ColumnRef) -> Result<&'a Column, Refusal> {
    if is_reserved(wanted.column()) {
        return Err(Refusal::ReservedName { name: wanted.column().to_owned() });
    }
    table.column(wanted.column()).ok_or_else(|| Refusal::UnknownColumn {
        column: wanted.clone(),
        nearest: nearest(wanted.column(), table.columns().iter().map(Column::name)),
    })
}
