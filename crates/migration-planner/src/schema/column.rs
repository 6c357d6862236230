//! Columns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A column of a table.
///
/// ```
/// use migration_planner::Column;
///
/// let column = Column::new("legacy_name", "TEXT").not_null().default_value("''");
/// assert_eq!(column.default(), Some("''"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Column {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
    #[serde(default)]
    not_null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generated: Option<Generated>,
    #[serde(default)]
    primary_key: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sequence_options: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inherited: bool,
}

impl Column {
    /// A nullable column of `data_type`, as written in SQL; empty where SQLite was told none.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            not_null: false,
            default: None,
            collation: None,
            generated: None,
            primary_key: false,
            identity: None,
            sequence_options: None,
            comment: None,
            settings: BTreeMap::new(),
            inherited: false,
        }
    }

    /// The same column under another name.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same column with another type.
    #[must_use]
    pub fn typed(mut self, data_type: impl Into<String>) -> Self {
        self.data_type = data_type.into();
        self
    }

    /// Makes the column accept NULL.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.not_null = false;
        self
    }

    /// Takes the default away.
    #[must_use]
    pub fn without_default(mut self) -> Self {
        self.default = None;
        self
    }

    /// Makes the column reject NULL.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// Gives the column a default: an SQL expression, for example `'none'` or `now()`.
    #[must_use]
    pub fn default_value(mut self, expression: impl Into<String>) -> Self {
        self.default = Some(expression.into());
        self
    }

    /// Gives the column a collation other than the server's default.
    #[must_use]
    pub fn collation(mut self, name: impl Into<String>) -> Self {
        self.collation = Some(name.into());
        self
    }

    /// Makes the column a computed one.
    #[must_use]
    pub fn generated(mut self, generated: Generated) -> Self {
        self.generated = Some(generated);
        self
    }

    /// Makes the column the table's primary key.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// The same column, of no key.
    pub(crate) fn without_primary_key(mut self) -> Self {
        self.primary_key = false;
        self
    }

    /// Lets PostgreSQL number the rows (`GENERATED .. AS IDENTITY`).
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self.not_null = true;
        self
    }

    /// Says how the sequence of an identity numbers, where it is not as the server does by itself, as it stands in parentheses behind
    /// `AS IDENTITY`: any of `START WITH`, `INCREMENT BY`, `MINVALUE`, `MAXVALUE`, `CACHE` with a number, and `CYCLE`, in this order.
    #[must_use]
    pub fn sequence_options(mut self, options: impl Into<String>) -> Self {
        self.sequence_options = Some(options.into());
        self
    }

    /// Gives the column a comment.
    #[must_use]
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Sets `STATISTICS`, `STORAGE` or `COMPRESSION` to something else than what the type or the server brings.
    #[must_use]
    pub fn setting(mut self, setting: ColumnSetting, value: impl Into<String>) -> Self {
        self.settings.insert(setting.keyword().to_owned(), value.into());
        self
    }

    /// Says that a table has the column from one that it inherits from alone ([`Table::inheriting`](crate::Table::inheriting)), and does
    /// not declare it as well: it goes where that one's goes.
    #[must_use]
    pub fn inherited(mut self) -> Self {
        self.inherited = true;
        self
    }

    /// The column with another comment or none, for readers of statements.
    #[cfg(feature = "syntax")]
    pub(super) fn commented(mut self, text: Option<String>) -> Self {
        self.comment = text;
        self
    }

    /// The column without numbers of its own.
    #[cfg(feature = "syntax")]
    pub(super) fn without_identity(mut self) -> Self {
        self.identity = None;
        self
    }

    /// The column with what is in it as an ordinary value.
    #[cfg(feature = "syntax")]
    pub(super) fn without_generation(mut self) -> Self {
        self.generated = None;
        self
    }

    /// The column with another collation or the server's default.
    #[cfg(feature = "syntax")]
    pub(super) fn collated(mut self, name: Option<String>) -> Self {
        self.collation = name;
        self
    }

    /// The column with a setting as it is by default.
    #[cfg(feature = "syntax")]
    pub(super) fn without_setting(mut self, setting: ColumnSetting) -> Self {
        self.settings.remove(setting.keyword());
        self
    }

    /// Whether the table has the column from one that it inherits from alone.
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The declared type, as written.
    pub fn data_type(&self) -> &str {
        &self.data_type
    }

    /// Whether the column rejects NULL.
    pub fn is_not_null(&self) -> bool {
        self.not_null
    }

    /// The default, an SQL expression.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// The collation, `None` for the server's default.
    pub fn collation_name(&self) -> Option<&str> {
        self.collation.as_deref()
    }

    /// How the column is computed, `None` for an ordinary one.
    pub fn generation(&self) -> Option<&Generated> {
        self.generated.as_ref()
    }

    /// How PostgreSQL numbers the rows, `None` if it does not.
    pub fn identity_kind(&self) -> Option<Identity> {
        self.identity
    }

    /// How the sequence of an identity numbers, `None` where it is as the server does by itself.
    pub fn sequence_options_text(&self) -> Option<&str> {
        self.sequence_options.as_deref()
    }

    /// The comment.
    pub fn comment_text(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// What `STATISTICS`, `STORAGE` or `COMPRESSION` was set to, `None` if it was not.
    pub fn setting_value(&self, setting: ColumnSetting) -> Option<&str> {
        self.settings.get(setting.keyword()).map(String::as_str)
    }

    /// Whether the column was declared the primary key by itself.
    pub fn is_primary_key(&self) -> bool {
        self.primary_key
    }
}

