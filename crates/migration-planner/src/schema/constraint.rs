//! Constraints over the rows of a table.

use serde::{Deserialize, Serialize};

use crate::name::{ObjectName, same_name};
use crate::sql::object_label;
use crate::sql::tokens::mentions;

/// A constraint of a table.
///
/// ```
/// use migration_planner::Constraint;
///
/// let check = Constraint::check("age >= 0 AND name <> 'age'");
/// assert!(check.involves("age") && !check.involves("nickname"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Constraint {
    /// The primary key, where it has more than one column.
    #[non_exhaustive]
    PrimaryKey {
        /// Its columns, in order.
        columns: Vec<String>,
        /// Its name and what else there is to it.
        #[serde(default, skip_serializing_if = "Detail::is_empty")]
        detail: Detail,
    },
    /// No two rows agree on these columns.
    #[non_exhaustive]
    Unique {
        /// Its columns, in order.
        columns: Vec<String>,
        /// Its name and what else there is to it.
        #[serde(default, skip_serializing_if = "Detail::is_empty")]
        detail: Detail,
    },
    /// Every row satisfies an expression.
    #[non_exhaustive]
    Check {
        /// The SQL expression.
        expression: String,
        /// The column it was declared with; SQLite drops it together with that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
        /// Its name and what else there is to it.
        #[serde(default, skip_serializing_if = "Detail::is_empty")]
        detail: Detail,
    },
    /// Every row's columns are found in another table.
    #[non_exhaustive]
    ForeignKey {
        /// Columns of this table.
        columns: Vec<String>,
        /// The other table.
        references: ObjectName,
        /// Columns of the other table; empty for its primary key.
        referenced: Vec<String>,
        /// Its name and what else there is to it.
        #[serde(default, skip_serializing_if = "Detail::is_empty")]
        detail: Detail,
    },
    /// No two rows overlap (PostgreSQL's `EXCLUDE`); known by its definition.
    #[non_exhaustive]
    Exclusion {
        /// Its name and its definition.
        detail: Detail,
    },
}

impl Constraint {
    /// A primary key over `columns`.
    pub fn primary_key<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self::PrimaryKey { columns: owned(columns), detail: Detail::default() }
    }

    /// A unique constraint over `columns`.
    pub fn unique<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self::Unique { columns: owned(columns), detail: Detail::default() }
    }

    /// A check of `expression` over the whole table.
    pub fn check(expression: impl Into<String>) -> Self {
        Self::Check { expression: expression.into(), column: None, detail: Detail::default() }
    }

    /// A check of `expression` that was declared with `column`.
    pub fn column_check(column: impl Into<String>, expression: impl Into<String>) -> Self {
        Self::Check { expression: expression.into(), column: Some(column.into()), detail: Detail::default() }
    }

    /// A reference from `columns` to the columns `referenced` of `references`; none named means its primary key.
    pub fn foreign_key<C: Into<String>, R: Into<String>>(
        columns: impl IntoIterator<Item = C>,
        references: impl Into<ObjectName>,
        referenced: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::ForeignKey {
            columns: owned(columns),
            references: references.into(),
            referenced: owned(referenced),
            detail: Detail::default(),
        }
    }

    /// A constraint that no two rows overlap, from `EXCLUDE` on: `EXCLUDE USING gist (room WITH =, during WITH &&)`.
    pub fn exclusion(definition: impl Into<String>) -> Self {
        Self::Exclusion { detail: Detail::default().defined_by(definition) }
    }

    /// Gives the constraint a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.detail_mut().name = Some(name.into());
        self
    }

    /// Keeps the constraint as the server writes it, so that it can be restored to the letter:
    /// `FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`.
    #[must_use]
    pub fn defined_by(mut self, definition: impl Into<String>) -> Self {
        self.detail_mut().definition = Some(definition.into());
        self
    }

    /// Says that rows which were there before need not satisfy it (`NOT VALID`).
    #[must_use]
    pub fn not_valid(mut self) -> Self {
        self.detail_mut().not_valid = true;
        self
    }

    /// Gives the constraint a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.detail_mut().comment = Some(text.into());
        self
    }

    /// Says that a table has the check from one that it inherits from alone ([`Table::inheriting`](crate::Table::inheriting)), and does not
    /// declare it as well.
    #[must_use]
    pub fn inherited(mut self) -> Self {
        self.detail_mut().inherited = true;
        self
    }

    /// Its name and what else there is to it.
    pub fn detail(&self) -> &Detail {
        match self {
            Self::PrimaryKey { detail, .. }
            | Self::Unique { detail, .. }
            | Self::Check { detail, .. }
            | Self::ForeignKey { detail, .. }
            | Self::Exclusion { detail } => detail,
        }
    }

    fn detail_mut(&mut self) -> &mut Detail {
        match self {
            Self::PrimaryKey { detail, .. }
            | Self::Unique { detail, .. }
            | Self::Check { detail, .. }
            | Self::ForeignKey { detail, .. }
            | Self::Exclusion { detail } => detail,
        }
    }

    /// The constraint's name: its own, or the one PostgreSQL gives it on the table called `table`.
    ///
    /// ```
    /// use migration_planner::Constraint;
    ///
    /// assert_eq!(Constraint::unique(["email"]).name_on("users"), "users_email_key");
    /// ```
    pub fn name_on(&self, table: &str) -> String {
        if let Some(name) = &self.detail().name {
            return name.clone();
        }
        match self {
            Self::PrimaryKey { .. } => object_label(table, "", "pkey"),
            Self::Unique { columns, .. } => object_label(table, &columns.join("_"), "key"),
            Self::Check { column, .. } => object_label(table, column.as_deref().unwrap_or_default(), "check"),
            Self::ForeignKey { columns, .. } => object_label(table, &columns.join("_"), "fkey"),
            Self::Exclusion { .. } => object_label(table, "", "excl"),
        }
    }

    /// Whether the constraint needs `column` of its own table.
    pub fn involves(&self, column: &str) -> bool {
        match self {
            Self::PrimaryKey { columns, .. } | Self::Unique { columns, .. } | Self::ForeignKey { columns, .. } => {
                columns.iter().any(|own| same_name(own, column))
            }
            Self::Check { expression, .. } => mentions(expression, column),
            Self::Exclusion { detail } => detail.definition().is_some_and(|definition| mentions(definition, column)),
        }
    }
}

/// What there is to a constraint beside what it says of the rows.
///
/// ```
/// use migration_planner::Constraint;
///
/// let check = Constraint::check("age >= 0").named("age_is_sane").not_valid();
/// assert_eq!(check.detail().name(), Some("age_is_sane"));
/// assert!(!check.detail().is_validated());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Detail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not_valid: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inherited: bool,
}

impl Detail {
    /// Its name, `None` if it was given none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The constraint as the server writes it, where that is known.
    pub fn definition(&self) -> Option<&str> {
        self.definition.as_deref()
    }

    /// Whether all rows are known to satisfy it.
    pub fn is_validated(&self) -> bool {
        !self.not_valid
    }

    /// Whether a table has it from one that it inherits from alone.
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Its comment.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    fn defined_by(mut self, definition: impl Into<String>) -> Self {
        self.definition = Some(definition.into());
        self
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn owned<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Vec<String> {
    columns.into_iter().map(Into::into).collect()
}
