//! Puts commands that are declared earlier in the place of others: where any will do, the first one does.

use super::Shrinker;
use crate::command::Command;
use crate::explore::{options, walk};
use crate::model::Model;
use crate::script::{Draft, fingerprint};

/// How many values of each choice are looked at.
const VALUES: u64 = 4;

/// How many commands are tried in the place of one, those first after which the model is in the same state.
const ALTERNATIVES: usize = 12;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut at = 0;
    while at < shrinker.current().len() && !shrinker.is_spent() {
        let accepted = alternatives(shrinker, at).into_iter().any(|instead| {
            let mut drafts = shrinker.current().drafts(|_| true);
            drafts[at] = instead;
            shrinker.attempt(drafts)
        });
        // What stands first weighs most: what was not simpler before may be now, but cannot have become so in front of it.
        if !accepted {
            at += 1;
        }
    }
}

/// Makes one command before the last simpler, and tries every command in the place of the last: the failure may show in another way then. Goes
/// as far as a few more runs of the system lead: most of them are in vain.
pub(super) fn with_another_end<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let last_run = shrinker.runs() + shrinker.runs() / 4;
    let Some(last) = shrinker.current().len().checked_sub(1) else { return };
    for at in 0..last {
        let entry = &shrinker.current().entries[at];
        let lowered = entry.tape.choices.iter().enumerate().filter(|(_, choice)| !choice.is_structure() && choice.value > 0);
        let mut instead: Vec<Draft> = lowered
            .map(|(place, choice)| {
                let mut choices = entry.tape.choices.clone();
                choices[place] = choice.with(0);
                entry.draft_with(choices)
            })
            .collect();
        instead.extend(alternatives(shrinker, at));
        for draft in instead {
            let mut drafts = shrinker.current().drafts(|other| other < last);
            drafts[at] = draft;
            let (state, scope) = walk(shrinker.model(), &drafts);
            for end in options(shrinker.model(), &state, &scope, VALUES).entries {
                if shrinker.runs() >= last_run || shrinker.attempt([drafts.as_slice(), &[end.draft()]].concat()) {
                    return;
                }
            }
        }
    }
}

/// The commands of other kinds that the model allows in the place of one and that are declared before it.
fn alternatives<M: Model>(shrinker: &Shrinker<'_, M>, at: usize) -> Vec<Draft> {
    let (model, script) = (shrinker.model(), shrinker.current());
    let (state, scope) = walk(model, &script.drafts(|other| other < at));
    let after = |command: &M::Command| {
        let mut state = state.clone();
        model.next(&mut state, command);
        fingerprint(&state)
    };
    let replaced = &script.entries[at];
    let (kind, same) = (replaced.command.kind(), after(&replaced.command));
    let mut alternatives: Vec<(bool, Draft)> = options(model, &state, &scope, VALUES)
        .entries
        .into_iter()
        .filter(|entry| entry.command.kind() < kind)
        .map(|entry| (after(&entry.command) != same, Draft { stamp: replaced.stamp, ..entry.draft() }))
        .collect();
    alternatives.sort_by_key(|(differs, _)| *differs);
    alternatives.into_iter().map(|(_, draft)| draft).take(ALTERNATIVES).collect()
}
