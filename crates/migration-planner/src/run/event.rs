//! What happened to a plan.

use serde::{Deserialize, Serialize};

use crate::gate::GateState;
use crate::time::Timestamp;

/// Something that happened to a plan in a database, as its journal keeps it.
///
/// Journals are kept as JSON, and each event is written in the transaction of what it tells.
///
/// ```
/// use migration_planner::run::Event;
///
/// let event = Event::step_done("expand", "add-column", false);
/// let json = serde_json::to_string(&event)?;
/// assert_eq!(json, r#"{"event":"step_done","phase":"expand","step":"add-column","found_done":false}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Event {
    /// The plan was begun.
    Adopted,
    /// A step that the server refuses in a transaction is about to be run. Whether it was is known once it is done; in between,
    /// only the catalog can tell. Or the first batch was written, in the transaction that wrote this, of one that cannot be undone.
    #[non_exhaustive]
    StepBegun {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
    },
    /// A step was done: in the transaction that wrote this, or before it where it was begun outside of one.
    #[non_exhaustive]
    StepDone {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
        /// Whether the catalog said that it had been done already, so that nothing was left to do.
        found_done: bool,
    },
    /// A phase was left.
    #[non_exhaustive]
    PhaseDone {
        /// The phase.
        phase: String,
        /// What its gate said at that moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gate: Option<GateState>,
    },
    /// The plan came to its end.
    Finished,
    /// Rolling back all of it was begun.
    RollbackStarted,
    /// A step that is undone by what the server refuses in a transaction is about to be undone.
    #[non_exhaustive]
    UndoBegun {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
    },
    /// A step was undone: in the transaction that wrote this and that undid the rest of its phase, or before it where that was
    /// begun outside of one.
    #[non_exhaustive]
    StepUndone {
        /// The phase.
        phase: String,
        /// The step.
        step: String,
    },
    /// Undoing one phase was begun: it is finished before anything else is done.
    #[non_exhaustive]
    PhaseUndoBegun {
        /// The phase.
        phase: String,
    },
    /// A phase was undone as a whole.
    #[non_exhaustive]
    PhaseUndone {
        /// The phase.
        phase: String,
    },
    /// Everything was undone.
    RolledBack,
    /// The database had changed under the plan, and the runner went on as it was told to.
    #[non_exhaustive]
    Drifted {
        /// What differed: `- ` before what there was, `+ ` before what there is.
        differences: Vec<String>,
    },
    /// Somebody paused the plan.
    #[non_exhaustive]
    Paused {
        /// Who.
        author: String,
        /// Why.
        reason: String,
    },
    /// Somebody let the plan go on.
    #[non_exhaustive]
    Resumed {
        /// Who.
        author: String,
    },
}

/// For runners. What each tells is said where it is declared.
impl Event {
    /// A [`StepBegun`](Self::StepBegun).
    pub fn step_begun(phase: &str, step: &str) -> Self {
        Self::StepBegun { phase: phase.to_owned(), step: step.to_owned() }
    }

    /// A [`StepDone`](Self::StepDone).
    pub fn step_done(phase: &str, step: &str, found_done: bool) -> Self {
        Self::StepDone { phase: phase.to_owned(), step: step.to_owned(), found_done }
    }

    /// A [`PhaseDone`](Self::PhaseDone).
    pub fn phase_done(phase: &str, gate: Option<GateState>) -> Self {
        Self::PhaseDone { phase: phase.to_owned(), gate }
    }

    /// An [`UndoBegun`](Self::UndoBegun).
    pub fn undo_begun(phase: &str, step: &str) -> Self {
        Self::UndoBegun { phase: phase.to_owned(), step: step.to_owned() }
    }

    /// A [`StepUndone`](Self::StepUndone).
    pub fn step_undone(phase: &str, step: &str) -> Self {
        Self::StepUndone { phase: phase.to_owned(), step: step.to_owned() }
    }

    /// A [`PhaseUndoBegun`](Self::PhaseUndoBegun).
    pub fn phase_undo_begun(phase: &str) -> Self {
        Self::PhaseUndoBegun { phase: phase.to_owned() }
    }

    /// A [`PhaseUndone`](Self::PhaseUndone).
    pub fn phase_undone(phase: &str) -> Self {
        Self::PhaseUndone { phase: phase.to_owned() }
    }

    /// A [`Drifted`](Self::Drifted).
    pub fn drifted(differences: Vec<String>) -> Self {
        Self::Drifted { differences }
    }

    /// A [`Paused`](Self::Paused).
    pub fn paused(author: &str, reason: &str) -> Self {
        Self::Paused { author: author.to_owned(), reason: reason.to_owned() }
    }

    /// A [`Resumed`](Self::Resumed).
    pub fn resumed(author: &str) -> Self {
        Self::Resumed { author: author.to_owned() }
    }
}

/// An entry of the journal.
///
/// ```
/// use migration_planner::Timestamp;
/// use migration_planner::run::{Event, JournalEntry};
///
/// let entry = JournalEntry::new(7, Timestamp::from(std::time::SystemTime::UNIX_EPOCH), "deploy-1", Event::step_done("expand", "add-column", false)).under(Some(3));
/// assert_eq!((entry.seq, entry.fence), (7, Some(3)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its place in the journal; grows, not always by one.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub runner: String,
    /// The fencing token it was written under; `None` for what needs no lease, and where the journal does not keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<i64>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl JournalEntry {
    /// What `runner` wrote at `at`, under no token.
    pub fn new(seq: i64, at: Timestamp, runner: impl Into<String>, event: Event) -> Self {
        Self { seq, at, runner: runner.into(), fence: None, event }
    }

    /// The entry with the fencing token it was written under.
    #[must_use]
    pub fn under(mut self, fence: Option<i64>) -> Self {
        self.fence = fence;
        self
    }
}
