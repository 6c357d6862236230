//! Names of tables, views, indexes and columns.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Prefix of every table, trigger and column that belongs to a running plan and not to the application.
///
/// Introspection leaves such objects out, usage probes do not count what they do, and a user's object that starts
/// with it is refused.
///
/// ```
/// use migration_planner::{ObjectName, RESERVED_PREFIX};
///
/// assert!(ObjectName::from(format!("{RESERVED_PREFIX}sync_users")).is_reserved());
/// ```
pub const RESERVED_PREFIX: &str = "_cutover_";

/// The name of a table, view, index or trigger, with the schema it lives in if one was given.
///
/// Names are kept exactly as written and compared without regard to ASCII case, as SQLite does and as PostgreSQL does
/// for names that were not quoted.
///
/// ```
/// use migration_planner::ObjectName;
///
/// assert_eq!(ObjectName::from("users").to_string(), "users");
/// assert_eq!(ObjectName::in_schema("public", "users").to_string(), "public.users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ObjectName {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    name: String,
}

impl ObjectName {
    /// The object called `name` in `schema`.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// The schema, `None` where the server's default applies.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name without its schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both name the same object, without regard to ASCII case.
    ///
    /// ```
    /// use migration_planner::ObjectName;
    ///
    /// assert!(ObjectName::from("Users").matches(&ObjectName::from("users")));
    /// assert!(!ObjectName::from("users").matches(&ObjectName::in_schema("audit", "users")));
    /// ```
    pub fn matches(&self, other: &Self) -> bool {
        let schemas = match (&self.schema, &other.schema) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => same_name(mine, theirs),
            _ => false,
        };
        schemas && same_name(&self.name, &other.name)
    }

    /// Whether the object belongs to a running plan and not to the application.
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.name)
    }
}

impl From<&str> for ObjectName {
    /// The whole text is the name: a dot in it does not separate a schema.
    fn from(name: &str) -> Self {
        Self { schema: None, name: name.to_owned() }
    }
}

impl From<String> for ObjectName {
    fn from(name: String) -> Self {
        Self { schema: None, name }
    }
}

impl From<&Self> for ObjectName {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A column of a table: what gates and evidence are about.
///
/// ```
/// use migration_planner::ColumnRef;
///
/// assert_eq!(ColumnRef::new("users", "legacy_name").to_string(), "users.legacy_name");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ColumnRef {
    table: ObjectName,
    column: String,
}

impl ColumnRef {
    /// The column called `column` of `table`.
    pub fn new(table: impl Into<ObjectName>, column: impl Into<String>) -> Self {
        Self { table: table.into(), column: column.into() }
    }

    /// The table.
    pub fn table(&self) -> &ObjectName {
        &self.table
    }

    /// The column's own name.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Whether both name the same column, without regard to ASCII case.
    pub fn matches(&self, other: &Self) -> bool {
        self.table.matches(&other.table) && same_name(&self.column, &other.column)
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

pub(crate) fn is_reserved(name: &str) -> bool {
    name.get(..RESERVED_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_PREFIX))
}
