//! What a runner is doing, as it does it.

use std::time::Duration;

use migration_planner::GateState;

/// What a runner is doing, told to the callback of [`Runner::advance_with`](crate::Runner::advance_with).
///
/// Told within the transaction where the work is not committed yet, so keep callbacks short: others wait meanwhile. After
/// a locked database was waited for, the same is told again.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.db");
/// # rusqlite::Connection::open(&path)?.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")?;
/// # let found = migration_planner_sqlite::introspect(&path)?;
/// # let change = migration_planner::Change::drop_column("users", "old");
/// # let plan = migration_planner::Planner::new(&found.schema, found.server).plan(&change)?;
/// # let mut runner = migration_planner_sqlite::Runner::open(&path)?;
/// # runner.begin(&plan)?;
/// use migration_planner_sqlite::Progress;
///
/// let mut judged = 0;
/// let _held = runner.advance_with(|progress| judged += usize::from(matches!(progress, Progress::Gate { .. })))?;
/// assert_eq!(judged, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A phase is being worked on.
    #[non_exhaustive]
    Phase {
        /// Its place in the plan, from 0.
        index: usize,
        /// Its id.
        phase: String,
    },
    /// A statement of a step was executed; its transaction is still open.
    #[non_exhaustive]
    Statement {
        /// The step.
        step: String,
        /// The statement's place in the step, from 0.
        index: usize,
    },
    /// A batch of rows was brought up to date and committed.
    #[non_exhaustive]
    Batch {
        /// The step.
        step: String,
        /// Rows looked at so far, also in earlier runs.
        rows: u64,
        /// Rows of the table when this run began; more may have been added since.
        of: u64,
        /// How long the transaction took: for as long, writers may have waited.
        took: Duration,
    },
    /// A step is done or undone and in the journal; its transaction is still open.
    #[non_exhaustive]
    StepJournaled {
        /// The step.
        step: String,
    },
    /// A step is done and committed.
    #[non_exhaustive]
    StepDone {
        /// The step.
        step: String,
        /// How long it took.
        took: Duration,
    },
    /// A gate was judged.
    #[non_exhaustive]
    Gate {
        /// The consumer it is about.
        consumer: String,
        /// What the evidence says.
        state: GateState,
    },
}
