//! What a linter found, and its forms.

mod github;
mod sarif;
mod text;

use serde::Serialize;

use super::hazard::{Hazard, Severity};
use crate::step::LockMode;

/// One thing that is dangerous in a migration.
///
/// ```
/// use migration_planner::{Dialect, Hazard, Linter, LockMode, Migration};
///
/// let files = [
///     Migration::new("1", "1.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name text);"),
///     Migration::new("2", "2.sql", "SET lock_timeout = '50ms';\nCREATE INDEX users_name ON users (name);"),
/// ];
/// let report = Linter::new(Dialect::Postgres).check(&files);
/// let lint = &report.lints()[0];
/// assert_eq!((lint.hazard(), lint.path(), lint.line(), lint.column()), (Hazard::ScansUnderLock, "2.sql", 2, 1));
/// assert_eq!(lint.message(), "reads every row of `users`; writers wait meanwhile (SHARE on `users`)");
/// assert_eq!(lint.locks(), [("users".to_owned(), LockMode::Share)]);
/// assert!(lint.instead()[0].starts_with("CREATE INDEX CONCURRENTLY"));
/// assert_eq!(lint.statement(), "CREATE INDEX users_name ON users (name)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    pub(super) hazard: Hazard,
    pub(super) severity: Severity,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) locks: Vec<(String, LockMode)>,
    pub(super) instead: Vec<String>,
    pub(super) statement: String,
}

impl Lint {
    /// What kind of danger it is.
    pub fn hazard(&self) -> Hazard {
        self.hazard
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the statement's first word, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column of the statement's first word, in characters from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What happens, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The locks that the statement takes on what others use; of SQLite, none.
    pub fn locks(&self) -> &[(String, LockMode)] {
        &self.locks
    }

    /// What to do instead, phase by phase.
    pub fn instead(&self) -> &[String] {
        &self.instead
    }

    /// The statement, as it is written.
    pub fn statement(&self) -> &str {
        &self.statement
    }
}

/// A finding that a comment allows.
///
/// ```
/// use migration_planner::{Dialect, Hazard, Linter, Migration};
///
/// let files = [
///     Migration::new("1", "1.sql", "CREATE TABLE users (id bigint)"),
///     Migration::new("2", "2.sql", "-- cutover: allow drops-table because it was a trial\nDROP TABLE users"),
/// ];
/// let report = Linter::new(Dialect::Postgres).assume_lock_timeout().check(&files);
/// let allowed = &report.suppressed()[0];
/// assert_eq!((allowed.lint().hazard(), allowed.reason()), (Hazard::DropsTable, "it was a trial"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    pub(super) lint: Lint,
    pub(super) reason: String,
}

impl Suppressed {
    /// What was found.
    pub fn lint(&self) -> &Lint {
        &self.lint
    }

    /// Why it is allowed, in the words of the comment.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// What a linter found in some migrations.
///
/// ```
/// use migration_planner::{Dialect, Linter, Migration, Severity};
///
/// let files = [Migration::new("1", "1.sql", "-- cutover: allow drops-table because it was never released\nDROP TABLE a;")];
/// let report = Linter::new(Dialect::Postgres).assume_lock_timeout().check(&files);
/// assert_eq!(report.worst(), Some(Severity::Warning)); // what is locked is not known
/// assert_eq!(report.suppressed()[0].reason(), "it was never released");
/// assert!(report.to_text().contains("1.sql:2:1: warning[unknown-effect]"));
/// assert!(report.to_json().starts_with('{') && report.to_sarif().contains("2.1.0"));
/// assert!(report.to_github().starts_with("::warning file=1.sql,line=2,"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LintReport {
    /// The version of this form.
    format: u32,
    pub(super) files: usize,
    pub(super) statements: usize,
    pub(super) lints: Vec<Lint>,
    pub(super) suppressed: Vec<Suppressed>,
}

impl LintReport {
    pub(super) fn new() -> Self {
        Self { format: 1, files: 0, statements: 0, lints: Vec::new(), suppressed: Vec::new() }
    }

    /// What was found, in the order of the migrations.
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// What was found and is allowed, with the reasons.
    pub fn suppressed(&self) -> &[Suppressed] {
        &self.suppressed
    }

    /// How many migrations were looked at; those released before are not counted.
    pub fn files(&self) -> usize {
        self.files
    }

    /// How many statements were looked at.
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// The worst that was found and is not allowed.
    pub fn worst(&self) -> Option<Severity> {
        self.lints.iter().map(|lint| lint.severity).max()
    }

    /// As JSON; `format` is 1 and grows when a field changes its meaning or goes away.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default(); // names, numbers and texts are always JSON
        format!("{value:#}")
    }
}
