//! What happened, in order, and what follows from it.

use std::collections::BTreeSet;

use migration_planner::{GateState, Phase, Plan, Timestamp};
use serde::{Deserialize, Serialize};

use crate::batches::Batches;

/// Something that happened to a plan in a database.
///
/// ```no_run
/// use migration_planner_postgres::{Event, Runner};
///
/// let journal = Runner::open("postgresql://localhost/app")?.journal()?;
/// assert_eq!(journal[0].event, Event::Adopted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
    /// A step was undone: in the transaction that wrote this, or before it where that was begun outside of one.
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

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its place in the journal; grows, not always by one.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub runner: String,
    /// The fencing token it was written under; `None` for what needs no lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<i64>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Where a plan stands, as its journal tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    steps: BTreeSet<(String, String)>,
    phases: BTreeSet<String>,
    /// The step that was begun outside of a transaction, forward or back, or in batches that cannot be undone, and not seen to be done.
    open: Option<(String, String)>,
    /// The phase that is being undone by itself. Within it the way back need not be the way there, step by step.
    pub(crate) undoing: Option<String>,
    pub(crate) finished: bool,
    pub(crate) rolling_back: bool,
    pub(crate) rolled_back: bool,
}

impl Position {
    pub(crate) fn of(journal: &[JournalEntry]) -> Self {
        let mut position = Self::default();
        for entry in journal {
            position.apply(&entry.event);
        }
        position
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Adopted => *self = Self::default(),
            Event::StepBegun { phase, step } => self.open = Some((phase.clone(), step.clone())),
            Event::UndoBegun { phase, step } => {
                // From here on it is neither done nor undone, whoever goes on from here and wherever to.
                self.steps.remove(&(phase.clone(), step.clone()));
                self.phases.remove(phase);
                self.open = Some((phase.clone(), step.clone()));
            }
            Event::StepDone { phase, step, .. } => {
                self.steps.insert((phase.clone(), step.clone()));
                self.open = None;
            }
            Event::PhaseDone { phase, .. } => {
                self.phases.insert(phase.clone());
            }
            Event::Finished => self.finished = true,
            Event::RollbackStarted => self.rolling_back = true,
            Event::StepUndone { phase, step } => {
                self.steps.remove(&(phase.clone(), step.clone()));
                self.phases.remove(phase);
                self.open = None;
            }
            Event::PhaseUndoBegun { phase } => {
                self.undoing = Some(phase.clone());
                // It may be the one that ended the plan.
                self.finished = false;
            }
            Event::PhaseUndone { phase } => {
                self.undoing = None;
                self.phases.remove(phase);
            }
            Event::RolledBack => {
                *self = Self { rolled_back: true, ..Self::default() };
            }
            Event::Drifted { .. } | Event::Paused { .. } | Event::Resumed { .. } => {}
        }
    }

    /// Whether nothing more will happen to the plan.
    pub(crate) fn is_over(&self) -> bool {
        self.finished || self.rolled_back
    }

    pub(crate) fn has_step(&self, phase: &Phase, step: &str) -> bool {
        self.steps.contains(&(phase.id().to_owned(), step.to_owned()))
    }

    /// Whether the step was begun and is neither known to be done nor known to be undone.
    pub(crate) fn is_open(&self, phase: &Phase, step: &str) -> bool {
        self.open.as_ref().is_some_and(|(in_phase, open)| in_phase == phase.id() && open == step)
    }

    /// Whether the catalog may have come further than the journal.
    pub(crate) fn has_open_step(&self, plan: &Plan) -> bool {
        let is_in_batches = |id: &str| {
            let mut steps = plan.phases().iter().flat_map(Phase::steps);
            steps.any(|step| step.id() == id && Batches::of(step).is_some())
        };
        self.open.as_ref().is_some_and(|(_, step)| !is_in_batches(step))
    }

    pub(crate) fn has_begun(&self, phase: &Phase) -> bool {
        self.steps.iter().chain(&self.open).any(|(of, _)| of == phase.id())
    }

    pub(crate) fn has_phase(&self, phase: &Phase) -> bool {
        self.phases.contains(phase.id())
    }

    /// How many of the phase's steps are done.
    pub(crate) fn steps_of(&self, phase: &Phase) -> usize {
        self.steps.iter().filter(|(of, _)| of == phase.id()).count()
    }

    /// The index of the first phase that was not left.
    pub(crate) fn next_phase(&self, plan: &Plan) -> Option<usize> {
        plan.phases().iter().position(|phase| !self.has_phase(phase))
    }

    /// The index of the last phase of which anything was done.
    pub(crate) fn last_touched(&self, plan: &Plan) -> Option<usize> {
        plan.phases().iter().rposition(|phase| self.has_phase(phase) || self.has_begun(phase))
    }
}
