//! The whole catalog of a database as text, to be compared.

use std::collections::BTreeSet;
use std::fmt;

use postgres::{Client, GenericClient};

use crate::error::DatabaseError;
use crate::session::Address;

/// The whole catalog of a database as text: every table, column, default, constraint, index, view, routine, trigger, type,
/// sequence, policy, publication, comment, owner and grant, without what belongs to an extension or to a runner.
///
/// Two databases with the same snapshot have the same schema to the letter; object numbers, the order in which things were
/// made, columns that were dropped and rows do not count. It is what "restores the catalog exactly" is measured with.
///
/// ```no_run
/// use migration_planner_postgres::CatalogSnapshot;
///
/// let before = CatalogSnapshot::of("postgresql://localhost/app")?;
/// // .. something that should leave no trace ..
/// let after = CatalogSnapshot::of("postgresql://localhost/app")?;
/// assert!(before.differences(&after).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogSnapshot {
    entries: BTreeSet<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    kind: String,
    name: String,
    definition: String,
    table: Option<String>,
}

impl CatalogSnapshot {
    /// Reads the catalog of the database at `url`, from one snapshot, in a read-only transaction.
    ///
    /// # Errors
    /// [`DatabaseError`] if the database cannot be read.
    pub fn of(url: &str) -> Result<Self, DatabaseError> {
        Self::read(&mut Address::parse(url)?.connect()?)
    }

    pub(crate) fn read(client: &mut Client) -> Result<Self, DatabaseError> {
        let refused = || DatabaseError::refused("to be looked at");
        let builder = client.build_transaction().read_only(true);
        let mut transaction =
            builder.isolation_level(postgres::IsolationLevel::RepeatableRead).start().map_err(refused())?;
        let snapshot = Self::within(&mut transaction)?;
        transaction.rollback().map_err(refused())?;
        Ok(snapshot)
    }

    /// Reads the catalog as a transaction sees it.
    pub(crate) fn within(client: &mut impl GenericClient) -> Result<Self, DatabaseError> {
        let refused = || DatabaseError::refused("to be looked at");
        // Names are written out only where they cannot be found without.
        client.batch_execute("SET LOCAL search_path = ''").map_err(refused())?;
        let rows = client.query_typed(include_str!("snapshot/catalog.sql"), &[]).map_err(refused())?;
        client.batch_execute("SET LOCAL search_path = public").map_err(refused())?;
        let entry = |row: &postgres::Row| Entry {
            kind: row.get(0),
            name: row.get(1),
            definition: row.get::<_, Option<String>>(2).unwrap_or_default(),
            table: row.get(3),
        };
        Ok(Self { entries: rows.iter().map(entry).collect() })
    }

    /// What is in only one of the two, or differs: `- ` before what this one has, `+ ` before what the other has.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let missing = self.entries.difference(&other.entries).map(|entry| (entry, '-'));
        let added = other.entries.difference(&self.entries).map(|entry| (entry, '+'));
        let mut all: Vec<(&Entry, char)> = missing.chain(added).collect();
        all.sort_unstable();
        all.into_iter().map(|(entry, sign)| format!("{sign} {entry}")).collect()
    }
}

impl CatalogSnapshot {
    /// What belongs to one table, an entry each: the table itself, its columns, constraints, indexes, triggers, rules, policies
    /// and comments. `schema` is `public` for most.
    ///
    /// ```no_run
    /// use migration_planner_postgres::CatalogSnapshot;
    ///
    /// let found = CatalogSnapshot::of("postgresql://localhost/app")?;
    /// println!("{}", found.table("public", "users").join("\n"));
    /// # Ok::<(), migration_planner_postgres::DatabaseError>(())
    /// ```
    pub fn table(&self, schema: &str, name: &str) -> Vec<String> {
        // The server writes a name in double quotes where it must, and which those are depends on its version.
        let written = |name: &str| [name.to_owned(), format!("\"{}\"", name.replace('"', "\"\""))];
        let (schemas, names) = (written(schema), written(name));
        let called = |table: &str| {
            schemas.iter().any(|schema| {
                table
                    .strip_prefix(schema.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|rest| names.iter().any(|name| name == rest))
            })
        };
        let its = self.entries.iter().filter(|entry| entry.table.as_deref().is_some_and(called));
        its.map(ToString::to_string).collect()
    }
}

impl fmt::Display for CatalogSnapshot {
    /// One entry after the other, sorted by kind and name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind, self.name, self.definition)
    }
}
