//! Makes arguments simpler, one choice at a time.

use super::Shrinker;
use crate::command::Command;
use crate::model::Model;
use crate::script::{Draft, Entry};
use crate::tape::Choice;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    // Often no argument matters.
    let drafts = edited(shrinker, |_, entry| entry.draft_with(zeroed(entry)));
    if shrinker.attempt(drafts) {
        return;
    }
    let mut at = 0;
    while at < shrinker.current().len() {
        let drafts =
            edited(shrinker, |other, entry| if other == at { entry.draft_with(zeroed(entry)) } else { entry.draft() });
        if !shrinker.attempt(drafts) {
            leave_out_elements(shrinker, at);
            lower_choices(shrinker, at);
        }
        at += 1;
    }
}

/// The drafts of the current script, each as `edit` makes it.
pub(super) fn edited<M: Model>(
    shrinker: &Shrinker<'_, M>,
    edit: impl Fn(usize, &Entry<M::Command>) -> Draft,
) -> Vec<Draft> {
    shrinker.current().entries.iter().enumerate().map(|(at, entry)| edit(at, entry)).collect()
}

/// The drafts of the current script with the choices of one entry replaced.
pub(super) fn with_choices<M: Model>(shrinker: &Shrinker<'_, M>, at: usize, choices: &[Choice]) -> Vec<Draft> {
    edited(shrinker, |other, entry| if other == at { entry.draft_with(choices.to_vec()) } else { entry.draft() })
}

/// Lowers a number to the smallest for which `lower` succeeds, given that it succeeds for `from`: first 0, then by halving.
pub(super) fn descend(from: u64, mut lower: impl FnMut(u64) -> bool) {
    if from == 0 || lower(0) {
        return;
    }
    let (mut fails_at, mut too_low) = (from, 0);
    while fails_at - too_low > 1 {
        let middle = too_low + (fails_at - too_low) / 2;
        if lower(middle) {
            fails_at = middle;
        } else {
            too_low = middle;
        }
    }
}

fn zeroed<C: Command>(entry: &Entry<C>) -> Vec<Choice> {
    entry.tape.choices.iter().map(|choice| Choice { value: 0, mark: 0, ..*choice }).collect()
}

fn leave_out_elements<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize) {
    let mut span = 0;
    while let Some(found) = shrinker.current().entries.get(at).and_then(|entry| entry.tape.spans.get(span).copied()) {
        let choices = shrinker.current().entries[at].tape.without(found);
        let drafts = with_choices(shrinker, at, &choices);
        if !shrinker.attempt(drafts) {
            span += 1;
        }
    }
}

fn lower_choices<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize) {
    let mut place = 0;
    while let Some(choice) = shrinker.current().entries.get(at).and_then(|e| e.tape.choices.get(place).copied()) {
        descend(choice.value, |value| {
            let Some(entry) = shrinker.current().entries.get(at) else { return false };
            let mut choices = entry.tape.choices.clone();
            let Some(choice) = choices.get_mut(place) else { return false };
            *choice = Choice { value, mark: 0, ..*choice };
            let drafts = with_choices(shrinker, at, &choices);
            shrinker.attempt(drafts)
        });
        place += 1;
    }
}
