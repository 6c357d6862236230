//! Why files are no migrations.

use super::Layout;

/// Why files are no migrations of a layout.
///
/// ```
/// use migration_planner::{Layout, LayoutError};
///
/// let error = Layout::Sqlx.read([("1_a.sql", ""), ("01_b.sql", "")]).unwrap_err();
/// assert!(matches!(error, LayoutError::SameVersion { .. }));
/// assert_eq!(error.to_string(), "01_b.sql and 1_a.sql both have version 01");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No file is one of that layout.
    #[error("no file is named as {layout} names migrations: {expected}")]
    #[non_exhaustive]
    Nothing {
        /// The layout.
        layout: Layout,
        /// What a name looks like.
        expected: &'static str,
    },
    /// Two migrations have one version, so that their order is not known.
    #[error("{first} and {second} both have version {version}")]
    #[non_exhaustive]
    SameVersion {
        /// The version.
        version: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The version is a number that no tool can keep, so that it would stop there, or leave the file out.
    #[error("{path}: {version} is too large for a version")]
    #[non_exhaustive]
    VersionTooLarge {
        /// The file.
        path: String,
        /// The version, as it is written.
        version: String,
    },
    /// There is no layout of that name.
    #[error("no layout is called {name}; there are: plain, sqlx, diesel, refinery, flyway, golang-migrate")]
    #[non_exhaustive]
    Unknown {
        /// What was asked for.
        name: String,
    },
}
