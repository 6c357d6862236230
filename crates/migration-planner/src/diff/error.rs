//! Why two schemas cannot be compared.

/// Why two schemas cannot be compared.
///
/// ```
/// use migration_planner::{Schema, SchemaDiffer, ServerKind};
///
/// let differ = SchemaDiffer::new(ServerKind::Postgres).rename_table("users", "people");
/// let error = differ.between(&Schema::new(), &Schema::new()).unwrap_err();
/// assert_eq!(error.to_string(), "cannot take table users for people: there is no users before");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A rename that was named does not fit the schemas.
    #[error("cannot take {what} {from} for {to}: {reason}")]
    #[non_exhaustive]
    Rename {
        /// What kind of thing it was said to be: a table, a column, an index.
        what: &'static str,
        /// The name that was said to be the old one.
        from: String,
        /// The name that was said to be the new one.
        to: String,
        /// What does not fit.
        reason: String,
    },
}
