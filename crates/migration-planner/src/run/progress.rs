//! What a runner is doing, as it does it.

use std::time::Duration;

use super::blocker::Blocker;
use crate::gate::GateState;

/// What a runner is doing, told to the callback of its `advance_with`.
///
/// Told within the transaction where the work is not committed yet, so keep callbacks short: others wait meanwhile, and a server may
/// end a session that is idle for too long. After a lock was waited for, the same is told again.
///
/// ```
/// use migration_planner::run::Progress;
///
/// fn told(progress: &Progress) -> Option<String> {
///     match progress {
///         Progress::Batch { rows, of: Some(of), remaining: Some(remaining), .. } => {
///             Some(format!("{rows} of about {of} rows, {} s to go", remaining.as_secs()))
///         }
///         Progress::StepDone { step, .. } => Some(format!("{step} is done")),
///         _ => None,
///     }
/// }
/// assert_eq!(told(&Progress::statement("fill", 0)), None);
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
        /// About how many rows there are: counted when this run began, or as the server estimates it; `None` where it does not.
        of: Option<u64>,
        /// How long the transaction took: for as long, writers of these rows may have waited.
        took: Duration,
        /// Rows per second in this run, pauses included.
        rate: u64,
        /// About how long the rest will take at that rate.
        remaining: Option<Duration>,
    },
    /// A step is done or undone and in the journal; its transaction is still open.
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

/// For runners. What each tells is said where it is declared.
impl Progress {
    /// A [`Phase`](Self::Phase).
    pub fn phase(index: usize, phase: &str) -> Self {
        Self::Phase { index, phase: phase.to_owned() }
    }

    /// A [`Drifted`](Self::Drifted).
    pub fn drifted(differences: Vec<String>) -> Self {
        Self::Drifted { differences }
    }

    /// A [`StepBegun`](Self::StepBegun).
    pub fn step_begun(step: &str) -> Self {
        Self::StepBegun { step: step.to_owned() }
    }

    /// A [`Repairing`](Self::Repairing).
    pub fn repairing(step: &str) -> Self {
        Self::Repairing { step: step.to_owned() }
    }

    /// A [`Statement`](Self::Statement).
    pub fn statement(step: &str, index: usize) -> Self {
        Self::Statement { step: step.to_owned(), index }
    }

    /// A [`Waiting`](Self::Waiting).
    pub fn waiting(step: &str, attempt: u32, rest: Duration, blockers: Vec<Blocker>) -> Self {
        Self::Waiting { step: step.to_owned(), attempt, rest, blockers }
    }

    /// A [`Batch`](Self::Batch), which took this long; `pace` is that of this run.
    pub fn batch(step: &str, pace: &Pace, took: Duration) -> Self {
        let (rate, remaining) = (pace.rate(), pace.remaining());
        Self::Batch { step: step.to_owned(), rows: pace.rows, of: pace.of, took, rate, remaining }
    }

    /// A [`StepJournaled`](Self::StepJournaled).
    pub fn step_journaled(step: &str) -> Self {
        Self::StepJournaled { step: step.to_owned() }
    }

    /// A [`StepDone`](Self::StepDone).
    pub fn step_done(step: &str, took: Duration) -> Self {
        Self::StepDone { step: step.to_owned(), took }
    }

    /// A [`Gate`](Self::Gate).
    pub fn gate(consumer: &str, state: &GateState) -> Self {
        Self::Gate { consumer: consumer.to_owned(), state: state.clone() }
    }
}

/// How far batches are, and how fast.
///
/// ```
/// use migration_planner::run::Pace;
/// use std::time::Duration;
///
/// // 5,000 rows of about 15,000, of which this run did the last 1,000 in 2 s.
/// let pace = Pace::new(5_000, Some(15_000), 1_000, Duration::from_secs(2));
/// assert_eq!((pace.rate(), pace.remaining()), (500, Some(Duration::from_secs(20))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rows: u64,
    of: Option<u64>,
    in_this_run: u64,
    took: Duration,
}

impl Pace {
    /// `rows` were looked at so far, of about `of`; `in_this_run` of them in the time `took`, pauses included.
    pub fn new(rows: u64, of: Option<u64>, in_this_run: u64, took: Duration) -> Self {
        // There may be more rows than the server thought.
        Self { rows, of: of.map(|of| of.max(rows)), in_this_run, took }
    }

    /// Rows per second.
    pub fn rate(&self) -> u64 {
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.in_this_run.saturating_mul(1000) / millis
    }

    /// About how long the rest takes at that rate; `None` where nobody knows how many rows there are, or nothing was done yet.
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.of?.saturating_sub(self.rows);
        let share = || approximately(left) / approximately(self.in_this_run);
        (self.in_this_run > 0).then(|| self.took.mul_f64(share()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pace is an estimate")]
fn approximately(rows: u64) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_the_rest_before_anything_was_done() {
        let pace = Pace::new(0, Some(10), 0, Duration::ZERO);
        assert_eq!((pace.rate(), pace.remaining()), (0, None));
        assert_eq!(Pace::new(10, None, 10, Duration::from_secs(1)).remaining(), None);
    }

    #[test]
    fn more_rows_than_were_thought_are_all_there_are() {
        let pace = Pace::new(20, Some(15), 10, Duration::from_secs(1));
        assert_eq!((pace.of, pace.remaining()), (Some(20), Some(Duration::ZERO)));
    }
}
