//! Views.

use serde::{Deserialize, Serialize};

use crate::name::ObjectName;
use crate::sql::tokens::{mentions, selects_everything};

/// A view, known by the statement that creates it.
///
/// ```
/// use migration_planner::View;
///
/// let view = View::new("names", "CREATE VIEW names AS SELECT * FROM users");
/// assert!(view.may_use("users", "legacy_name"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct View {
    name: ObjectName,
    definition: String,
}

impl View {
    /// A view that `definition`, its whole `CREATE VIEW` statement, creates.
    pub fn new(name: impl Into<ObjectName>, definition: impl Into<String>) -> Self {
        Self { name: name.into(), definition: definition.into() }
    }

    /// The view's name.
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// The statement that creates the view.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Whether `name` stands anywhere in the definition as a name.
    pub fn mentions(&self, name: &str) -> bool {
        mentions(&self.definition, name)
    }

    /// Whether the view may depend on `column` of `table`: it names both, or names the table and selects `*`.
    ///
    /// May say `true` where another table's column of the same name is meant; never `false` where the column is used.
    pub fn may_use(&self, table: &str, column: &str) -> bool {
        self.mentions(table) && (self.mentions(column) || selects_everything(&self.definition))
    }
}
