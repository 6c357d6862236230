//! Changes two numbers at once: lowers both by as much, so that their difference stays; or lowers one and raises a later one, so
//! that their sum stays.

use super::Shrinker;
use super::values::{descend, edited};
use crate::model::Model;
use crate::tape::Choice;

/// A choice: the entry it is in, and its place there.
type Place = (usize, usize);

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut first = 0;
    while let Some(places) = numbers(shrinker).get(first..).filter(|rest| rest.len() > 1).map(<[_]>::to_vec) {
        for second in &places[1..] {
            lower_both(shrinker, places[0], *second);
            keep_the_sum(shrinker, places[0], *second);
        }
        first += 1;
    }
}

/// Where the choices are that are numbers.
fn numbers<M: Model>(shrinker: &Shrinker<'_, M>) -> Vec<Place> {
    let entries = shrinker.current().entries.iter().enumerate();
    entries
        .flat_map(|(at, entry)| {
            let numbers =
                entry.tape.choices.iter().enumerate().filter(|(_, choice)| choice.mark == 0 && choice.max > 1);
            numbers.map(move |(place, _)| (at, place))
        })
        .collect()
}

/// The two choices, if they are of the same range.
fn both<M: Model>(shrinker: &Shrinker<'_, M>, one: Place, other: Place) -> Option<(Choice, Choice)> {
    let choice = |(at, place): Place| shrinker.current().entries.get(at)?.tape.choices.get(place).copied();
    let (one, other) = (choice(one)?, choice(other)?);
    (one.max == other.max).then_some((one, other))
}

fn lower_both<M: Model>(shrinker: &mut Shrinker<'_, M>, one: Place, other: Place) {
    let Some((first, second)) = both(shrinker, one, other) else { return };
    let room = first.value.min(second.value);
    // Equal numbers are lowered together elsewhere.
    if first.value == second.value {
        return;
    }
    descend(room, |left| {
        let lower = room - left;
        attempt(shrinker, [(one, first.value - lower), (other, second.value - lower)])
    });
}

fn keep_the_sum<M: Model>(shrinker: &mut Shrinker<'_, M>, lower: Place, higher: Place) {
    let Some((from, to)) = both(shrinker, lower, higher) else { return };
    if from.value == 0 || to.value == to.max {
        return;
    }
    let room = from.value.min(to.max - to.value);
    let least = from.value - room;
    descend(room, |left| {
        let value = least + left;
        attempt(shrinker, [(lower, value), (higher, to.value + (from.value - value))])
    });
    // Numbers count 1, -1, 2, -2: what keeps a sum of signed numbers can be twice as far, or end at the end of the range.
    if let Some((from, to)) = both(shrinker, lower, higher).filter(|(from, to)| from.value > 0 && to.value < to.max) {
        let twice = (to.value + 2).min(to.max);
        let _ = attempt(shrinker, [(lower, from.value.saturating_sub(2)), (higher, to.max)])
            || attempt(shrinker, [(lower, from.value - 1), (higher, twice)]);
    }
}

fn attempt<M: Model>(shrinker: &mut Shrinker<'_, M>, changes: [(Place, u64); 2]) -> bool {
    let drafts = edited(shrinker, |at, entry| {
        let mut choices = entry.tape.choices.clone();
        for ((changed, place), value) in changes {
            if changed == at && place < choices.len() {
                choices[place].value = value;
            }
        }
        entry.draft_with(choices)
    });
    shrinker.attempt(drafts)
}
