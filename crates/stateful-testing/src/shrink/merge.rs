//! Leaves a command out and lets another of its kind do more: two deposits become one larger one.

use super::Shrinker;
use crate::command::Command;
use crate::model::Model;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut gone = 0;
    while gone < shrinker.current().len() {
        let other = (0..shrinker.current().len()).filter(|other| *other != gone);
        let accepted = other.into_iter().any(|other| into(shrinker, gone, other));
        gone = if accepted { 0 } else { gone + 1 };
    }
}

/// Raises the numbers of `other` that `gone` has as well, one at a time, as far as they go; lowering them again is for the passes
/// on values.
fn into<M: Model>(shrinker: &mut Shrinker<'_, M>, gone: usize, other: usize) -> bool {
    let (from, to) = (&shrinker.current().entries[gone], &shrinker.current().entries[other]);
    if from.command.kind() != to.command.kind() {
        return false;
    }
    let shared = from.tape.choices.iter().zip(&to.tape.choices).enumerate();
    let raised: Vec<usize> = shared
        .filter(|(_, (from, to))| from.max == to.max && to.max > 1 && to.is_number() && to.value < to.max)
        .map(|(place, _)| place)
        .collect();
    raised.into_iter().any(|place| {
        let entries = shrinker.current().entries.iter().enumerate().filter(|(at, _)| *at != gone);
        let drafts = entries.map(|(at, entry)| {
            let mut draft = entry.draft();
            if at == other {
                draft.choices[place].value = draft.choices[place].max;
            }
            draft
        });
        let drafts = drafts.collect();
        shrinker.attempt(drafts)
    })
}
