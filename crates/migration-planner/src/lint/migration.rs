//! One migration as it is read.

/// One migration, read by a [`Layout`](super::Layout) or made by hand: what brings a database from one version to the next.
///
/// ```
/// use migration_planner::Migration;
///
/// let migration = Migration::new("7", "7_add_age.sql", "ALTER TABLE users ADD age int;");
/// assert_eq!((migration.version(), migration.path(), migration.is_in_transaction()), ("7", "7_add_age.sql", false));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    version: String,
    path: String,
    text: String,
    in_transaction: bool,
    undo: Option<(String, String)>,
}

impl Migration {
    /// A migration whose statements are each a transaction of their own, unless it begins one itself.
    pub fn new(version: impl Into<String>, path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { version: version.into(), path: path.into(), text: text.into(), in_transaction: false, undo: None }
    }

    /// Says whether whoever runs it puts all of it into one transaction.
    #[must_use]
    pub fn in_transaction(mut self, in_transaction: bool) -> Self {
        self.in_transaction = in_transaction;
        self
    }

    /// Says what undoes it: the path of a file, and its text. It is not run when a release is deployed; a [`Linter`](super::Linter) looks
    /// whether it is what the server would accept, on the day it is needed.
    ///
    /// ```
    /// use migration_planner::Migration;
    ///
    /// let migration = Migration::new("7", "7.up.sql", "CREATE TABLE a (id int)").undone_by("7.down.sql", "DROP TABLE a");
    /// assert_eq!(migration.undo(), Some(("7.down.sql", "DROP TABLE a")));
    /// ```
    #[must_use]
    pub fn undone_by(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.undo = Some((path.into(), text.into()));
        self
    }

    /// What undoes it: path and text.
    pub fn undo(&self) -> Option<(&str, &str)> {
        self.undo.as_ref().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// What orders it among the others, as it is written in its name.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it stands, for reports.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its statements.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether whoever runs it puts all of it into one transaction.
    pub fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }
}
