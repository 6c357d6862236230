//! Turns a change into a plan, or says why not.

mod dependents;
mod material;
mod pairing;
mod postgres;
mod sqlite;
mod switches;
mod task;

use task::{Site, Task};

use crate::change::Change;
use crate::consumer::Consumer;
use crate::plan::{Content, Plan, Shape};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::schema::Schema;
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
        let task = Task {
            schema: self.schema,
            server: &self.server,
            policy: &self.policy,
            consumers: &consumers,
            subject: change.object(),
            words: change.to_string(),
        };
        material::refuse_unsound(&task, change)?;
        let phases = match self.server.kind() {
            ServerKind::Sqlite => sqlite::phases(&task, change)?,
            ServerKind::Postgres => postgres::phases(&task, change)?,
        };
        let made_for = task
            .tables(change)
            .into_iter()
            .map(|table| Shape { table: table.name().clone(), fingerprint: self.schema.fingerprint_of(table) });
        let made_for = made_for.collect();
        Ok(Plan::new(Content { change: change.clone(), server: self.server.clone(), made_for, consumers, phases }))
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
}
