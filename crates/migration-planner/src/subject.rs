//! What a gate and a piece of evidence are about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{ColumnRef, ObjectName, same_name};

/// What consumers have to stop using: a column, or a whole object such as a table, a view or a function.
///
/// ```
/// use migration_planner::{ColumnRef, Subject};
///
/// assert_eq!(Subject::from(ColumnRef::new("users", "name")).to_string(), "users.name");
/// assert_eq!(Subject::whole("users").to_string(), "users");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    // Called as it was when gates were about columns alone, so that stored plans and evidence stay readable.
    #[serde(rename = "table")]
    object: ObjectName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
}

impl Subject {
    /// A whole object: a table, a view, a function, a type.
    pub fn whole(object: impl Into<ObjectName>) -> Self {
        Self { object: object.into(), column: None }
    }

    /// The object, or the table of the column.
    pub fn object(&self) -> &ObjectName {
        &self.object
    }

    /// The column's name, `None` if the whole object is meant.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The column, `None` if the whole object is meant.
    pub fn as_column(&self) -> Option<ColumnRef> {
        self.column.as_ref().map(|column| ColumnRef::new(&self.object, column))
    }

    /// Whether both name the same, without regard to ASCII case.
    pub fn matches(&self, other: &Self) -> bool {
        let columns = match (&self.column, &other.column) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => same_name(mine, theirs),
            _ => false,
        };
        columns && self.object.matches(&other.object)
    }
}

impl From<ColumnRef> for Subject {
    fn from(column: ColumnRef) -> Self {
        Self { object: column.table().clone(), column: Some(column.column().to_owned()) }
    }
}

impl From<&ColumnRef> for Subject {
    fn from(column: &ColumnRef) -> Self {
        column.clone().into()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.object)?;
        self.column.as_ref().map_or(Ok(()), |column| write!(f, ".{column}"))
    }
}
