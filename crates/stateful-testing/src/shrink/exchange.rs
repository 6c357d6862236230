//! Lowers one number and raises a later one by as much: sums keep their value and take their normal form.

use super::Shrinker;
use super::values::{descend, edited};
use crate::model::Model;
use crate::tape::Choice;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut first = 0;
    while let Some(places) = numbers(shrinker).get(first..).filter(|rest| rest.len() > 1).map(<[_]>::to_vec) {
        for second in &places[1..] {
            exchange(shrinker, places[0], *second);
        }
        first += 1;
    }
}

/// Where the choices are that are numbers: entry and place within it.
fn numbers<M: Model>(shrinker: &Shrinker<'_, M>) -> Vec<(usize, usize)> {
    let entries = shrinker.current().entries.iter().enumerate();
    entries
        .flat_map(|(at, entry)| {
            let numbers =
                entry.tape.choices.iter().enumerate().filter(|(_, choice)| choice.mark == 0 && choice.max > 1);
            numbers.map(move |(place, _)| (at, place))
        })
        .collect()
}

fn exchange<M: Model>(shrinker: &mut Shrinker<'_, M>, lower: (usize, usize), higher: (usize, usize)) {
    let choice = |shrinker: &Shrinker<'_, M>, (at, place): (usize, usize)| -> Option<Choice> {
        shrinker.current().entries.get(at)?.tape.choices.get(place).copied()
    };
    let (Some(from), Some(to)) = (choice(shrinker, lower), choice(shrinker, higher)) else { return };
    if from.max != to.max || from.value == 0 || to.value == to.max {
        return;
    }
    let room = from.value.min(to.max - to.value);
    let least = from.value - room;
    descend(room, |left| {
        let value = least + left;
        let drafts = edited(shrinker, |at, entry| {
            let mut choices = entry.tape.choices.clone();
            for (changed, value) in [(lower, value), (higher, to.value + (from.value - value))] {
                if changed.0 == at && changed.1 < choices.len() {
                    choices[changed.1].value = value;
                }
            }
            entry.draft_with(choices)
        });
        shrinker.attempt(drafts)
    });
}
