//! Reads a schema out of SQL text.

mod error;
mod fault;
mod postgres;
mod sqlite;

pub use error::SchemaError;

use super::Schema;
use crate::sql::Dialect;
use fault::Outcome;

impl Schema {
    /// Reads the schema that a script makes of an empty database, without a database. The same as a [`SchemaReader`] that reads one
    /// script.
    ///
    /// ```
    /// use migration_planner::{Dialect, Schema};
    ///
    /// let schema = Schema::parse(Dialect::Postgres, "CREATE TABLE users (id bigserial PRIMARY KEY, name varchar(80) NOT NULL);")?;
    /// let users = schema.table(&"users".into()).expect("it was read");
    /// assert_eq!(users.column("name").map(|name| name.data_type()), Some("character varying(80)"));
    /// assert_eq!(users.primary_key(), ["id"]);
    ///
    /// let wrong = Schema::parse(Dialect::Postgres, "CREATE TABLE a (id int);\nALTER TABLE b ADD c int;").unwrap_err();
    /// assert_eq!((wrong.line(), wrong.column()), (2, 13));
    /// # Ok::<(), migration_planner::SchemaError>(())
    /// ```
    ///
    /// # Errors
    /// [`SchemaError`] for the first statement that is wrong or that only a database can tell the meaning of.
    pub fn parse(dialect: Dialect, script: &str) -> Result<Self, SchemaError> {
        let mut reader = SchemaReader::new(dialect);
        reader.read(script)?;
        Ok(reader.schema())
    }
}

/// Follows scripts, one after the other, and knows the schema that they have made of an empty database.
///
/// Names, types, implicit names and implicit objects are the server's: what `serial` makes, how an unnamed constraint is called, which
/// type a declaration has. Expressions and queries stay as they are written; a server spells them in its own way, and
/// [`SchemaDiffer`](crate::SchemaDiffer) takes the two spellings for the same where rules can tell.
///
/// What a schema does not hold, such as rows, is [listed](Self::omitted). What only a database can tell, such as the columns of
/// `CREATE TABLE .. AS SELECT`, is an [error](SchemaError::NeedsDatabase).
///
/// ```
/// use migration_planner::{Dialect, SchemaReader};
///
/// let mut reader = SchemaReader::new(Dialect::Sqlite);
/// reader.read("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")?;
/// reader.read("ALTER TABLE users ADD COLUMN age INTEGER;\nINSERT INTO users VALUES (1, 'ann', 40);")?;
/// assert_eq!(reader.schema().tables()[0].columns().len(), 3);
/// assert_eq!((reader.omitted()[0].line(), reader.omitted()[0].what()), (2, "rows"));
/// # Ok::<(), migration_planner::SchemaError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SchemaReader {
    dialect: Dialect,
    draft: Draft,
    omitted: Vec<Omitted>,
}

#[derive(Debug, Clone)]
enum Draft {
    Postgres(postgres::Draft),
    Sqlite(sqlite::Draft),
    None,
}

/// Something that a script says and a schema does not hold.
///
/// ```
/// use migration_planner::{Dialect, SchemaReader};
///
/// let mut reader = SchemaReader::new(Dialect::Postgres);
/// reader.read("VACUUM")?;
/// assert_eq!(reader.omitted()[0].to_string(), "line 1: maintenance");
/// # Ok::<(), migration_planner::SchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omitted {
    line: usize,
    what: String,
}

impl Omitted {
    /// The line of the statement in its script, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is left out, in a few words.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl std::fmt::Display for Omitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl SchemaReader {
    /// A reader that has read nothing.
    pub fn new(dialect: Dialect) -> Self {
        let draft = match dialect {
            Dialect::Postgres => Draft::Postgres(postgres::Draft::default()),
            Dialect::Sqlite => Draft::Sqlite(sqlite::Draft::default()),
            Dialect::Mysql => Draft::None,
        };
        Self { dialect, draft, omitted: Vec::new() }
    }

    /// Follows all statements of a script. Costs some tens of microseconds for each, and on PostgreSQL time in proportion to the
    /// number of objects for one that renames or drops.
    ///
    /// # Errors
    /// [`SchemaError`] with line and column of the first statement that cannot be followed; the reader is then as it was before the
    /// script.
    pub fn read(&mut self, script: &str) -> Result<(), SchemaError> {
        let parts = self.dialect.check(script)?;
        let mut draft = self.draft.clone();
        let mut omitted = Vec::new();
        for part in parts {
            let outcome = match &mut draft {
                Draft::Postgres(draft) => draft.follow(part.text()),
                Draft::Sqlite(draft) => draft.follow(part.text()),
                Draft::None => return Err(SchemaError::unsupported(self.dialect)),
            };
            match outcome {
                Ok(Outcome::Done) => {}
                Ok(Outcome::Omitted(what)) => omitted.push(Omitted { line: part.line(), what }),
                Err(fault) => return Err(SchemaError::at(script, part.range().start + fault.offset, fault.kind)),
            }
        }
        self.draft = draft;
        self.omitted.extend(omitted);
        Ok(())
    }

    /// The schema as it is after all that was read.
    pub fn schema(&self) -> Schema {
        match &self.draft {
            Draft::Postgres(draft) => draft.schema(),
            Draft::Sqlite(draft) => draft.schema(),
            Draft::None => Schema::new(),
        }
    }

    /// What was read and is not in the schema, in the order in which it was read.
    pub fn omitted(&self) -> &[Omitted] {
        &self.omitted
    }
}
