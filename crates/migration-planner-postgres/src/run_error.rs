//! Why a runner did not do what it was asked to: what the server said, in the words of all runners.

use migration_planner::run;

use crate::error::{DatabaseError, Said};

/// Why a runner did not do what it was asked to, see [`migration_planner::run::RunError`].
///
/// ```no_run
/// use migration_planner_postgres::{RunError, Runner};
///
/// let mut runner = Runner::open("postgresql://localhost/app")?;
/// assert!(matches!(runner.status(), Err(RunError::NoPlan)));
/// # Ok::<(), migration_planner_postgres::DatabaseError>(())
/// ```
pub type RunError = run::RunError<DatabaseError>;

/// What became of a statement of our own: to be called on what the driver gave back.
pub(crate) fn refused(what: impl Into<String>) -> impl FnOnce(postgres::Error) -> RunError {
    let what = what.into();
    move |error| RunError::Database(DatabaseError::of(what, &error))
}

/// What became of a statement of a step. What says by itself what to do stays what it is.
pub(crate) fn of_step(step: &str) -> impl FnOnce(postgres::Error) -> RunError {
    move |error| match DatabaseError::of(format!("step `{step}`"), &error) {
        source @ DatabaseError::Refused { .. } => RunError::step_failed(step, source),
        other => RunError::Database(other),
    }
}

/// Whether a lock could not be had in time, so that another attempt may do better.
pub(crate) fn is_locked(error: &RunError) -> bool {
    matches!(error, RunError::Database(DatabaseError::Locked { .. }))
}

/// Whether there is no connection any more.
pub(crate) fn is_lost(error: &RunError) -> bool {
    matches!(error, RunError::Database(DatabaseError::ConnectionLost { .. }))
}

impl DatabaseError {
    /// Another runner's transaction has not ended yet.
    pub(crate) fn busy() -> Self {
        let source = Said::new("another runner's transaction has not ended yet");
        Self::Locked { what: "the work on a plan".to_owned(), source: Box::new(source) }
    }
}
