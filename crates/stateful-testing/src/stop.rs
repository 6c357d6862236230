//! Why a shorter sequence was not possible.

use std::fmt;

use crate::command::Printed;
use crate::model::Model;
use crate::script::{Refusal, Script, realize_telling};

/// A command that cannot come any more when another one is left out: why the sequence is not shorter.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// assert!(failure.stops().is_empty()); // an amount can be added at any time
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stop {
    /// The place, from 0, of the command that is left out.
    pub without: usize,
    /// The place of the command that cannot come then.
    pub stopped: usize,
    /// That command, as it is printed.
    pub command: String,
    /// What stops it.
    pub by: StoppedBy,
    /// The part of the precondition that refuses it, as [`Model::refusal`] names it; empty if it names none.
    pub part: &'static str,
}

/// What stops a command.
///
/// ```
/// use stateful_testing::StoppedBy;
///
/// assert_eq!(StoppedBy::Precondition.to_string(), "the precondition refuses");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoppedBy {
    /// [`Model::commands`] offers no such command in that state.
    NotOffered,
    /// [`Model::precondition`] says no.
    Precondition,
    /// It uses a reference that nothing defines any more.
    Reference,
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOffered => "the model does not offer",
            Self::Precondition => "the precondition refuses",
            Self::Reference => "no reference is left for",
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { without, stopped, command, by, part } = self;
        write!(f, "without command {}, {by} command {} (`{command}`)", without + 1, stopped + 1)?;
        if part.is_empty() { Ok(()) } else { write!(f, ": {part}") }
    }
}

/// What each command of the script is needed for by others. Asks only the model.
pub(crate) fn stops<M: Model>(model: &M, script: &Script<M::Command>) -> Vec<Stop> {
    let mut stops = Vec::new();
    for without in 0..script.len().saturating_sub(1) {
        // Stamps tell places: those in the script are not in order any more.
        let mut drafts: Vec<_> = script.drafts(|_| true);
        for (place, draft) in drafts.iter_mut().enumerate() {
            draft.stamp = u32::try_from(place).expect("a sequence never has 2^32 commands");
        }
        drafts.remove(without);
        realize_telling(model, drafts, &mut |stamp, refusal| {
            let stopped = stamp as usize;
            let command = Printed(&script.entries[stopped].command).to_string();
            let (by, part) = match refusal {
                Refusal::NotOffered => (StoppedBy::NotOffered, ""),
                Refusal::Precondition(part) => (StoppedBy::Precondition, part),
                Refusal::Reference => (StoppedBy::Reference, ""),
            };
            stops.push(Stop { without, stopped, command, by, part });
        });
    }
    stops
}
