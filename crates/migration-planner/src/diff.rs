//! What has to change so that one schema becomes another.

mod domains;
mod error;
mod inheritance;
mod keys;
mod names;
mod numbering;
mod objects;
mod order;
mod partitions;
mod renames;
mod spelling;
mod tables;

use std::fmt;

use crate::change::Change;
use crate::schema::Schema;
use crate::server::ServerKind;

pub use error::DiffError;
pub(crate) use names::reversed;

use self::order::Ordered;
use self::renames::Rename;

/// Finds the changes that make one schema another.
///
/// It compares what both say, and guesses nothing: what is called otherwise is taken for dropped and made anew unless a rename was
/// named. Both schemas have to come from the same kind of source, so that equal expressions are written equally: from two
/// databases, say, one of which has the statements of the wanted schema.
///
/// ```
/// use migration_planner::{Column, Schema, SchemaDiffer, ServerKind, Table};
///
/// let users = Table::new("users").with_column(Column::new("id", "bigint").not_null());
/// let from = Schema::new().with_table(users.clone().with_column(Column::new("name", "text")));
/// let to = Schema::new().with_table(users.with_column(Column::new("full_name", "text")));
///
/// let diff = SchemaDiffer::new(ServerKind::Postgres).between(&from, &to)?;
/// let told: Vec<String> = diff.changes().iter().map(ToString::to_string).collect();
/// assert_eq!(told, ["add column users.full_name", "drop column users.name"]);
/// assert_eq!(diff.losses().count(), 1);
///
/// let differ = SchemaDiffer::new(ServerKind::Postgres).rename_column("users", "name", "full_name");
/// assert_eq!(differ.between(&from, &to)?.changes()[0].to_string(), "rename column users.name to full_name");
/// # Ok::<(), migration_planner::DiffError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SchemaDiffer {
    server: ServerKind,
    renames: Vec<Rename>,
}

impl SchemaDiffer {
    /// For schemas of this kind of server.
    pub fn new(server: ServerKind) -> Self {
        Self { server, renames: Vec::new() }
    }

    /// Finds the changes that make `from` what `to` is, in an order in which each can be made after those before it. Costs time
    /// in proportion to the size of both, and to the square of the number of objects that are new or gone.
    ///
    /// # Errors
    /// [`DiffError`] if a rename that was named does not fit both schemas.
    pub fn between(&self, from: &Schema, to: &Schema) -> Result<SchemaDiff, DiffError> {
        let mut found = Found::default();
        let from = renames::apply(self.server, &self.renames, from, to, &mut found)?;
        let from = spelling::aligned(self.server, from, to);
        tables::compare(self.server, &from, to, &mut found);
        objects::compare(self.server, &from, to, &mut found);
        Ok(SchemaDiff { changes: order::sorted(found.changes, &from, to), inexpressible: found.inexpressible })
    }
}

/// What makes one schema another.
///
/// ```
/// use migration_planner::{Change, Column, Schema, SchemaDiffer, ServerKind, Table};
///
/// let users = Table::new("users").with_column(Column::new("id", "bigint"));
/// let from = Schema::new().with_table(users.clone().with_column(Column::new("age", "int")));
/// let diff = SchemaDiffer::new(ServerKind::Postgres).between(&from, &Schema::new().with_table(users))?;
/// assert_eq!(diff.changes(), [&Change::drop_column("users", "age")]);
/// assert_eq!(diff.losses().count(), 1); // what was in the column
/// assert!(diff.inexpressible().is_empty());
/// # Ok::<(), migration_planner::DiffError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDiff {
    changes: Vec<(Change, Loss)>,
    inexpressible: Vec<Inexpressible>,
}

impl SchemaDiff {
    /// The changes, each to be made after those before it.
    pub fn changes(&self) -> Vec<&Change> {
        self.changes.iter().map(|(change, _)| change).collect()
    }

    /// Those of the changes that end in data being gone, such as a column that is dropped.
    pub fn losses(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|(_, loss)| *loss == Loss::Data).map(|(change, _)| change)
    }

    /// The differences that no change expresses. They are left as they are.
    pub fn inexpressible(&self) -> &[Inexpressible] {
        &self.inexpressible
    }

    /// Whether both schemas are the same in everything that is looked at.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.inexpressible.is_empty()
    }
}

/// A difference that no change expresses.
///
/// ```
/// use migration_planner::{Column, Schema, SchemaDiffer, ServerKind, Table};
///
/// let table = |columns: [&str; 2]| columns.iter().fold(Table::new("t"), |table, name| table.with_column(Column::new(*name, "int")));
/// let (from, to) = (Schema::new().with_table(table(["a", "b"])), Schema::new().with_table(table(["b", "a"])));
/// let diff = SchemaDiffer::new(ServerKind::Postgres).between(&from, &to)?;
/// assert_eq!(diff.inexpressible()[0].to_string(), "table t: the columns are in another order");
/// # Ok::<(), migration_planner::DiffError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexpressible {
    object: String,
    what: String,
}

impl Inexpressible {
    /// The object: `table users`.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// What is different about it.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.what)
    }
}

/// Whether a change ends in data being gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Nothing,
    Data,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    changes: Vec<Ordered>,
    inexpressible: Vec<Inexpressible>,
}

impl Found {
    fn change(&mut self, stage: order::Stage, change: Change) {
        self.changes.push(Ordered { stage, change, loss: Loss::Nothing });
    }

    fn loss(&mut self, stage: order::Stage, change: Change) {
        self.changes.push(Ordered { stage, change, loss: Loss::Data });
    }

    fn cannot(&mut self, object: impl Into<String>, what: impl Into<String>) {
        self.inexpressible.push(Inexpressible { object: object.into(), what: what.into() });
    }
}
