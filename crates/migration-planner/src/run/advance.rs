//! What working on a phase comes to.

use super::pause::Pause;
use crate::gate::GateState;

/// What a runner's `advance` came to.
///
/// ```
/// use migration_planner::run::Advance;
///
/// let told = match Advance::phase_done("expand") {
///     Advance::PhaseDone { phase, .. } => format!("{phase} is done"),
///     Advance::Held { phase, gates, .. } => format!("{phase} is held by {} gates", gates.len()),
///     Advance::Paused { pause, .. } => pause.to_string(),
///     _ => "that was all".to_owned(),
/// };
/// assert_eq!(told, "expand is done");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a phase may have been held back by a gate"]
#[non_exhaustive]
pub enum Advance {
    /// A phase was left; there are more.
    #[non_exhaustive]
    PhaseDone {
        /// The phase.
        phase: String,
    },
    /// The phase's steps are done as far as they may be, and a gate is not open.
    #[non_exhaustive]
    Held {
        /// The phase.
        phase: String,
        /// The consumers whose gates are not open, and why.
        gates: Vec<(String, GateState)>,
    },
    /// Somebody has paused the plan; what was done is kept.
    #[non_exhaustive]
    Paused {
        /// Who, and why.
        pause: Pause,
    },
    /// The plan has come to its end.
    Finished,
}

impl Advance {
    /// A phase was left.
    pub fn phase_done(phase: impl Into<String>) -> Self {
        Self::PhaseDone { phase: phase.into() }
    }

    /// Gates are not open: the consumers and why.
    pub fn held(phase: impl Into<String>, gates: Vec<(String, GateState)>) -> Self {
        Self::Held { phase: phase.into(), gates }
    }

    /// Somebody has paused the plan.
    pub fn paused(pause: Pause) -> Self {
        Self::Paused { pause }
    }
}
