//! Finds out which arguments do not matter.

use std::collections::HashSet;

use crate::model::Model;
use crate::runs::Runs;
use crate::script::{Script, realize};
use crate::tape::Choice;
use crate::{execute::Outcome, panics};

/// The places, from 0, of the commands whose arguments may be anything, as far as three other values of each tell. Costs up to
/// three runs for each command that has arguments.
pub(crate) fn free_arguments<M: Model>(system: &mut Runs<'_, M>, script: &Script<M::Command>) -> Vec<usize> {
    let with_arguments =
        (0..script.len()).filter(|at| script.entries[*at].tape.choices.iter().any(|choice| choice.max > 0));
    with_arguments.filter(|at| is_free(system, script, *at)).collect()
}

fn is_free<M: Model>(system: &mut Runs<'_, M>, script: &Script<M::Command>, at: usize) -> bool {
    let others: [fn(&Choice) -> u64; 3] = [|choice| choice.max, |choice| choice.max / 2, |choice| choice.max.min(1)];
    let mut seen = HashSet::from([script.fingerprint()]);
    let mut tried = 0;
    for other in others {
        let mut drafts = script.drafts(|_| true);
        for choice in drafts[at].choices.iter_mut().filter(|choice| !choice.is_structure()) {
            *choice = choice.with(other(choice));
        }
        // What the model does not allow says nothing, nor does what was tried before.
        let Ok(changed) = panics::catch(|| realize(system.model(), drafts)) else { continue };
        if changed.len() < script.len() || !seen.insert(changed.fingerprint()) {
            continue;
        }
        if !matches!(system.run(&changed.entries), Outcome::Failed { commands, .. } if commands == script.len()) {
            return false;
        }
        tried += 1;
    }
    tried > 0
}
