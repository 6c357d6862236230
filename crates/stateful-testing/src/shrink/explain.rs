//! Finds out which arguments do not matter.

use std::collections::HashSet;

use crate::command::Command;
use crate::execute::Outcome;
use crate::model::Model;
use crate::panics;
use crate::runs::Runs;
use crate::script::{Script, realize};
use crate::tape::Choice;

/// What may be anything, as far as three other values of each tell.
#[derive(Debug, Default)]
pub(crate) struct Free {
    /// The places, from 0, of the commands whose arguments do not matter, whatever all of them are.
    pub(crate) commands: Vec<usize>,
    /// The places of other commands, and in them of single arguments that do not matter.
    pub(crate) arguments: Vec<(usize, usize)>,
}

/// Costs up to three runs for each command that has arguments, and up to three for each argument where some matter.
pub(crate) fn free_arguments<M: Model>(system: &mut Runs<'_, M>, script: &Script<M::Command>) -> Free {
    let mut free = Free::default();
    for at in 0..script.len() {
        let all: Vec<usize> = places(script, at).collect();
        if is_free(system, script, at, &all) {
            free.commands.push(at);
            continue;
        }
        let made_of = made_of(system.model(), script, at);
        // A command with one argument was tried as a whole.
        if made_of.len() > 1 {
            let arguments = made_of.iter().enumerate();
            let singles = arguments.filter(|(_, places)| is_free(system, script, at, places));
            free.arguments.extend(singles.map(|(argument, _)| (at, argument)));
        }
    }
    free
}

/// The choices of a command that make its arguments; of lists, how long they are stays.
fn places<C: Command>(script: &Script<C>, at: usize) -> impl Iterator<Item = usize> {
    let choices = script.entries[at].tape.choices.iter().enumerate();
    choices.filter(|(_, choice)| !choice.is_structure() && choice.max > 0).map(|(place, _)| place)
}

/// For each argument of a command the choices that change it and none of the others.
fn made_of<M: Model>(model: &M, script: &Script<M::Command>, at: usize) -> Vec<Vec<usize>> {
    let before = script.entries[at].command.printed_arguments();
    let mut made_of = vec![Vec::new(); before.len()];
    for place in places(script, at) {
        let mut changed = HashSet::new();
        for other in OTHERS {
            let Some(script) = with(model, script, at, &[place], other) else { continue };
            let after = script.entries[at].command.printed_arguments();
            if after.len() == before.len() {
                changed.extend((0..before.len()).filter(|argument| before[*argument] != after[*argument]));
            }
        }
        if let [only] = changed.into_iter().collect::<Vec<_>>()[..] {
            made_of[only].push(place);
        }
    }
    made_of
}

/// The other values that are tried for a choice.
const OTHERS: [fn(&Choice) -> u64; 3] = [|choice| choice.max, |choice| choice.max / 2, |choice| choice.max.min(1)];

/// The script with other choices at these places of one command; `None` where the model does not allow it.
fn with<M: Model>(
    model: &M,
    script: &Script<M::Command>,
    at: usize,
    places: &[usize],
    other: fn(&Choice) -> u64,
) -> Option<Script<M::Command>> {
    let mut drafts = script.drafts(|_| true);
    for place in places {
        let choice = &mut drafts[at].choices[*place];
        *choice = choice.with(other(choice));
    }
    panics::catch(|| realize(model, drafts)).ok().filter(|changed| changed.len() == script.len())
}

fn is_free<M: Model>(system: &mut Runs<'_, M>, script: &Script<M::Command>, at: usize, places: &[usize]) -> bool {
    let mut seen = HashSet::from([script.fingerprint()]);
    let mut tried = 0;
    for other in OTHERS {
        // What the model does not allow says nothing, nor does what was tried before.
        let Some(changed) = with(system.model(), script, at, places, other) else { continue };
        if !seen.insert(changed.fingerprint()) {
            continue;
        }
        if !matches!(system.run(&changed.entries), Outcome::Failed { commands, .. } if commands == script.len()) {
            return false;
        }
        tried += 1;
    }
    tried > 0
}
