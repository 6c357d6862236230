//! Leaves out two commands at once; when this finds nothing, the script is 2-minimal.

use super::Shrinker;
use super::values::with_choices;
use crate::minimality::Minimality;
use crate::model::Model;
use crate::script::Draft;

/// Leaves out every pair of commands.
pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    shrinker.prove(Minimality::TwoMinimal, |shrinker| {
        let mut first = 0;
        while first < shrinker.current().len() {
            let accepted = (first + 1..shrinker.current().len()).any(|second| {
                let drafts = shrinker.current().drafts(|at| at != first && at != second);
                shrinker.attempt(drafts)
            });
            first = if accepted { 0 } else { first + 1 };
        }
    });
}

/// How many other items are tried where one was picked.
const ALTERNATIVES: u64 = 3;

/// Changes one choice and leaves out one command or two with it: a smaller buffer needs fewer elements to fill it, and what is looked
/// for elsewhere need not be moved back.
///
/// Numbers are lowered by one, items are replaced by any of the first.
pub(super) fn change_and_leave_out<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut at = 0;
    while at < shrinker.current().len() && !shrinker.is_spent() {
        let places = shrinker.current().entries[at].tape.choices.len();
        let accepted = (0..places).any(|place| {
            let choice = shrinker.current().entries[at].tape.choices[place];
            let values: Vec<u64> = if choice.is_number() {
                choice.value.checked_sub(1).into_iter().collect()
            } else {
                (0..=choice.max.min(ALTERNATIVES)).filter(|value| *value != choice.value).collect()
            };
            values.into_iter().any(|value| {
                let mut choices = shrinker.current().entries[at].tape.choices.clone();
                choices[place] = choice.with(value);
                leave_out(shrinker, at, &with_choices(shrinker, at, &choices), choice.is_number())
            })
        });
        at = if accepted { 0 } else { at + 1 };
    }
}

/// Leaves out one of the drafts but that at `kept`, or two of them.
fn leave_out<M: Model>(shrinker: &mut Shrinker<'_, M>, kept: usize, drafts: &[Draft], two: bool) -> bool {
    let others: Vec<usize> = (0..drafts.len()).filter(|other| *other != kept).collect();
    let without = |gone: &[usize]| {
        drafts.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, draft)| draft.clone()).collect()
    };
    others.iter().enumerate().any(|(at, first)| {
        shrinker.attempt(without(&[*first]))
            || two && others[at + 1..].iter().any(|second| shrinker.attempt(without(&[*first, *second])))
    })
}
