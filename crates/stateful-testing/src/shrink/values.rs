//! Makes arguments simpler, one choice at a time.

use super::Shrinker;
use crate::command::Command;
use crate::model::Model;
use crate::script::{Draft, Entry};
use crate::tape::{Choice, Tape};

/// Makes all arguments simple at once: often none matters, and then much else has been tried before it is tried.
pub(super) fn simplify_all<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let drafts = edited(shrinker, |_, entry| entry.draft_with(zeroed(entry)));
    shrinker.attempt(drafts);
}

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut at = 0;
    while at < shrinker.current().len() {
        let drafts =
            edited(shrinker, |other, entry| if other == at { entry.draft_with(zeroed(entry)) } else { entry.draft() });
        if !shrinker.attempt(drafts) {
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

/// The tape of one entry, if there are still so many.
pub(super) fn tape<'a, M: Model>(shrinker: &'a Shrinker<'_, M>, at: usize) -> Option<&'a Tape> {
    shrinker.current().entries.get(at).map(|entry| &entry.tape)
}

/// Lowers a number to the smallest for which `lower` succeeds, given that it succeeds for `from`: first 0 and 1, which are the ends of
/// most searches, then by halving.
pub(super) fn descend(from: u64, mut lower: impl FnMut(u64) -> bool) {
    if from == 0 || lower(0) || from == 1 || lower(1) {
        return;
    }
    let (mut fails_at, mut too_low) = (from, 1);
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
    // Which elements a list has is for another pass; here they only become simple.
    let keeps = |at: usize| entry.tape.goes_on_at(at);
    let choices = entry.tape.choices.iter().enumerate();
    choices.map(|(at, choice)| if keeps(at) { *choice } else { Choice { value: 0, mark: 0, ..*choice } }).collect()
}

fn lower_choices<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize) {
    let mut place = 0;
    while let Some(choice) = tape(shrinker, at).and_then(|tape| tape.choices.get(place).copied()) {
        if tape(shrinker, at).is_some_and(|tape| tape.goes_on_at(place)) {
            place += 1;
            continue;
        }
        descend(choice.value, |value| {
            let Some(tape) = tape(shrinker, at) else { return false };
            let mut choices = tape.choices.clone();
            let Some(choice) = choices.get_mut(place) else { return false };
            *choice = Choice { value, mark: 0, ..*choice };
            let drafts = with_choices(shrinker, at, &choices);
            shrinker.attempt(drafts)
        });
        place += 1;
    }
}
