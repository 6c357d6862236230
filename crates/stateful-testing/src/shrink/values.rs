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

/// Lowers all numbers, and once more if that helped: what one may be often depends on one behind it. Not until nothing helps any more:
/// two that depend on each other would go down in turns, step by step, where [`exchange`](super::exchange) lowers both at once.
pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let before = shrinker.accepted();
    each_entry(shrinker);
    if shrinker.accepted() != before {
        each_entry(shrinker);
    }
}

fn each_entry<M: Model>(shrinker: &mut Shrinker<'_, M>) {
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

/// How often a search that found nothing just below the number it started from halves before it gives up.
const HALVINGS: u32 = 4;

/// Lowers a number to the smallest for which `lower` succeeds, given that it succeeds for `from`: first 0 and 1, which are the ends of
/// most searches, then by halving.
///
/// If the next lower number does not do, the border is most likely here: then only a few others are tried.
pub(super) fn descend(from: u64, mut lower: impl FnMut(u64) -> bool) {
    let mut start = from;
    loop {
        if start == 0 || lower(0) || start == 1 || lower(1) {
            return;
        }
        let does = halve(start, &mut lower);
        // Where only every other number is allowed, the search may have looked at none of those right below. What was tried before
        // costs nothing when it is tried again.
        if does < 3 || !lower(does - 2) {
            return;
        }
        start = does - 2;
    }
}

/// The lowest number found by halving between 1, which does not do, and `from`, which does.
fn halve(from: u64, lower: &mut impl FnMut(u64) -> bool) -> u64 {
    let (mut does, mut too_low) = (from, 1);
    let mut halvings = u32::MAX;
    if from > 2 {
        if lower(from - 1) {
            does = from - 1;
        } else {
            halvings = HALVINGS;
        }
    }
    while does - too_low > 1 && halvings > 0 {
        let middle = too_low + (does - too_low) / 2;
        if lower(middle) {
            (does, halvings) = (middle, u32::MAX);
        } else {
            (too_low, halvings) = (middle, halvings.saturating_sub(u32::from(halvings < u32::MAX)));
        }
    }
    does
}

fn zeroed<C: Command>(entry: &Entry<C>) -> Vec<Choice> {
    // Which elements a list has is for another pass; here they only become simple.
    let choices = entry.tape.choices.iter();
    choices.map(|choice| if choice.is_structure() { *choice } else { choice.with(0) }).collect()
}

fn lower_choices<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize) {
    let mut place = 0;
    while let Some(choice) = tape(shrinker, at).and_then(|tape| tape.choices.get(place).copied()) {
        if !choice.is_structure() {
            lower_choice(shrinker, at, place, choice);
        }
        place += 1;
    }
}

/// Moves one number towards the simplest, first to the other side: a search on one side stays there, since what holds for 5 says
/// little about -5.
fn lower_choice<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize, place: usize, choice: Choice) {
    let mut offset = choice.offset();
    let to = |shrinker: &mut Shrinker<'_, M>, offset: i128| {
        let Some(lowered) = choice.at_offset(offset) else { return false };
        let Some(tape) = tape(shrinker, at).filter(|tape| place < tape.choices.len()) else { return false };
        let mut choices = tape.choices.clone();
        choices[place] = lowered;
        let drafts = with_choices(shrinker, at, &choices);
        shrinker.attempt(drafts)
    };
    if offset < 0 && to(shrinker, -offset) {
        offset = -offset;
    }
    let distance = u64::try_from(offset.abs()).expect("a range of 64 bits reaches no farther");
    descend(distance, |distance| to(shrinker, i128::from(distance) * offset.signum()));
}
