//! Indexes.

use serde::{Deserialize, Serialize};

use crate::name::{ObjectName, same_name};
use crate::sql::tokens::mentions;

/// An index that was created as such.
///
/// ```
/// use migration_planner::Index;
///
/// let index = Index::new("users_by_email", ["email"]).unique().only_where("deleted_at IS NULL");
/// assert!(index.involves("email") && index.involves("deleted_at"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Index {
    name: ObjectName,
    parts: Vec<String>,
    #[serde(default)]
    unique: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predicate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    invalid: bool,
}

impl Index {
    /// An index over `parts`: names of columns, or SQL expressions.
    pub fn new<P: Into<String>>(name: impl Into<ObjectName>, parts: impl IntoIterator<Item = P>) -> Self {
        Self {
            name: name.into(),
            parts: parts.into_iter().map(Into::into).collect(),
            unique: false,
            predicate: None,
            definition: None,
            method: None,
            comment: None,
            invalid: false,
        }
    }

    /// The same index under another name.
    #[must_use]
    pub fn called(mut self, name: impl Into<ObjectName>) -> Self {
        self.name = name.into();
        self
    }

    /// Says that no two rows may agree.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Restricts the index to the rows for which `predicate` holds.
    #[must_use]
    pub fn only_where(mut self, predicate: impl Into<String>) -> Self {
        self.predicate = Some(predicate.into());
        self
    }

    /// Keeps the statement that creates the index, so that it can be restored to the letter.
    #[must_use]
    pub fn defined_by(mut self, sql: impl Into<String>) -> Self {
        self.definition = Some(sql.into());
        self
    }

    /// Says how the index is kept (`USING gin`); without, as the server's default.
    #[must_use]
    pub fn using(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Gives the index a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Says that an attempt to build the index was cut off: the server keeps it up and does not use it.
    #[must_use]
    pub fn invalid(mut self) -> Self {
        self.invalid = true;
        self
    }

    /// Whether the server uses the index; one whose building was cut off it does not.
    pub fn is_valid(&self) -> bool {
        !self.invalid
    }

    /// How the index is kept, `None` for the server's default.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The comment.
    pub fn comment_text(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The index's name.
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// Names of columns, or SQL expressions, in order.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether no two rows may agree.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// The condition of a partial index.
    pub fn predicate(&self) -> Option<&str> {
        self.predicate.as_deref()
    }

    /// The statement that creates the index, where it is known.
    pub fn definition(&self) -> Option<&str> {
        self.definition.as_deref()
    }

    /// Whether the index needs `column`, as a part, in an expression, or in its condition.
    pub fn involves(&self, column: &str) -> bool {
        self.parts.iter().any(|part| same_name(part, column) || mentions(part, column))
            || self.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
    }
}
