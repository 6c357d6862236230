//! Trying all sequences up to a length.

use std::collections::{HashSet, VecDeque};

use crate::explore::{options, walk};
use crate::model::Model;
use crate::script::{Draft, Script, fingerprint, realize};

/// How many values of one choice are tried.
const VALUES: u64 = 4;

/// What an exhaustive check went through: prints as one sentence.
///
/// Two sequences that lead the model into the same state, as printed by `Debug`, count as one from there on. A system that
/// remembers more than the model does may still go wrong on the one that was not continued.
///
/// ```
/// use stateful_testing::check;
/// use stateful_testing::testing::Counter;
///
/// let certificate = check(Counter::right()).exhaustive(3).try_run().unwrap().certificate().unwrap();
/// assert!(certificate.to_string().starts_with("all sequences of up to 3 commands were tried"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// The greatest number of commands in a sequence that was tried.
    pub depth: usize,
    /// How many sequences ran.
    pub sequences: u64,
    /// How many states of the model they led to.
    pub states: usize,
    /// Whether every argument had all its values; if not, the four simplest of each choice were tried.
    pub all_arguments: bool,
    /// Whether the model has no state that takes more commands than `depth` to get to.
    pub all_states: bool,
}

impl std::fmt::Display for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { depth, sequences, states, .. } = self;
        write!(
            f,
            "all sequences of up to {depth} commands were tried: {sequences} runs through {states} states of the model"
        )?;
        f.write_str(if self.all_arguments {
            ", every argument with all its values"
        } else {
            ", arguments with their simplest values"
        })?;
        f.write_str(if self.all_states { "; the model has no other states" } else { "" })
    }
}

/// Calls `run` for each sequence of up to `depth` commands, short ones first, until it returns `Some`.
///
/// A sequence is only run whole: that its start passes was seen before.
pub(crate) fn search<M: Model, T>(
    model: &M,
    depth: usize,
    mut run: impl FnMut(Script<M::Command>) -> Option<T>,
) -> (Certificate, Option<T>) {
    let mut certificate = Certificate { depth, sequences: 0, states: 1, all_arguments: true, all_states: true };
    let mut seen = HashSet::from([fingerprint(&model.init())]);
    let mut routes = VecDeque::from([Vec::<Draft>::new()]);
    while let Some(route) = routes.pop_front() {
        let (state, scope) = walk(model, &route);
        let options = options(model, &state, &scope, VALUES);
        if route.len() == depth {
            certificate.all_states &= options.entries.is_empty();
            continue;
        }
        certificate.all_arguments &= options.complete;
        for entry in options.entries {
            let mut after = state.clone();
            model.next(&mut after, &entry.command);
            let mut longer = route.clone();
            longer.push(entry.draft());
            certificate.sequences += 1;
            if let Some(found) = run(realize(model, longer.clone())) {
                certificate.depth = longer.len();
                return (certificate, Some(found));
            }
            if seen.insert(fingerprint(&after)) {
                certificate.states += 1;
                routes.push_back(longer);
            }
        }
    }
    (certificate, None)
}
