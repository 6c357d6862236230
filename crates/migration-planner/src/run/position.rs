//! Where a plan stands, as its journal tells.

use std::collections::BTreeSet;

use super::event::{Event, JournalEntry};
use crate::phase::Phase;
use crate::plan::Plan;
use crate::step::{Step, TransactionMode, Undo};

/// Where a plan stands, as its journal tells.
///
/// ```
/// use migration_planner::run::{Event, Position};
///
/// let position = Position::of(&[Event::Adopted, Event::Finished]);
/// assert!(position.is_finished() && position.is_over());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    steps: BTreeSet<(String, String)>,
    phases: BTreeSet<String>,
    /// The step that was begun outside of a transaction, forward or back, or in batches that cannot be undone, and not seen to be done.
    open: Option<(String, String)>,
    undoing: Option<String>,
    finished: bool,
    rolling_back: bool,
    rolled_back: bool,
}

impl Position {
    /// Where the events of a journal lead to, in order.
    #[allow(single_use_lifetimes, reason = "without a name they are not stable here")]
    pub fn of<'a>(journal: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut position = Self::default();
        for event in journal {
            position.apply(event);
        }
        position
    }

    /// Where the entries of a journal lead to, in order.
    pub fn of_entries(journal: &[JournalEntry]) -> Self {
        Self::of(journal.iter().map(|entry| &entry.event))
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
                self.finished = false;
            }
            Event::RolledBack => {
                *self = Self { rolled_back: true, ..Self::default() };
            }
            Event::Drifted { .. } | Event::Paused { .. } | Event::Resumed { .. } => {}
        }
    }

    /// Whether the plan has come to its end.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether all of it is being undone.
    pub fn is_rolling_back(&self) -> bool {
        self.rolling_back
    }

    /// Whether all of it was undone.
    pub fn is_rolled_back(&self) -> bool {
        self.rolled_back
    }

    /// Whether nothing more will happen to the plan.
    pub fn is_over(&self) -> bool {
        self.finished || self.rolled_back
    }

    /// The phase that is being undone by itself, which has to be finished first.
    pub fn undoing(&self) -> Option<&str> {
        self.undoing.as_deref()
    }

    /// Whether the step is done.
    pub fn has_step(&self, phase: &Phase, step: &str) -> bool {
        self.steps.contains(&(phase.id().to_owned(), step.to_owned()))
    }

    /// Whether the step was begun and is neither known to be done nor known to be undone.
    pub fn is_open(&self, phase: &Phase, step: &str) -> bool {
        self.open.as_ref().is_some_and(|(in_phase, open)| in_phase == phase.id() && open == step)
    }

    /// Whether anything of the step was done, as far as the journal tells.
    pub fn has_touched(&self, phase: &Phase, step: &Step) -> bool {
        self.has_step(phase, step.id()) || self.is_open(phase, step.id())
    }

    /// Whether the catalog may have come further than the journal: a step was begun, and not in batches.
    pub fn has_open_step(&self, plan: &Plan) -> bool {
        let is_in_batches = |id: &str| {
            let mut steps = plan.phases().iter().flat_map(Phase::steps);
            steps.any(|step| step.id() == id && step.transaction() == TransactionMode::PerBatch)
        };
        self.open.as_ref().is_some_and(|(_, step)| !is_in_batches(step))
    }

    /// Whether anything of the phase was done.
    pub fn has_begun(&self, phase: &Phase) -> bool {
        self.steps.iter().chain(&self.open).any(|(of, _)| of == phase.id())
    }

    /// Whether the phase was left.
    pub fn has_phase(&self, phase: &Phase) -> bool {
        self.phases.contains(phase.id())
    }

    /// How many of the phase's steps are done.
    pub fn steps_of(&self, phase: &Phase) -> usize {
        self.steps.iter().filter(|(of, _)| of == phase.id()).count()
    }

    /// The index of the first phase that was not left; `None` where all were.
    pub fn next_phase(&self, plan: &Plan) -> Option<usize> {
        plan.phases().iter().position(|phase| !self.has_phase(phase))
    }

    /// The index of the phase that is undone if one is: the one whose undoing was begun, also where the last of its steps is undone
    /// and only that was not said; or else the last one of which anything was done.
    pub fn last_phase(&self, plan: &Plan) -> Option<usize> {
        let begun = self.undoing().and_then(|id| plan.phases().iter().position(|phase| phase.id() == id));
        begun.or_else(|| plan.phases().iter().rposition(|phase| self.has_phase(phase) || self.has_begun(phase)))
    }

    /// The step, from the phase at `from` on, of which something was done that cannot be undone. Where there is one, nothing is.
    pub fn past_return<'a>(&self, plan: &'a Plan, from: usize) -> Option<&'a Step> {
        let phases = plan.phases().iter().skip(from);
        let mut steps = phases.flat_map(|phase| phase.steps().iter().map(move |step| (phase, step)));
        let found = steps.find(|(phase, step)| *step.undo() == Undo::Impossible && self.has_touched(phase, step));
        found.map(|(_, step)| step)
    }
}