/// Whether an insert may bring its own number for a column that PostgreSQL numbers.
///
/// ```
/// use migration_planner::{Column, Identity};
///
/// let id = Column::new("id", "bigint").identity(Identity::ByDefault);
/// assert_eq!(id.identity_kind(), Some(Identity::ByDefault));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Identity {
    /// Only with `OVERRIDING SYSTEM VALUE`.
    Always,
    /// It may.
    ByDefault,
}

impl Identity {
    pub(crate) fn clause(self) -> &'static str {
        match self {
            Self::Always => "GENERATED ALWAYS AS IDENTITY",
            Self::ByDefault => "GENERATED BY DEFAULT AS IDENTITY",
        }
    }
}

/// What PostgreSQL lets be set for a column beside its type.
///
/// ```
/// use migration_planner::{Column, ColumnSetting};
///
/// let name = Column::new("name", "text").setting(ColumnSetting::Statistics, "500");
/// assert_eq!(name.setting_value(ColumnSetting::Statistics), Some("500"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnSetting {
    /// How closely `ANALYZE` looks: 0 to 10,000.
    Statistics,
    /// `PLAIN`, `EXTERNAL`, `EXTENDED` or `MAIN`.
    Storage,
    /// `pglz` or `lz4`.
    Compression,
}

impl ColumnSetting {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Statistics => "STATISTICS",
            Self::Storage => "STORAGE",
            Self::Compression => "COMPRESSION",
        }
    }
}

/// How a generated column gets its value.
///
/// ```
/// use migration_planner::Generated;
///
/// assert_eq!(Generated::stored("price * amount").expression(), "price * amount");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "storage", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Generated {
    /// Computed on write and stored.
    #[non_exhaustive]
    Stored {
        /// The SQL expression.
        expression: String,
    },
    /// Computed on read.
    #[non_exhaustive]
    Virtual {
        /// The SQL expression.
        expression: String,
    },
}

impl Generated {
    /// Computed on write and stored.
    pub fn stored(expression: impl Into<String>) -> Self {
        Self::Stored { expression: expression.into() }
    }

    /// Computed on read.
    pub fn computed(expression: impl Into<String>) -> Self {
        Self::Virtual { expression: expression.into() }
    }

    /// The SQL expression.
    pub fn expression(&self) -> &str {
        match self {
            Self::Stored { expression } | Self::Virtual { expression } => expression,
        }
    }
}
