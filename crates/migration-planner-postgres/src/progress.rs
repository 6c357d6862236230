//! What a runner is doing, as it does it.

use std::time::Duration;

use migration_planner::GateState;

use crate::blockers::Blocker;

/// What a runner is doing, told to the callback of [`Runner::advance_with`](crate::Runner::advance_with).
///
/// Told within the transaction where the work is not committed yet, so keep callbacks short: others wait meanwhile, and after
/// half a minute the server ends the session. After a lock was waited for, the same is told again.
///
/// ```no_run
/// use migration_planner_postgres::{Progress, Runner};
///
/// let mut runner = Runner::open("postgresql://localhost/app")?;
/// let _advance = runner.advance_with(|progress| {
///     if let Progress::Batch { rows, of: Some(of), remaining: Some(remaining), .. } = progress {
///         println!("{rows} of about {of} rows, {} s to go", remaining.as_secs());
///     }
/// })?;
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
    /// The database has changed under the plan, and the runner was told to go on.
    #[non_exhaustive]
    Drifted {
        /// What differs: `- ` before what there was, `+ ` before what there is.
        differences: Vec<String>,
    },
    /// A step that runs outside of transactions is in the journal as begun.
    #[non_exhaustive]
    StepBegun {
        /// The step.
        step: String,
    },
    /// What an attempt that was cut off had left behind is being cleared away.
    #[non_exhaustive]
    Repairing {
        /// The step.
        step: String,
    },
    /// A statement of a step was executed; its transaction, if it has one, is still open.
    #[non_exhaustive]
    Statement {
        /// The step.
        step: String,
        /// The statement's place in the step, from 0.
        index: usize,
    },
    /// Others hold what a step has to lock. It was rolled back, or is waiting outside of transactions where nobody waits for it.
    #[non_exhaustive]
    Waiting {
        /// The step.
        step: String,
        /// How often it was tried, from 1.
        attempt: u32,
        /// How long it rests before the next attempt; nothing where the attempt itself goes on.
        rest: Duration,
        /// Who they are, as far as they were seen.
        blockers: Vec<Blocker>,
    },
    /// A batch of rows was brought up to date and committed.
    #[non_exhaustive]
    Batch {
        /// The step.
        step: String,
        /// Rows looked at so far, also in earlier runs.
        rows: u64,
        /// About how many rows there are, as the server estimates it; `None` for a table that was never analysed.
        of: Option<u64>,
        /// How long the transaction took: for as long, writers of these rows may have waited.
        took: Duration,
        /// Rows per second in this run, pauses included.
        rate: u64,
        /// About how long the rest will take at that rate.
        remaining: Option<Duration>,
    },
    /// A step is done and in the journal; its transaction is still open.
    #[non_exhaustive]
    StepJournaled {
        /// The step.
        step: String,
    },
    /// A step is done, or undone, and committed.
    #[non_exhaustive]
    StepDone {
        /// The step.
        step: String,
        /// How long it took, waiting included.
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
