//! Leaves out a few choices in a row, whatever they mean: a term takes the place of the term around it, two lists become one.
//!
//! The generator reads what is left as it comes. Most of this makes nonsense, which costs a run at most; it needs no knowledge
//! of how the generator is built.

use super::Shrinker;
use super::values::{tape, with_choices};
use crate::model::Model;
use crate::tape::Choice;

/// How many choices in a row are left out at most: enough for a node with two leaves.
const LONGEST: usize = 6;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    for at in 0..shrinker.current().len() {
        let mut place = 0;
        while tape(shrinker, at).is_some_and(|tape| place < tape.choices.len()) {
            let accepted = (1..=LONGEST).rev().any(|length| {
                let Some(choices) = tape(shrinker, at).map(|tape| tape.choices.clone()) else { return false };
                let end = place + length;
                // How long lists are is for passes of their own, which know where elements start and end.
                choices.get(place..end).is_some_and(|cut| !cut.iter().any(|choice| choice.is_structure()))
                    && (attempt(shrinker, at, &[&choices[..place], &choices[end..]].concat())
                        || attempt(
                            shrinker,
                            at,
                            &[&choices[..place], &[choices[place].with(0)], &choices[end..]].concat(),
                        ))
            });
            if !accepted && !shorten(shrinker, at, place) {
                place += 1;
            }
        }
    }
}

/// Lowers a number and leaves out as many choices after it: a length that was drawn before its elements.
fn shorten<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize, place: usize) -> bool {
    let Some(choices) = tape(shrinker, at).map(|tape| tape.choices.clone()) else { return false };
    let Some(length) = choices.get(place).copied() else { return false };
    if !length.is_number() {
        return false;
    }
    let mut fewer = length.value.min((choices.len() - place - 1) as u64);
    while fewer > 0 {
        let rest = place + 1 + usize::try_from(fewer).expect("at most the number of choices");
        let lowered = length.with(length.value - fewer);
        if attempt(shrinker, at, &[&choices[..place], &[lowered], &choices[rest..]].concat()) {
            return true;
        }
        fewer /= 2;
    }
    false
}

fn attempt<M: Model>(shrinker: &mut Shrinker<'_, M>, at: usize, choices: &[Choice]) -> bool {
    let drafts = with_choices(shrinker, at, choices);
    shrinker.attempt(drafts)
}
