//! Puts commands that are declared earlier in the place of others: where any will do, the first one does.

use super::Shrinker;
use crate::command::Command;
use crate::explore::{options, walk};
use crate::model::Model;
use crate::script::{Draft, Entry, fingerprint};

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

/// Leaves out a command before the last or makes it simpler, and tries every command in the place of the last: the failure may show in
/// another way then. Goes only a good deal further than what led here, since most of it is in vain.
pub(super) fn with_another_end<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let last_run = shrinker.runs() + shrinker.runs() / 2 + 8;
    let Some(last) = shrinker.current().len().checked_sub(1) else { return };
    let before: Vec<Draft> = shrinker.current().drafts(|at| at < last);
    // What comes right before the end is often there only to make it show.
    let without = (0..last).rev().map(|at| [&before[..at], &before[at + 1..]].concat());
    let simpler = (0..last).flat_map(|at| {
        let lowered = lowered(&shrinker.current().entries[at]);
        lowered.into_iter().chain(alternatives(shrinker, at)).map(move |draft| (at, draft))
    });
    let simpler = simpler.map(|(at, draft)| {
        let mut drafts = before.clone();
        drafts[at] = draft;
        drafts
    });
    let beginnings: Vec<Vec<Draft>> = without.chain(simpler).collect();
    for beginning in beginnings {
        for end in ends(shrinker.model(), &beginning) {
            if shrinker.runs() >= last_run || shrinker.attempt([beginning.as_slice(), &[end]].concat()) {
                return;
            }
        }
    }
}

/// The command with one choice as simple as can be, for each choice that is not.
fn lowered<C: Command>(entry: &Entry<C>) -> Vec<Draft> {
    let choices = entry.tape.choices.iter().enumerate();
    let lowered = choices.filter(|(_, choice)| !choice.is_structure() && choice.value > 0).map(|(place, choice)| {
        let mut choices = entry.tape.choices.clone();
        choices[place] = choice.with(0);
        entry.draft_with(choices)
    });
    lowered.collect()
}

/// All that can come after these, each with every item that it can be about and the simplest of all else.
fn ends<M: Model>(model: &M, beginning: &[Draft]) -> Vec<Draft> {
    let (state, scope) = walk(model, beginning);
    let simple = |entry: &Entry<M::Command>| entry.tape.choices.iter().all(|c| !c.is_number() || c.value == 0);
    options(model, &state, &scope, VALUES).entries.iter().filter(|entry| simple(entry)).map(Entry::draft).collect()
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
